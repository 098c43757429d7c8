import assert from "node:assert/strict";
import type { FloatImage } from "../../../core/data/image.ts";
import { Rng } from "../../../core/random.ts";
import { DATASET_REGISTRY } from "../../../core/registry.ts";
import { FFHQDataset, type FFHQDatasetOptions } from "../../../plugins/datasets/ffhq_dataset.ts";
import { gradient, put, testCodec, withFolder } from "../../core/data/_files.ts";

async function open(
  dataroot_gt: string,
  more: Partial<FFHQDatasetOptions> = {},
): Promise<FFHQDataset> {
  const context = { phase: "train", scale: 1, codec: await testCodec() };
  const dataset = new FFHQDataset({ dataroot_gt, ...more }, context);
  await dataset.open();
  return dataset;
}

Deno.test("FFHQDataset takes the files with FFHQ's names, in [-1, 1], flipped at random", async () => {
  await withFolder(async (folder) => {
    await put(folder, {
      "00000001.png": gradient(8, 8, 1),
      "00000000.png": gradient(8, 8),
      "00000000 copy.png": gradient(8, 8),
      "thumbs.png": gradient(8, 8),
    });
    const dataset = await open(folder, { use_hflip: true });
    assert.equal(dataset.length, 2);
    assert.equal(dataset.source(1), `${folder}/00000001.png`);
    let flips = 0;
    for (let seed = 0; seed < 40; seed++) {
      const { gt, gt_path } = await dataset.read(1, new Rng(seed));
      assert.equal(gt_path, `${folder}/00000001.png`);
      const { data } = gt as FloatImage;
      const red = Math.round((data[0]! + 1) / 2 * 255);
      assert.ok(red === 0 || red === 7); // the gradient's left or right end
      assert.equal(Math.round((data[1]! + 1) / 2 * 255), 0, "no vertical flip");
      if (red === 7) flips++;
    }
    assert.ok(flips > 10 && flips < 30, `${flips} of 40`);
  });
});

Deno.test("mean and std are used as given; flips are off by default", async () => {
  await withFolder(async (folder) => {
    await put(folder, { "00000000.png": gradient(8, 8, 255) });
    const dataset = await open(folder, { mean: [0, 0, 0.5], std: [1, 1, 0.25] });
    for (let seed = 0; seed < 8; seed++) {
      const { data } = (await dataset.read(0, new Rng(seed)))["gt"] as FloatImage;
      assert.deepEqual([...data.subarray(0, 3)], [0, 0, 2]);
    }
  });
});

Deno.test("check() tells of another size; a folder without FFHQ's names is refused", async () => {
  await withFolder(async (folder) => {
    await put(folder, { "a/00000000.png": gradient(8, 8), "a/00000001.png": gradient(8, 6) });
    await put(folder, { "b/face.png": gradient(8, 8) });
    const problems = await (await open(`${folder}/a`)).check();
    assert.equal(problems.length, 1);
    assert.match(problems[0]!.what, /^is 8x[68], others are 8x[68]: a batch needs one size$/);
    await assert.rejects(open(`${folder}/b`), /^UserError: dataroot_gt: .* holds no FFHQ images/);
  });
  const { options } = DATASET_REGISTRY.get("FFHQDataset");
  // train_StyleGAN2_256_Cmul2_FFHQ.yml of BasicSR, but for the back end.
  const block = { dataroot_gt: "datasets/ffhq", mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] };
  assert.equal(options!.safeParse({ ...block, use_hflip: true }).success, true);
  assert.equal(options!.safeParse({ ...block, color: "y" }).success, false);
});
