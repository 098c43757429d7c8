import assert from "node:assert/strict";
import type { Weight } from "../../../../core/export/tfjs/builder.ts";
import { packWeights, QUANTIZED_FROM } from "../../../../core/export/tfjs/weights.ts";

/** A weight whose first numbers are `first`, and that is large enough to be quantized. */
function weight(first: readonly number[], rest = first[0]!): Weight {
  const values = new Float32Array(QUANTIZED_FROM).fill(rest);
  values.set(first);
  return { name: "w", dtype: "float32", shape: [QUANTIZED_FROM], values };
}

const joined = (shards: readonly { readonly bytes: Uint8Array }[]) =>
  Uint8Array.from(shards.flatMap(({ bytes }) => [...bytes]));

Deno.test("uint8 and uint16 keep zero, as tfjs-converter does", () => {
  // The example of tfjs-converter's write_weights.py.
  const { manifest, shards } = packWeights([weight([0, -0.1, 1.2])], "uint8", 1e6);
  const { quantization } = manifest[0]!.weights[0]!;
  assert.equal(quantization!.dtype, "uint8");
  assert.ok(Math.abs(quantization!.min! - -0.10196078817) < 1e-9);
  assert.ok(Math.abs(quantization!.scale! - 0.00509803940852) < 1e-9);
  assert.deepEqual([...shards[0]!.bytes.subarray(0, 3)], [20, 0, 255]);

  const fine = packWeights([weight([0, -0.1, 1.2])], "uint16", 1e6);
  const { scale, min } = fine.manifest[0]!.weights[0]!.quantization!;
  const stored = new Uint16Array(fine.shards[0]!.bytes.buffer, 0, 3);
  for (const [i, value] of [0, -0.1, 1.2].entries()) {
    assert.ok(Math.abs(stored[i]! * scale! + min! - value) <= scale!);
  }
  assert.equal(stored[0]! * scale! + min!, 0);
});

Deno.test("a range without zero, and a weight of one number, come back", () => {
  for (const values of [[2, 3, 2.5], [7, 7, 7]]) {
    const { manifest, shards } = packWeights([weight(values)], "uint8", 1e6);
    const { scale, min } = manifest[0]!.weights[0]!.quantization!;
    for (const [i, value] of values.entries()) {
      assert.ok(Math.abs(shards[0]!.bytes[i]! * scale! + min! - value) <= scale! / 2 + 1e-9);
    }
  }
});

Deno.test("float16 is kept for what it can hold, and small or whole weights stay as they are", () => {
  const large = weight([1e5]);
  const small: Weight = {
    name: "bias",
    dtype: "float32",
    shape: [2],
    values: Float32Array.of(0.1, 0.2),
  };
  const whole: Weight = {
    name: "index",
    dtype: "int32",
    shape: [300],
    values: Int32Array.from({ length: 300 }, (_, i) => i),
  };
  const { manifest, shards } = packWeights([weight([0.1]), large, small, whole], "float16", 1e6);
  const kinds = manifest[0]!.weights.map(({ quantization }) => quantization);
  assert.deepEqual(kinds, [
    { dtype: "float16", original_dtype: "float32" },
    undefined,
    undefined,
    undefined,
  ]);
  assert.equal(shards[0]!.bytes.length, 2 * QUANTIZED_FROM + 4 * QUANTIZED_FROM + 8 + 1200);
  assert.equal(new Float16Array(shards[0]!.bytes.buffer, 0, 1)[0], Math.f16round(0.1));
});

Deno.test("files are cut at the wanted size and hold all bytes in order", () => {
  const { manifest, shards } = packWeights([weight([1, 2, 3]), weight([4])], undefined, 1000);
  assert.deepEqual(manifest[0]!.paths, [
    "group1-shard1of3.bin",
    "group1-shard2of3.bin",
    "group1-shard3of3.bin",
  ]);
  assert.deepEqual(shards.map(({ bytes }) => bytes.length), [1000, 1000, 48]);
  const all = new Float32Array(joined(shards).buffer);
  assert.deepEqual([...all.subarray(0, 4)], [1, 2, 3, 1]);
  assert.equal(all[QUANTIZED_FROM], 4);
});
