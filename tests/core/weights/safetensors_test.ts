import assert from "node:assert/strict";
import fc from "fast-check";
import {
  encodeSafetensors,
  readSafetensors,
  writeSafetensors,
} from "../../../core/weights/safetensors.ts";
import { WeightsFileError } from "../../../core/weights/errors.ts";
import {
  elementCount,
  float32Tensor,
  type StateDict,
  type StateDType,
  type StateTensor,
} from "../../../core/weights/state_dict.ts";
import { bytesOf, fixture, little } from "./_build.ts";

function file(header: string | Uint8Array, data: number, claimed?: number | bigint): Uint8Array {
  const json = typeof header === "string" ? new TextEncoder().encode(header) : header;
  return bytesOf(little(claimed ?? json.length, 8), json, new Uint8Array(data));
}

function refuses(bytes: Uint8Array, message: RegExp): void {
  assert.throws(
    () => readSafetensors(bytes),
    (error) => error instanceof WeightsFileError && message.test(error.message),
  );
}

const ONE = '"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}';

Deno.test("readSafetensors() reads a file of the safetensors library", () => {
  const { tensors, metadata } = readSafetensors(fixture("zip.safetensors"));
  const first = tensors.get("body.0.weight")!;
  assert.deepEqual([first.dtype, first.shape], ["F32", [10, 3, 3, 3]]);
  // Origin: Python's struct.unpack() on the same file.
  assert.deepEqual([...first.data].slice(0, 3), [
    0.21771392226219177,
    -0.07305101305246353,
    -0.14140352606773376,
  ]);
  assert.deepEqual(metadata, {});
});

Deno.test("readSafetensors() accepts spaces, escapes, padding and an empty file", () => {
  assert.equal(readSafetensors(file("{}", 0)).tensors.size, 0);
  const spaced = file(
    '{ "__metadata__" : {"k\\u00e9\\"": "v"},\n "a\\n" : {"shape":[],' +
      '"data_offsets" : [0 , 1], "dtype": "U8"} }   ',
    1,
  );
  const { tensors, metadata } = readSafetensors(spaced);
  assert.deepEqual(metadata, { 'ké"': "v" });
  assert.deepEqual(tensors.get("a\n"), { shape: [], dtype: "U8", data: new Uint8Array(1) });
});

Deno.test("readSafetensors() keeps the order of the header, also of names that look like numbers", () => {
  const entry = (name: string, at: number) =>
    `"${name}":{"dtype":"U8","shape":[1],"data_offsets":[${at},${at + 1}]}`;
  const { tensors } = readSafetensors(
    file(`{${entry("b", 1)},${entry("10", 2)},${entry("2", 0)}}`, 3),
  );
  assert.deepEqual([...tensors.keys()], ["b", "10", "2"]);
});

Deno.test("readSafetensors() refuses headers that do not fit the file", () => {
  refuses(new Uint8Array(), /8 bytes at least, not 0/);
  refuses(file("{}", 0, 2n ** 63n), /claims 9223372036854775808 bytes, at most 100000000/);
  refuses(file("{}", 0, 100_000_001), /at most 100000000/);
  refuses(file("{}", 0, 99_999_999), /only 2 follow: the file is cut off/);
});

Deno.test("readSafetensors() refuses headers that are not the right JSON", () => {
  refuses(file("", 0), /must hold "{" as its first byte/);
  refuses(file(" {}", 0), /first byte/);
  refuses(file("{", 0), /a string/);
  refuses(file("{}x", 0), /nothing but spaces after the JSON/);
  refuses(file("[]", 0), /first byte/);
  refuses(file(`{${ONE},}`, 8), /a string/);
  refuses(file('{"a":null}', 0), /"{"/);
  refuses(file('{"__metadata__":{"a":1}}', 0), /a string/);
  refuses(file('{"a\u0001":1}', 0), /a string/);
  refuses(file(bytesOf('{"\xff":', ONE.slice(4), "}"), 8), /not valid UTF-8/);
  refuses(file('{"a":{"dtype":"F32","shape":[2]}}', 8), /dtype, shape and two data_offsets/);
  refuses(file(`{${ONE.replace("}", ',"x":1}')}}`, 8), /once each in tensor "a"/);
  refuses(file('{"a":{"a":'.repeat(50_000), 0), /once each/);
});

