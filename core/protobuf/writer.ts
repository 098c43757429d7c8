/**
 * Writes messages in the encoding of protocol buffers: varints, fixed numbers and length-prefixed fields.
 * https://protobuf.dev/programming-guides/encoding/
 *
 * @module
 */

const encoder = new TextEncoder();

/** Scalars are gathered in pieces of so many bytes; what is larger is kept as it was given and copied once, at the end. */
const PIECE = 4096;

/** A message under construction. Bytes that are handed over are not copied before the end: do not change them until then. */
export class Message {
  readonly #parts: Uint8Array[] = [];
  #piece = new Uint8Array(64);
  #used = 0;
  #size = 0;

  /** Bytes so far. */
  get size(): number {
    return this.#size;
  }

  /** A whole number (`int32`, `int64`, `uint64`, `enum`, `bool`); numbers up to 2^53, larger ones as bigints. */
  int(field: number, value: number | bigint): this {
    this.#key(field, 0);
    return this.#varint(value);
  }

  /** `float`. */
  float(field: number, value: number): this {
    this.#key(field, 5);
    return this.#raw(new Uint8Array(new Float32Array([value]).buffer));
  }

  /** `double`. */
  double(field: number, value: number): this {
    this.#key(field, 1);
    return this.#raw(new Uint8Array(new Float64Array([value]).buffer));
  }

  /** `string`, `bytes` or a message within this one. */
  bytes(field: number, value: Uint8Array | string | Message): this {
    this.#key(field, 2);
    if (value instanceof Message) {
      this.#varint(value.size);
      for (const part of value.parts()) this.#raw(part);
      return this;
    }
    const data = typeof value === "string" ? encoder.encode(value) : value;
    this.#varint(data.length);
    return this.#raw(data);
  }

  /** Whole numbers in one field, `[packed = true]`; none writes nothing. */
  packedInts(field: number, values: ArrayLike<number | bigint>): this {
    if (values.length === 0) return this;
    const packed = new Message();
    for (let i = 0; i < values.length; i++) packed.#varint(values[i]!);
    return this.bytes(field, packed);
  }

  /** Numbers of type `float` in one field, `[packed = true]`; none writes nothing. */
  packedFloats(field: number, values: ArrayLike<number>): this {
    if (values.length === 0) return this;
    return this.bytes(field, new Uint8Array(Float32Array.from(values).buffer));
  }

  /** The finished message. */
  encode(): Uint8Array<ArrayBuffer> {
    const all = new Uint8Array(this.#size);
    let at = 0;
    for (const part of this.parts()) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }

  /** The finished message in pieces, for messages that are written without being put together. */
  parts(): readonly Uint8Array[] {
    this.#flush();
    return this.#parts;
  }

  #key(field: number, wire: number): void {
    this.#varint(field * 8 + wire);
  }

  #varint(value: number | bigint): this {
    this.#reserve(10);
    const piece = this.#piece;
    const before = this.#used;
    let at = before;
    if (typeof value === "number" && value >= 0 && Number.isSafeInteger(value)) {
      for (; value > 127; value = Math.floor(value / 128)) piece[at++] = value % 128 + 128;
      piece[at++] = value;
    } else {
      let rest = BigInt.asUintN(64, BigInt(value));
      for (; rest > 127n; rest >>= 7n) piece[at++] = Number(rest & 127n) | 128;
      piece[at++] = Number(rest);
    }
    this.#used = at;
    this.#size += at - before;
    return this;
  }

  #raw(bytes: Uint8Array): this {
    this.#size += bytes.length;
    if (bytes.length < PIECE) {
      this.#reserve(bytes.length);
      this.#piece.set(bytes, this.#used);
      this.#used += bytes.length;
    } else {
      this.#flush();
      this.#parts.push(bytes);
    }
    return this;
  }

  /** Makes room in the piece. */
  #reserve(length: number): void {
    if (this.#used + length <= this.#piece.length) return;
    this.#flush();
    this.#piece = new Uint8Array(PIECE);
  }

  #flush(): void {
    if (this.#used === 0) return;
    this.#parts.push(this.#piece.subarray(0, this.#used));
    this.#piece = this.#piece.subarray(this.#used);
    this.#used = 0;
  }
}
