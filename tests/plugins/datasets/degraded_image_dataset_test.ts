import assert from "node:assert/strict";
import type { Sample } from "../../../core/data/dataset.ts";
import type { DegradationOptions } from "../../../core/data/degradations/pipeline.ts";
import type { FloatImage } from "../../../core/data/image.ts";
import { BatchLoader } from "../../../core/data/loader.ts";
import { ExitCode, UserError } from "../../../core/errors.ts";
import { Rng } from "../../../core/random.ts";
import { DATASET_REGISTRY } from "../../../core/registry.ts";
import {
  DegradedImageDataset,
  type DegradedImageDatasetOptions,
} from "../../../plugins/datasets/degraded_image_dataset.ts";
import { PairedImageDataset } from "../../../plugins/datasets/paired_image_dataset.ts";
import { gradient, put, testCodec, withFolder } from "../../core/data/_files.ts";

const demo = new URL("../../data/demo/", import.meta.url).pathname;

async function open(
  dataroot_gt: string,
  phase: string,
  scale: number,
  more: Partial<DegradedImageDatasetOptions> = {},
): Promise<DegradedImageDataset> {
  const context = { phase, scale, codec: await testCodec() };
  const dataset = new DegradedImageDataset({ dataroot_gt, ...more }, context);
  await dataset.open();
  return dataset;
}

const pixels = (image: Sample[string] | undefined) => (image as FloatImage).data;

for (const scale of [2, 4]) {
  Deno.test(`DegradedImageDataset gives the pixels of a prepared x${scale} folder, whole and in patches`, async () => {
    const folder = `${demo}train/`;
    const context = { phase: "val", scale, codec: await testCodec() };
    const roots = { dataroot_gt: `${folder}gt`, dataroot_lq: `${folder}lq_x${scale}` };
    const prepared = new PairedImageDataset(roots, context);
    await prepared.open();
    const made = await open(roots.dataroot_gt, "val", scale);
    assert.equal(made.length, prepared.length);
    for (const index of [3, 8]) {
      const want = await prepared.read(index, new Rng(0));
      const got = await made.read(index, new Rng(0));
      assert.deepEqual(pixels(got["lq"]), pixels(want["lq"]));
      assert.deepEqual(pixels(got["gt"]), pixels(want["gt"]));
      assert.equal(got["gt_path"], want["gt_path"]);
    }
    const patch = { gt_size: 48, use_hflip: true, use_rot: true };
    const training = new PairedImageDataset({ ...roots, ...patch }, { ...context, phase: "train" });
    await training.open();
    const patches = await open(roots.dataroot_gt, "train", scale, patch);
    for (let seed = 0; seed < 12; seed++) {
      // Both draw the place first and the moves then.
      const want = await training.read(seed, new Rng(seed));
      const got = await patches.read(seed, new Rng(seed));
      assert.deepEqual(pixels(got["gt"]), pixels(want["gt"]), `gt of seed ${seed}`);
      assert.deepEqual(pixels(got["lq"]), pixels(want["lq"]), `lq of seed ${seed}`);
    }
  });
}

/** Everything that is random about a list of degradations. */
const steps: DegradationOptions[] = [
  { type: "blur", blur_kernel_size: 9 },
  { type: "resize", resize_range: [0.5, 1.2] },
  { type: "noise" },
  { type: "shuffle", steps: [{ type: "jpeg" }, { type: "sinc", blur_kernel_size: 7, prob: 0.5 }] },
];

Deno.test("degradations give the same pixels with 0 and 2 workers, and others in the next epoch", async () => {
  const runs: unknown[] = [];
  for (const num_worker_per_gpu of [0, 2]) {
    const loader = await BatchLoader.open(
      {
        type: "DegradedImageDataset",
        name: "demo",
        phase: "train",
        scale: 4,
        dataroot_gt: `${demo}val/gt`,
        gt_size: 32,
        use_hflip: true,
        use_rot: true,
        degradations: steps,
        batch_size_per_gpu: 3,
        num_worker_per_gpu,
      },
      { seed: 7, codec: await testCodec(), codecSpec: { kind: "imagescript" } },
    );
    try {
      const batches = [];
      for (let i = 0; i < 3; i++) batches.push((await loader.next()).batch);
      assert.deepEqual(batches[0]!.images["lq"]!.shape, [3, 8, 8, 3]);
      assert.deepEqual(batches[0]!.images["gt"]!.shape, [3, 32, 32, 3]);
      assert.notDeepEqual(batches[0]!.images["lq"]!.data, batches[1]!.images["lq"]!.data);
      runs.push(batches);
    } finally {
      await loader.dispose();
    }
  }
  assert.deepEqual(runs[1], runs[0]);
});

