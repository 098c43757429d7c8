import assert from "node:assert/strict";
import { collate, eachSample } from "../../../core/data/collate.ts";
import type { Dataset, Sample } from "../../../core/data/dataset.ts";

function sample(width: number, value: number): Sample {
  const data = new Float32Array(width * 2).fill(value);
  return { lq: { width, height: 2, channels: 1, data }, lq_path: `${value}.png` };
}

Deno.test("collate() stacks to NHWC in the order of the samples", () => {
  const batch = collate([sample(3, 1), sample(3, 2)]);
  assert.equal(batch.size, 2);
  assert.deepEqual(batch.images["lq"]!.shape, [2, 2, 3, 1]);
  assert.deepEqual([...batch.images["lq"]!.data], [...Array(6).fill(1), ...Array(6).fill(2)]);
  assert.deepEqual(batch.paths, { lq_path: ["1.png", "2.png"] });
});

Deno.test("collate() names two files whose images differ in size", () => {
  assert.throws(() => collate([sample(3, 1), sample(4, 2)]), {
    name: "UserError",
    message: /lq of 1\.png is 3x2x1, of 2\.png 4x2x1/,
  });
});

Deno.test("eachSample() goes through the dataset once, in order, one image a batch", async () => {
  const dataset: Dataset = {
    length: 3,
    open: () => Promise.resolve(),
    read: (index) => Promise.resolve(sample(index + 1, index)), // sizes may differ here
  };
  const paths: unknown[] = [];
  for await (const batch of eachSample(dataset)) paths.push(batch.paths["lq_path"]);
  assert.deepEqual(paths, [["0.png"], ["1.png"], ["2.png"]]);
});
