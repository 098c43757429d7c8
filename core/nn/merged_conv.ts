/**
 * Convolutions that are trained as several and evaluated as one.
 *
 * What they are merged to is kept, and made anew when the network is put into evaluation mode or loads weights in it, so
 * that images cost no more than the merged convolution. Who changes parameters in evaluation mode by other means calls
 * {@linkcode MergingNetwork.mergeWeights}, or `eval()` again.
 *
 * @module
 */
import { conv2dBias } from "../engine/ops.ts";
import { type Tensor, type Tensor4D, tf } from "../engine/tf.ts";
import type { KeyComparison } from "../weights/compare.ts";
import type { StateDict } from "../weights/state_dict.ts";
import { constant } from "./init.ts";
import { conv2dBiasLayout, conv2dLayout } from "./layout.ts";
import { Buffer, type Image, Module } from "./module.ts";

/** Weights of a convolution on the device. */
export interface ConvWeights {
  /** `[3, 3, in, out]`, output channels in PyTorch's order. */
  readonly weight: Tensor4D;
  /** `[out]`. */
  readonly bias: Tensor;
}

/** How a {@linkcode MergedConv2d} shows in state dicts and on the device. */
export interface MergedConvOptions {
  /** Whether state dicts have it, as what the network derives. Default false. */
  readonly persistent?: boolean;
  /** Follows the convolution with a pixel shuffle of this scale, as in `Conv2d`. Default 1. */
  readonly shuffle?: number;
}

/** A 3x3 convolution with padding 1, whose weights are computed from others. Keys `weight` and `bias`. */
export class MergedConv2d extends Module<Tensor4D> {
  /** (out, in, 3, 3) in files. */
  readonly weight: Buffer;
  /** (out). */
  readonly bias: Buffer;
  readonly #shuffle: number;

  /** Creates it with zeros. */
  constructor(inChannels: number, outChannels: number, options: MergedConvOptions = {}) {
    super();
    const { persistent = false, shuffle = 1 } = options;
    const shape = [outChannels, inChannels, 3, 3];
    const common = { persistent, presence: "derived" } as const;
    const layout = conv2dLayout(shape, shuffle);
    this.weight = new Buffer(shape, constant(0), { ...common, layout });
    this.bias = new Buffer([outChannels], constant(0), {
      ...common,
      layout: conv2dBiasLayout([outChannels], shuffle),
    });
    this.#shuffle = shuffle;
  }

  /** Takes over weights, which are copied; call it inside `tf.tidy`. */
  set({ weight, bias }: ConvWeights): void {
    this.weight.value.assign(this.#shuffled(weight) as typeof this.weight.value);
    this.bias.value.assign(this.#shuffled(bias) as typeof this.bias.value);
  }

  /** Output channels in the order in which the shuffle is one op, see `conv2dLayout`. */
  #shuffled(x: Tensor): Tensor {
    const blocks = this.#shuffle ** 2;
    if (blocks === 1) return x;
    const parts = tf.reshape(x, [-1, x.shape.at(-1)! / blocks, blocks]);
    return tf.reshape(tf.transpose(parts, [0, 2, 1]), x.shape);
  }

  /** `[n, h, w, in]` to `[n, h, w, out]`, or what the shuffle makes of it. */
  override forward(x: Image): Tensor4D {
    const weight = this.weight.value as unknown as Tensor4D;
    const y = conv2dBias(x, weight, this.bias.value, 1, "same");
    return this.#shuffle === 1 ? y : tf.depthToSpace(y, this.#shuffle, "NHWC");
  }
}

/** A block that computes with its branches while training and with a {@linkcode MergedConv2d} else. */
export interface MergingBlock {
  /** Computes the merged weights anew. */
  mergeWeights(): void;
}

/** A network with {@linkcode MergingBlock}s. */
export abstract class MergingNetwork extends Module<Image> {
  /** Merges the weights of all blocks anew. */
  mergeWeights(): void {
    tf.tidy(() => {
      for (const [, module] of this.namedModules()) {
        if (module !== this && isMergingBlock(module)) module.mergeWeights();
      }
    });
  }

  /** Switches the mode, and merges the weights for evaluation; an engine must have been started. */
  override train(mode = true): this {
    super.train(mode);
    if (!mode) this.mergeWeights();
    return this;
  }

  /** As in {@linkcode Module}; in evaluation mode the weights are merged anew. */
  override loadStateDict(dict: StateDict, options?: { readonly strict?: boolean }): KeyComparison {
    const comparison = super.loadStateDict(dict, options);
    if (!this.training) this.mergeWeights();
    return comparison;
  }
}

/** A 1x1 and a 3x3 filter in a row, `[1, 1, in, mid]` and `[3, 3, mid, out]`, as one: `[3, 3, in, out]`. */
export function mergePointwiseFirst(first: Tensor4D, second: Tensor4D): Tensor4D {
  const [, , inner, mid] = first.shape;
  const out = second.shape[3];
  const taps = tf.reshape(tf.transpose(tf.reshape(second, [9, mid, out]), [1, 0, 2]), [mid, -1]);
  const product = tf.reshape(tf.matMul(tf.reshape(first, [inner, mid]), taps), [inner, 9, out]);
  return tf.reshape(tf.transpose(product, [1, 0, 2]), [3, 3, inner, out]);
}

/** A 3x3 and a 1x1 filter in a row, `[3, 3, in, mid]` and `[1, 1, mid, out]`, as one. */
export function mergePointwiseLast(first: Tensor4D, second: Tensor4D): Tensor4D {
  const [, , inner, mid] = first.shape;
  const out = second.shape[3];
  const product = tf.matMul(tf.reshape(first, [9 * inner, mid]), tf.reshape(second, [mid, out]));
  return tf.reshape(product, [3, 3, inner, out]);
}

/** What the bias `[mid]` before a filter `[…, mid, out]` adds to each output where nothing is cut off: `[out]`. */
export function biasThrough(bias: Tensor, filter: Tensor4D): Tensor {
  const [, , mid, out] = filter.shape;
  return tf.reshape(tf.matMul(tf.reshape(bias, [1, mid]), tf.sum(filter, [0, 1]) as never), [out]);
}

/** A 1x1 filter `[1, 1, in, out]` as the centre of a 3x3 filter. */
export function padPointwise(pointwise: Tensor4D): Tensor4D {
  return tf.pad(pointwise, [[1, 1], [1, 1], [0, 0], [0, 0]]);
}

function isMergingBlock(module: Module): module is Module & MergingBlock {
  return "mergeWeights" in module && typeof module.mergeWeights === "function";
}
