/**
 * Reads messages in the encoding of protocol buffers, field by field, without a schema; damaged input ends in an error.
 * https://protobuf.dev/programming-guides/encoding/
 *
 * @module
 */

/** What is read is no message, or not of the kind that was expected. */
export class DamagedMessage extends Error {
  /** `DamagedMessage`. */
  override readonly name: string = "DamagedMessage";
}

/** A field as it stands: the number of a varint, or the bytes of everything else. */
interface Field {
  readonly wire: number;
  readonly value: number | bigint | Uint8Array;
}

/** A message has no more fields than this: each costs memory that its two bytes do not show. */
const MOST_FIELDS = 4_000_000;

const decoder = new TextDecoder("utf-8", { fatal: true });

/**
 * The fields of one message by their numbers. Nested messages are read when they are asked for; bytes are views of what was given.
 */
export class Fields {
  readonly #fields = new Map<number, Field[]>();
  readonly #what: string;

  /**
   * Reads a message.
   *
   * @param what What it is, for errors.
   * @throws {DamagedMessage} If it is cut off or no message.
   */
  constructor(bytes: Uint8Array, what: string) {
    this.#what = what;
    const at = { position: 0 };
    let count = 0;
    while (at.position < bytes.length) {
      if (++count > MOST_FIELDS) this.#fail(`has more than ${MOST_FIELDS} fields`);
      const key = this.#varint(bytes, at);
      if (typeof key === "bigint" || key < 8 || key >= 2 ** 32) this.#fail("has a damaged field");
      const number = Math.floor(key / 8), wire = key % 8;
      const value = this.#value(bytes, at, wire);
      const list = this.#fields.get(number);
      if (list === undefined) this.#fields.set(number, [{ wire, value }]);
      else list.push({ wire, value });
    }
  }

  /** Numbers of the fields that are there. */
  numbers(): number[] {
    return [...this.#fields.keys()];
  }

  /** Whether the field is there. */
  has(field: number): boolean {
    return this.#fields.has(field);
  }

  /** A whole number with its sign, up to 2^53; `otherwise` if it is not there. The last one counts. */
  int(field: number, otherwise = 0): number {
    return this.ints(field).at(-1) ?? otherwise;
  }

  /** Whole numbers, packed or one by one. */
  ints(field: number): number[] {
    return this.bigints(field).map((value) => {
      if (typeof value === "number") return value;
      const signed = Number(BigInt.asIntN(64, value));
      return Number.isSafeInteger(signed) ? signed : this.#fail(`has too large a number: ${value}`);
    });
  }

  /** Whole numbers without a sign, as bigints where a number would not hold them. */
  bigints(field: number): (number | bigint)[] {
    const values: (number | bigint)[] = [];
    for (const { wire, value } of this.#of(field)) {
      if (wire === 0) values.push(value as number | bigint);
      else if (wire === 2) {
        const bytes = value as Uint8Array;
        for (const at = { position: 0 }; at.position < bytes.length;) {
          values.push(this.#varint(bytes, at));
        }
      } else this.#wrong(field);
    }
    return values;
  }

  /** A `bool`. */
  bool(field: number): boolean {
    return this.int(field) !== 0;
  }

  /** A `float`; `otherwise` if it is not there. */
  float(field: number, otherwise = 0): number {
    return this.floats(field).at(-1) ?? otherwise;
  }

  /** Numbers of type `float`, packed or one by one. */
  floats(field: number): Float32Array {
    return new Float32Array(this.#fixed(field, 5, 4));
  }

  /** Numbers of type `double`, packed or one by one. */
  doubles(field: number): Float64Array {
    return new Float64Array(this.#fixed(field, 1, 8));
  }

  /** Bytes; undefined if the field is not there. The last ones count. */
  bytes(field: number): Uint8Array | undefined {
    return this.allBytes(field).at(-1);
  }

  /** All values of a field of bytes. */
  allBytes(field: number): Uint8Array[] {
    return this.#of(field).map(({ wire, value }) =>
      wire === 2 ? value as Uint8Array : this.#wrong(field)
    );
  }

  /** A text; empty if it is not there. */
  string(field: number): string {
    return this.strings(field).at(-1) ?? "";
  }

  /** All texts of a field. */
  strings(field: number): string[] {
    return this.allBytes(field).map((bytes) => {
      try {
        return decoder.decode(bytes);
      } catch {
        return this.#fail(`has a text in field ${field} that is none`);
      }
    });
  }

  /** A nested message; an empty one if it is not there. Several are one, as everybody else reads them: fields may be anywhere. */
  message(field: number, what: string): Fields {
    return new Fields(this.#merged(field), what);
  }

  /** All nested messages of a field. */
  messages(field: number, what: string): Fields[] {
    return this.allBytes(field).map((bytes) => new Fields(bytes, what));
  }

  /** The entries of a `map` with texts as keys and messages as values: their bytes. */
  entries(field: number, what: string): Map<string, Uint8Array> {
    return new Map(this.messages(field, what).map((one) => [one.string(1), one.#merged(2)]));
  }

  /** The entries of a `map` with texts as keys and as values. */
  texts(field: number, what: string): Map<string, string> {
    return new Map(this.messages(field, what).map((one) => [one.string(1), one.string(2)]));
  }

  /** The bytes of a message that may be there in several parts. */
  #merged(field: number): Uint8Array {
    const parts = this.allBytes(field);
    return parts.length < 2 ? parts[0] ?? new Uint8Array(0) : joined(parts);
  }

  #of(field: number): readonly Field[] {
    return this.#fields.get(field) ?? [];
  }

  #fixed(field: number, wire: number, width: number): ArrayBuffer {
    const parts = this.#of(field).map((one) => {
      const ok = one.wire === wire || one.wire === 2;
      const bytes = ok ? one.value as Uint8Array : this.#wrong(field);
      return bytes.length % width === 0 ? bytes : this.#wrong(field);
    });
    return joined(parts).buffer;
  }

  #value(bytes: Uint8Array, at: { position: number }, wire: number): Field["value"] {
    switch (wire) {
      case 0:
        return this.#varint(bytes, at);
      case 1:
        return this.#take(bytes, at, 8);
      case 2:
        return this.#take(bytes, at, this.#varint(bytes, at));
      case 5:
        return this.#take(bytes, at, 4);
      default:
        return this.#fail(`has a field of the kind ${wire}, which is not known`);
    }
  }

  #take(bytes: Uint8Array, at: { position: number }, length: number | bigint): Uint8Array {
    if (length > bytes.length - at.position) this.#fail("is cut off");
    return bytes.subarray(at.position, at.position += Number(length));
  }

  #varint(bytes: Uint8Array, at: { position: number }): number | bigint {
    let value = 0, factor = 1;
    for (let i = 0; i < 7; i++, factor *= 128) {
      const byte = bytes[at.position++];
      if (byte === undefined) this.#fail("is cut off");
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
    let large = BigInt(value);
    for (let shift = 49n; shift < 70n; shift += 7n) {
      const byte = bytes[at.position++];
      if (byte === undefined) this.#fail("is cut off");
      large += BigInt(byte & 127) << shift;
      if (byte >= 128) continue;
      large = BigInt.asUintN(64, large);
      return large <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(large) : large;
    }
    return this.#fail("has a number of more than 10 bytes");
  }

  #wrong(field: number): never {
    return this.#fail(`has something else in field ${field} than is expected there`);
  }

  #fail(why: string): never {
    throw new DamagedMessage(`${this.#what} ${why}`);
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
