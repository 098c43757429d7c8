/**
 * Upsampling by learned places, which RealPLKSR has as an option.
 *
 * Paper: W. Liu et al., "Learning to Upsample by Learning to Sample", ICCV 2023, https://arxiv.org/abs/2308.15085
 * Origin: https://github.com/tiny-smart/dysample (MIT) as neosr and spandrel have it: keys, arithmetic.
 *
 * @module
 */
import { detach, sigmoid } from "../../core/engine/ops.ts";
import { type Tensor, type Tensor4D, tf } from "../../core/engine/tf.ts";
import {
  Buffer,
  constant,
  Conv2d,
  type Image,
  Module,
  pixelShuffle,
  truncNormal,
  values,
} from "../../core/nn/mod.ts";

/** `conv`, with weights of a small initial size. */
export function small(conv: Conv2d): Conv2d {
  conv.weight.initialize(truncNormal(0.02));
  return conv;
}

/**
 * Takes each pixel of the enlarged image from a place near its own that a convolution finds, for groups of channels apart:
 * `[n, h, w, colours·scale²]` to `[n, h·scale, w·scale, colours]`.
 */
export class DySample extends Module<Image> {
  /** Where the parts of a pixel lie around its centre; (1, offsets, 1, 1). */
  readonly init_pos: Buffer;
  /** From the channels to the colours; not at scale 1. */
  readonly end_conv: Conv2d | undefined;
  /** Finds the places. */
  readonly offset: Conv2d;
  /** How far they may be. */
  readonly scope: Conv2d;
  readonly #scale: number;
  readonly #groups: number;

  /** Creates it. */
  constructor(colours: number, scale: number) {
    super();
    const channels = colours * scale ** 2;
    const groups = scale % 2 === 0 ? 4 : colours;
    const offsets = 2 * groups * scale ** 2;
    this.#scale = scale;
    this.#groups = groups;
    const shape = [1, offsets, 1, 1];
    this.init_pos = new Buffer(shape, values(initialPlaces(scale, groups)), {
      presence: "derived",
      layout: { view: shape, order: [0, 2, 3, 1], shape: [1, 1, 1, offsets] },
    });
    this.end_conv = scale === 1 ? undefined : new Conv2d(channels, colours, 1);
    this.offset = small(new Conv2d(channels, offsets, 1));
    this.scope = new Conv2d(channels, offsets, 1, { bias: false });
    this.scope.weight.initialize(constant(0));
  }

  /** See the class. */
  override forward(x: Image): Image {
    const scope = tf.mul(sigmoid(this.scope.forward(x)), 0.5);
    const moved = tf.add(tf.mul(this.offset.forward(x), scope), this.init_pos.value) as Image;
    // [n, h·s, w·s, g] each: columns first.
    const [across, down] = tf.split(pixelShuffle(moved, this.#scale), 2, 3) as [Image, Image];
    const y = this.#sample(x, across, down);
    return this.end_conv?.forward(y) ?? y;
  }

  /** Bilinear; places outside of the image are moved to its edge. */
  #sample(x: Image, across: Image, down: Image): Image {
    const [n, h, w, channels] = x.shape;
    const groups = this.#groups;
    const columns = along(across, 2, this.#scale, w);
    const rows = along(down, 1, this.#scale, h);
    // One row for each image, line, pixel and group.
    const table = tf.reshape(x, [n * h * w * groups, channels / groups]);
    const image = tf.reshape(tf.range(0, n, 1, "int32"), [n, 1, 1, 1]);
    const group = tf.range(0, groups, 1, "int32");
    const corner = (row: Tensor4D, column: Tensor4D, weight: Tensor4D): Tensor => {
      const line = tf.add(tf.mul(image, tf.scalar(h, "int32")), row);
      const pixel = tf.add(tf.mul(line, tf.scalar(w, "int32")), column);
      const at = tf.add(tf.mul(pixel, tf.scalar(groups, "int32")), group);
      return tf.mul(tf.gather(table, at), tf.expandDims(weight, -1));
    };
    const parts = [[0, 0], [0, 1], [1, 0], [1, 1]].map(([i, j]) =>
      corner(rows.at[i!]!, columns.at[j!]!, tf.mul(rows.share[i!]!, columns.share[j!]!))
    );
    const [, tall, wide] = across.shape;
    return tf.reshape(parts.reduce((a, b) => tf.add(a, b)), [n, tall, wide, channels]);
  }
}

/** The two pixels beside each place along an axis, and their shares. */
function along(
  offset: Image,
  axis: 1 | 2,
  scale: number,
  size: number,
): { readonly at: [Tensor4D, Tensor4D]; readonly share: [Tensor4D, Tensor4D] } {
  const shape: [number, number, number, number] = axis === 1
    ? [1, size * scale, 1, 1]
    : [1, 1, size * scale, 1];
  // Sizes enter as whole numbers, which graphs for all sizes can follow.
  const pixels = tf.cast(tf.range(0, size * scale, 1, "int32"), "float32");
  const last = tf.cast(tf.scalar(size - 1, "int32"), "float32");
  const own = tf.reshape(tf.floor(tf.div(pixels, scale)), shape) as Tensor4D;
  const place = tf.minimum(tf.maximum(tf.add(own, offset), 0), last) as Tensor4D;
  const before = tf.floor(place);
  const share = tf.sub(place, before) as Tensor4D;
  const after = tf.minimum(tf.add(before, 1), last) as Tensor4D;
  return {
    // Whole numbers have no gradient.
    at: [tf.cast(detach(before), "int32"), tf.cast(detach(after), "int32")],
    share: [tf.sub(1, share), share],
  };
}

/** Where the parts of a pixel lie around its centre: columns of all groups, then rows. */
function initialPlaces(scale: number, groups: number): number[] {
  const steps = Array.from({ length: scale }, (_, i) => (i - (scale - 1) / 2) / scale);
  const columns = steps.flatMap(() => steps);
  const rows = steps.flatMap((step) => steps.map(() => step));
  const repeated = (all: number[]): number[] => Array.from({ length: groups }, () => all).flat();
  return [...repeated(columns), ...repeated(rows)];
}
