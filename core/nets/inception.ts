/**
 * InceptionV3 as FID uses it: the network of TensorFlow's `inception-2015-12-05`, in the form of pytorch-fid.
 *
 * Papers: C. Szegedy et al., "Rethinking the Inception Architecture for Computer Vision", CVPR 2016,
 * https://arxiv.org/abs/1512.00567; M. Heusel et al., "GANs Trained by a Two Time-Scale Update Rule …", NeurIPS 2017,
 * https://arxiv.org/abs/1706.08500. Keys as in the weights `pt_inception-2015-12-05-6726825d.pth`, which are torchvision's
 * (`Conv2d_1a_3x3.conv.weight`, …). Three things differ from torchvision's network, as the weights were trained so: average
 * poolings do not count the zeros of the rim; the last block has a max pooling in its place; and the weights themselves.
 *
 * Options as BasicSR's `basicsr/archs/inception.py`. Differs from it: `use_fid_inception: false` (torchvision's weights,
 * whose numbers cannot be compared) is refused, and weights are loaded by {@linkcode InceptionV3.loadPretrained}.
 *
 * @module
 */
import { type Tensor4D, tf } from "../engine/tf.ts";
import { biasAdd } from "../engine/ops.ts";
import { relu } from "../nn/activation.ts";
import { torchDefault } from "../nn/init.ts";
import { conv2dLayout } from "../nn/layout.ts";
import { type Image, Module, Parameter } from "../nn/module.ts";
import { globalAvgPool, interpolate, maxPool2d } from "../nn/resample.ts";
import type { StateDict } from "../weights/state_dict.ts";
import { FrozenBatchNorm2d } from "./frozen_norm.ts";
import { loadPretrained } from "./pretrained.ts";

/** Side of the images that the network was trained on, in pixels. */
const SIDE = 299;

/** Options, spelled as in BasicSR. */
export interface InceptionV3Options {
  /** Which features: 0 (64 channels), 1 (192), 2 (768), 3 (2048, averaged over the image). Default `[3]`. */
  readonly output_blocks?: readonly number[];
  /** Resizes images to 299x299 pixels, bilinear without antialiasing. Default true. */
  readonly resize_input?: boolean;
  /** Moves images in [0, 1] to [-1, 1], which the network wants. Default true. */
  readonly normalize_input?: boolean;
  /** Whether its parameters are to be trained. Default false. */
  readonly requires_grad?: boolean;
}

/** Convolution without bias, normalisation, ReLU; `padded` keeps the size. */
class BasicConv extends Module<Tensor4D> {
  readonly conv: ConvWeight;
  readonly bn: FrozenBatchNorm2d;
  readonly #stride: number;
  readonly #padded: boolean;

  constructor(inC: number, outC: number, kernel: readonly [number, number], o: ConvOptions = {}) {
    super();
    this.conv = new ConvWeight([outC, inC, ...kernel]);
    this.bn = new FrozenBatchNorm2d(outC, 1e-3);
    this.#stride = o.stride ?? 1;
    this.#padded = o.padded ?? false;
  }

  override forward(x: Image): Tensor4D {
    return tf.tidy(() => {
      const { scale, shift } = this.bn.affine();
      const filter = tf.mul(this.conv.weight.value, scale) as Tensor4D;
      const y = tf.conv2d(x, filter, this.#stride, this.#padded ? "same" : "valid");
      return relu(biasAdd(y as Tensor4D, shift));
    });
  }
}

interface ConvOptions {
  readonly stride?: number;
  readonly padded?: boolean;
}

/** Holds the weight; kernels may be oblong. */
class ConvWeight extends Module {
  readonly weight: Parameter;

  constructor(shape: readonly number[]) {
    super();
    const [, inC, kh, kw] = shape as [number, number, number, number];
    this.weight = new Parameter(shape, torchDefault(inC * kh * kw), conv2dLayout(shape));
  }

  override forward(): never {
    throw new TypeError("the weight of a convolution cannot be called");
  }
}

type Kernel = readonly [height: number, width: number];

/** Chains and forks of convolutions by their names, whose results are put side by side. */
class Mixed extends Module<Tensor4D> {
  readonly #branches: readonly Branch[];

  /** `layers` by name: channels in and out, kernel, options; `branches` say how they are wired. */
  constructor(layers: Readonly<Record<string, BasicConv>>, branches: readonly Branch[]) {
    super();
    for (const [name, value] of Object.entries(layers)) {
      Object.defineProperty(this, name, { value, enumerable: true });
    }
    this.#branches = branches;
  }