Deno.test("readSafetensors() refuses duplicate names", () => {
  refuses(file(`{${ONE},${ONE.replace("[0,8]", "[8,16]")}}`, 16), /names "a" twice/);
  refuses(
    file(`{${ONE},"\\u0061":{"dtype":"F32","shape":[0],"data_offsets":[8,8]}}`, 8),
    /"a" twice/,
  );
  refuses(file('{"__metadata__":{},"__metadata__":{}}', 0), /"__metadata__" twice/);
  refuses(file('{"__metadata__":{"k":"1","k":"2"}}', 0), /names "k" twice/);
});

Deno.test("readSafetensors() refuses numbers that are not whole, negative or too large", () => {
  for (const bad of ["-2", "2.0", "2e0", "02", '"2"', "9007199254740992", "9".repeat(400)]) {
    refuses(
      file(`{${ONE.replace("[2]", `[${bad}]`)}}`, 8),
      /whole numbers from 0 to 2\^53 - 1|must hold "\]"/,
    );
  }
});

Deno.test("readSafetensors() refuses gaps, overlaps, wrong sizes and trailing bytes", () => {
  const two = (begin: number, end: number) =>
    `{${ONE},"b":{"dtype":"U8","shape":[${end - begin}],"data_offsets":[${begin},${end}]}}`;
  refuses(file(two(9, 10), 10), /"b" lies at bytes 9 to 10, but must begin at 8/);
  refuses(file(two(4, 12), 12), /must begin at 8/);
  refuses(file(`{${ONE.replace("[0,8]", "[8,0]")}}`, 8), /lies at bytes 8 to 0/);
  refuses(file(`{${ONE.replace("[2]", "[3]")}}`, 8), /takes 8 bytes, but F32 \[3\] needs 12/);
  refuses(file(`{${ONE}}`, 7), /take 8 bytes, but only 7 follow/);
  refuses(file(`{${ONE}}`, 9), /1 bytes follow the last tensor/);
  refuses(file("{}", 1), /1 bytes follow the last tensor/);
});

Deno.test("readSafetensors() refuses shapes whose product overflows, also with a zero in it", () => {
  const big = "9007199254740991";
  refuses(file(`{${ONE.replace("[2]", `[${big},${big}]`)}}`, 8), /shape of tensor "a" overflows/);
  refuses(file(`{${ONE.replace("[2]", `[${big},${big},0]`)}}`, 8), /overflows/);
});

Deno.test("readSafetensors() names an element type that it does not read", () => {
  assert.throws(
    () => readSafetensors(file(`{${ONE.replace("F32", "F8_E4M3")}}`, 8)),
    (error) =>
      error instanceof WeightsFileError && error.kind === "unsupported" &&
      /dtype "F8_E4M3"/.test(error.message),
  );
});

Deno.test("readSafetensors() of damaged bytes reads or throws a WeightsFileError, nothing else", () => {
  const sound = fixture("zip.safetensors").subarray(0, 4000);
  const header = Number(new DataView(sound.buffer).getBigUint64(0, true));
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(header + 8), fc.nat(255)), { maxLength: 4 }),
      fc.nat(4000),
      (flips, length) => {
        const bytes = fixture("zip.safetensors");
        for (const [at, value] of flips) bytes[at] = value;
        for (const piece of [bytes, bytes.subarray(0, length)]) {
          try {
            readSafetensors(piece);
          } catch (error) {
            assert.ok(error instanceof WeightsFileError, String(error));
          }
        }
      },
    ),
    { seed: 1, numRuns: 300 },
  );
});

const arrays: { [K in StateDType]: fc.Arbitrary<StateTensor["data"]> } = {
  F64: fc.float64Array({ maxLength: 6 }),
  F32: fc.float32Array({ maxLength: 6 }),
  F16: fc.float32Array({ maxLength: 6 }).map((a) => new Float32Array(new Float16Array(a))),
  BF16: fc.uint16Array({ maxLength: 6 }).map((a) =>
    new Float32Array(Uint32Array.from(a, (x) => x << 16).buffer).map((x) => Number.isNaN(x) ? 1 : x)
  ),
  I64: fc.bigInt64Array({ maxLength: 6 }),
  U64: fc.bigUint64Array({ maxLength: 6 }),
  I32: fc.int32Array({ maxLength: 6 }),
  U32: fc.uint32Array({ maxLength: 6 }),
  I16: fc.int16Array({ maxLength: 6 }),
  U16: fc.uint16Array({ maxLength: 6 }),
  I8: fc.int8Array({ maxLength: 6 }),
  U8: fc.uint8Array({ maxLength: 6 }),
  BOOL: fc.uint8Array({ maxLength: 6, max: 1 }),
};
const anyTensor = fc.constantFrom(...Object.keys(arrays) as StateDType[]).chain((dtype) =>
  arrays[dtype].map((data): StateTensor => ({ shape: [data.length, 1], dtype, data }))
);
const anyDict = fc.uniqueArray(
  fc.tuple(fc.string({ unit: "binary" }).filter((name) => name !== "__metadata__"), anyTensor),
  { selector: ([name]) => name, maxLength: 8 },
).map((entries): StateDict => new Map(entries));

