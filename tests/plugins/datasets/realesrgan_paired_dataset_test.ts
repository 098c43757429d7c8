import assert from "node:assert/strict";
import type { FloatImage } from "../../../core/data/image.ts";
import { Rng } from "../../../core/random.ts";
import { DATASET_REGISTRY } from "../../../core/registry.ts";
import {
  RealESRGANPairedDataset,
  type RealESRGANPairedDatasetOptions,
} from "../../../plugins/datasets/realesrgan_paired_dataset.ts";
import { gradient, put, testCodec, withFolder } from "../../core/data/_files.ts";

async function open(
  folder: string,
  more: Partial<RealESRGANPairedDatasetOptions> = {},
): Promise<RealESRGANPairedDataset> {
  const options = { dataroot_gt: folder, dataroot_lq: folder, gt_size: 8, ...more };
  const dataset = new RealESRGANPairedDataset(options, {
    phase: "train",
    scale: 2,
    codec: await testCodec(),
  });
  await dataset.open();
  return dataset;
}

Deno.test("RealESRGANPairedDataset reads the pairs that meta_info names", async () => {
  await withFolder(async (folder) => {
    await put(folder, {
      "gt/one.png": gradient(24, 20),
      "lq/uno small.png": gradient(12, 10),
      "meta.txt": "gt/one.png, lq/uno small.png\r\n\ngt/two.png, lq/two.png\n",
    });
    const dataset = await open(folder, { meta_info: `${folder}/meta.txt` });
    assert.equal(dataset.length, 2);
    const sample = await dataset.read(0, new Rng(3));
    assert.equal(sample["gt_path"], `${folder}/gt/one.png`);
    assert.equal(sample["lq_path"], `${folder}/lq/uno small.png`);
    const gt = sample["gt"] as FloatImage, lq = sample["lq"] as FloatImage;
    assert.deepEqual([gt.width, lq.width], [8, 4]);
    assert.ok(Math.abs(gt.data[0]! - 2 * lq.data[0]!) < 1e-6);
    const problems = await dataset.check();
    assert.deepEqual(problems.map(({ file }) => file), [
      `${folder}/gt/two.png`,
      `${folder}/lq/two.png`,
    ]);
  });
});

Deno.test("without meta_info the files of both folders are paired by name", async () => {
  await withFolder(async (folder) => {
    await put(folder, { "gt/a.png": gradient(24, 20), "lq/ax2.png": gradient(12, 10) });
    const dataset = await open(folder, {
      dataroot_gt: `${folder}/gt`,
      dataroot_lq: `${folder}/lq`,
      filename_tmpl: "{}x2",
      meta_info: null,
    });
    assert.equal((await dataset.read(0, new Rng(1)))["lq_path"], `${folder}/lq/ax2.png`);
  });
});

Deno.test("a line of meta_info that is no pair is an error with its number", async () => {
  await withFolder(async (folder) => {
    await put(folder, { "meta.txt": "gt/a.png, lq/a.png\ngt/b.png\n", "empty.txt": "\n" });
    await assert.rejects(
      open(folder, { meta_info: `${folder}/meta.txt` }),
      /^UserError: meta_info: .*meta\.txt line 2 must name a GT image and an LQ image/,
    );
    await assert.rejects(open(folder, { meta_info: `${folder}/empty.txt` }), /names no pair$/);
  });
  const { options } = DATASET_REGISTRY.get("RealESRGANPairedDataset");
  const block = { dataroot_gt: "gt", dataroot_lq: "lq", meta_info: "meta.txt", gt_size: 256 };
  assert.equal(options!.safeParse(block).success, true);
  assert.equal(options!.safeParse({ ...block, meta_info_file: "x" }).success, false);
});
