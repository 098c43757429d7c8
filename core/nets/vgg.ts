/**
 * VGG as a feature extractor: images in, the outputs of named layers out.
 *
 * Paper: K. Simonyan, A. Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition", ICLR 2015,
 * https://arxiv.org/abs/1409.1556. Options, layer names and keys as BasicSR's `basicsr/archs/vgg_arch.py`; weights are
 * torchvision's. Outputs of `convN_M` are taken before the ReLU.
 *
 * Differs from BasicSR: each `vgg_type` has its own file of weights (BasicSR loads that of vgg19 for all of them if it is
 * there); weights are loaded by {@linkcode VGGFeatureExtractor.loadPretrained}, not on construction; batch normalisation
 * keeps its statistics with `requires_grad` too; a layer that does not exist is refused with the names of those that do.
 *
 * @module
 */
import { type Tensor4D, tf } from "../engine/tf.ts";
import { relu } from "../nn/activation.ts";
import { Conv2d } from "../nn/conv.ts";
import { values } from "../nn/init.ts";
import { Buffer, type Image, Module } from "../nn/module.ts";
import { maxPool2d } from "../nn/resample.ts";
import { float32Tensor, type StateDict } from "../weights/state_dict.ts";
import { FrozenBatchNorm2d } from "./frozen_norm.ts";
import { loadPretrained } from "./pretrained.ts";

/** The networks; `_bn` has batch normalisation after each convolution. */
export const VGG_TYPES = [
  "vgg11",
  "vgg13",
  "vgg16",
  "vgg19",
  "vgg11_bn",
  "vgg13_bn",
  "vgg16_bn",
  "vgg19_bn",
] as const;
/** Name of a network. */
export type VggType = (typeof VGG_TYPES)[number];

/** Convolutions in each of the five stages. */
const STAGES: Readonly<Record<string, readonly number[]>> = {
  vgg11: [1, 1, 2, 2, 2],
  vgg13: [2, 2, 2, 2, 2],
  vgg16: [2, 2, 3, 3, 3],
  vgg19: [2, 2, 4, 4, 4],
};
const CHANNELS = [64, 128, 256, 512, 512] as const;

/** Mean and standard deviation of ImageNet, RGB in [0, 1]; those of torchvision. */
const MEAN = [0.485, 0.456, 0.406] as const;
const STD = [0.229, 0.224, 0.225] as const;

/** Options, spelled as in YAML. */
export interface VGGFeatureExtractorOptions {
  /** Layers whose outputs are wanted: `conv1_1`, `relu5_4`, `pool3`, … */
  readonly layer_name_list: readonly string[];
  /** Default `vgg19`. */
  readonly vgg_type?: VggType;
  /** Takes the mean of ImageNet off and divides by its standard deviation. Default true. */
  readonly use_input_norm?: boolean;
  /** Moves images in [-1, 1] to [0, 1] first. Default false. */
  readonly range_norm?: boolean;
  /** Whether its parameters are to be trained. Default false. */
  readonly requires_grad?: boolean;
  /** Leaves the poolings out. Default false. */
  readonly remove_pooling?: boolean;
  /** Stride of the poolings. Default 2. */
  readonly pooling_stride?: number;
}

/** Names of the layers of a network, in order; their indices are those of torchvision's `features`. */
export function vggLayers(type: VggType): string[] {
  const bn = type.endsWith("_bn");
  return STAGES[type.replace("_bn", "")]!.flatMap((count, stage) => [
    ...Array.from({ length: count }, (_, i) => `${stage + 1}_${i + 1}`).flatMap((
      place,
    ) => [`conv${place}`, ...(bn ? [`bn${place}`] : []), `relu${place}`]),
    `pool${stage + 1}`,
  ]);
}

/** The layers that are computed, named as in BasicSR. */
class VggStack extends Module<Record<string, Tensor4D>> {
  readonly #names: readonly string[];
  readonly #wanted: ReadonlySet<string>;
  readonly #stride: number;

  constructor(names: readonly string[], wanted: ReadonlySet<string>, stride: number) {
    super();
    this.#names = names;
    this.#wanted = wanted;
    this.#stride = stride;
    let channels = 3;
    for (const name of names) {
      const out = CHANNELS[Number(/\d/.exec(name)![0]) - 1]!;
      if (name.startsWith("conv")) this.#define(name, new Conv2d(channels, out, 3));
      else if (name.startsWith("bn")) this.#define(name, new FrozenBatchNorm2d(out));
      channels = out;
    }
  }

