/**
 * LPIPS v0.1: learned perceptual distance of two images.
 *
 * Paper: R. Zhang et al., "The Unreasonable Effectiveness of Deep Features as a Perceptual Metric", CVPR 2018,
 * https://arxiv.org/abs/1801.03924. Numbers as the package `lpips` 0.1.4 (`richzhang/PerceptualSimilarity`, BSD-2-Clause):
 * features of AlexNet, VGG16 (five layers each) or SqueezeNet (seven) are brought to length 1 at each pixel, their squared
 * differences weighted by channel, averaged over the pixels and summed over the layers.
 *
 * @module
 */
import { type Tensor, type Tensor4D, tf } from "../engine/tf.ts";
import { Conv2d } from "../nn/conv.ts";
import { values } from "../nn/init.ts";
import { Buffer, type Image, Module } from "../nn/module.ts";
import type { StateDict } from "../weights/state_dict.ts";
import { AlexNetFeatures } from "./alexnet.ts";
import { loadPretrained, requirePretrained } from "./pretrained.ts";
import { SqueezeNetFeatures } from "./squeezenet.ts";
import { withoutTape } from "./tape.ts";
import { VGGFeatureExtractor } from "./vgg.ts";

/** Networks whose features can be compared. */
export const LPIPS_NETS = ["alex", "vgg", "squeeze"] as const;
/** Name of such a network. */
export type LpipsNet = (typeof LPIPS_NETS)[number];

const CHANNELS: Readonly<Record<LpipsNet, readonly number[]>> = {
  alex: [64, 192, 384, 256, 256],
  vgg: [64, 128, 256, 512, 512],
  squeeze: [64, 128, 256, 384, 384, 512, 512],
};
const VGG_LAYERS = ["relu1_2", "relu2_2", "relu3_3", "relu4_3", "relu5_3"] as const;

/** Added to lengths of features, so that what is black everywhere can be divided. */
const EPS = 1e-10;

/** The smallest side with which every layer has a pixel. */
const LEAST: Readonly<Record<LpipsNet, number>> = { alex: 31, vgg: 16, squeeze: 17 };

/** Mean and standard deviation of ImageNet for images in [-1, 1], as in the original. */
class ScalingLayer extends Module<Tensor4D> {
  readonly shift = new Buffer([1, 3, 1, 1], values([-0.030, -0.088, -0.188]));
  readonly scale = new Buffer([1, 3, 1, 1], values([0.458, 0.448, 0.450]));

  override forward(x: Image): Tensor4D {
    const row = [1, 1, 1, 3];
    return tf.div(tf.sub(x, tf.reshape(this.shift.value, row)), tf.reshape(this.scale.value, row));
  }
}

/** Weights of the channels; the number in their key is that of the original, where a dropout comes first. */
class NetLinLayer extends Module<Tensor4D> {
  readonly model: Module;
  readonly #conv: Conv2d;

  constructor(channels: number) {
    super();
    this.#conv = new Conv2d(channels, 1, 1, { bias: false });
    this.model = new NumberedOne(this.#conv);
  }

  override forward(x: Image): Tensor4D {
    return this.#conv.forward(x);
  }
}

/** Holds a module under the key `1`. */
class NumberedOne extends Module {
  readonly 1: Conv2d;

  constructor(conv: Conv2d) {
    super();
    this[1] = conv;
  }

  override forward(x: Image): Tensor4D {
    return this[1].forward(x);
  }
}

/**
 * Two batches `[n, h, w, 3]` (or gray), RGB in [0, 1], to the distance of each pair, `[n]`: 0 for equal images. Keys
 * `scaling_layer.shift`, `net.…` (torchvision's names; BasicSR's for VGG16), `lin0.model.1.weight`, …
 */
export class LPIPS extends Module<Tensor> {
  /** Normalises the images. */
  readonly scaling_layer: Module<Tensor4D> = new ScalingLayer();
  /** Gives the features. */
  readonly net: AlexNetFeatures | VGGFeatureExtractor | SqueezeNetFeatures;
  /** Weights of the channels, layer by layer; as fields they are `lin0`, `lin1`, … */
  readonly #lins: readonly NetLinLayer[];

