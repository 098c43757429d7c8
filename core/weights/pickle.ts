/**
 * Reads Python pickles without running Python: a stack machine that knows only those opcodes that data need.
 *
 * Names of Python things are looked up in a table that the caller gives; a name outside it ends the reading with an error
 * that says the name. Memory and time grow at most linearly with the length of the pickle. Values may be shared or cyclic,
 * as in Python: do not walk them recursively without a limit.
 *
 * Opcodes: Python's Lib/pickletools.py (documentation of protocols 0 to 5)
 *
 * @module
 */
import { WeightsFileError } from "./errors.ts";

/** Most opcodes of one pickle; a network of ten thousand tensors has half a million. */
const MAX_OPCODES = 1_000_000;

/** Keys that Python dicts may have here. */
export type PickleKey = string | number | bigint | boolean | null;

/** A Python name that pickles may refer to. */
export interface PickleGlobal {
  /** The name with its module, as in `torch._utils._rebuild_tensor_v2`. */
  readonly name: string;
  /** What calling it gives; without it, a pickle may only mention the name. */
  call?(args: readonly unknown[]): unknown;
}

/** What a pickle may do beyond plain data. */
export interface PickleHost {
  /** Looks a name up; undefined refuses it. */
  findGlobal(module: string, name: string): PickleGlobal | undefined;
  /** Gives the object that a persistent id stands for. */
  persistentLoad(id: unknown): unknown;
  /** Applies the state of a BUILD opcode to `target`; false refuses it. */
  build(target: unknown, state: unknown): boolean;
}

/** A value read from a pickle, and where the pickle ended. */
export interface Unpickled {
  /**
   * Plain data: null, booleans, numbers, bigints, strings, `Uint8Array` for bytes, arrays for lists and (frozen) tuples,
   * `Map` for dicts; and whatever the host made.
   */
  readonly value: unknown;
  /** Index of the byte after the pickle. */
  readonly end: number;
}

/** Names of opcodes that exist but are refused, for error messages. */
const REFUSED: Readonly<Record<number, string>> = {
  0x30: "POP",
  0x31: "POP_MARK",
  0x32: "DUP",
  0x46: "FLOAT",
  0x49: "INT",
  0x4c: "LONG",
  0x50: "PERSID",
  0x53: "STRING",
  0x56: "UNICODE",
  0x64: "DICT",
  0x67: "GET",
  0x69: "INST",
  0x6c: "LIST",
  0x6f: "OBJ",
  0x70: "PUT",
  0x82: "EXT1",
  0x83: "EXT2",
  0x84: "EXT4",
  0x8b: "LONG4",
  0x8d: "BINUNICODE8",
  0x8e: "BINBYTES8",
  0x8f: "EMPTY_SET",
  0x90: "ADDITEMS",
  0x91: "FROZENSET",
  0x92: "NEWOBJ_EX",
  0x96: "BYTEARRAY8",
  0x97: "NEXT_BUFFER",
  0x98: "READONLY_BUFFER",
};

/**
 * Reads one pickle from `bytes`, beginning at `start`.
 *
 * @throws {WeightsFileError} `damaged` if the pickle is cut off or makes no sense; `refused` if it uses an opcode or a name
 * that is not allowed, or is absurdly long.
 */
export function unpickle(bytes: Uint8Array, host: PickleHost, start = 0): Unpickled {
  const machine = new Machine(bytes, host, start);
  return { value: machine.run(), end: machine.at };
}

class Machine {
  at: number;
  readonly #view: DataView;
  readonly #stack: unknown[] = [];
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, unknown>();
  readonly #utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

