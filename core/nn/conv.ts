/**
 * Convolutions, with PyTorch's weights and arithmetic on NHWC tensors.
 *
 * @module
 */
import { dilateFilter } from "../engine/kernels/conv_backprop.ts";
import { biasAdd } from "../engine/ops.ts";
import { type Tensor4D, tf } from "../engine/tf.ts";
import { torchDefault } from "./init.ts";
import {
  conv2dBiasLayout,
  conv2dLayout,
  conv2dTransposeLayout,
  depthwiseLayout,
} from "./layout.ts";
import { type Image, Module, Parameter } from "./module.ts";

/** Options of a {@linkcode Conv2d}. */
export interface Conv2dOptions {
  /** Step between outputs, default 1. */
  readonly stride?: number;
  /**
   * Zeros added on each side. Default (unlike PyTorch's 0) is what keeps the size at stride 1 for odd kernels:
   * dilation · (kernel - 1) / 2, rounded down.
   */
  readonly padding?: number;
  /** Distance between the taps of the kernel, default 1. */
  readonly dilation?: number;
  /** Groups of channels that are convolved apart, default 1. */
  readonly groups?: number;
  /** Whether a bias is added, default true. */
  readonly bias?: boolean;
  /**
   * Follows the convolution with `nn.PixelShuffle` of this scale. Keys and values stay those of the convolution, but on the
   * device the output channels lie in the order in which the shuffle is a single `depthToSpace`. Without groups only.
   */
  readonly shuffle?: number;
}

/**
 * 2-D convolution with a square kernel: `[n, h, w, in]` to `[n, h', w', out]`, where
 * h' = floor((h + 2·padding - dilation·(kernel - 1) - 1) / stride) + 1. Keys `weight` (out, in / groups, k, k) and `bias`.
 * Initial values are PyTorch's. With `shuffle: s` the result is `[n, h'·s, w'·s, out / s²]`.
 */
export class Conv2d extends Module<Tensor4D> {
  /** Weight; (out, in / groups, k, k) in files. */
  readonly weight: Parameter;
  /** Bias; (out). */
  readonly bias: Parameter | undefined;
  /** Inputs that one output depends on, for initialisers. */
  readonly fanIn: number;
  readonly #options: Required<Conv2dOptions>;
  readonly #kernel: number;
  readonly #depthwise: boolean;

  /**
   * Creates it for a `kernel` x `kernel` window.
   *
   * @throws {RangeError} If the channels are no multiples of `groups` or cannot be shuffled.
   */
  constructor(
    inChannels: number,
    outChannels: number,
    kernel: number,
    options: Conv2dOptions = {},
  ) {
    super();
    const { stride = 1, dilation = 1, groups = 1, bias = true, shuffle = 1 } = options;
    const padding = options.padding ?? Math.floor(dilation * (kernel - 1) / 2);
    if (inChannels % groups !== 0 || outChannels % groups !== 0) {
      throw new RangeError(`${inChannels} to ${outChannels} channels cannot form ${groups} groups`);
    }
    if (outChannels % shuffle ** 2 !== 0 || (shuffle > 1 && groups > 1)) {
      throw new RangeError(
        `${outChannels} channels in ${groups} groups cannot be shuffled by ${shuffle}`,
      );
    }
    this.#options = { stride, padding, dilation, groups, bias, shuffle };
    this.#kernel = kernel;
    this.#depthwise = groups > 1 && groups === inChannels;
    const shape = [outChannels, inChannels / groups, kernel, kernel];
    this.fanIn = shape[1]! * kernel * kernel;
    const layout = this.#depthwise ? depthwiseLayout(shape, groups) : conv2dLayout(shape, shuffle);
    this.weight = new Parameter(shape, torchDefault(this.fanIn), layout);
    this.bias = bias
      ? new Parameter(
        [outChannels],
        torchDefault(this.fanIn),
        conv2dBiasLayout([outChannels], shuffle),
      )
      : undefined;
  }

