/**
 * ECBSR: 3x3 convolutions that are trained as five branches, some of which look for edges, and evaluated as one.
 *
 * Paper: X. Zhang et al., "Edge-oriented Convolution Block for Real-time Super Resolution on Mobile Devices", ACM MM 2021,
 * https://doi.org/10.1145/3474085.3475291
 * Origin: BasicSR `basicsr/archs/ecbsr_arch.py`, 8d56e3a (Apache-2.0): options, keys, arithmetic.
 *
 * Differs from BasicSR: the branches are merged when the network goes into evaluation mode or loads weights in it, not for
 * every image, so that gradients flow in training mode only; the edge filters (`mask`) are buffers; channels that the skip
 * cannot join are refused when the network is built.
 *
 * Weights do not show `with_idt`, nor which activation without slopes there is: they are taken for false and `relu`.
 *
 * @module
 */
import { randomUniform } from "../../core/engine/random_ops.ts";
import { biasAdd, relu } from "../../core/engine/ops.ts";
import { type Tensor, type Tensor4D, tf } from "../../core/engine/tf.ts";
import {
  biasThrough,
  Buffer,
  Conv2d,
  type ConvWeights,
  Identity,
  type Image,
  interpolateBy,
  MergedConv2d,
  mergePointwiseFirst,
  type MergingBlock,
  MergingNetwork,
  Module,
  normal,
  padPointwise,
  Parameter,
  pixelShuffle,
  PReLU,
  ReLU,
  Sequential,
  torchDefault,
  values,
} from "../../core/nn/mod.ts";
import { conv2dLayout, depthwiseLayout } from "../../core/nn/layout.ts";
import { z } from "../../core/options/zod.ts";
import { ARCH_REGISTRY } from "../../core/registry.ts";
import {
  countOf,
  requireSize,
  shuffleOf,
  type WeightsSignature,
} from "../../core/weights/signature.ts";

/** Options of {@linkcode ECBSR}, spelled as in YAML under `network_g`. */
export interface ECBSROptions {
  /** Channels of the input. */
  readonly num_in_ch: number;
  /** Channels of the output; as many as the input has, unless that has one. */
  readonly num_out_ch: number;
  /** Blocks between the first and the last. */
  readonly num_block: number;
  /** Channels of the features. */
  readonly num_channel: number;
  /** Whether the input of a block is added to its branches, where it has as many channels. */
  readonly with_idt: boolean;
  /** What follows each block but the last. `rrelu` has a random slope within ±0.05 while training. */
  readonly act_type: "prelu" | "relu" | "rrelu" | "softplus" | "linear";
  /** Scale factor. */
  readonly scale: number;
}

const options = z.strictObject({
  num_in_ch: z.int().min(1),
  num_out_ch: z.int().min(1),
  num_block: z.int().min(0),
  num_channel: z.int().min(1),
  with_idt: z.boolean(),
  act_type: z.enum(["prelu", "relu", "rrelu", "softplus", "linear"]),
  scale: z.int().min(1),
}) satisfies z.ZodType<ECBSROptions>;

const weights: WeightsSignature = {
  matches: (dict) => dict.has("backbone.0.conv3x3.weight"),
  options(dict) {
    const last = countOf(dict, "backbone.*.") - 1;
    const num_in_ch = requireSize(dict, "backbone.0.conv3x3.weight", 1);
    const total = requireSize(dict, `backbone.${last}.conv3x3.weight`);
    const { scale, channels } = shuffleOf(total, num_in_ch);
    return {
      num_in_ch,
      num_out_ch: channels,
      num_block: last - 1,
      num_channel: requireSize(dict, "backbone.0.conv3x3.weight"),
      with_idt: false,
      act_type: dict.has("backbone.0.act.weight") ? "prelu" : "relu",
      scale,
    };
  },
  traits(found) {
    const { scale, num_in_ch, num_out_ch } = options.parse(found);
    return { scale, inputChannels: num_in_ch, outputChannels: num_out_ch };
  },
};

/** Maps `lq` `[n, h, w, num_in_ch]`, float32 in [0, 1], to `[n, h·scale, w·scale, num_out_ch]`. */
@ARCH_REGISTRY.register({ options, weights })
export class ECBSR extends MergingNetwork {
  private readonly backbone: Sequential;
  private readonly scale: number;

