/**
 * A whole training step on the device: forward, losses, gradients, clipping, optimizer, moving averages, compiled into one
 * call; or, where gradients are accumulated or scaled, one call for each part of the batch and one that applies the sum.
 *
 * @module
 */
import { compile, type CompiledFunction } from "../engine/compile.ts";
import type { Precision } from "../engine/engine.ts";
import { type Scalar, type Tensor, type Tensor4D, tf, type Variable } from "../engine/tf.ts";
import { clipNorm, clipValue, type Gradients } from "./clip.ts";
import type { Ema } from "./ema.ts";
import { type Losses, readLosses, type StepResult } from "./gradient_step.ts";
import { LossScaler } from "./loss_scaler.ts";
import type { GradientReceiver, Optimizer } from "./optimizer.ts";

/** Images of the batch and numbers of the step; gives the losses and moves the parameters, see `gradientStep`. */
export type ComputeStep = (
  images: readonly Tensor4D[],
  scalars: readonly Scalar[],
) => StepResult;

/** What a step gave. */
export interface StepOutcome {
  /** Losses, averaged over the parts of the batch, and what else is logged. */
  readonly losses: Record<string, number>;
  /** Images that the step kept aside, of the whole batch; the caller's. */
  readonly images: Readonly<Record<string, Tensor4D>>;
}

/** How steps are taken; absent settings are off. */
export interface StepSettings {
  /** A word for messages and profiles. */
  readonly name: string;
  /** Arithmetic. Default `fp32`; `fp16` scales the loss. */
  readonly precision?: Precision;
  /** Compiled by XLA. */
  readonly xla?: boolean;
  /** The batch is cut into so many parts, whose gradients are averaged. Default 1. */
  readonly accumulate?: number;
  /** Largest common norm of the gradients. */
  readonly clipNorm?: number;
  /** Largest size of an element of the gradients. */
  readonly clipValue?: number;
  /** Averages that move with the parameters. */
  readonly averages?: readonly Ema[];
  /** Receives lines about compiling and skipped steps. */
  readonly say?: (line: string) => void;
}

/** Name of the flag among the losses that says whether all gradients are numbers. */
const FINITE = "gradients are finite";

/** Takes the steps of one optimizer, which it borrows. */
export class TrainingStep {
  readonly #optimizer: Optimizer;
  readonly #settings: StepSettings;
  readonly #whole: CompiledFunction<[readonly Tensor4D[], readonly Scalar[]], StepResult>;
  readonly #gather: CompiledFunction<[readonly Tensor4D[], readonly Scalar[]], StepResult>;
  readonly #finish: CompiledFunction<[readonly Scalar[]], Losses>;
  /** Sums of gradients, where the step has several calls. */
  #sums: readonly Variable[] | undefined;
  #isFirstPart = true;
  #told = 0;
  /** Scales the loss in float16. */
  readonly scaler: LossScaler | undefined;

