/**
 * Every image dataset on LMDB data bases: the samples are those of folders with the same images.
 */
import assert from "node:assert/strict";
import type { Dataset, Sample } from "../../../core/data/dataset.ts";
import { BatchLoader } from "../../../core/data/loader.ts";
import { openCodec } from "../../../core/engine/codec.ts";
import { loadPlugins } from "../../../core/plugins.ts";
import { Rng } from "../../../core/random.ts";
import { DATASET_REGISTRY } from "../../../core/registry.ts";
import { testCodec } from "../../core/data/_files.ts";
import { LMDB_DATA } from "../../core/data/_lmdb.ts";

const FOLDERS = { gt: `${LMDB_DATA}files/gt`, lq: `${LMDB_DATA}files/lq` };
const DATABASES = { gt: `${LMDB_DATA}gt.lmdb`, lq: `${LMDB_DATA}lq.lmdb` };

type Roots = typeof FOLDERS;
type Options = Record<string, unknown>;

/** Options of each dataset but the folders. */
const DATASETS: Readonly<Record<string, (roots: Roots) => Options>> = {
  PairedImageDataset: ({ gt, lq }) => ({
    dataroot_gt: gt,
    dataroot_lq: lq,
    gt_size: 8,
    use_hflip: true,
    use_rot: true,
  }),
  RealESRGANPairedDataset: ({ gt, lq }) => ({ dataroot_gt: gt, dataroot_lq: lq, gt_size: 8 }),
  SingleImageDataset: ({ lq }) => ({ dataroot_lq: lq }),
  DegradedImageDataset: ({ gt }) => ({ dataroot_gt: gt, gt_size: 8 }),
  RealESRGANDataset: ({ gt }) => ({ dataroot_gt: gt, crop_pad_size: 16 }),
};

async function build(type: string, options: Options, lmdb: boolean): Promise<Dataset> {
  const entry = DATASET_REGISTRY.get(type);
  const backend = { io_backend: { type: lmdb ? "lmdb" : "disk" } };
  const parsed = entry.options!.parse({ ...options, ...backend });
  const dataset = new entry.value(parsed, {
    phase: "train",
    scale: 2,
    codec: await testCodec(),
  });
  await dataset.open();
  return dataset;
}

/** A sample without its paths, which have to differ, and the ends of these. */
function plain(sample: Sample): unknown {
  return Object.entries(sample).map(([key, value]) => [
    key,
    typeof value === "string" ? value.slice(value.lastIndexOf("/")) : value,
  ]);
}

await loadPlugins();

for (const [type, options] of Object.entries(DATASETS)) {
  Deno.test(`${type} gives the same samples from data bases as from folders`, async () => {
    const folder = await build(type, options(FOLDERS), false);
    const lmdb = await build(type, options(DATABASES), true);
    assert.equal(lmdb.length, 2);
    assert.deepEqual(await lmdb.check!(), []);
    for (const index of [0, 1]) {
      assert.match(lmdb.source!(index), /\.lmdb\/(?:a\.v1|b)\.png$/);
      for (const seed of [1, 2]) {
        const [a, b] = [
          await folder.read(index, new Rng(seed)),
          await lmdb.read(index, new Rng(seed)),
        ];
        assert.deepEqual(plain(b), plain(a));
      }
    }
  });
}

Deno.test("FFHQDataset takes the names of FFHQ from a data base", async () => {
  const names = "00000000.png (1,1,3) 1\nother.png (1,1,3) 1\n";
  const root = await Deno.makeTempDir({ suffix: ".lmdb" });
  try {
    await Deno.writeTextFile(`${root}/meta_info.txt`, names);
    const dataset = await build("FFHQDataset", { dataroot_gt: root }, true);
    assert.equal(dataset.length, 1);
    assert.equal(dataset.source!(0), `${root}/00000000.png`);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("BatchLoader's workers read data bases", async () => {
  const batch = async (roots: Roots, workers: number): Promise<Float32Array> => {
    const codec = await openCodec({ kind: "imagescript" });
    const loader = await BatchLoader.open({
      type: "PairedImageDataset",
      name: "lmdb",
      phase: "train",
      scale: 2,
      ...DATASETS["PairedImageDataset"]!(roots),
      batch_size_per_gpu: 2,
      num_worker_per_gpu: workers,
    }, { seed: 3, codec, codecSpec: { kind: "imagescript" } });
    try {
      return (await loader.next()).batch.images["gt"]!.data;
    } finally {
      await loader.dispose();
    }
  };
  assert.deepEqual(await batch(DATABASES, 1), await batch(FOLDERS, 0));
});