  /**
   * Creates it.
   *
   * @throws {RangeError} If the skip cannot join input and output.
   */
  constructor(opt: ECBSROptions) {
    super();
    const o = options.parse(opt);
    const { num_in_ch: input, num_out_ch: output, num_channel: channels, scale } = o;
    if (input !== output && input !== 1) {
      throw new RangeError(`num_out_ch must be num_in_ch (${input}), received ${output}`);
    }
    const block = (from: number): ECB => new ECB(from, channels, o.with_idt, o.act_type, 1);
    this.backbone = new Sequential(
      block(input),
      ...Array.from({ length: o.num_block }, () => block(channels)),
      new ECB(channels, output * scale ** 2, o.with_idt, "linear", scale),
    );
    this.scale = scale;
  }

  /** See the class. */
  override forward(lq: Image): Image {
    // BasicSR repeats the channels of the input and shuffles both: every pixel of the input becomes a block of pixels.
    return tf.add(this.backbone.forward(lq), interpolateBy(lq, this.scale));
  }
}

/** Edge-oriented convolution block: five branches and perhaps the input, an activation, or a pixel shuffle. */
class ECB extends Module<Image> implements MergingBlock {
  readonly conv3x3: Conv2d;
  readonly conv1x1_3x3: SeqConv3x3;
  readonly conv1x1_sbx: EdgeConv3x3;
  readonly conv1x1_sby: EdgeConv3x3;
  readonly conv1x1_lpl: EdgeConv3x3;
  readonly act: Module<Tensor4D> | Module<Tensor>;
  readonly merged: MergedConv2d;
  readonly #shuffle: number;
  readonly #withIdt: boolean;

  constructor(
    input: number,
    output: number,
    withIdt: boolean,
    act: ECBSROptions["act_type"],
    shuffle: number,
  ) {
    super();
    this.conv3x3 = new Conv2d(input, output, 3);
    this.conv1x1_3x3 = new SeqConv3x3(input, output);
    this.conv1x1_sbx = new EdgeConv3x3(input, output, SOBEL_X);
    this.conv1x1_sby = new EdgeConv3x3(input, output, SOBEL_Y);
    this.conv1x1_lpl = new EdgeConv3x3(input, output, LAPLACIAN);
    this.act = activation(act, output);
    this.merged = new MergedConv2d(input, output, { shuffle });
    this.#shuffle = shuffle;
    this.#withIdt = withIdt && input === output;
  }

  override forward(x: Image): Image {
    if (!this.training) return this.act.forward(this.merged.forward(x)) as Image;
    const padded = tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]]);
    const branches = this.#branches().map((branch) => branch.forward(padded));
    const parts = [this.conv3x3.forward(x), ...branches, ...(this.#withIdt ? [x] : [])];
    const sum = pixelShuffle(tf.addN(parts), this.#shuffle);
    return this.act.forward(sum) as Image;
  }

  mergeWeights(): void {
    const parts: ConvWeights[] = this.#branches().map((branch) => branch.merged());
    const weight = this.conv3x3.weight.value as unknown as Tensor4D;
    parts.push({ weight, bias: this.conv3x3.bias!.value });
    const filters = parts.map((part) => part.weight);
    if (this.#withIdt) {
      const channels = weight.shape[3];
      filters.push(padPointwise(tf.reshape(tf.eye(channels), [1, 1, channels, channels])));
    }
    this.merged.set({ weight: tf.addN(filters), bias: tf.addN(parts.map(({ bias }) => bias)) });
  }

  #branches(): readonly (SeqConv3x3 | EdgeConv3x3)[] {
    return [this.conv1x1_3x3, this.conv1x1_sbx, this.conv1x1_sby, this.conv1x1_lpl];
  }
}

/** A 1x1 convolution to twice the channels and a 3x3 one; takes what has been padded, so that the first one's bias is there too. */
class SeqConv3x3 extends Module<Image> {
  readonly k0: Parameter;
  readonly b0: Parameter;
  readonly k1: Parameter;
  readonly b1: Parameter;

