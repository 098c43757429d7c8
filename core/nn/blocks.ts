/**
 * Blocks that several archs share, and BasicSR's initialisation.
 *
 * Origin: BasicSR `basicsr/archs/arch_util.py`, 8d56e3a (Apache-2.0): keys, arithmetic and initial distributions.
 *
 * @module
 */
import { addSame } from "../engine/ops.ts";
import { type Tensor4D, tf } from "../engine/tf.ts";
import { relu } from "./activation.ts";
import { BlockSequence, Sequential } from "./container.ts";
import { Conv2d } from "./conv.ts";
import { constant, kaimingNormal } from "./init.ts";
import { Linear } from "./linear.ts";
import { type Image, Module } from "./module.ts";

/**
 * `default_init_weights`: all convolutions and linear layers in `modules` and below get Kaiming-normal weights times
 * `scale`, and biases of `biasFill`.
 */
export function defaultInitWeights(modules: readonly Module[], scale = 1, biasFill = 0): void {
  for (const root of modules) {
    for (const [, module] of root.namedModules()) {
      if (!(module instanceof Conv2d || module instanceof Linear)) continue;
      module.weight.initialize(kaimingNormal(module.fanIn, scale));
      module.bias?.initialize(constant(biasFill));
    }
  }
}

/** `make_layer`: `count` blocks in a row. */
export function makeLayer(count: number, block: () => Module<Tensor4D>): BlockSequence {
  return new BlockSequence(...Array.from({ length: count }, block));
}

/** Options of a {@linkcode ResidualBlockNoBN}. */
export interface ResidualBlockOptions {
  /** Factor of the branch, default 1. */
  readonly resScale?: number;
  /** Keeps PyTorch's initial values; by default they are `default_init_weights` with scale 0.1. */
  readonly pytorchInit?: boolean;
}

/** Residual block without normalisation: x + resScale · conv2(relu(conv1(x))). Keys `conv1`, `conv2`. */
export class ResidualBlockNoBN extends Module<Tensor4D> {
  /** First convolution, 3x3. */
  readonly conv1: Conv2d;
  /** Second convolution, 3x3. */
  readonly conv2: Conv2d;
  readonly #resScale: number;

  /** Creates it for `numFeat` channels. */
  constructor(numFeat: number, options: ResidualBlockOptions = {}) {
    super();
    this.conv1 = new Conv2d(numFeat, numFeat, 3);
    this.conv2 = new Conv2d(numFeat, numFeat, 3);
    this.#resScale = options.resScale ?? 1;
    if (!options.pytorchInit) defaultInitWeights([this.conv1, this.conv2], 0.1);
  }

  /** `[n, h, w, c]` to the same. */
  override forward(x: Image): Tensor4D {
    return addSame(x, scaled(this.conv2.forward(relu(this.conv1.forward(x))), this.#resScale));
  }
}

/** `x`·`factor`, without an operation where the factor is 1. */
export function scaled(x: Tensor4D, factor: number): Tensor4D {
  return factor === 1 ? x : tf.mul(x, factor);
}

/** Whether {@linkcode Upsample} can do `scale`: 3 or a power of two. */
export function isUpsampleScale(scale: number): boolean {
  return scale === 3 || (Number.isInteger(scale) && scale >= 1 && (scale & (scale - 1)) === 0);
}

/**
 * Upsampling by convolutions and pixel shuffles: a stage for each factor of 2, or one for 3; `[n, h, w, c]` to
 * `[n, h·scale, w·scale, c]`. Keys `0`, `2`, …, since PyTorch counts the shuffles as well.
 */
export class Upsample extends Sequential {
  /**
   * Creates it for `numFeat` channels.
   *
   * @throws {RangeError} If `scale` is neither 3 nor a power of two.
   */
  constructor(scale: number, numFeat: number) {
    if (!isUpsampleScale(scale)) {
      throw new RangeError(`upscale must be 3 or a power of two, received ${scale}`);
    }
    const step = scale === 3 ? 3 : 2;
    const stages = scale === 3 ? 1 : Math.log2(scale);
    super(
      ...Array.from({ length: stages }, () => [
        new Conv2d(numFeat, step ** 2 * numFeat, 3, { shuffle: step }),
        undefined,
      ]).flat(),
    );
  }
}
