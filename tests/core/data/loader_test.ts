import assert from "node:assert/strict";
import { BatchLoader, type LoadedBatch, type LoaderContext } from "../../../core/data/loader.ts";
import { ExitCode, UserError } from "../../../core/errors.ts";
import type { DatasetOptions } from "../../../core/options/types.ts";
import { openCodec } from "../../../core/engine/codec.ts";
import "../../../plugins/datasets/paired_image_dataset.ts";
import type { FakeOptions } from "./_fake_dataset.ts";
import "./_fake_dataset.ts";

const demo = new URL("../../data/demo/train/", import.meta.url).pathname;

function fake(more: Partial<DatasetOptions & FakeOptions> = {}): DatasetOptions {
  return {
    type: "FakeDataset",
    name: "fake",
    phase: "train",
    scale: 3,
    length: 5,
    batch_size_per_gpu: 2,
    ...more,
  };
}

async function load(
  options: DatasetOptions,
  { seed = 7, workerTimeout = 20, gradAccum }: Partial<LoaderContext> = {},
): Promise<BatchLoader> {
  const codec = await openCodec({ kind: "imagescript" });
  return await BatchLoader.open(options, {
    seed,
    codec,
    codecSpec: { kind: "imagescript" },
    workerTimeout,
    gradAccum,
  });
}

/** The next `n` batches as plain data. */
async function take(loader: BatchLoader, n: number): Promise<unknown[]> {
  const out: unknown[] = [];
  for (let i = 0; i < n; i++) out.push(plain(await loader.next()));
  return out;
}

function plain({ batch, epoch }: LoadedBatch): unknown {
  const images = Object.entries(batch.images).map(([k, v]) => [k, v.shape, [...v.data]]);
  return { epoch, paths: batch.paths, images };
}

/** Runs `use` and disposes the loader whatever happens. */
async function withLoader<T>(loader: BatchLoader, use: (l: BatchLoader) => Promise<T>): Promise<T> {
  try {
    return await use(loader);
  } finally {
    await loader.dispose();
  }
}