  constructor(readonly bytes: Uint8Array, readonly host: PickleHost, start: number) {
    this.at = start;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  run(): unknown {
    for (let count = 0; count < MAX_OPCODES; count++) {
      const op = this.#u8();
      if (op === 0x2e) return this.#pop(); // STOP
      this.#step(op);
    }
    throw new WeightsFileError("refused", `pickle: more than ${MAX_OPCODES} opcodes`);
  }

  #step(op: number): void {
    const stack = this.#stack;
    switch (op) {
      case 0x80: // PROTO
        if (this.#u8() > 5) throw damaged("of a protocol above 5");
        return;
      case 0x95: // FRAME: only a hint for buffering
        this.#skip(8);
        return;
      case 0x28: // MARK
        this.#marks.push(stack.length);
        return;
      case 0x4e: // NONE
        stack.push(null);
        return;
      case 0x88: // NEWTRUE
        stack.push(true);
        return;
      case 0x89: // NEWFALSE
        stack.push(false);
        return;
      case 0x4b: // BININT1
        stack.push(this.#u8());
        return;
      case 0x4d: // BININT2
        stack.push(this.#view.getUint16(this.#skip(2), true));
        return;
      case 0x4a: // BININT
        stack.push(this.#view.getInt32(this.#skip(4), true));
        return;
      case 0x8a: // LONG1
        stack.push(longInteger(this.#take(this.#u8())));
        return;
      case 0x47: // BINFLOAT
        stack.push(this.#view.getFloat64(this.#skip(8), false));
        return;
      case 0x58: // BINUNICODE
        stack.push(this.#text(this.#u32()));
        return;
      case 0x8c: // SHORT_BINUNICODE
        stack.push(this.#text(this.#u8()));
        return;
      case 0x54: // BINSTRING, a str of Python 2
        stack.push(latin1(this.#take(this.#u32())));
        return;
      case 0x55: // SHORT_BINSTRING
        stack.push(latin1(this.#take(this.#u8())));
        return;
      case 0x42: // BINBYTES
        stack.push(this.#take(this.#u32()));
        return;
      case 0x43: // SHORT_BINBYTES
        stack.push(this.#take(this.#u8()));
        return;
      case 0x29: // EMPTY_TUPLE
        stack.push(Object.freeze([]));
        return;
      case 0x85: // TUPLE1
      case 0x86: // TUPLE2
      case 0x87: // TUPLE3
        stack.push(Object.freeze(this.#popMany(op - 0x84)));
        return;
      case 0x74: // TUPLE
        stack.push(Object.freeze(this.#popMarked()));
        return;
      case 0x5d: // EMPTY_LIST
        stack.push([]);
        return;
      case 0x61: // APPEND
        this.#append(this.#popMany(1));
        return;
      case 0x65: // APPENDS
        this.#append(this.#popMarked());
        return;
      case 0x7d: // EMPTY_DICT
        stack.push(new Map());
        return;
      case 0x73: // SETITEM
        this.#setItems(this.#popMany(2));
        return;
      case 0x75: // SETITEMS
        this.#setItems(this.#popMarked());
        return;
      case 0x71: // BINPUT
        this.#memo.set(this.#u8(), this.#top());
        return;
      case 0x72: // LONG_BINPUT
        this.#memo.set(this.#u32(), this.#top());
        return;
      case 0x94: // MEMOIZE
        this.#memo.set(this.#memo.size, this.#top());
        return;
      case 0x68: // BINGET
        stack.push(this.#recall(this.#u8()));
        return;
      case 0x6a: // LONG_BINGET
        stack.push(this.#recall(this.#u32()));
        return;
      case 0x63: // GLOBAL
        stack.push(this.#global(this.#line(), this.#line()));
        return;
      case 0x93: { // STACK_GLOBAL
        const [module, name] = this.#popMany(2);
        stack.push(this.#global(module, name));
        return;
      }
      case 0x52: // REDUCE
      case 0x81: { // NEWOBJ
        const [callee, args] = this.#popMany(2);
        stack.push(this.#call(callee, args));
        return;
      }
      case 0x62: { // BUILD
        const state = this.#pop();
        if (!this.host.build(this.#top(), state)) {
          throw refused(`sets the state of ${describe(this.#top())}`);
        }
        return;
      }
      case 0x51: // BINPERSID
        stack.push(this.host.persistentLoad(this.#pop()));
        return;
    }
    const hex = `0x${op.toString(16).padStart(2, "0")}`;
    const name = REFUSED[op];
    if (name) throw refused(`uses the opcode ${name} (${hex})`);
    throw damaged(`with the byte ${hex} where an opcode should be`);
  }

  #call(callee: unknown, args: unknown): unknown {
    if (!isGlobal(callee) || !callee.call) throw refused(`calls ${describe(callee)}`);
    if (!Array.isArray(args)) throw damaged(`that calls ${callee.name} without arguments`);
    return callee.call(args);
  }

  #global(module: unknown, name: unknown): PickleGlobal {
    if (typeof module !== "string" || typeof name !== "string") {
      throw damaged("with a global that has no name");
    }
    const found = this.host.findGlobal(module, name);
    if (!found) throw refused(`asks for the Python name ${clip(`${module}.${name}`)}`);
    return found;
  }

  #append(items: readonly unknown[]): void {
    const list = this.#top();
    if (!Array.isArray(list) || Object.isFrozen(list)) {
      throw damaged(`that appends to ${describe(list)}`);
    }
    for (const item of items) list.push(item);
  }

  #setItems(items: readonly unknown[]): void {
    const dict = this.#top();
    if (!(dict instanceof Map) || items.length % 2 !== 0) {
      throw damaged(`that sets items of ${describe(dict)}`);
    }
    for (let i = 0; i < items.length; i += 2) {
      const key = items[i];
      if (!isPickleKey(key)) throw refused(`uses ${describe(key)} as a key`);
      dict.set(key, items[i + 1]);
    }
  }

  #recall(index: number): unknown {
    if (!this.#memo.has(index)) {
      throw damaged(`that recalls value ${index}, which was never stored`);
    }
    return this.#memo.get(index);
  }

  #top(): unknown {
    if (this.#stack.length <= this.#floor()) throw damaged("with too few values");
    return this.#stack.at(-1);
  }

  #pop(): unknown {
    return this.#popMany(1)[0];
  }

  #popMany(count: number): unknown[] {
    if (this.#stack.length - count < this.#floor()) throw damaged("with too few values");
    return this.#stack.splice(this.#stack.length - count);
  }

  #popMarked(): unknown[] {
    const mark = this.#marks.pop();
    if (mark === undefined) throw damaged("with a missing mark");
    return this.#stack.splice(mark);
  }

  #floor(): number {
    return this.#marks.at(-1) ?? 0;
  }

  #u8(): number {
    return this.#view.getUint8(this.#skip(1));
  }

  #u32(): number {
    return this.#view.getUint32(this.#skip(4), true);
  }

  #text(length: number): string {
    const bytes = this.#take(length);
    try {
      return this.#utf8.decode(bytes);
    } catch (cause) {
      throw new WeightsFileError("damaged", "pickle with text that is not UTF-8", { cause });
    }
  }

  #line(): string {
    const end = this.bytes.indexOf(0x0a, this.at);
    if (end < 0) throw damaged("that is cut off");
    const line = this.#text(end - this.at);
    this.at++;
    return line;
  }

  #take(length: number): Uint8Array {
    const start = this.#skip(length);
    return this.bytes.subarray(start, start + length);
  }

  /** Moves on by `length` bytes and gives where they begin. */
  #skip(length: number): number {
    const start = this.at;
    if (start + length > this.bytes.length) throw damaged("that is cut off");
    this.at = start + length;
    return start;
  }
}

/** Whether `value` can be the key of a dict. */
export function isPickleKey(value: unknown): value is PickleKey {
  return value === null || ["string", "number", "bigint", "boolean"].includes(typeof value);
}

function isGlobal(value: unknown): value is PickleGlobal {
  return typeof value === "object" && value !== null && "name" in value &&
    typeof value.name === "string";
}

/** A few words on a value, for error messages. */
function describe(value: unknown): string {
  if (isGlobal(value)) return clip(value.name);
  if (value instanceof Map) return "a dict";
  if (Array.isArray(value)) return Object.isFrozen(value) ? "a tuple" : "a list";
  return value === null ? "None" : `a value of type ${typeof value}`;
}

function clip(text: string): string {
  return JSON.stringify(text.length > 100 ? text.slice(0, 100) + "…" : text).slice(1, -1);
}

/** Little-endian two's complement; a number where it is exact. */
function longInteger(bytes: Uint8Array): number | bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]!);
  value = BigInt.asIntN(8 * bytes.length, value);
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** Each byte as the character of the same number. */
function latin1(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += 4096) {
    text += String.fromCharCode(...bytes.subarray(i, i + 4096));
  }
  return text;
}

function damaged(what: string): WeightsFileError {
  return new WeightsFileError("damaged", `pickle ${what}`);
}

function refused(what: string): WeightsFileError {
  return new WeightsFileError(
    "refused",
    `its pickle ${what}, which weights never need; nothing was run. If you trust the file, load it in PyTorch and save ` +
      "its state_dict alone",
  );
}
