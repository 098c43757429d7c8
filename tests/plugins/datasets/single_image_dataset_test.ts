import assert from "node:assert/strict";
import type { FloatImage, RawImage } from "../../../core/data/image.ts";
import { DATASET_REGISTRY } from "../../../core/registry.ts";
import {
  SingleImageDataset,
  type SingleImageDatasetOptions,
} from "../../../plugins/datasets/single_image_dataset.ts";
import { gradient, put, testCodec, withFolder } from "../../core/data/_files.ts";

async function open(
  dataroot_lq: string,
  more: Partial<SingleImageDatasetOptions> = {},
): Promise<SingleImageDataset> {
  const dataset = new SingleImageDataset(
    { dataroot_lq, ...more },
    { phase: "test", scale: 4, codec: await testCodec() },
  );
  await dataset.open();
  return dataset;
}

Deno.test("SingleImageDataset gives every image of the folder with its path and no gt", async () => {
  await withFolder(async (folder) => {
    await put(folder, { "b ö.png": gradient(3, 2), "a.png": gradient(5, 4), "x.txt": "x" });
    const dataset = await open(folder);
    assert.equal(dataset.length, 2);
    const sample = await dataset.read(1);
    assert.deepEqual(Object.keys(sample), ["lq", "lq_path"]);
    assert.equal(sample["lq_path"], `${folder}/b ö.png`);
    const { width, height, channels } = sample["lq"] as FloatImage;
    assert.deepEqual([width, height, channels], [3, 2, 3]);
    assert.deepEqual(await dataset.check(), []);
  });
});

Deno.test("SingleImageDataset with color y weighs red as red (BasicSR weighs it as blue)", async () => {
  await withFolder(async (folder) => {
    const red: RawImage = { width: 1, height: 1, channels: 3, data: Uint8Array.of(255, 0, 0) };
    await put(folder, { "red.png": red });
    const { lq } = await (await open(folder, { color: "y" })).read(0) as { lq: FloatImage };
    assert.equal(lq.channels, 1);
    assert.ok(Math.abs(lq.data[0]! - (16 + 65.481) / 255) < 1e-6);
  });
});

Deno.test("SingleImageDataset reads a list of names, and null means none", async () => {
  await withFolder(async (folder) => {
    await put(`${folder}/lq`, { "a.png": gradient(5, 4), "b.png": gradient(5, 4) });
    await put(folder, { "meta.txt": "b.png (4,5,3)\nc.png\n" });
    const dataset = await open(`${folder}/lq`, { meta_info_file: `${folder}/meta.txt` });
    assert.equal(dataset.source(0), `${folder}/lq/b.png`);
    assert.deepEqual(await dataset.check(), [
      { file: `${folder}/lq/c.png`, what: "does not exist" },
    ]);
    assert.equal((await open(`${folder}/lq`, { meta_info_file: null })).length, 2);
  });
});

Deno.test("SingleImageDataset refuses a folder without images and unknown keys", async () => {
  await withFolder(async (folder) => {
    await assert.rejects(open(folder), /^UserError: dataroot_lq: folder .* holds no images$/);
  });
  const { options } = DATASET_REGISTRY.get("SingleImageDataset");
  assert.equal(options!.safeParse({ dataroot_lq: "lq" }).success, true);
  assert.equal(options!.safeParse({ dataroot_lq: "lq", dataroot_gt: "gt" }).success, false);
});