  override forward(x: Image): Tensor4D {
    return tf.tidy(() => tf.concat(this.#branches.flatMap((branch) => this.#run(branch, x)), 3));
  }

  #run(branch: Branch, x: Image): Tensor4D[] {
    let y = x;
    for (const part of branch) {
      if (part === "avg") y = tf.avgPool(y, 3, 1, "same");
      else if (part === "max") y = tf.maxPool(y, 3, 1, "same");
      else if (part === "max/2") y = maxPool2d(y, 3, 2);
      else if (typeof part === "string") y = this.#layer(part).forward(y);
      // A fork ends its branch.
      else return part.map((name) => this.#layer(name).forward(y));
    }
    return [y];
  }

  #layer(name: string): BasicConv {
    return (this as unknown as Record<string, BasicConv>)[name]!;
  }
}

/** Names of layers, or poolings, one after the other; a list at the end is a fork. */
type Branch = readonly (string | readonly string[])[];

const conv = (inC: number, outC: number, kernel: number | Kernel, o: ConvOptions = {}) =>
  new BasicConv(inC, outC, typeof kernel === "number" ? [kernel, kernel] : kernel, o);
const padded = { padded: true } as const;
const half = { stride: 2 } as const;

function mixedA(c: number, pool: number): Mixed {
  return new Mixed({
    branch1x1: conv(c, 64, 1),
    branch5x5_1: conv(c, 48, 1),
    branch5x5_2: conv(48, 64, 5, padded),
    branch3x3dbl_1: conv(c, 64, 1),
    branch3x3dbl_2: conv(64, 96, 3, padded),
    branch3x3dbl_3: conv(96, 96, 3, padded),
    branch_pool: conv(c, pool, 1),
  }, [
    ["branch1x1"],
    ["branch5x5_1", "branch5x5_2"],
    ["branch3x3dbl_1", "branch3x3dbl_2", "branch3x3dbl_3"],
    ["avg", "branch_pool"],
  ]);
}

function mixedB(c: number): Mixed {
  return new Mixed({
    branch3x3: conv(c, 384, 3, half),
    branch3x3dbl_1: conv(c, 64, 1),
    branch3x3dbl_2: conv(64, 96, 3, padded),
    branch3x3dbl_3: conv(96, 96, 3, half),
  }, [["branch3x3"], ["branch3x3dbl_1", "branch3x3dbl_2", "branch3x3dbl_3"], ["max/2"]]);
}

function mixedC(c: number, c7: number): Mixed {
  const wide: Kernel = [1, 7], tall: Kernel = [7, 1];
  return new Mixed({
    branch1x1: conv(c, 192, 1),
    branch7x7_1: conv(c, c7, 1),
    branch7x7_2: conv(c7, c7, wide, padded),
    branch7x7_3: conv(c7, 192, tall, padded),
    branch7x7dbl_1: conv(c, c7, 1),
    branch7x7dbl_2: conv(c7, c7, tall, padded),
    branch7x7dbl_3: conv(c7, c7, wide, padded),
    branch7x7dbl_4: conv(c7, c7, tall, padded),
    branch7x7dbl_5: conv(c7, 192, wide, padded),
    branch_pool: conv(c, 192, 1),
  }, [
    ["branch1x1"],
    ["branch7x7_1", "branch7x7_2", "branch7x7_3"],
    [1, 2, 3, 4, 5].map((i) => `branch7x7dbl_${i}`),
    ["avg", "branch_pool"],
  ]);
}

function mixedD(c: number): Mixed {
  return new Mixed({
    branch3x3_1: conv(c, 192, 1),
    branch3x3_2: conv(192, 320, 3, half),
    branch7x7x3_1: conv(c, 192, 1),
    branch7x7x3_2: conv(192, 192, [1, 7], padded),
    branch7x7x3_3: conv(192, 192, [7, 1], padded),
    branch7x7x3_4: conv(192, 192, 3, half),
  }, [
    ["branch3x3_1", "branch3x3_2"],
    [1, 2, 3, 4].map((i) => `branch7x7x3_${i}`),
    ["max/2"],
  ]);
}

function mixedE(c: number, pool: "avg" | "max"): Mixed {
  return new Mixed({
    branch1x1: conv(c, 320, 1),
    branch3x3_1: conv(c, 384, 1),
    branch3x3_2a: conv(384, 384, [1, 3], padded),
    branch3x3_2b: conv(384, 384, [3, 1], padded),
    branch3x3dbl_1: conv(c, 448, 1),
    branch3x3dbl_2: conv(448, 384, 3, padded),
    branch3x3dbl_3a: conv(384, 384, [1, 3], padded),
    branch3x3dbl_3b: conv(384, 384, [3, 1], padded),
    branch_pool: conv(c, 192, 1),
  }, [
    ["branch1x1"],
    ["branch3x3_1", ["branch3x3_2a", "branch3x3_2b"]],
    ["branch3x3dbl_1", "branch3x3dbl_2", ["branch3x3dbl_3a", "branch3x3dbl_3b"]],
    [pool, "branch_pool"],
  ]);
}

/** The network's parts: name, the block (as `output_blocks` counts them) that it belongs to, how it is made. */
const PARTS: readonly (readonly [string, number, () => Module<Tensor4D>])[] = [
  ["Conv2d_1a_3x3", 0, () => conv(3, 32, 3, half)],
  ["Conv2d_2a_3x3", 0, () => conv(32, 32, 3)],
  ["Conv2d_2b_3x3", 0, () => conv(32, 64, 3, padded)],
  ["Conv2d_3b_1x1", 1, () => conv(64, 80, 1)],
  ["Conv2d_4a_3x3", 1, () => conv(80, 192, 3)],
  ["Mixed_5b", 2, () => mixedA(192, 32)],
  ["Mixed_5c", 2, () => mixedA(256, 64)],
  ["Mixed_5d", 2, () => mixedA(288, 64)],
  ["Mixed_6a", 2, () => mixedB(288)],
  ["Mixed_6b", 2, () => mixedC(768, 128)],
  ["Mixed_6c", 2, () => mixedC(768, 160)],
  ["Mixed_6d", 2, () => mixedC(768, 160)],
  ["Mixed_6e", 2, () => mixedC(768, 192)],
  ["Mixed_7a", 3, () => mixedD(768)],
  ["Mixed_7b", 3, () => mixedE(1280, "avg")],
  ["Mixed_7c", 3, () => mixedE(2048, "max")],
];

/** What ends each block. */
const ENDS: readonly ((x: Image) => Tensor4D)[] = [
  (x) => maxPool2d(x, 3, 2),
  (x) => maxPool2d(x, 3, 2),
  (x) => tf.clone(x),
  (x) => globalAvgPool(x),
];

/**
 * `[n, h, w, 3]`, RGB in [0, 1], to the features of the blocks asked for, in ascending order, `[n, h', w', c]` each; those of
 * block 3 are `[n, 1, 1, 2048]`. Without `resize_input` sides of 75 pixels at least.
 */
export class InceptionV3 extends Module<Tensor4D[]> {
  readonly #blocks: readonly number[];
  readonly #resize: boolean;
  readonly #normalize: boolean;

