import assert from "node:assert/strict";
import type { FloatImage, RawImage } from "../../../core/data/image.ts";
import { ExitCode, UserError } from "../../../core/errors.ts";
import { Rng } from "../../../core/random.ts";
import { DATASET_REGISTRY } from "../../../core/registry.ts";
import {
  PairedImageDataset,
  type PairedImageDatasetOptions,
} from "../../../plugins/datasets/paired_image_dataset.ts";
import { gradient, put, testCodec, withFolder } from "../../core/data/_files.ts";

async function open(
  folder: string,
  phase: string,
  scale: number,
  more: Partial<PairedImageDatasetOptions> = {},
): Promise<PairedImageDataset> {
  const dataset = await build(folder, phase, scale, more);
  await dataset.open();
  return dataset;
}

async function build(
  folder: string,
  phase: string,
  scale: number,
  more: Partial<PairedImageDatasetOptions> = {},
): Promise<PairedImageDataset> {
  const options = { dataroot_gt: `${folder}/gt`, dataroot_lq: `${folder}/lq`, ...more };
  return new PairedImageDataset(options, { phase, scale, codec: await testCodec() });
}

const rng = () => new Rng(1);

/** Samples in 0-255 levels. */
function levels(image: FloatImage | string | undefined): number[] {
  return [...(image as FloatImage).data].map((v) => Math.round(v * 255));
}

Deno.test("PairedImageDataset gives matching patches with the paths, in the order of the names", async () => {
  await withFolder(async (folder) => {
    await put(folder, {
      "gt/b.png": gradient(24, 20, 2),
      "lq/b.png": gradient(12, 10, 2),
      "gt/a.v1.png": gradient(24, 20, 1),
      "lq/a.v1.png": gradient(12, 10, 1),
      "gt/Notes.txt": "x",
    });
    const dataset = await open(folder, "train", 2, { gt_size: 8 });
    assert.equal(dataset.length, 2);
    assert.equal(dataset.source(0), `${folder}/gt/a.v1.png`);
    for (let seed = 0; seed < 20; seed++) {
      const sample = await dataset.read(1, new Rng(seed));
      const gt = sample["gt"] as FloatImage, lq = sample["lq"] as FloatImage;
      assert.deepEqual([gt.width, gt.height, gt.channels], [8, 8, 3]);
      assert.deepEqual([lq.width, lq.height, lq.channels], [4, 4, 3]);
      const [x, y, mark] = levels(lq), [gx, gy] = levels(gt);
      assert.deepEqual([gx, gy, mark], [2 * x!, 2 * y!, 2]);
      assert.equal(sample["gt_path"], `${folder}/gt/b.png`);
      assert.equal(sample["lq_path"], `${folder}/lq/b.png`);
    }
  });
});

Deno.test("use_hflip and use_rot move LQ and GT alike, and are off by default", async () => {
  await withFolder(async (folder) => {
    await put(folder, { "gt/a.png": gradient(8, 8), "lq/a.png": gradient(8, 8) });
    const still = await open(folder, "train", 1, { gt_size: 8 });
    const moving = await open(folder, "train", 1, { gt_size: 8, use_hflip: true, use_rot: true });
    const seen = new Set<string>();
    for (let seed = 0; seed < 60; seed++) {
      assert.deepEqual(levels((await still.read(0, new Rng(seed)))["lq"]), [
        ...gradient(8, 8).data,
      ]);
      const { lq, gt } = await moving.read(0, new Rng(seed)) as { lq: FloatImage; gt: FloatImage };
      assert.deepEqual(lq.data, gt.data);
      seen.add(levels(lq).slice(0, 6).join());
    }
    assert.equal(seen.size, 8);
  });
});

Deno.test("outside training GT is cut to scale times LQ, and nothing is drawn at random", async () => {
  await withFolder(async (folder) => {
    await put(folder, { "gt/a.png": gradient(11, 9), "lq/a.png": gradient(5, 4) });
    const dataset = await open(folder, "val", 2, { use_hflip: true, use_rot: true });
    assert.deepEqual(await dataset.check(), []); // 11 = 2 * 5 + 1
    const { lq, gt } = await dataset.read(0, rng()) as { lq: FloatImage; gt: FloatImage };
    assert.deepEqual([gt.width, gt.height, lq.width, lq.height], [10, 8, 5, 4]);
    assert.deepEqual(levels(gt).slice(-3), [9, 7, 0]);
  });
});

Deno.test("gray files give three equal channels, alpha is dropped, color y gives one channel", async () => {
  await withFolder(async (folder) => {
    const gray: RawImage = { width: 2, height: 1, channels: 1, data: Uint8Array.of(10, 200) };
    const rgba: RawImage = {
      width: 2,
      height: 1,
      channels: 4,
      data: Uint8Array.of(1, 2, 3, 0, 4, 5, 6, 255),
    };
    await put(folder, { "gt/a.png": rgba, "lq/a.png": gray });
    const sample = await (await open(folder, "test", 1)).read(0, rng());
    assert.deepEqual(levels(sample["lq"]), [10, 10, 10, 200, 200, 200]);
    assert.deepEqual(levels(sample["gt"]), [1, 2, 3, 4, 5, 6]);
    const y = (await (await open(folder, "test", 1, { color: "y" })).read(0, rng()))["gt"];
    assert.equal((y as FloatImage).channels, 1);
    const first = (16 + (65.481 * 1 + 128.553 * 2 + 24.966 * 3) / 255) / 255;
    assert.ok(Math.abs((y as FloatImage).data[0]! - first) < 1e-6);
  });
});

