import assert from "node:assert/strict";
import type { ExportGraph } from "../../../core/export/graph.ts";
import { testImages } from "../../../core/export/test_images.ts";
import {
  testSizes,
  verificationText,
  verify,
  type VerifyOptions,
} from "../../../core/export/verify.ts";
import type { ImageTensor, RuntimeModel } from "../../../core/runtimes/types.ts";

const GRAPH = { multiple: 8, minSize: 1, inputChannels: 3 } as ExportGraph;

/** Verifies a model that computes `run` where the network gives 2x - 0.5. */
function check(
  run: (wanted: Float32Array, images: ImageTensor) => ImageTensor,
  options: Partial<VerifyOptions> = {},
  model: Partial<RuntimeModel> = {},
) {
  const forward = ({ shape, data }: ImageTensor) =>
    Promise.resolve({ shape, data: data.map((value) => 2 * value - 0.5) });
  return verify({
    graph: GRAPH,
    forward,
    runtime: {
      title: "Fake",
      version: "1",
      open: (path) => {
        assert.equal(path, "/out/model.x");
        return Promise.resolve({
          run: async (images) => run((await forward(images)).data, images),
          [Symbol.asyncDispose]: () => Promise.resolve(),
          ...model,
        });
      },
    },
    folder: "/out",
    model: "model.x",
    precision: "fp32",
    ...options,
  });
}

const moved = (by: number) => (wanted: Float32Array, { shape }: ImageTensor) => ({
  shape,
  data: wanted.map((value, i) => i === 5 ? value + by : value),
});

Deno.test("two sizes are computed, the second no multiple of anything, and the largest difference is told", async () => {
  const made = await check(moved(1e-4));
  assert.deepEqual(made.checks.map(({ size }) => size), [[1, 32, 48], [2, 29, 43]]);
  assert.equal(made.problem, undefined);
  assert.ok(Math.abs(made.measure.worst - 1e-4 / 2) < 1e-5, String(made.measure.worst));
  assert.match(
    verificationText(made),
    /^verified in Fake 1 at an image of 48x32 pixels and 2 images of 43x29 pixels: largest difference 5\.\de-5 of the output's range \(at most 1\.0e-4\)$/,
  );
});

Deno.test("differences beyond what the precision allows, other shapes and NaN are failures", async () => {
  const far = await check(moved(5e-4));
  assert.match(
    verificationText(far),
    /^verification failed in Fake 1: largest difference 2\.\de-4 .* \(at most 1\.0e-4\): too far from our own engine$/,
  );
  assert.equal((await check(moved(5e-4), { precision: "fp16" })).problem, undefined);
  assert.equal((await check(moved(5e-4), { tolerance: 1e-3 })).problem, undefined);
  assert.notEqual((await check(moved(0.1), { precision: "fp16" })).problem, undefined);
  assert.match(
    (await check(moved(NaN))).problem!,
    /it gives NaN for an image of 48x32 pixels/,
  );
  const smaller = (_: Float32Array, { shape: [n, h, w, c] }: ImageTensor): ImageTensor => ({
    shape: [n, h - 1, w, c],
    data: new Float32Array(n * (h - 1) * w * c),
  });
  assert.match(
    (await check(smaller)).problem!,
    /it gives \[1, 31, 48, 3\] .* not \[1, 32, 48, 3\]/,
  );
});

Deno.test("int8 is measured by PSNR, on the pictures that were given", async () => {
  const noisy = (by: number) => (wanted: Float32Array, { shape }: ImageTensor): ImageTensor => ({
    shape,
    data: wanted.map((value, i) => value + (i % 2 ? by : -by)),
  });
  const good = await check(noisy(0.01), { precision: "int8" });
  assert.equal(good.problem, undefined);
  assert.ok(good.measure.worst > 39 && good.measure.worst < 43, String(good.measure.worst));
  assert.match(verificationText(good), /PSNR 4\d\.\d dB against float32 \(at least 30 dB\)/);
  assert.notEqual((await check(noisy(0.06), { precision: "int8" })).problem, undefined);
  const picture = { shape: [1, 60, 60, 3] as const, data: new Float32Array(60 * 60 * 3).fill(0.5) };
  await check((wanted, images) => {
    assert.ok(images.data.every((value) => value === 0.5));
    return { shape: images.shape, data: wanted };
  }, { precision: "int8", pictures: [picture] });
});

Deno.test("runtimes that clip are compared with what is clipped", async () => {
  const clip = (wanted: Float32Array, { shape }: ImageTensor): ImageTensor => ({
    shape,
    data: wanted.map((value) => Math.min(1, Math.max(0, value))),
  });
  assert.notEqual((await check(clip)).problem, undefined);
  assert.equal((await check(clip, {}, { clips: true })).problem, undefined);
});

Deno.test("sizes are as networks and runtimes want them", () => {
  assert.deepEqual(testSizes({ multiple: 64, minSize: 33 }, {}), [[1, 64, 64], [2, 33, 43]]);
  assert.deepEqual(testSizes({ multiple: 1, minSize: 1 }, { maxBatch: 1 }), [[1, 32, 48], [
    1,
    29,
    43,
  ]]);
  assert.deepEqual(testSizes({ multiple: 29, minSize: 1 }, {})[1], [2, 31, 43]);
  assert.deepEqual(testSizes({ multiple: 1, minSize: 1 }, { fixedSize: [16, 20] }), [[1, 16, 20]]);
});

Deno.test("test images are the same each time, in range, different from each other, and rougher than a slope", () => {
  const { shape, data } = testImages([2, 20, 30], 3);
  assert.deepEqual(shape, [2, 20, 30, 3]);
  assert.deepEqual(testImages([2, 20, 30], 3).data, data);
  assert.ok(data.every((value) => value >= 0 && value <= 1));
  const half = data.length / 2;
  assert.notDeepEqual(data.subarray(0, half), data.subarray(half));
  const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
  const deviation = Math.sqrt(data.reduce((sum, v) => sum + (v - mean) ** 2, 0) / data.length);
  assert.ok(mean > 0.2 && mean < 0.8 && deviation > 0.1, `${mean} ${deviation}`);
});
