import assert from "node:assert/strict";
import { collate } from "../../../core/data/collate.ts";
import type { FloatImage } from "../../../core/data/image.ts";
import { Rng } from "../../../core/random.ts";
import { DATASET_REGISTRY } from "../../../core/registry.ts";
import {
  RealESRGANDataset,
  type RealESRGANDatasetOptions,
} from "../../../plugins/datasets/realesrgan_dataset.ts";
import { gradient, put, testCodec, withFolder } from "../../core/data/_files.ts";

async function open(
  dataroot_gt: string,
  more: Partial<RealESRGANDatasetOptions> = {},
): Promise<RealESRGANDataset> {
  const options = { dataroot_gt, crop_pad_size: 40, ...more };
  const dataset = new RealESRGANDataset(options, {
    phase: "train",
    scale: 4,
    codec: await testCodec(),
  });
  await dataset.open();
  return dataset;
}

const image = (value: FloatImage | string | undefined) => value as FloatImage;
const sum = ({ data }: FloatImage) => data.reduce((a, b) => a + b, 0);

Deno.test("RealESRGANDataset gives gt and three kernels of 21x21 with the sum 1, which stack", async () => {
  await withFolder(async (folder) => {
    await put(folder, { "a.png": gradient(60, 50), "b.png": gradient(20, 90) });
    const dataset = await open(folder);
    const samples = [];
    for (const index of [0, 1]) samples.push(await dataset.read(index, new Rng(index)));
    const { images, paths } = collate(samples);
    assert.deepEqual(images["gt"]!.shape, [2, 40, 40, 3]);
    for (const key of ["kernel1", "kernel2", "sinc_kernel"]) {
      assert.deepEqual(images[key]!.shape, [2, 21, 21, 1]);
      for (const sample of samples) assert.ok(Math.abs(sum(image(sample[key])) - 1) < 1e-5, key);
    }
    assert.deepEqual(paths, { gt_path: [`${folder}/a.png`, `${folder}/b.png`] });
    assert.deepEqual(await dataset.read(0, new Rng(0)), samples[0]);
  });
});

Deno.test("large images are cut at random, short sides mirrored to the right and to the bottom", async () => {
  await withFolder(async (folder) => {
    await put(folder, { "a.png": gradient(70, 30) });
    const dataset = await open(folder);
    const lefts = new Set<number>();
    for (let seed = 0; seed < 10; seed++) {
      const { data } = image((await dataset.read(0, new Rng(seed)))["gt"]);
      const at = (x: number, y: number, c: number) => Math.round(data[(y * 40 + x) * 3 + c]! * 255);
      const left = at(0, 0, 0);
      lefts.add(left);
      assert.deepEqual([at(39, 0, 0), at(0, 29, 1)], [left + 39, 29]);
      assert.deepEqual([at(0, 30, 1), at(0, 31, 1), at(5, 39, 1)], [28, 27, 19]); // reflect101
    }
    assert.ok(lefts.size > 4);
  });
});

Deno.test("final_sinc_prob 0 gives the pulse, sinc_prob 1 kernels that ring; sizes follow the options", async () => {
  await withFolder(async (folder) => {
    await put(folder, { "a.png": gradient(40, 40) });
    const dataset = await open(folder, {
      final_sinc_prob: 0,
      sinc_prob: 1,
      sinc_prob2: 0,
      blur_kernel_size: 13,
      blur_kernel_size2: 9,
    });
    const widths = new Set<number>();
    for (let seed = 0; seed < 30; seed++) {
      const sample = await dataset.read(0, new Rng(seed));
      const kernel1 = image(sample["kernel1"]), kernel2 = image(sample["kernel2"]);
      assert.deepEqual([kernel1.width, kernel2.width], [13, 9]);
      assert.ok(kernel1.data.some((v) => v < 0));
      assert.ok(kernel2.data.every((v) => v >= 0));
      const pulse = image(sample["sinc_kernel"]).data;
      assert.deepEqual([pulse.length, pulse[40], sum(image(sample["sinc_kernel"]))], [81, 1, 1]);
      const middle = kernel1.data.subarray(6 * 13, 7 * 13);
      widths.add(middle.filter((v) => v !== 0).length);
    }
    assert.deepEqual([...widths].sort((a, b) => a - b), [7, 9, 11, 13]);
  });
});

Deno.test("meta_info names files below dataroot_gt; without it the folder is listed", async () => {
  await withFolder(async (folder) => {
    await put(folder, {
      "gt/sub/a.png": gradient(40, 40),
      "gt/b.png": gradient(40, 40),
      "meta.txt": "sub/a.png\nsub/missing.png\n",
    });
    const dataset = await open(`${folder}/gt`, { meta_info: `${folder}/meta.txt` });
    assert.equal(dataset.source(0), `${folder}/gt/sub/a.png`);
    assert.deepEqual(await dataset.check(), [
      { file: `${folder}/gt/sub/missing.png`, what: "does not exist" },
    ]);
    assert.equal((await open(`${folder}/gt`)).length, 1);
    await assert.rejects(
      open(`${folder}/gt`, { meta_info: `${folder}/none.txt` }),
      /^UserError: meta_info: .*none\.txt does not exist$/,
    );
  });
});

Deno.test("the schema takes Real-ESRGAN's options and refuses what would not work", async () => {
  // The data part of options/train_realesrgan_x4plus.yml, repository xinntao/Real-ESRGAN.
  const kinds = [
    "iso",
    "aniso",
    "generalized_iso",
    "generalized_aniso",
    "plateau_iso",
    "plateau_aniso",
  ];
  const probs = [0.45, 0.25, 0.12, 0.03, 0.12, 0.03];
  const given = {
    dataroot_gt: "datasets/DF2K",
    meta_info: "datasets/DF2K/meta_info/meta_info_DF2Kmultiscale+OST_sub.txt",
    io_backend: { type: "disk" },
    blur_kernel_size: 21,
    kernel_list: kinds,
    kernel_prob: probs,
    sinc_prob: 0.1,
    blur_sigma: [0.2, 3],
    betag_range: [0.5, 4],
    betap_range: [1, 2],
    blur_kernel_size2: 21,
    kernel_list2: kinds,
    kernel_prob2: probs,
    sinc_prob2: 0.1,
    blur_sigma2: [0.2, 1.5],
    betag_range2: [0.5, 4],
    betap_range2: [1, 2],
    final_sinc_prob: 0.8,
    gt_size: 256,
    use_hflip: true,
    use_rot: false,
  };
  const { options } = DATASET_REGISTRY.get("RealESRGANDataset");
  const parsed = options!.parse(given);
  assert.deepEqual(parsed, { ...given, crop_pad_size: 400, cache_mb: 256 });
  const { dataroot_gt, gt_size, use_hflip, meta_info, ...rest } = given;
  assert.deepEqual(
    options!.parse({ dataroot_gt, gt_size, use_hflip, meta_info }),
    { ...parsed, ...rest },
    "what is left out is what Real-ESRGAN's file says",
  );
  await assert.rejects(
    open("gt", { gt_size: 41 }),
    /^TypeError: gt_size must be at most crop_pad_size 40, received 41$/,
  );
  await assert.rejects(open("gt", { kernel_prob2: [1] }), /^TypeError: kernel_prob2 must hold as/);
  await assert.rejects(open("gt", { blur_kernel_size: 20 }), /blur_kernel_size must be an odd/);
});
