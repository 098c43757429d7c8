/**
 * Writes pickles of protocol 2, as far as `.pth` files need them: dicts, tuples, texts, whole numbers, names and calls.
 *
 * Opcodes: Python's Lib/pickletools.py
 *
 * @module
 */

/** Bytes that grow as a pickle is written. */
export class PickleWriter {
  #bytes = new Uint8Array(4096);
  #length = 0;
  readonly #memo = new Map<string, number>();

  /** Opens the pickle. */
  constructor() {
    this.#put(0x80, 2); // PROTO
  }

  /** Ends the pickle and gives its bytes. */
  finish(): Uint8Array {
    this.#put(0x2e); // STOP
    return this.#bytes.slice(0, this.#length);
  }

  /** A text. */
  text(text: string): void {
    if (this.#recall(text)) return;
    const bytes = new TextEncoder().encode(text);
    this.#put(0x58, ...word(bytes.length)); // BINUNICODE
    this.#append(bytes);
    this.#remember(text);
  }

  /** A whole number from 0 to 2^53 - 1. */
  int(value: number): void {
    if (value < 256) this.#put(0x4b, value); // BININT1
    else if (value <= 0x7fffffff) this.#put(0x4a, ...word(value)); // BININT
    else {
      // LONG1: eight bytes of two's complement.
      this.#put(0x8a, 8, ...word(value % 2 ** 32), ...word(Math.floor(value / 2 ** 32)));
    }
  }

  /** `False`. */
  false(): void {
    this.#put(0x89); // NEWFALSE
  }

  /** A Python name; what weights files may name is a matter of the caller. */
  global(module: string, name: string): void {
    const key = `\0${module}.${name}`; // not to be taken for a text
    if (this.#recall(key)) return;
    this.#put(0x63); // GLOBAL
    this.#append(new TextEncoder().encode(`${module}\n${name}\n`));
    this.#remember(key);
  }

  /** A tuple of whatever `items` writes. */
  tuple(items: () => void): void {
    this.#put(0x28); // MARK
    items();
    this.#put(0x74); // TUPLE
  }

  /** A dict. */
  dict<T>(entries: readonly (readonly [string, T])[], value: (key: string, item: T) => void): void {
    this.#put(0x7d); // EMPTY_DICT
    this.#items(entries, value);
  }

  /** A `collections.OrderedDict`, which is what state dicts are. */
  orderedDict<T>(
    entries: readonly (readonly [string, T])[],
    value: (key: string, item: T) => void,
  ): void {
    this.global("collections", "OrderedDict");
    this.#put(0x29); // EMPTY_TUPLE
    this.reduce();
    this.#items(entries, value);
  }

  /** Calls the last but one value with the last one, a tuple. */
  reduce(): void {
    this.#put(0x52); // REDUCE
  }

  /** Takes the last value for a persistent id. */
  persistentId(): void {
    this.#put(0x51); // BINPERSID
  }

  #items<T>(
    entries: readonly (readonly [string, T])[],
    value: (key: string, item: T) => void,
  ): void {
    if (entries.length === 0) return;
    this.#put(0x28); // MARK
    for (const [key, item] of entries) {
      this.text(key);
      value(key, item);
    }
    this.#put(0x75); // SETITEMS
  }

  #recall(key: string): boolean {
    const index = this.#memo.get(key);
    if (index === undefined) return false;
    if (index < 256) this.#put(0x68, index); // BINGET
    else this.#put(0x6a, ...word(index)); // LONG_BINGET
    return true;
  }

  #remember(key: string): void {
    const index = this.#memo.size;
    this.#memo.set(key, index);
    if (index < 256) this.#put(0x71, index); // BINPUT
    else this.#put(0x72, ...word(index)); // LONG_BINPUT
  }

  #put(...bytes: readonly number[]): void {
    this.#append(Uint8Array.from(bytes));
  }

  #append(bytes: Uint8Array): void {
    if (this.#length + bytes.length > this.#bytes.length) {
      const larger = new Uint8Array(2 * (this.#length + bytes.length));
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }
}

/** Four bytes, little-endian. */
function word(value: number): [number, number, number, number] {
  return [value & 255, (value >>> 8) & 255, (value >>> 16) & 255, (value >>> 24) & 255];
}
