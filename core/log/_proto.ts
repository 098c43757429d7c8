/**
 * The part of the protocol buffers encoding that event files need: varints, fixed numbers and length-prefixed fields.
 * https://protobuf.dev/programming-guides/encoding/
 *
 * @module
 */

const encoder = new TextEncoder();

/** A message under construction. */
export class Message {
  readonly #parts: Uint8Array[] = [];

  /** A whole number (`int32`, `int64`, `enum`), -2^53 to 2^53. */
  int(field: number, value: number): this {
    return this.#add(key(field, 0), varint(BigInt.asUintN(64, BigInt(value))));
  }

  /** `float`. */
  float(field: number, value: number): this {
    return this.#add(key(field, 5), new Uint8Array(new Float32Array([value]).buffer));
  }

  /** `double`. */
  double(field: number, value: number): this {
    return this.#add(key(field, 1), new Uint8Array(new Float64Array([value]).buffer));
  }

  /** `string`, `bytes` or a message within this one. */
  bytes(field: number, value: Uint8Array | string | Message): this {
    const data = typeof value === "string"
      ? encoder.encode(value)
      : value instanceof Message
      ? value.encode()
      : value;
    return this.#add(key(field, 2), varint(BigInt(data.length)), data);
  }

  /** The finished message. */
  encode(): Uint8Array<ArrayBuffer> {
    const all = new Uint8Array(this.#parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of this.#parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }

  #add(...parts: Uint8Array[]): this {
    this.#parts.push(...parts);
    return this;
  }
}

function key(field: number, wire: number): Uint8Array {
  return varint(BigInt(field * 8 + wire));
}

function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  for (; value > 127n; value >>= 7n) bytes.push(Number(value & 127n) | 128);
  bytes.push(Number(value));
  return new Uint8Array(bytes);
}