  /** Creates it with random weights, frozen. */
  constructor(readonly type: LpipsNet = "alex") {
    super();
    this.net = trunk(type);
    this.#lins = CHANNELS[type].map((channels) => new NetLinLayer(channels));
    for (const [i, value] of this.#lins.entries()) {
      Object.defineProperty(this, `lin${i}`, { value, enumerable: true });
    }
    this.requiresGrad(false);
  }

  /**
   * Distances of pairs.
   *
   * @throws {RangeError} If the shapes differ, or the images are too small for the last layer.
   */
  override forward(a: Image, b: Image): Tensor {
    this.#check(a, b);
    return this.#distance(this.features(a), this.features(b));
  }

  /** Distances of `pred` from `target`, through which no gradient goes. */
  distanceTo(pred: Image, target: Image): Tensor {
    this.#check(pred, target);
    return this.#distance(this.features(pred), withoutTape(() => this.features(target)));
  }

  /** Features of length 1 at each pixel, layer by layer. */
  features(x: Image): Tensor4D[] {
    const scaled = this.scaling_layer.forward(tf.sub(tf.mul(x, 2), 1) as Tensor4D);
    return Object.values(this.net.forward(scaled)).map((y: Tensor4D) => tf.tidy(() => unit(y)));
  }

  #distance(a: readonly Tensor4D[], b: readonly Tensor4D[]): Tensor {
    return this.#lins.map((lin, i) =>
      tf.tidy(() => tf.mean(lin.forward(tf.square(tf.sub(a[i]!, b[i]!))), [1, 2, 3]))
    ).reduce((sum, x) => tf.add(sum, x));
  }

  #check(a: Image, b: Image): void {
    if (a.shape.join() !== b.shape.join()) {
      throw new RangeError(
        `LPIPS compares images of one shape, received [${a.shape.join(", ")}] and [${
          b.shape.join(", ")
        }]`,
      );
    }
    const least = LEAST[this.type], [, h, w] = a.shape;
    if (Math.min(h, w) < least) {
      throw new RangeError(
        `LPIPS with ${this.type} needs ${least}x${least} pixels at least, received ${w}x${h}`,
      );
    }
  }

  /**
   * Loads the network of a torchvision state dict and the weights of the layers (`lin0.model.1.weight`, …).
   *
   * @throws {UserError} If something is missing or of another shape.
   */
  load(network: StateDict, layers: StateDict): void {
    this.net.loadTorchvision(network);
    for (const [i, lin] of this.#lins.entries()) {
      const prefix = `lin${i}.`;
      const own = [...layers].filter(([name]) => name.startsWith(prefix));
      lin.loadStateDict(new Map(own.map(([name, t]) => [name.slice(prefix.length), t])));
    }
    this.materialize();
  }

  /**
   * Finds and loads both files of weights.
   *
   * @param use What needs them, for messages.
   * @throws {UserError} If one is missing, or is not the right one; see `core/nets/pretrained.ts`.
   */
  async loadPretrained(use?: string): Promise<void> {
    const { network, layers } = LPIPS_FILES[this.type];
    await requirePretrained([network, layers], use);
    this.load(await loadPretrained(network, use), await loadPretrained(layers, use));
  }
}

/** The files that each variant needs, by their names in `PRETRAINED`. */
export const LPIPS_FILES = {
  alex: { network: "alexnet", layers: "lpips_alex" },
  vgg: { network: "vgg16", layers: "lpips_vgg" },
  squeeze: { network: "squeezenet1_1", layers: "lpips_squeeze" },
} as const;

function trunk(type: LpipsNet): AlexNetFeatures | VGGFeatureExtractor | SqueezeNetFeatures {
  switch (type) {
    case "alex":
      return new AlexNetFeatures();
    case "squeeze":
      return new SqueezeNetFeatures();
    case "vgg":
      return new VGGFeatureExtractor({
        layer_name_list: VGG_LAYERS,
        vgg_type: "vgg16",
        use_input_norm: false,
      });
  }
}

/** Brings the channels of each pixel to length 1. */
function unit(x: Tensor4D): Tensor4D {
  // The gradient of a square root at 0 is infinite; a square below this counts as 0 either way.
  const squares = tf.maximum(tf.sum(tf.square(x), 3, true), 1e-30);
  return tf.div(x, tf.add(tf.sqrt(squares), EPS));
}
