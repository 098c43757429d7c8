/**
 * The second-order degradation of Real-ESRGAN on the device: low-quality pictures, made from ground truth for every batch.
 *
 * X. Wang et al., "Real-ESRGAN: Training Real-World Blind Super-Resolution with Pure Synthetic Data", ICCVW 2021,
 * https://arxiv.org/abs/2107.10833; order and details from BasicSR `basicsr/models/realesrgan_model.py` and
 * `realesrnet_model.py`. Everything is drawn from (seed, iter), so that a resumed run goes on exactly.
 *
 * The size of pictures between the steps is drawn anew for every batch, which compiled functions cannot have. Pictures
 * therefore lie in the corner of a canvas, one of a few sizes: resizing is a product with matrices that have rows of zeros
 * below the picture's end, borders are picked by numbers, and what is outside is kept at zero wherever it would count
 * (JPEG pads with zeros up to multiples of 16, and canvases are such multiples). A batch takes four to six calls.
 *
 * Differs from BasicSR: each picture has a crop of its own, where BasicSR cuts a whole batch at one place; see also
 * `noise.ts` and `pair_pool.ts`.
 *
 * @module
 */
import { seedRandomOps } from "../engine/random_ops.ts";
import { type Tensor, type Tensor4D, tf } from "../engine/tf.ts";
import { Rng } from "../random.ts";
import { borderInputs, compileSteps, noiseInputs, resizeInputs, type Size } from "./_steps.ts";
import { JPEG_MULTIPLE } from "./diffjpeg.ts";
import { poissonNoiseTable } from "./noise.ts";
import type { SecondOrderOptions } from "./options.ts";
import { type Pair, PairPool } from "./pair_pool.ts";
import { type DegradationPlan, drawPlan, type NoisePlan } from "./plan.ts";
import { roundedUp } from "./planes.ts";

/**
 * What is sharpened: `source`, as RealESRGANModel does: low-quality pictures are made of the sharpened ground truth, which is
 * given beside the plain one; `gt`, as RealESRNetModel does with `gt_usm: true`: the ground truth itself; `none`.
 */
export type Sharpening = "source" | "gt" | "none";

/** Settings besides the options. */
export interface SecondOrderSettings {
  /** Scale of super-resolution. */
  readonly scale: number;
  /** Side of the ground truth that comes out, in pixels; `gt_size`. */
  readonly gtSize: number;
  /** What is sharpened. */
  readonly sharpen: Sharpening;
  /** Pairs in the pool, `queue_size`; 0 does without one. Default 180. */
  readonly queueSize?: number;
  /** Runs everything as it stands instead of compiling it. Default false. */
  readonly eager?: boolean;
}

/** A batch of the data set; all are borrowed. */
export interface SecondOrderInputs {
  /** Ground truth, `[n, h, w, 3]`, RGB in [0, 1]; sides are multiples of the scale. */
  readonly gt: Tensor4D;
  /** Blur of the first round, `[n, k, k, 1]`, k odd. */
  readonly kernel1: Tensor4D;
  /** Blur of the second round, `[n, k, k, 1]`. */
  readonly kernel2: Tensor4D;
  /** The final filter, `[n, k, k, 1]`. */
  readonly sincKernel: Tensor4D;
}

/** A batch for the training step. */
export interface SecondOrderBatch extends Pair {
  /** Ground truth, sharpened, where {@linkcode Sharpening} is `source`. */
  readonly gtUsm?: Tensor4D;
}

/** Names the random choices of a batch. */
export interface BatchKey {
  /** `manual_seed`. */
  readonly seed: number;
  /** Number of the iteration. */
  readonly iter: number;
}

/** Canvases of the first round are multiples of this share of the ground truth: the fewer, the fewer forms and the more waste. */
const CANVAS_STEPS = 6;

/** Makes batches; owns its pool and what is compiled. */
export class SecondOrderDegradation implements Disposable {
  /** The pool of pairs, whose state belongs into checkpoints; undefined without one. */
  readonly pool: PairPool | undefined;
  readonly #options: SecondOrderOptions;
  readonly #settings: SecondOrderSettings;
  readonly #compiled: ReturnType<typeof compileSteps>;
  #table: Tensor | undefined;

  /**
   * Prepares it; nothing is compiled before the first batch.
   *
   * @throws {RangeError} If `gt_size` or `queue_size` is wrong.
   */
  constructor(options: SecondOrderOptions, settings: SecondOrderSettings) {
    const { scale, gtSize, queueSize = 180 } = settings;
    if (!(Number.isInteger(gtSize) && gtSize > 0 && gtSize % scale === 0)) {
      throw new RangeError(`gt_size must be a multiple of scale ${scale}, received ${gtSize}`);
    }
    this.#options = options;
    this.#settings = settings;
    this.#compiled = compileSteps(gtSize / scale, scale, settings.eager ?? false);
    this.pool = queueSize === 0 ? undefined : new PairPool(queueSize);
  }