  /**
   * Prepares it; what `compute` takes from its closure is fixed by the first step.
   *
   * @throws {RangeError} If the hardware has not got the precision.
   */
  constructor(optimizer: Optimizer, settings: StepSettings, compute: ComputeStep) {
    this.#optimizer = optimizer;
    this.#settings = settings;
    const { name, precision, xla, say } = settings;
    if (precision === "fp16") this.scaler = new LossScaler();
    const received = (receiver: GradientReceiver) =>
    (
      images: readonly Tensor4D[],
      scalars: readonly Scalar[],
    ) => {
      optimizer.receiver = receiver;
      return compute(images, scalars);
    };
    this.#whole = compile(received(this.#applying()), { name, precision, xla, say });
    this.#gather = compile(received(this.#summing()), {
      name: `${name}, gradients`,
      precision,
      xla,
      say,
      static: () => this.#isFirstPart ? "first part" : "further part",
    });
    this.#finish = compile(
      (scalars: readonly Scalar[]) => this.#applySums(scalars),
      { name: `${name}, update`, xla, say },
    );
  }

  /** Times that something has been compiled so far. */
  get traces(): number {
    return this.#compiled().reduce((sum, [, { stats }]) => sum + stats.traces, 0);
  }

  /** Form and time of what has been compiled so far, a line each. */
  *report(): Generator<string> {
    for (const [what, { stats }] of this.#compiled()) {
      if (stats.traces === 0) continue;
      const again = stats.retraces > 0 ? `, ${stats.retraces} times anew: ${stats.reason}` : "";
      yield `${what}: compiled, ${stats.nodes.toLocaleString("en-US")} nodes, recorded in ` +
        `${seconds(stats.traceMs)}, first call ${seconds(stats.firstCallMs)}${again}`;
    }
  }

  /**
   * Takes one step.
   *
   * @param batch Images of the whole batch, `[n, h, w, c]` each; borrowed.
   * @returns Losses with `grad_norm` where the norm is clipped and `loss_scale` where the loss is scaled. A step that float16
   * had to skip gives its losses only as far as they are numbers.
   */
  async run(batch: readonly Tensor4D[]): Promise<StepOutcome> {
    const { accumulate = 1, say } = this.#settings;
    if (accumulate === 1 && this.scaler === undefined) {
      const { losses, images } = await this.#whole(batch, this.#numbers());
      return { losses: await readLosses(losses), images };
    }
    const parts: Record<string, number>[] = [];
    const kept: Readonly<Record<string, Tensor4D>>[] = [];
    for (let part = 0; part < accumulate; part++) {
      const slices = tf.tidy(() => batch.map((image) => partOf(image, part, accumulate)));
      try {
        this.#isFirstPart = part === 0;
        const { losses, images } = await this.#gather(slices, [this.scaler?.scale ?? 1]);
        kept.push(images);
        parts.push(await readLosses(losses));
      } finally {
        tf.dispose(slices);
      }
    }
    const together = joined(kept);
    const losses = average(parts);
    const finite = losses[FINITE] === undefined || losses[FINITE] === 0;
    delete losses[FINITE];
    const { scaler } = this;
    const factor = 1 / ((scaler?.scale ?? 1) * accumulate);
    if (scaler === undefined || finite) {
      Object.assign(losses, await readLosses(await this.#finish([factor, ...this.#numbers()])));
    }
    if (scaler === undefined) return { losses, images: together };
    scaler.update(finite);
    if (!finite) {
      for (const [name, loss] of Object.entries(losses)) {
        if (!Number.isFinite(loss) && !scaler.hasGivenUp) delete losses[name];
      }
      if (++this.#told <= 10) {
        say?.(
          `float16: gradients overflowed and the step was skipped, the loss is scaled by ${scaler.scale} now ` +
            `(${scaler.skipped} skipped so far)`,
        );
      }
    }
    return { losses: { ...losses, loss_scale: scaler.scale }, images: together };
  }

  /** Releases what was compiled, and the sums of gradients. */
  dispose(): void {
    for (const [, compiled] of this.#compiled()) compiled.dispose();
    for (const sum of this.#sums ?? []) sum.dispose();
    this.#sums = undefined;
  }

  #compiled(): readonly (readonly [
    string,
    Pick<CompiledFunction<[], unknown>, "stats" | "dispose">,
  ])[] {
    const { name } = this.#settings;
    return [
      [name, this.#whole],
      [`${name}, gradients`, this.#gather],
      [`${name}, update`, this.#finish],
    ];
  }

  /** Numbers of {@linkcode TrainingStep.#update}: the optimizer's last, as they are of any number. */
  #numbers(): number[] {
    const { clipNorm = 0, clipValue = 0, averages = [] } = this.#settings;
    return [
      clipNorm,
      clipValue,
      ...averages.map(({ share }) => share),
      ...this.#optimizer.nextScalars(),
    ];
  }

  /** Clips the gradients, moves the parameters, then their averages. */
  #update(gradients: Gradients, numbers: readonly Scalar[]): Losses {
    const { clipNorm: hasNorm, clipValue: hasValue, averages = [] } = this.#settings;
    const [norm, value, ...rest] = numbers as [Scalar, Scalar, ...Scalar[]];
    const logged: Losses = {};
    if (hasValue !== undefined) gradients = clipValue(gradients, value).gradients;
    if (hasNorm !== undefined) {
      const clipped = clipNorm(gradients, norm);
      gradients = clipped.gradients;
      logged["grad_norm"] = clipped.norm!;
    }
    this.#optimizer.apply(gradients, rest.slice(averages.length));
    averages.forEach((ema, i) => ema.move(rest[i]!));
    return logged;
  }

  #applying(): GradientReceiver {
    return { take: (gradients, numbers) => this.#update(gradients, numbers) };
  }

  /** Adds gradients to the sums, or begins them anew. */
  #summing(): GradientReceiver {
    return {
      lossScale: ([scale]) => scale!,
      take: (gradients) => {
        const sums = this.#ensureSums();
        gradients.forEach((gradient, i) => {
          if (gradient === undefined) return;
          sums[i]!.assign(this.#isFirstPart ? gradient : tf.add(sums[i]!, gradient));
        });
        const logged: Record<string, Scalar> = {};
        if (this.scaler === undefined) return logged;
        // 0 times a number is 0, times infinity or NaN it is NaN.
        const flags = gradients.flatMap((g) => g ? [tf.sum(tf.mul(g, 0))] : []);
        logged[FINITE] = flags.reduce((a, b) => tf.add(a, b)) as Scalar;
        return logged;
      },
    };
  }

  #applySums([factor, ...numbers]: readonly Scalar[]): Losses {
    const gradients = this.#sums!.map((sum) => tf.mul(sum, factor!) as Tensor);
    return this.#update(gradients, numbers);
  }

  #ensureSums(): readonly Variable[] {
    this.#sums ??= this.#optimizer.parameters().map(({ value }) =>
      tf.variable(tf.zeros(value.shape), false)
    );
    return this.#sums;
  }
}

/** Part `index` of `count` of a batch. */
function partOf(image: Tensor4D, index: number, count: number): Tensor4D {
  const [n, h, w, c] = image.shape;
  if (n % count !== 0) {
    throw new RangeError(`a batch of ${n} cannot be cut into ${count} parts of the same size`);
  }
  return tf.slice(image, [index * n / count, 0, 0, 0], [n / count, h, w, c]);
}

/** Images of the parts, one below the other again; the parts are released. */
function joined(
  parts: readonly Readonly<Record<string, Tensor4D>>[],
): Record<string, Tensor4D> {
  const whole = Object.fromEntries(
    Object.keys(parts[0]!).map((name) => [name, tf.concat(parts.map((part) => part[name]!), 0)]),
  );
  tf.dispose(parts.flatMap((part) => Object.values(part)));
  return whole;
}

function average(parts: readonly Record<string, number>[]): Record<string, number> {
  return Object.fromEntries(
    Object.keys(parts[0]!).map((name) => [
      name,
      parts.reduce((sum, part) => sum + part[name]!, 0) / parts.length,
    ]),
  );
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