  constructor(input: number, output: number) {
    super();
    const mid = 2 * output;
    this.k0 = filter(mid, input, 1);
    this.b0 = new Parameter([mid], torchDefault(input));
    this.k1 = filter(output, mid, 3);
    this.b1 = new Parameter([output], torchDefault(9 * mid));
  }

  override forward(padded: Image): Image {
    const first = tf.conv2d(padded, valueOf(this.k0), 1, "valid");
    const second = tf.conv2d(biasAdd(first, this.b0.value), valueOf(this.k1), 1, "valid");
    return biasAdd(second, this.b1.value);
  }

  merged(): ConvWeights {
    const [k0, k1] = [valueOf(this.k0), valueOf(this.k1)];
    return {
      weight: mergePointwiseFirst(k0, k1),
      bias: tf.add(biasThrough(this.b0.value, k1), this.b1.value),
    };
  }
}

/** A 1x1 convolution, and on each of its channels a fixed edge filter times a trained factor. */
class EdgeConv3x3 extends Module<Image> {
  readonly k0: Parameter;
  readonly b0: Parameter;
  readonly scale: Parameter;
  readonly bias: Parameter;
  readonly mask: Buffer;

  constructor(input: number, output: number, edge: readonly number[]) {
    super();
    this.k0 = filter(output, input, 1);
    this.b0 = new Parameter([output], torchDefault(input));
    const layout = { view: [output, 1, 1, 1], order: [1, 2, 0, 3], shape: [1, 1, output, 1] };
    this.scale = new Parameter([output, 1, 1, 1], normal(1e-3), layout);
    this.bias = new Parameter([output], normal(1e-3));
    const shape = [output, 1, 3, 3];
    this.mask = new Buffer(shape, values(Array.from({ length: output }, () => edge).flat()), {
      layout: depthwiseLayout(shape, output),
    });
  }

  override forward(padded: Image): Image {
    const y = biasAdd(tf.conv2d(padded, valueOf(this.k0), 1, "valid"), this.b0.value);
    return biasAdd(tf.depthwiseConv2d(y, this.#edges(), 1, "valid"), this.bias.value);
  }

  merged(): ConvWeights {
    const [edges, k0] = [this.#edges(), valueOf(this.k0)];
    const sums = tf.reshape(tf.sum(edges, [0, 1]), this.bias.shape as [number]);
    const [, , channels] = edges.shape;
    return {
      weight: tf.mul(k0, tf.reshape(edges, [3, 3, 1, channels])),
      bias: tf.add(tf.mul(this.b0.value, sums), this.bias.value),
    };
  }

  /** `[3, 3, c, 1]`. */
  #edges(): Tensor4D {
    return tf.mul(valueOf(this.scale), valueOf(this.mask));
  }
}

/** Rows of the filters. */
const SOBEL_X = [1, 0, -1, 2, 0, -2, 1, 0, -1];
const SOBEL_Y = [1, 2, 1, 0, 0, 0, -1, -2, -1];
const LAPLACIAN = [0, 1, 0, 1, -4, 1, 0, 1, 0];

function filter(output: number, input: number, kernel: number): Parameter {
  const shape = [output, input, kernel, kernel];
  return new Parameter(shape, torchDefault(input * kernel ** 2), conv2dLayout(shape));
}

function valueOf(holder: Parameter | Buffer): Tensor4D {
  return holder.value as unknown as Tensor4D;
}

function activation(
  type: ECBSROptions["act_type"],
  channels: number,
): Module<Tensor4D> | Module<Tensor> {
  switch (type) {
    case "prelu":
      return new PReLU(channels);
    case "relu":
      return new ReLU();
    case "rrelu":
      return new RReLU();
    case "softplus":
      return new Softplus();
    case "linear":
      return new Identity();
  }
}

/** PyTorch's `RReLU(-0.05, 0.05)`: x where positive, else times a random slope while training, and times its mean, 0, else. */
class RReLU extends Module<Tensor> {
  override forward(x: Tensor): Tensor {
    if (!this.training) return relu(x);
    const slopes = randomUniform(x.shape, -0.05, 0.05);
    return tf.add(relu(x), tf.mul(slopes, tf.minimum(x, 0)));
  }
}

/** log(1 + eˣ). */
class Softplus extends Module<Tensor> {
  override forward(x: Tensor): Tensor {
    return tf.softplus(x);
  }
}