  /**
   * Makes a batch: sharpens, degrades, cuts out `gt_size`, and exchanges pairs with the pool. Not along with other code that
   * draws from `random_ops.ts`, whose stream it sets.
   *
   * @returns `lq` `[n, gt_size / scale, …, 3]` in whole levels of 255, `gt` and `gtUsm` `[n, gt_size, …, 3]`; the caller's.
   * @throws {RangeError} If sizes do not fit; the message names the option.
   */
  async run(inputs: SecondOrderInputs, key: BatchKey): Promise<SecondOrderBatch> {
    const { scale, gtSize, sharpen } = this.#settings;
    const [batch, height, width] = inputs.gt.shape;
    if (height % scale !== 0 || width % scale !== 0) {
      throw new RangeError(`scale ${scale} does not divide a ground truth of ${height}x${width}`);
    }
    if (gtSize > height || gtSize > width) {
      throw new RangeError(`gt_size ${gtSize} is larger than a ground truth of ${height}x${width}`);
    }
    const size = { batch, height, width, scale };
    const plan = drawPlan(this.#options, size, new Rng(key.seed, "degradation", key.iter));
    using owned = new DisposableStack();
    const own = <T extends Tensor>(x: T): T => owned.adopt(x, (x) => x.dispose());
    const sharp = sharpen === "none" ? inputs.gt : own(await this.#compiled.sharpen(inputs.gt));
    const whole = own(await this.degrade(sharp, inputs, plan, key));
    const target = sharpen === "gt" ? sharp : inputs.gt;
    this.#seed(key, "crop");
    const cut = await this.#compiled.crop(whole, target);
    const lq = own(cut.lq), gt = own(cut.gt);
    const pair = this.pool?.exchange({ lq, gt }, key.seed, key.iter) ??
      { lq: tf.clone(lq), gt: tf.clone(gt) };
    if (sharpen !== "source") return pair;
    try {
      // Sharpened again, after the exchange with the pool.
      return { ...pair, gtUsm: await this.#compiled.sharpen(pair.gt) };
    } catch (cause) {
      tf.dispose([pair.lq, pair.gt]);
      throw cause;
    }
  }

  /**
   * Degrades whole pictures after a plan: `source` `[n, h, w, 3]` to `[n, h / scale, w / scale, 3]`, in whole levels of 255.
   *
   * @returns The caller's.
   */
  async degrade(
    source: Tensor4D,
    { kernel1, kernel2, sincKernel }: Omit<SecondOrderInputs, "gt">,
    plan: DegradationPlan,
    key: BatchKey,
  ): Promise<Tensor4D> {
    const { first, second, finish } = this.#compiled;
    const [, height, width] = source.shape;
    const size: Size = [height, width];
    using owned = new DisposableStack();
    const own = <T extends Tensor>(x: T): T => owned.adopt(x, (x) => x.dispose());
    const ownAll = <T extends object>(made: T): T => {
      for (const x of Object.values(made)) if (typeof x === "object") own(x);
      return made;
    };
    const noise = (plan: NoisePlan) =>
      ownAll(
        plan.kind === "gaussian" ? noiseInputs(plan) : {
          ...noiseInputs(plan),
          table: this.#poissonTable(),
        },
      );
    const canvas = pairOf((axis) => firstCanvas(plan.resize.size[axis], size[axis]));
    const canvas2 = pairOf((axis) => this.#secondCanvas(plan.resize2.size[axis], size[axis]));

    this.#seed(key, "first round");
    const once = own(
      await first[plan.noise.kind](
        source,
        kernel1,
        ownAll(borderInputs(size, size, kernel1.shape[1])),
        ownAll(resizeInputs(plan.resize, size, size, canvas)),
        noise(plan.noise),
        own(tf.tensor1d([...plan.jpeg])),
      ),
    );
    const resizing = ownAll(resizeInputs(plan.resize2, plan.resize.size, canvas, canvas2));
    const border = () => ownAll(borderInputs(plan.resize.size, canvas, kernel2.shape[1]));
    const twice = own(
      plan.secondBlur
        ? await second.blurred(once, resizing, kernel2, border())
        : await second.plain(once, resizing),
    );
    this.#seed(key, "second round");
    const { size: final } = plan.finalResize;
    return await finish[plan.noise2.kind][plan.jpegLast ? "jpegLast" : "jpegFirst"](
      twice,
      { height: plan.resize2.size[0], width: plan.resize2.size[1] },
      noise(plan.noise2),
      ownAll(resizeInputs(plan.finalResize, plan.resize2.size, canvas2, final)),
      sincKernel,
      ownAll(borderInputs(final, final, sincKernel.shape[1])),
      own(tf.tensor1d([...plan.jpeg2])),
    );
  }

  /** Releases the pool and what is compiled. */
  [Symbol.dispose](): void {
    this.pool?.[Symbol.dispose]();
    this.#table?.dispose();
    this.#table = undefined;
    for (const step of this.#compiled.all) step.dispose();
  }

  /** Forms compiled so far; the sizes of canvases bound them. */
  get forms(): number {
    return this.#compiled.all.reduce((sum, { stats }) => sum + stats.traces, 0);
  }

  #poissonTable(): Tensor {
    this.#table ??= tf.keep(tf.tensor1d(poissonNoiseTable()));
    return tf.clone(this.#table);
  }

  /** One canvas for all that the second round can come to. */
  #secondCanvas(needed: number, side: number): number {
    const largest = side / this.#settings.scale * this.#options.second.resize_range[1];
    return roundedUp(Math.max(needed, Math.floor(largest)), JPEG_MULTIPLE);
  }

  #seed({ seed, iter }: BatchKey, step: string): void {
    seedRandomOps(seed, "degradation", iter, step);
  }
}

/** Side of the canvas for `needed` pixels, where the ground truth has `side`. */
function firstCanvas(needed: number, side: number): number {
  const steps = Math.ceil(needed * CANVAS_STEPS / side);
  return roundedUp(Math.ceil(steps * side / CANVAS_STEPS), JPEG_MULTIPLE);
}

function pairOf(side: (axis: 0 | 1) => number): Size {
  return [side(0), side(1)];
}