Deno.test("writeSafetensors() and back gives the same tensors, metadata and order", () => {
  fc.assert(
    fc.property(
      anyDict,
      fc.dictionary(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), {
        noNullPrototype: true,
      }),
      (tensors, metadata) => {
        const bytes = writeSafetensors(tensors, metadata);
        const back = readSafetensors(bytes);
        assert.deepEqual([...back.tensors], [...tensors]);
        assert.deepEqual(back.metadata, metadata);
        assert.deepEqual(writeSafetensors(back.tensors, back.metadata), bytes);
      },
    ),
    { seed: 2, numRuns: 300 },
  );
});

Deno.test("encodeSafetensors() aligns every tensor and does not copy it", () => {
  const data = Float32Array.of(1, 2);
  const { header, chunks, byteLength } = encodeSafetensors(
    new Map<string, StateTensor>([
      ["flag", { shape: [3], dtype: "BOOL", data: Uint8Array.of(1, 0, 1) }],
      ["w", float32Tensor([2], data)],
      ["n", { shape: [], dtype: "I64", data: BigInt64Array.of(5n) }],
    ]),
  );
  assert.equal(header.length % 8, 0);
  assert.deepEqual(chunks.map((chunk) => chunk.length), [8, 8, 3]);
  assert.equal(chunks[1]!.buffer, data.buffer);
  assert.equal(byteLength, header.length + 19);
});

Deno.test("writeSafetensors() does not depend on the order of the metadata", () => {
  const tensors = new Map([["a", float32Tensor([1], Float32Array.of(1))]]);
  assert.deepEqual(
    writeSafetensors(tensors, { x: "1", y: "2" }),
    writeSafetensors(tensors, { y: "2", x: "1" }),
  );
});

Deno.test("writeSafetensors() rounds to half precision when asked, bfloat16 to even", () => {
  const data = Float32Array.of(1 + 2 ** -8, 1 + 3 * 2 ** -8, 1.00001, NaN, -Infinity, 3e38, 65504);
  const tensors = new Map<string, StateTensor>([
    ["w", float32Tensor([7], data)],
    ["i", { shape: [1], dtype: "I32", data: Int32Array.of(7) }],
  ]);
  const bf16 = readSafetensors(writeSafetensors(tensors, {}, { floats: "BF16" })).tensors;
  assert.equal(bf16.get("w")!.dtype, "BF16");
  // Origin: the rule "nearest, ties to even" at 8 bits of precision, by hand.
  assert.deepEqual(
    [...bf16.get("w")!.data].slice(0, 5),
    [1, 1 + 2 ** -6, 1, NaN, -Infinity],
  );
  const f16 = readSafetensors(writeSafetensors(tensors, {}, { floats: "F16" })).tensors;
  assert.deepEqual([...f16.get("w")!.data].slice(3), [NaN, -Infinity, Infinity, 65504]);
  assert.deepEqual(f16.get("i"), tensors.get("i"));
});

Deno.test("writeSafetensors() names the tensor whose data do not fit", () => {
  const data = new Float32Array(3);
  const write = (name: string, tensor: StateTensor) => () =>
    writeSafetensors(new Map([[name, tensor]]));
  assert.throws(
    write("w", { shape: [2], dtype: "F32", data }),
    /tensor "w": shape \[2\] does not hold 3/,
  );
  assert.throws(
    write("w", { shape: [3], dtype: "I32", data }),
    /tensor "w": dtype I32 needs a Int32Array/,
  );
  assert.throws(write("__metadata__", { shape: [3], dtype: "F32", data }), RangeError);
  assert.throws(() => float32Tensor([2, 2], data), RangeError);
  assert.equal(elementCount([]), 1);
});
