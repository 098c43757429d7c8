/**
 * This project's side of `deno task bench`.
 *
 * Started with a job as JSON (see `_work.ts`), it prints one line of JSON when it is ready. Each line on standard input
 * then asks for one turn, which it answers with one line: the seconds that the turn took, measured here, and a number
 * that was computed. It ends when standard input does.
 *
 * @module
 */
import { compile } from "../../core/engine/compile.ts";
import type { Engine } from "../../core/engine/engine.ts";
import { startEngine } from "../../core/engine/start.ts";
import { type Scalar, type Tensor4D, tf } from "../../core/engine/tf.ts";
import { buildNetwork } from "../../core/nn/build.ts";
import type { Loss } from "../../core/nn/loss.ts";
import { buildOptimizer } from "../../core/optim/build.ts";
import { gradientStep, type Losses, readLosses } from "../../core/optim/gradient_step.ts";
import { loadTarget } from "../../core/export/registry.ts";
import { loadPlugins } from "../../core/plugins.ts";
import { Rng } from "../../core/random.ts";
import { Network } from "../../core/restore/network.ts";
import { findNetwork } from "../../core/restore/source.ts";
import { LOSS_REGISTRY } from "../../core/registry.ts";
import { openLoader } from "../../core/train/assemble.ts";
import { paddedForward } from "../../core/train/padded_forward.ts";
import { VERSION } from "../../core/version.ts";
import { linesOf } from "./_lines.ts";
import { openGan } from "./_gan.ts";
import {
  type DataJob,
  type ExportJob,
  type InferJob,
  type Job,
  parseJob,
  type TrainJob,
} from "./_work.ts";
import type { Ready, Turn } from "./_worker.ts";

/** A job that is ready to be done again and again. */
interface Session extends Ready {
  /** What comes before each turn and is not measured. */
  prepare?(): Promise<void>;
  /** Does the work once and gives a number that depends on all of it. */
  turn(): Promise<number>;
}

/** Float32 numbers in [0, 1), `[count, size, size, 3]`. */
function randomImages(count: number, size: number, seed: number): Tensor4D {
  return tf.randomUniform([count, size, size, 3], 0, 1, "float32", seed);
}

/** Whole steps, as `ModelBase.step` with SRModel's loss. */
function openTraining(job: TrainJob): Session {
  const net = buildNetwork(job.network, 0, "network_g");
  net.train(true);
  const optimizer = buildOptimizer({ type: "Adam", lr: job.lr }, net.namedParameters());
  const loss = new (LOSS_REGISTRY.get("L1Loss").value)({}) as Loss;
  const step = compile(
    (lq: Tensor4D, gt: Tensor4D, scalars: readonly Scalar[]): Losses =>
      gradientStep(optimizer, scalars, () => ({
        l_pix: loss.forward(paddedForward(net, lq), gt) as Scalar,
      })).losses,
    { name: "step", precision: job.precision },
  );
  const lq = randomImages(job.batch, job.size, 1);
  const gt = randomImages(job.batch, job.size * job.scale, 2);
  return {
    turn: async () => (await readLosses(await step(lq, gt, optimizer.nextScalars())))["l_pix"]!,
  };
}

function openInference(job: InferJob): Session {
  const net = buildNetwork(job.network, 0, "network_g");
  net.eval();
  const restore = compile((lq: Tensor4D) => {
    const image = paddedForward(net, lq);
    return { image, mean: tf.mean(image) as Scalar };
  }, { name: "restore", precision: job.precision });
  const lq = randomImages(1, job.size, 1);
  return {
    turn: async () => {
      const { image, mean } = await restore(lq);
      const [value] = await mean.data();
      tf.dispose([image, mean]);
      return value!;
    },
  };
}

async function openData(job: DataJob, engine: Engine): Promise<Session> {
  const { checkOptions, readOptions, requireOptions } = await import("../../core/options/mod.ts");
  const changes = { dataset_enlarge_ratio: job.enlarge, cache_mb: job.cache_mb };
  const raw = await readOptions(job.options, {
    isTrain: true,
    forceYml: Object.entries(changes).filter(([, value]) => value !== undefined)
      .map(([key, value]) => `datasets:train:${key}=${value}`),
  });
  const opt = requireOptions(await checkOptions(raw));
  const block = Object.values(opt.datasets).find(({ phase }) => phase === "train")!;
  const loader = await openLoader(opt, block, engine);
  let value = 0;
  const take = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) {
      const { batch } = await loader.next();
      value = batch.images["lq"]!.data[0]!;
    }
  };
  return {
    images: job.batches * (block.batch_size_per_gpu ?? 1),
    prepare: () => take(job.skipped),
    turn: async () => {
      await take(job.batches);
      return value;
    },
  };
}

/** The exported model in its own program; our engine does not run beside it. */
async function openExported({ target, size, path }: ExportJob): Promise<Session> {
  const { runtime } = await loadTarget(target);
  const model = await (await runtime({ fetch: false })).open(path!);
  const images = { shape: [1, size, size, 3] as const, data: randomPixels(size * size * 3) };
  return {
    turn: async () => {
      const { data } = await model.run(images);
      return data[data.length - 1]!;
    },
  };
}

/** The same weights on our engine, from pixels to pixels as well. */
async function openOurs({ model, size }: ExportJob): Promise<Session> {
  const file = new URL(`../../experiments/pretrained_models/${model}.safetensors`, import.meta.url);
  const network = new Network(await findNetwork(file), "fp32");
  const image = { height: size, width: size, data: randomPixels(size * size * 3) };
  return {
    turn: async () => {
      const data = await network.run(image);
      return data[data.length - 1]!;
    },
  };
}

/** Numbers in [0, 1), the same at every call. */
function randomPixels(count: number): Float32Array {
  const rng = new Rng(1, "bench");
  return Float32Array.from({ length: count }, () => rng.float());
}

async function openSession(job: Job): Promise<Session> {
  if (job.kind === "export" && job.path !== undefined) return await openExported(job);
  const engine = await startEngine({ engine: "native", numGpu: 0 });
  if (job.kind === "about") {
    const about = { DenoSR: VERSION, Deno: Deno.version.deno, engine: engine.description };
    return { about, turn: () => Promise.reject(new TypeError("the job about has no turns")) };
  }
  await loadPlugins();
  switch (job.kind) {
    case "train":
      return openTraining(job);
    case "gan":
      return await openGan(job);
    case "infer":
      return openInference(job);
    case "data":
      return await openData(job, engine);
    case "export":
      return await openOurs(job);
    case "restore":
      throw new TypeError("the job restore is done by a process of its own");
  }
}

function answer(values: Turn | (Ready & { readonly ready: true })): void {
  const bytes = new TextEncoder().encode(`${JSON.stringify(values)}\n`);
  for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
}

if (import.meta.main) {
  const { images, about, prepare, turn } = await openSession(parseJob(Deno.args[0] ?? ""));
  answer({ ready: true, images, about });
  for await (const _request of linesOf(Deno.stdin.readable)) {
    await prepare?.();
    const start = performance.now();
    const value = await turn();
    answer({ seconds: (performance.now() - start) / 1000, value });
  }
  // Workers that read ahead must not be waited for.
  Deno.exit();
}