Deno.test("LQ lies where GT does, however it is cut, flipped and turned", async () => {
  await withFolder(async (folder) => {
    await put(folder, { "a.png": gradient(90, 70) });
    const toLq: DegradationOptions = { type: "resize", resize_base: "lq", resize_prob: [0, 0, 1] };
    const dataset = await open(folder, "train", 2, {
      gt_size: 16,
      use_hflip: true,
      use_rot: true,
      degradations: [toLq, { type: "jpeg", jpeg_range: [100, 100] }],
    });
    for (let seed = 0; seed < 40; seed++) {
      const sample = await dataset.read(0, new Rng(seed));
      const gt = sample["gt"] as FloatImage, lq = sample["lq"] as FloatImage;
      assert.deepEqual([gt.width, gt.height, lq.width, lq.height], [16, 16, 8, 8]);
      for (let y = 0; y < 8; y++) {
        for (let x = 0; x < 8; x++) {
          const i = (y * 8 + x) * 3, k = (2 * y * 16 + 2 * x) * 3;
          // The gradient is 1 level a pixel; colour and rounding may be 2 off.
          assert.ok(Math.abs(lq.data[i]! - gt.data[k]!) * 255 < 4, `seed ${seed}`);
          assert.ok(Math.abs(lq.data[i + 1]! - gt.data[k + 1]!) * 255 < 4, `seed ${seed}`);
        }
      }
    }
  });
});

Deno.test("validation pictures are whole, cut to multiples of scale, and degraded alike each time", async () => {
  await withFolder(async (folder) => {
    await put(folder, { "a.png": gradient(30, 23), "list.txt": "a.png (23,30,3)\n" });
    const more = { degradations: steps, meta_info_file: `${folder}/list.txt` };
    const dataset = await open(folder, "val", 4, more);
    const sample = await dataset.read(0, new Rng(0, "sample", 0, 0));
    const { gt, lq } = sample as unknown as { gt: FloatImage; lq: FloatImage };
    assert.deepEqual([gt.width, gt.height, lq.width, lq.height], [28, 20, 7, 5]);
    assert.deepEqual(await dataset.read(0, new Rng(0, "sample", 0, 0)), sample);
    assert.equal(dataset.source(0), `${folder}/a.png`);
    const y = await (await open(folder, "val", 4, { color: "y" })).read(0, new Rng(0));
    assert.equal((y["lq"] as FloatImage).channels, 1);
  });
});

Deno.test("check() and read() tell of images smaller than gt_size", async () => {
  await withFolder(async (folder) => {
    await put(folder, { "a.png": gradient(40, 33), "b.png": gradient(40, 31), "c.png": "x" });
    const dataset = await open(folder, "train", 4, { gt_size: 32 });
    const problems = await dataset.check();
    assert.deepEqual(problems.map(({ file }) => file), [`${folder}/b.png`, `${folder}/c.png`]);
    assert.equal(problems[0]!.what, "is 40x31, smaller than gt_size 32");
    await assert.rejects(dataset.read(1, new Rng(0)), (error: unknown) => {
      assert.ok(error instanceof UserError && error.exitCode === ExitCode.DATA);
      assert.equal(error.message, `${folder}/b.png is 40x31, smaller than gt_size 32`);
      return true;
    });
  });
});

Deno.test("gt_size and degradations are checked before anything is read", async () => {
  for (const gt_size of [undefined, 30]) {
    await assert.rejects(
      open("nowhere", "train", 4, { gt_size }),
      /^UserError: gt_size must be a multiple of scale 4 when training, received (nothing|30)$/,
    );
  }
  await assert.rejects(
    open("nowhere", "val", 4, { degradations: [{ type: "fog" as "blur" }] }),
    /^TypeError: degradations\[0\]\.type must be one of blur, /,
  );
  const { options } = DATASET_REGISTRY.get("DegradedImageDataset");
  const block = { dataroot_gt: "gt", degradations: [{ type: "jpeg" }] };
  assert.deepEqual((options!.parse(block) as typeof block).degradations, [
    { type: "jpeg", prob: 1, jpeg_range: [30, 95] },
  ]);
  assert.equal(options!.safeParse({ ...block, dataroot_lq: "lq" }).success, false);
});
