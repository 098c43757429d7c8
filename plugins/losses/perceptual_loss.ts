/**
 * Perceptual and style loss on features of VGG.
 *
 * Papers: J. Johnson et al., "Perceptual Losses for Real-Time Style Transfer and Super-Resolution", ECCV 2016,
 * https://arxiv.org/abs/1603.08155; L. A. Gatys et al., "Image Style Transfer Using Convolutional Neural Networks", CVPR
 * 2016. Options and arithmetic as BasicSR's `basicsr/losses/basic_loss.py`:
 *
 * - percep = perceptual_weight · Σ weight(layer) · criterion(features of pred, features of target);
 * - style = style_weight · Σ weight(layer) · criterion(Gram matrices of both), Gram = F·Fᵀ / (c·h·w);
 * - `l1` and `l2` are means, `fro` is the norm of the whole difference.
 *
 * Differs from BasicSR: `l2` works (there it fails on a misspelt name); the target is never differentiated.
 *
 * @module
 */
import { detach } from "../../core/engine/ops.ts";
import { type Scalar, type Tensor, type Tensor4D, tf } from "../../core/engine/tf.ts";
import { withoutTape } from "../../core/nets/tape.ts";
import { VGG_TYPES, VGGFeatureExtractor, type VggType } from "../../core/nets/vgg.ts";
import type { PerceptualLossLike } from "../../core/nn/loss.ts";
import { z } from "../../core/options/zod.ts";
import { LOSS_REGISTRY } from "../../core/registry.ts";
import type { StateDict } from "../../core/weights/state_dict.ts";

const CRITERIA = ["l1", "l2", "fro"] as const;

/** Options, spelled as in YAML under `train.perceptual_opt`. */
export interface PerceptualLossOptions {
  /** Weights of the layers by name, for example `conv5_4: 1`. `convN_M` is taken before the ReLU. */
  readonly layer_weights: Readonly<Record<string, number>>;
  /** Default `vgg19`. */
  readonly vgg_type?: VggType;
  /** Normalises images as ImageNet's. Default true. */
  readonly use_input_norm?: boolean;
  /** Moves images in [-1, 1] to [0, 1] first. Default false. */
  readonly range_norm?: boolean;
  /** Weight of the perceptual part; 0 leaves it out. Default 1. */
  readonly perceptual_weight?: number;
  /** Weight of the style part; 0 leaves it out. Default 0. */
  readonly style_weight?: number;
  /** How features are compared. Default `l1`. */
  readonly criterion?: "l1" | "l2" | "fro";
}

/** What differs in tests. */
export interface PerceptualLossParts {
  /** Weights with torchvision's names, in place of the file. */
  readonly weights?: StateDict;
}

/** Compares features of VGG, which stays as it is. {@linkcode PerceptualLoss.prepare} loads its weights. */
@LOSS_REGISTRY.register({
  options: z.strictObject({
    layer_weights: z.record(z.string(), z.number()),
    vgg_type: z.enum(VGG_TYPES).default("vgg19"),
    use_input_norm: z.boolean().default(true),
    range_norm: z.boolean().default(false),
    perceptual_weight: z.number().default(1),
    style_weight: z.number().default(0),
    criterion: z.enum(CRITERIA).default("l1"),
  }),
})
export class PerceptualLoss implements PerceptualLossLike {
  readonly #vgg: VGGFeatureExtractor;
  readonly #layers: readonly (readonly [name: string, weight: number])[];
  readonly #perceptual: number;
  readonly #style: number;
  readonly #criterion: "l1" | "l2" | "fro";
  readonly #weights: StateDict | undefined;
  #ready = false;

