/**
 * Parts that transformers for images share: the perceptron, initial values, and the ends of residual groups.
 *
 * Origin: BasicSR `basicsr/archs/swinir_arch.py`, 8d56e3a (Apache-2.0): keys, arithmetic and initial distributions.
 *
 * @module
 */
import { type Tensor, tf } from "../engine/tf.ts";
import { GELU, LeakyReLU } from "./activation.ts";
import { Sequential } from "./container.ts";
import { Conv2d } from "./conv.ts";
import { Dropout } from "./dropout.ts";
import { constant, truncNormal } from "./init.ts";
import { LayerNorm } from "./layer_norm.ts";
import { Linear } from "./linear.ts";
import { type Image, Module, Parameter } from "./module.ts";

/** Standard deviation of the initial weights of transformers. */
export const TRANSFORMER_STD = 0.02;

/** Initial values of Swin transformers for all linear layers in `net`: truncated normal, 0.02, and biases of 0. */
export function initTransformer(net: Module): void {
  for (const [, module] of net.namedModules()) {
    if (!(module instanceof Linear)) continue;
    module.weight.initialize(truncNormal(TRANSFORMER_STD));
    module.bias?.initialize(constant(0));
  }
}

/** A table of biases for relative positions: (rows, heads), truncated normal, 0.02. */
export function positionTable(rows: number, heads: number): Parameter {
  return new Parameter([rows, heads], truncNormal(TRANSFORMER_STD));
}

/**
 * `ape`: features `[n, h, w, c]` plus a trained offset for each pixel, (1, h·w, c), or without a table as they are.
 *
 * @throws {RangeError} If the table is for another number of pixels.
 */
export function withPositions(x: Image, table: Parameter | undefined): Image {
  if (table === undefined) return tf.clone(x);
  const [, h, w, c] = x.shape;
  const count = table.shape[1]!;
  if (h * w !== count) {
    throw new RangeError(
      `ape knows ${count} positions and the image has ${h}x${w}: images must be of img_size`,
    );
  }
  return tf.add(x, tf.reshape(table.value, [1, h, w, c]));
}

/**
 * Refuses heads that do not fit.
 *
 * @param key What the option with the sizes of the groups is called.
 * @throws {RangeError} If there is not one number of heads for each group, or `dim` channels cannot form them.
 */
export function checkHeads(
  dim: number,
  groups: readonly number[],
  heads: readonly number[],
  key = "depths",
): void {
  if (heads.length !== groups.length) {
    throw new RangeError(
      `num_heads has ${heads.length} entries and ${key} ${groups.length}: one for each group`,
    );
  }
  const odd = heads.find((count) => dim % count !== 0);
  if (odd !== undefined) {
    throw new RangeError(`num_heads: ${dim} channels (embed_dim) cannot form ${odd} heads`);
  }
}

/** Two linear layers with a GELU between, on channels. Keys `fc1`, `fc2`. */
export class Mlp extends Module<Image> {
  /** To the hidden channels. */
  readonly fc1: Linear;
  /** And back. */
  readonly fc2: Linear;
  /** Between, without parameters. */
  readonly act: Module<Tensor>;
  /** After each of the two. */
  readonly drop: Dropout;

  /** Creates it for `dim` channels and `hidden` ones; while training, elements are dropped at rate `drop`. */
  constructor(dim: number, hidden: number, drop = 0) {
    super();
    this.fc1 = new Linear(dim, hidden);
    this.fc2 = new Linear(hidden, dim);
    this.act = new GELU();
    this.drop = new Dropout(drop);
  }

  /** `[n, h, w, dim]` to the same. */
  override forward(x: Image): Image {
    const hidden = this.drop.forward(this.act.forward(this.fc1.forward(x)));
    return this.drop.forward(this.fc2.forward(hidden)) as Image;
  }
}

/** Normalises features before the first block, or leaves them as they are. Key `norm`. */
export class PatchEmbed extends Module<Image> {
  /** The norm, if there is one. */
  readonly norm: LayerNorm | undefined;

  /** Creates it for `dim` channels. */
  constructor(dim: number, norm: boolean) {
    super();
    this.norm = norm ? new LayerNorm(dim) : undefined;
  }

  /** `[n, h, w, dim]` to the same. */
  override forward(x: Image): Image {
    return this.norm ? this.norm.forward(x) : tf.clone(x);
  }
}

/** What stands before the residual connection of a group of blocks. */
export type ResiConnection = "1conv" | "3conv";

/** How many pixels around each the convolutions of a {@linkcode ResiConnection} look at. */
export const RESI_RADIUS: Readonly<Record<ResiConnection, number>> = { "1conv": 1, "3conv": 2 };

/** `resi_connection`: one 3x3 convolution, or three of fewer parameters with keys `0`, `2`, `4`. */
export function resiConnection(dim: number, kind: ResiConnection): Conv2d | Sequential {
  if (kind === "1conv") return new Conv2d(dim, dim, 3);
  const inner = Math.floor(dim / 4);
  return new Sequential(
    new Conv2d(dim, inner, 3),
    new LeakyReLU(0.2),
    new Conv2d(inner, inner, 1),
    new LeakyReLU(0.2),
    new Conv2d(inner, dim, 3),
  );
}