  #define(name: string, value: Module): void {
    Object.defineProperty(this, name, { value, enumerable: true });
  }

  override forward(input: Image): Record<string, Tensor4D> {
    const found: Record<string, Tensor4D> = {};
    let x = input;
    for (const name of this.#names) {
      const y = tf.tidy(() => this.#layer(name, x));
      // What gradients need of it is kept by their tape.
      if (x !== input && !Object.values(found).includes(x)) x.dispose();
      if (this.#wanted.has(name)) found[name] = y;
      x = y;
    }
    return found;
  }

  #layer(name: string, x: Image): Tensor4D {
    if (name.startsWith("relu")) return relu(x);
    if (name.startsWith("pool")) return maxPool2d(x, 2, this.#stride);
    return (this as unknown as Record<string, Module<Tensor4D>>)[name]!.forward(x);
  }
}

/**
 * `[n, h, w, 3]` (or gray with `use_input_norm`), RGB in [0, 1], to the outputs of the layers that were asked for, by name,
 * in the network's order, `[n, h', w', c]` each. Keys `mean`, `std`, `vgg_net.conv1_1.weight`, …
 */
export class VGGFeatureExtractor extends Module<Record<string, Tensor4D>> {
  /** Mean of ImageNet, (1, 3, 1, 1). */
  readonly mean: Buffer | undefined;
  /** Standard deviation of ImageNet, (1, 3, 1, 1). */
  readonly std: Buffer | undefined;
  /** The layers, up to the last one that is wanted. */
  readonly vgg_net: Module<Record<string, Tensor4D>>;
  readonly #type: VggType;
  readonly #rangeNorm: boolean;

  /**
   * Creates it with random weights; frozen unless `requires_grad`.
   *
   * @throws {RangeError} If a layer does not exist, or none is wanted.
   */
  constructor(options: VGGFeatureExtractorOptions) {
    super();
    const { layer_name_list: wanted, vgg_type = "vgg19", use_input_norm = true } = options;
    if (!VGG_TYPES.includes(vgg_type)) {
      throw new RangeError(`vgg_type must be one of ${VGG_TYPES.join(", ")}, received ${vgg_type}`);
    }
    const all = vggLayers(vgg_type);
    const kept = options.remove_pooling ? all.filter((name) => !name.startsWith("pool")) : all;
    for (const name of wanted) {
      if (kept.includes(name)) continue;
      throw new RangeError(
        `layer_name_list: "${name}" is no layer of ${vgg_type}` +
          `${all.includes(name) ? " without poolings" : ""}, which has ${kept.join(", ")}`,
      );
    }
    if (wanted.length === 0) throw new RangeError("layer_name_list must name one layer at least");
    const last = kept.findLastIndex((name) => wanted.includes(name));
    this.#type = vgg_type;
    this.#rangeNorm = options.range_norm ?? false;
    if (use_input_norm) {
      this.mean = new Buffer([1, 3, 1, 1], values(MEAN));
      this.std = new Buffer([1, 3, 1, 1], values(STD));
    }
    this.vgg_net = new VggStack(
      kept.slice(0, last + 1),
      new Set(wanted),
      options.pooling_stride ?? 2,
    );
    this.requiresGrad(options.requires_grad ?? false);
  }

  /** Features by the names of their layers. */
  override forward(x: Image): Record<string, Tensor4D> {
    let y = x;
    if (this.#rangeNorm) y = tf.div(tf.add(y, 1), 2);
    if (this.mean && this.std) {
      const row = [1, 1, 1, 3];
      y = tf.div(tf.sub(y, tf.reshape(this.mean.value, row)), tf.reshape(this.std.value, row));
    }
    return this.vgg_net.forward(y);
  }

  /**
   * Loads a whole state dict of torchvision (`features.0.weight`, …), of which what is not needed is passed over, or one of
   * BasicSR's extractor (`vgg_net.conv1_1.weight`, …).
   *
   * @throws {UserError} If something is missing or of another shape.
   */
  loadTorchvision(dict: StateDict): void {
    const layers = vggLayers(this.#type);
    const named: StateDict = new Map();
    const own = new Set([...this.namedParameters().keys(), ...this.namedBuffers().keys()]);
    for (const [key, tensor] of dict) {
      const [, index, rest] = /^features\.(\d+)\.(\w+)$/.exec(key) ?? [];
      const name = index === undefined ? key : `vgg_net.${layers[Number(index)]}.${rest}`;
      if (own.has(name)) named.set(name, tensor);
    }
    for (const [name, numbers] of [["mean", MEAN], ["std", STD]] as const) {
      if (!own.has(name) || named.has(name)) continue;
      named.set(name, float32Tensor([1, 3, 1, 1], Float32Array.from(numbers)));
    }
    this.loadStateDict(named);
  }

  /**
   * Finds and loads torchvision's weights.
   *
   * @param use What needs them, for messages.
   * @throws {UserError} If the file is missing, or is not the right one; see `core/nets/pretrained.ts`.
   */
  async loadPretrained(use?: string): Promise<void> {
    this.loadTorchvision(await loadPretrained(this.#type, use));
  }
}