  /** `[n, h, w, in]` to `[n, h', w', out]`. */
  override forward(x: Image): Tensor4D {
    const { stride, padding, dilation, groups, shuffle } = this.#options;
    let filter = this.weight.value as unknown as Tensor4D;
    // TensorFlow.js has no gradient for dilated convolutions: zeros between the taps say the same.
    if (dilation > 1) filter = dilateFilter(filter, [dilation, dilation]);
    const extent = dilation * (this.#kernel - 1);
    // "same" agrees with PyTorch's symmetric padding at stride 1 only; otherwise TensorFlow puts more zeros at the end.
    const same = stride === 1 && 2 * padding === extent;
    const input = same || padding === 0
      ? x
      : tf.pad(x, [[0, 0], [padding, padding], [padding, padding], [0, 0]]);
    const mode = same && padding > 0 ? "same" : "valid";
    let y: Tensor4D;
    if (this.#depthwise) y = tf.depthwiseConv2d(input, filter, stride, mode);
    else if (groups === 1) y = tf.conv2d(input, filter, stride, mode);
    else {
      const filters = tf.split(filter, groups, 3) as Tensor4D[];
      const parts = tf.split(input, groups, 3) as Tensor4D[];
      y = tf.concat(
        parts.map((part, i) => tf.conv2d<Tensor4D>(part, filters[i]!, stride, mode)),
        3,
      );
    }
    if (this.bias) y = biasAdd(y, this.bias.value);
    return shuffle === 1 ? y : tf.depthToSpace(y, shuffle, "NHWC");
  }
}

/** Options of a {@linkcode ConvTranspose2d}. */
export interface ConvTranspose2dOptions {
  /** Step between inputs on the output's grid, default 1. */
  readonly stride?: number;
  /** Pixels cut from each side of the full result, default 0. */
  readonly padding?: number;
  /** Pixels more at the bottom and on the right, default 0; less than `stride`. */
  readonly outputPadding?: number;
  /** Whether a bias is added, default true. */
  readonly bias?: boolean;
}

/**
 * Transposed 2-D convolution with a square kernel: `[n, h, w, in]` to `[n, h', w', out]`, where
 * h' = (h - 1)·stride - 2·padding + kernel + outputPadding. Keys `weight` (in, out, k, k) and `bias`.
 */
export class ConvTranspose2d extends Module<Tensor4D> {
  /** Weight; (in, out, k, k) in files. */
  readonly weight: Parameter;
  /** Bias; (out). */
  readonly bias: Parameter | undefined;
  readonly #options: Required<ConvTranspose2dOptions>;
  readonly #kernel: number;
  readonly #channels: number;

  /**
   * Creates it for a `kernel` x `kernel` window.
   *
   * @throws {RangeError} If `outputPadding` is not less than `stride`.
   */
  constructor(
    inChannels: number,
    outChannels: number,
    kernel: number,
    options: ConvTranspose2dOptions = {},
  ) {
    super();
    const { stride = 1, padding = 0, outputPadding = 0, bias = true } = options;
    if (outputPadding >= stride && outputPadding > 0) {
      throw new RangeError(`outputPadding ${outputPadding} must be less than stride ${stride}`);
    }
    this.#options = { stride, padding, outputPadding, bias };
    this.#kernel = kernel;
    this.#channels = outChannels;
    const shape = [inChannels, outChannels, kernel, kernel];
    const fanIn = outChannels * kernel * kernel; // as PyTorch counts it: the second dimension
    this.weight = new Parameter(shape, torchDefault(fanIn), conv2dTransposeLayout(shape));
    this.bias = bias ? new Parameter([outChannels], torchDefault(fanIn)) : undefined;
  }

  /** `[n, h, w, in]` to `[n, h', w', out]`. */
  override forward(x: Image): Tensor4D {
    const { stride, padding, outputPadding } = this.#options;
    const [n, h, w] = x.shape;
    const full = (size: number): number => (size - 1) * stride + this.#kernel + outputPadding;
    const filter = this.weight.value as unknown as Tensor4D;
    // Without padding all engines agree on what the result is; the padding then cuts its rim off.
    let y: Tensor4D = tf.conv2dTranspose(
      x,
      filter,
      [n, full(h), full(w), this.#channels],
      stride,
      "valid",
    );
    if (padding > 0) {
      const size = [n, full(h) - 2 * padding, full(w) - 2 * padding, this.#channels];
      y = tf.slice(y, [0, padding, padding, 0], size as [number, number, number, number]);
    }
    return this.bias ? biasAdd(y, this.bias.value) : y;
  }
}