  /**
   * Applies the options.
   *
   * @param parts For tests.
   * @throws {RangeError} If a layer does not exist, or both weights are 0.
   */
  constructor(options: PerceptualLossOptions, parts: PerceptualLossParts = {}) {
    const { perceptual_weight = 1, style_weight = 0, criterion = "l1" } = options;
    this.#layers = Object.entries(options.layer_weights);
    if (this.#layers.length === 0) throw new RangeError("layer_weights names no layer");
    if (!(perceptual_weight > 0 || style_weight > 0)) {
      throw new RangeError("perceptual_weight and style_weight are both 0: one has to be more");
    }
    if (!CRITERIA.includes(criterion)) {
      throw new RangeError(`criterion must be l1, l2 or fro, received ${criterion}`);
    }
    this.#perceptual = perceptual_weight;
    this.#style = style_weight;
    this.#criterion = criterion;
    this.#weights = parts.weights;
    this.#vgg = explained(() =>
      new VGGFeatureExtractor({
        layer_name_list: this.#layers.map(([name]) => name),
        vgg_type: options.vgg_type,
        use_input_norm: options.use_input_norm,
        range_norm: options.range_norm,
      })
    );
  }

  /**
   * Loads the weights of VGG.
   *
   * @throws {UserError} If they are missing; the message says what to put where.
   */
  async prepare(): Promise<void> {
    if (this.#ready) return;
    if (this.#weights) this.#vgg.loadTorchvision(this.#weights);
    else await this.#vgg.loadPretrained("PerceptualLoss");
    this.#ready = true;
  }

  /** The sum of both parts, of `[n, h, w, 3]` images in [0, 1]. */
  forward(pred: Tensor4D, target: Tensor4D): Scalar {
    const { percep, style } = this.components(pred, target);
    return percep && style ? tf.add(percep, style) : (percep ?? style)!;
  }

  /** The parts, weighted; one whose weight is 0 is left out. */
  components(pred: Tensor4D, target: Tensor4D): { percep?: Scalar; style?: Scalar } {
    if (!this.#ready) {
      throw new Error("PerceptualLoss has no weights yet: call prepare() before the first step");
    }
    const features = this.#vgg.forward(pred);
    const wanted = withoutTape(() => this.#vgg.forward(target));
    const sum = (of: (x: Tensor4D) => Tensor): Scalar =>
      this.#layers.map(([name, weight]) =>
        tf.mul(
          this.#compare(of(features[name]!), withoutTape(() => of(wanted[name]!))),
          weight,
        ) as Scalar
      ).reduce((a, b) => tf.add(a, b));
    return {
      ...(this.#perceptual > 0 ? { percep: tf.mul(sum((x) => x), this.#perceptual) } : {}),
      ...(this.#style > 0 ? { style: tf.mul(sum(gram), this.#style) } : {}),
    };
  }

  /** Releases VGG. */
  dispose(): void {
    this.#vgg.dispose();
    this.#ready = false;
  }

  #compare(a: Tensor, b: Tensor): Scalar {
    const difference = tf.sub(a, b);
    if (this.#criterion === "l1") return tf.mean(tf.mul(difference, sign(difference)));
    const square = tf.square(difference);
    if (this.#criterion === "l2") return tf.mean(square);
    // The gradient of a square root at 0 is infinite, PyTorch's norm has 0 there.
    return tf.sqrt(tf.maximum(tf.sum(square), 1e-30)) as Scalar;
  }
}

/** The sign as a constant: times the number it is the absolute value, whose gradient at 0 is 0, as PyTorch's. */
function sign(x: Tensor): Tensor {
  return detach(tf.sign(x));
}

/** `[n, h, w, c]` to `[n, c, c]`. */
function gram(x: Tensor4D): Tensor {
  const [n, h, w, c] = x.shape;
  const rows = tf.reshape(x, [n, h * w, c]);
  return tf.div(tf.matMul(rows, rows, true), c * h * w);
}

/** The extractor's own key is not the one in YAML. */
function explained<T>(build: () => T): T {
  try {
    return build();
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new RangeError(cause.message.replace("layer_name_list", "layer_weights"), { cause });
  }
}