  /**
   * Creates it with random weights, as far as the last block asked for; frozen unless `requires_grad`.
   *
   * @throws {RangeError} If a block does not exist, or none is wanted.
   */
  constructor(options: InceptionV3Options = {}) {
    super();
    const { output_blocks = [3], resize_input = true, normalize_input = true } = options;
    if (output_blocks.length === 0 || output_blocks.some((i) => ![0, 1, 2, 3].includes(i))) {
      throw new RangeError(
        `output_blocks must name some of 0, 1, 2, 3, received ${JSON.stringify(output_blocks)}`,
      );
    }
    this.#blocks = [...output_blocks];
    this.#resize = resize_input;
    this.#normalize = normalize_input;
    const last = Math.max(...output_blocks);
    for (const [name, block, make] of PARTS) {
      if (block > last) continue;
      Object.defineProperty(this, name, { value: make(), enumerable: true });
    }
    this.requiresGrad(options.requires_grad ?? false);
  }

  /** Features of the blocks asked for. */
  override forward(x: Image): Tensor4D[] {
    const found: Tensor4D[] = [];
    let y = this.#resize ? interpolate(x, [SIDE, SIDE], { mode: "bilinear" }) : x;
    if (this.#normalize) y = tf.sub(tf.mul(y, 2), 1);
    const last = Math.max(...this.#blocks);
    for (let block = 0; block <= last; block++) {
      const from = y;
      y = tf.tidy(() => {
        let z = from;
        for (const [name, owner] of PARTS) {
          if (owner !== block) continue;
          const next = (this as unknown as Record<string, Module<Tensor4D>>)[name]!.forward(z);
          // What gradients need of it is kept by their tape.
          if (z !== from) z.dispose();
          z = next;
        }
        return ENDS[block]!(z);
      });
      if (this.#blocks.includes(block)) found.push(y);
    }
    return found;
  }

  /**
   * Loads a state dict with torchvision's keys; the classifier, and counters, are passed over.
   *
   * @throws {UserError} If something is missing or of another shape.
   */
  loadTorchvision(dict: StateDict): void {
    const own = new Set([...this.namedParameters().keys(), ...this.namedBuffers().keys()]);
    this.loadStateDict(new Map([...dict].filter(([name]) => own.has(name))));
  }

  /**
   * Finds and loads the weights of FID.
   *
   * @param use What needs them, for messages.
   * @throws {UserError} If the file is missing, or is not the right one; see `core/nets/pretrained.ts`.
   */
  async loadPretrained(use?: string): Promise<void> {
    this.loadTorchvision(await loadPretrained("pt_inception", use));
  }
}