Deno.test("16-bit files keep their depth", async () => {
  await withFolder(async (folder) => {
    const deep: RawImage = {
      width: 1,
      height: 1,
      channels: 3,
      data: Uint16Array.of(1, 300, 65535),
    };
    await put(folder, { "gt/a.png": deep, "lq/a.png": deep });
    const sample = await (await open(folder, "test", 1)).read(0, rng());
    const { data } = sample["gt"] as FloatImage;
    assert.deepEqual([...data], [1 / 65535, 300 / 65535, 1].map(Math.fround));
  });
});

Deno.test("files without a partner are refused by name before anything is read", async () => {
  await withFolder(async (folder) => {
    await put(folder, { "gt/a.png": "x", "gt/b.png": "x", "lq/a.png": "x", "lq/c.png": "x" });
    await assert.rejects(open(folder, "train", 2, { gt_size: 8 }), (error: unknown) => {
      assert.ok(error instanceof UserError && error.exitCode === ExitCode.DATA);
      assert.match(error.message, /^2 images have no partner/);
      assert.match(error.message, /gt\/b\.png has no LQ image, expected .*lq\/b\.png/);
      assert.match(error.message, /lq\/c\.png has no GT image/);
      return true;
    });
  });
});

Deno.test("check() lists orphans, wrong sizes, small images and unreadable files in one go", async () => {
  await withFolder(async (folder) => {
    await put(folder, {
      "gt/ok.png": gradient(16, 16),
      "lq/ok.png": gradient(8, 8),
      "gt/odd.png": gradient(17, 16),
      "lq/odd.png": gradient(8, 8),
      "gt/small.png": gradient(6, 16),
      "lq/small.png": gradient(3, 8),
      "gt/empty.png": "",
      "lq/empty.png": gradient(8, 8),
      "gt/text.png": "not an image, whatever its name says",
      "lq/text.png": gradient(8, 8),
      "gt/alone.png": gradient(16, 16),
    });
    const dataset = await build(folder, "train", 2, { gt_size: 8 });
    const problems = await dataset.check();
    const found = Object.fromEntries(
      problems.map(({ file, what }) => [file.slice(folder.length + 1), what]),
    );
    assert.deepEqual(Object.keys(found), [
      "gt/alone.png",
      "gt/empty.png",
      "gt/odd.png",
      "gt/small.png",
      "gt/text.png",
    ]);
    assert.match(found["gt/alone.png"]!, /^has no LQ image/);
    assert.equal(found["gt/empty.png"], "is empty");
    assert.equal(found["gt/odd.png"], "is 17x16, which is not 2 times its LQ image's 8x8");
    assert.equal(found["gt/small.png"], "is 6x16, smaller than gt_size 8");
  });
});

Deno.test("check() outside training tells of GT larger than the remainder; GT smaller than LQ cannot be read", async () => {
  await withFolder(async (folder) => {
    await put(folder, {
      "gt/large.png": gradient(12, 10),
      "lq/large.png": gradient(5, 5),
      "gt/short.png": gradient(9, 10),
      "lq/short.png": gradient(5, 5),
    });
    const dataset = await open(folder, "val", 2);
    const problems = await dataset.check();
    assert.deepEqual(problems.map(({ what }) => what.slice(0, 8)), ["is 12x10", "is 9x10,"]);
    const { gt } = await dataset.read(0, rng()) as { gt: FloatImage };
    assert.deepEqual([gt.width, gt.height], [10, 10]);
    await assert.rejects(dataset.read(1, rng()), {
      name: "UserError",
      message: `${folder}/gt/short.png is 9x10, which is not 2 times its LQ image's 5x5`,
    });
  });
});

Deno.test("a meta_info_file picks pairs, and a file that it names but nobody has is told by check()", async () => {
  await withFolder(async (folder) => {
    await put(folder, {
      "gt/my cat.png": gradient(8, 8),
      "lq/my catx2.png": gradient(4, 4),
      "gt/unused.png": gradient(8, 8),
      "meta.txt": "my cat.png (8,8,3)\nmissing.png (8,8,3)\n",
    });
    const dataset = await open(folder, "test", 2, {
      meta_info_file: `${folder}/meta.txt`,
      filename_tmpl: "{}x2",
    });
    assert.equal(dataset.length, 2);
    assert.equal((await dataset.read(0, rng()))["lq_path"], `${folder}/lq/my catx2.png`);
    assert.deepEqual((await dataset.check()).map(({ file, what }) => [file, what]), [
      [`${folder}/gt/missing.png`, "does not exist"],
      [`${folder}/lq/missingx2.png`, "does not exist"],
    ]);
    await assert.rejects(dataset.read(1, rng()), /gt\/missing\.png does not exist/);
  });
});

Deno.test("training needs a gt_size that is a multiple of the scale", async () => {
  for (const gt_size of [undefined, 30]) {
    await assert.rejects(build("x", "train", 4, { gt_size }), {
      name: "UserError",
      message: `gt_size must be a multiple of scale 4 when training, received ${
        gt_size ?? "nothing"
      }`,
    });
  }
});

Deno.test("PairedImageDataset's schema takes BasicSR's keys and refuses others", () => {
  const { options } = DATASET_REGISTRY.get("PairedImageDataset");
  const block = {
    dataroot_gt: "gt",
    dataroot_lq: "lq",
    filename_tmpl: "{}x4",
    io_backend: { type: "disk" },
    gt_size: 128,
    use_hflip: true,
    use_rot: true,
    mean: [0.5, 0.5, 0.5],
    std: [0.5, 0.5, 0.5],
    color: "y",
  };
  assert.deepEqual(options!.parse(block), { ...block, cache_mb: 256 });
  for (
    const wrong of [{ use_flip: true }, { filename_tmpl: "x4" }, {
      io_backend: { type: "memcached" },
    }]
  ) {
    assert.equal(options!.safeParse({ ...block, ...wrong }).success, false);
  }
});