async function withMarker(use: (marker: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await use(`${folder}/marker`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("BatchLoader gives the same pixels with 0, 1 and 3 workers, and with a prefetch queue", async () => {
  const options: DatasetOptions = {
    type: "PairedImageDataset",
    name: "demo",
    phase: "train",
    scale: 4,
    dataroot_gt: `${demo}gt`,
    dataroot_lq: `${demo}lq_x4`,
    gt_size: 32,
    use_hflip: true,
    use_rot: true,
    batch_size_per_gpu: 4,
  };
  const runs: unknown[][] = [];
  for (const num_worker_per_gpu of [0, 1, 3]) {
    runs.push(await withLoader(await load({ ...options, num_worker_per_gpu }), (l) => take(l, 7)));
  }
  runs.push(
    await withLoader(
      await load({ ...options, prefetch_mode: "cpu", num_prefetch_queue: 4 }),
      (l) => take(l, 7),
    ),
  );
  const first = runs[0]! as { epoch: number }[];
  assert.deepEqual(first.map(({ epoch }) => epoch), [0, 0, 0, 1, 1, 1, 2]); // 15 images, 4 a batch
  for (const run of runs.slice(1)) assert.deepEqual(run, runs[0]);
});

Deno.test("BatchLoader draws other samples and other crops for another manual_seed", async () => {
  const a = await withLoader(await load(fake(), { seed: 1 }), (l) => take(l, 4));
  const b = await withLoader(await load(fake(), { seed: 2 }), (l) => take(l, 4));
  assert.notDeepEqual(a, b);
});

Deno.test("BatchLoader.seek() continues as if the run had never stopped, with and without workers", async () => {
  for (const num_worker_per_gpu of [0, 2]) {
    await withLoader(await load(fake({ num_worker_per_gpu })), async (l) => {
      const all = await take(l, 9);
      l.seek(3);
      assert.deepEqual(await take(l, 4), all.slice(3, 7));
      l.seek(8);
      assert.deepEqual(await take(l, 1), all.slice(8));
    });
  }
});

Deno.test("BatchLoader.next() tells which epoch it is in", async () => {
  await withLoader(await load(fake({ batch_size_per_gpu: 5 })), async (l) => {
    assert.equal((await l.next()).epoch, 0);
    assert.equal((await l.next()).epoch, 1);
  });
});

Deno.test("train.grad_accum gives the samples of a batch so many times as large, after seek() as well", async () => {
  for (const num_worker_per_gpu of [0, 2]) {
    const large = await withLoader(
      await load(fake({ length: 13, batch_size_per_gpu: 6, num_worker_per_gpu })),
      async (l) => [l.batchesPerEpoch, await take(l, 5)],
    );
    const options = fake({ length: 13, batch_size_per_gpu: 2, num_worker_per_gpu });
    await withLoader(await load(options, { gradAccum: 3 }), async (l) => {
      const all = await take(l, 5);
      assert.deepEqual([l.batchesPerEpoch, all], large);
      l.seek(3);
      assert.deepEqual(await take(l, 2), all.slice(3));
    });
  }
});

Deno.test("a sample that throws ends in an error that names the file, with and without workers", async () => {
  for (const num_worker_per_gpu of [0, 1]) {
    const options = fake({ bad: 2, how: "throw", num_worker_per_gpu, batch_size_per_gpu: 5 });
    await withLoader(await load(options), async (l) => {
      const expected = (error: unknown): boolean => {
        assert.ok(error instanceof UserError);
        assert.equal(error.exitCode, ExitCode.DATA);
        assert.equal(error.message, "sample_2.png could not be read: out of luck");
        return true;
      };
      await assert.rejects(l.next(), expected);
      await assert.rejects(l.next(), expected); // the batch is not skipped
    });
  }
});

for (const how of ["loop", "close", "crash", "wait"] as const) {
  Deno.test(`a worker that stops once (${how}) is replaced, and no pixel changes`, async () => {
    const want = await withLoader(await load(fake()), (l) => take(l, 6));
    await withMarker(async (marker) => {
      const options = fake({ bad: 3, how, marker, num_worker_per_gpu: 2 });
      await withLoader(await load(options, { workerTimeout: 1 }), async (l) => {
        assert.deepEqual(await take(l, 6), want);
      });
      assert.ok((await Deno.stat(marker)).isFile, "the worker never misbehaved");
    });
  });
}

Deno.test("a worker that stops twice at the same sample is an error that names the file", async () => {
  for (const how of ["loop", "crash"] as const) {
    const options = fake({ bad: 3, how, num_worker_per_gpu: 1, batch_size_per_gpu: 5 });
    await withLoader(await load(options, { workerTimeout: 1 }), async (l) => {
      await assert.rejects(l.next(), (error: unknown) => {
        assert.ok(error instanceof UserError);
        assert.equal(error.exitCode, ExitCode.DATA);
        assert.match(
          error.message,
          how === "loop"
            ? /^a loader worker got no further for 1 s, twice, while reading sample_3\.png$/
            : /^a loader worker stopped: .*crashed on purpose, twice, while reading .*sample_3\.png/,
        );
        return true;
      });
    });
  }
});

Deno.test("a dataset that workers cannot open is an error at once, with its reason", async () => {
  const options = fake({ refuse: "no such share", num_worker_per_gpu: 1 });
  await withLoader(await load(options), async (l) => {
    await assert.rejects(l.next(), {
      name: "UserError",
      message: "a loader worker could not open the dataset: no such share",
    });
  });
});

Deno.test("dispose() while batches are under way leaves nothing behind and may be called twice", async () => {
  const loader = await load(fake({ num_worker_per_gpu: 2, prefetch_mode: "cpu" }));
  await loader.next();
  const waiting = loader.next();
  const settled = waiting.then(() => "batch", () => "error");
  await loader.dispose();
  await loader.dispose();
  assert.ok(["batch", "error"].includes(await settled));
});

Deno.test("a batch larger than the dataset is refused with the ratio that would do", async () => {
  await assert.rejects(load(fake({ batch_size_per_gpu: 16 })), {
    name: "UserError",
    message: "5 samples do not fill one batch of 16: lower batch_size_per_gpu, or set " +
      "dataset_enlarge_ratio to 4 or more",
  });
});

Deno.test("a truncated image in the middle of an epoch stops the run with the file's name", async () => {
  const folder = await Deno.makeTempDir();
  try {
    for (const half of ["gt", "lq_x4"]) {
      await Deno.mkdir(`${folder}/${half}`);
      for (const name of ["brick.png", "cat_1.png", "grass.png"]) {
        await Deno.copyFile(`${demo}${half}/${name}`, `${folder}/${half}/${name}`);
      }
    }
    await Deno.truncate(`${folder}/gt/cat_1.png`, 5000);
    for (const num_worker_per_gpu of [0, 1]) {
      const loader = await load({
        type: "PairedImageDataset",
        name: "t",
        phase: "train",
        scale: 4,
        dataroot_gt: `${folder}/gt`,
        dataroot_lq: `${folder}/lq_x4`,
        gt_size: 32,
        batch_size_per_gpu: 3,
        num_worker_per_gpu,
      });
      await withLoader(loader, async (l) => {
        await assert.rejects(l.next(), (error: Error) => {
          assert.ok(error instanceof UserError && error.exitCode === ExitCode.DATA);
          assert.ok(error.message.startsWith(`${folder}/gt/cat_1.png`), error.message);
          return true;
        });
      });
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
