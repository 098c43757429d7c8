import assert from "node:assert/strict";
import { FlatTable, scalar, writeFlatBuffer } from "../../../../core/export/tflite/flatbuffer.ts";

/** Reads back by https://flatbuffers.dev/internals, independently of the writer. */
class Reader {
  readonly #view: DataView;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get root(): number {
    return this.follow(0);
  }

  follow(at: number): number {
    return at + this.#view.getUint32(at, true);
  }

  /** Where a field lies; undefined if it is absent. */
  field(table: number, place: number): number | undefined {
    const layout = table - this.#view.getInt32(table, true);
    if (4 + 2 * place >= this.#view.getUint16(layout, true)) return undefined;
    const offset = this.#view.getUint16(layout + 4 + 2 * place, true);
    return offset === 0 ? undefined : table + offset;
  }

  int(at: number): number {
    return this.#view.getInt32(at, true);
  }

  text(at: number): string {
    const start = this.follow(at), length = this.int(start);
    assert.equal(this.#bytes[start + 4 + length], 0);
    return new TextDecoder().decode(this.#bytes.subarray(start + 4, start + 4 + length));
  }
}

Deno.test("a FlatBuffer holds its fields where readers look for them", () => {
  const inner = new FlatTable({ 0: scalar("i32", -5), 2: scalar("f32", 0.5) });
  const bytes = writeFlatBuffer(
    new FlatTable({
      1: scalar("u8", 7),
      2: scalar("i32", 3, 3), // as absent
      3: "größe",
      4: [inner, new FlatTable({ 0: scalar("i32", 9) })],
      5: Float32Array.of(1, 2),
      6: ["a", "b"],
      7: undefined,
    }),
    "TEST",
  );
  const reader = new Reader(bytes), { root } = reader;
  assert.equal(new TextDecoder().decode(bytes.subarray(4, 8)), "TEST");
  assert.equal(bytes[reader.field(root, 1)!], 7);
  for (const absent of [0, 2, 7, 8]) assert.equal(reader.field(root, absent), undefined);
  assert.equal(reader.text(reader.field(root, 3)!), "größe");
  const tables = reader.follow(reader.field(root, 4)!);
  assert.equal(reader.int(tables), 2);
  const values = [0, 1].map((i) => reader.int(reader.field(reader.follow(tables + 4 + 4 * i), 0)!));
  assert.deepEqual(values, [-5, 9]);
  const texts = reader.follow(reader.field(root, 6)!);
  assert.deepEqual([reader.text(texts + 4), reader.text(texts + 8)], ["a", "b"]);
});

Deno.test("bytes lie at multiples of 16, numbers at multiples of their size", () => {
  for (let length = 1; length < 40; length += 3) {
    const data = Uint8Array.from({ length }, (_, i) => i + 1);
    const bytes = writeFlatBuffer(
      new FlatTable({ 0: "x".repeat(length % 5), 1: data, 2: BigInt64Array.of(3n) }),
      "TEST",
    );
    const reader = new Reader(bytes);
    const start = reader.follow(reader.field(reader.root, 1)!) + 4;
    assert.equal(start % 16, 0);
    assert.deepEqual(bytes.slice(start, start + length), data);
    const wide = reader.follow(reader.field(reader.root, 2)!) + 4;
    assert.equal(wide % 8, 0);
    assert.equal(new DataView(bytes.buffer).getBigInt64(wide, true), 3n);
  }
});
