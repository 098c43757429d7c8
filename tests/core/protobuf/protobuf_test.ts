import assert from "node:assert/strict";
import fc from "fast-check";
import { DamagedMessage, Fields } from "../../../core/protobuf/reader.ts";
import { Message } from "../../../core/protobuf/writer.ts";

Deno.test("Message encodes the examples of protobuf.dev's guide byte by byte", () => {
  // https://protobuf.dev/programming-guides/encoding/: 150 in field 1, "testing" in field 2, -2 as int32, a packed list
  assert.deepEqual([...new Message().int(1, 150).encode()], [0x08, 0x96, 0x01]);
  assert.deepEqual(
    [...new Message().bytes(2, "testing").encode()],
    [0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67],
  );
  assert.deepEqual(
    [...new Message().int(1, -2).encode()],
    [0x08, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
  );
  assert.deepEqual(
    [...new Message().packedInts(6, [3, 270, 86942]).encode()],
    [0x32, 0x06, 0x03, 0x8e, 0x02, 0x9e, 0xa7, 0x05],
  );
  assert.deepEqual(
    [...new Message().bytes(3, new Message().int(1, 150)).encode()],
    [0x1a, 0x03, 0x08, 0x96, 0x01],
  );
});

Deno.test("Fields reads what Message wrote", () => {
  const int = fc.oneof(fc.integer(), fc.maxSafeInteger(), fc.integer({ min: 0, max: 127 }));
  fc.assert(
    fc.property(
      fc.array(int),
      fc.array(fc.float({ noNaN: true })),
      fc.array(fc.string({ unit: "grapheme" })),
      fc.uint8Array({ maxLength: 9000 }),
      fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      (ints, floats, texts, bytes, large) => {
        const message = new Message().packedInts(1, ints).packedFloats(2, floats).int(7, large);
        for (const text of texts) message.bytes(3, text);
        for (const value of ints) message.int(5, value);
        message.bytes(536870911, new Message().bytes(4, bytes).double(1, 0.1));
        const encoded = message.encode();
        assert.equal(encoded.length, message.size);
        const read = new Fields(encoded, "it");
        assert.deepEqual(read.ints(1), ints);
        assert.deepEqual(read.ints(5), ints);
        assert.deepEqual(read.floats(2), Float32Array.from(floats));
        assert.deepEqual(read.strings(3), texts);
        assert.equal(BigInt(read.bigints(7)[0]!), large);
        const nested = read.message(536870911, "part");
        assert.deepEqual(nested.bytes(4), bytes);
        assert.deepEqual([...nested.doubles(1)], [0.1]);
      },
    ),
    { numRuns: 200, seed: 1 },
  );
});

Deno.test("Message keeps large bytes as they are until the end", () => {
  const large = new Uint8Array(1 << 20);
  const parts = new Message().int(1, 1).bytes(2, new Message().bytes(3, large)).parts();
  assert.ok(parts.some((part) => part.buffer === large.buffer));
});

Deno.test("Fields says what is damaged", () => {
  const cases: [number[], RegExp][] = [
    [[0x0a, 0x05, 0x01], /^DamagedMessage: the file is cut off$/],
    [[0x08, 0x80], /cut off/],
    [[0x08, ...new Array(11).fill(0x80), 0], /number of more than 10 bytes/],
    [[0x03], /damaged field/],
    [[0x0b], /of the kind 3/],
    [[0x0a, ...new Array(9).fill(0xff), 0x01], /cut off/],
  ];
  for (const [bytes, expected] of cases) {
    assert.throws(() => new Fields(Uint8Array.from(bytes), "the file"), expected);
  }
  assert.throws(
    () => new Fields(Uint8Array.of(0x0a, 1, 0xff), "it").string(1),
    /a text in field 1/,
  );
  assert.throws(() => new Fields(Uint8Array.of(8, 1), "it").bytes(1), /something else in field 1/);
});

Deno.test("Fields either reads or refuses any bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      try {
        const read = new Fields(bytes, "it");
        for (const field of read.numbers()) {
          read.has(field);
          read.bigints(field);
          read.floats(field);
          read.messages(field, "part");
        }
      } catch (error) {
        assert.ok(error instanceof DamagedMessage, String(error));
      }
    }),
    { numRuns: 2000, seed: 1 },
  );
});
