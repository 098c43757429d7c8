/**
 * A tiny reader of TensorBoard event files for tests, written from the format's description and not from the writer.
 *
 * @module
 */

/** Fields of a message: number of the field, raw value. */
export type Fields = Map<number, (bigint | Uint8Array)[]>;

/** Splits a message into fields; fixed numbers are given as their bytes. */
export function fields(data: Uint8Array): Fields {
  const found: Fields = new Map();
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n;; shift += 7n) {
      const byte = data[at++]!;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  while (at < data.length) {
    const key = Number(varint());
    const field = key >> 3, wire = key & 7;
    let value: bigint | Uint8Array;
    if (wire === 0) value = varint();
    else {
      const length = wire === 1 ? 8 : wire === 5 ? 4 : Number(varint());
      value = data.slice(at, at + length);
      at += length;
    }
    found.set(field, [...found.get(field) ?? [], value]);
  }
  return found;
}

/** CRC-32C, bit by bit. */
export function slowCrc32c(data: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of data) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return ~crc >>> 0;
}

/** The records of a TFRecord file; a torn tail ends it, a wrong checksum throws. */
export function records(file: Uint8Array): Uint8Array[] {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const unmask = (at: number) => {
    const rotated = (view.getUint32(at, true) - 0xa282ead8) >>> 0;
    return ((rotated >>> 17) | (rotated << 15)) >>> 0;
  };
  const out: Uint8Array[] = [];
  for (let at = 0; at + 12 <= file.length;) {
    const length = Number(view.getBigUint64(at, true));
    if (unmask(at + 8) !== slowCrc32c(file.subarray(at, at + 8))) throw new Error("length's CRC");
    if (at + 16 + length > file.length) break;
    const data = file.slice(at + 12, at + 12 + length);
    if (unmask(at + 12 + length) !== slowCrc32c(data)) throw new Error("data's CRC");
    out.push(data);
    at += 16 + length;
  }
  return out;
}

/** An event as far as the tests look at it. */
export interface Seen {
  step: number;
  version?: string;
  restart?: boolean;
  tag?: string;
  scalar?: number;
}

const text = (value: bigint | Uint8Array | undefined) =>
  new TextDecoder().decode(value as Uint8Array);
const view = (value: bigint | Uint8Array) => new DataView((value as Uint8Array).buffer);

/** The events in a file. */
export function events(file: Uint8Array): Seen[] {
  return records(file).map((record) => {
    const event = fields(record);
    const wall = view(event.get(1)![0]!).getFloat64(0, true);
    if (!(wall > 1.6e9)) throw new Error(`wall time ${wall}`);
    const seen: Seen = { step: Number(event.get(2)![0]) };
    if (event.has(3)) seen.version = text(event.get(3)![0]);
    if (event.has(7)) seen.restart = fields(event.get(7)![0] as Uint8Array).get(1)![0] === 1n;
    const summary = event.get(5)?.[0];
    if (summary !== undefined) {
      const value = fields(fields(summary as Uint8Array).get(1)![0] as Uint8Array);
      seen.tag = text(value.get(1)![0]);
      if (value.has(2)) seen.scalar = view(value.get(2)![0]!).getFloat32(0, true);
    }
    return seen;
  });
}
