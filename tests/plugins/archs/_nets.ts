/**
 * Networks small enough for tests, and random input.
 *
 * @module
 */
import type { Module } from "../../../core/nn/mod.ts";
import type { TypedOptions } from "../../../core/options/types.ts";
import { ARCH_REGISTRY } from "../../../core/registry.ts";
import type { StateTensor } from "../../../core/weights/state_dict.ts";
import * as reference from "../../core/nn/_reference.ts";

/** Values for keys that archs have in common. */
const SMALL: { readonly [key: string]: unknown } = {
  num_in_ch: 3,
  num_out_ch: 3,
  num_feat: 8,
  num_block: 1,
  num_group: 1,
  num_grow_ch: 4,
  squeeze_factor: 4,
  upscale: 2,
  scale: 2,
};

/** What the table test of all archs has to know of one, besides what its schema and its signature say. */
export interface ArchRow {
  /** Options that make it small; they go before those that archs have in common. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** Shape of the input; default two images of 5x6 times the size multiple, with the channels of the signature. */
  readonly input?: readonly number[];
  /** Shapes of the output, or of each output; default that of images, by scale and channels of the signature. */
  readonly output?: readonly (readonly number[])[];
  /** Parameters that are meant not to matter, by a part of their keys, and why. */
  readonly idle?: Readonly<Record<string, string>>;
  /** Engines that it is too large for, and why. */
  readonly without?: Readonly<Record<string, string>>;
}

/** One row for each arch that needs one. */
export const ROWS: { readonly [type: string]: ArchRow } = {
  ATD: {
    options: {
      embed_dim: 8,
      depths: [2],
      num_heads: [2],
      window_size: 4,
      category_size: 24,
      num_tokens: 5,
      reducted_dim: 3,
      upsampler: "pixelshuffledirect",
    },
    idle: { "norm3.bias": "it cancels out in the softmax" },
  },
  DAT: {
    options: {
      img_size: 8,
      embed_dim: 96,
      split_size: [2, 4],
      depth: [2],
      num_heads: [2],
      drop_path_rate: 0,
    },
  },
  DRUNet: { options: { nc: [4, 4, 8, 8], nb: 1 }, input: [1, 16, 16, 4] },
  DnCNN: {
    options: { nc: 4, nb: 3 },
    idle: { "model.2.bias": "a batch norm follows, which takes out what is the same everywhere" },
  },
  ECBSR: {
    options: { num_channel: 4, with_idt: true, act_type: "prelu" },
    idle: {
      "conv1x1_sbx.b0": "edge filters take out what is the same everywhere",
      "conv1x1_sby.b0": "edge filters take out what is the same everywhere",
      "conv1x1_lpl.b0": "edge filters take out what is the same everywhere",
    },
  },
  FFDNet: { options: { in_nc: 3, out_nc: 3, nc: 4, nb: 3 } },
  HAT: {
    options: {
      img_size: 8,
      embed_dim: 8,
      depths: [2],
      num_heads: [2],
      window_size: 4,
      compress_ratio: 2,
      squeeze_factor: 2,
      mlp_ratio: 2,
      drop_path_rate: 0,
    },
  },
  InceptionV3: {
    options: { output_blocks: [0, 1], resize_input: false, requires_grad: true },
    input: [1, 75, 75, 3],
    output: [[1, 17, 17, 64], [1, 7, 7, 192]],
  },
  NAFNet: { options: { width: 4, enc_blk_nums: [1], dec_blk_nums: [1] } },
  OmniSR: { options: { res_num: 1, window_size: 4, up_scale: 2 } },
  RIDNet: { options: { in_channels: 3, mid_channels: 16, out_channels: 3 } },
  RealPLKSR: { options: { dim: 8, n_blocks: 2, upscaling_factor: 2, kernel_size: 5 } },
  Restormer: {
    options: { dim: 4, num_blocks: [1, 1, 1, 1], num_refinement_blocks: 1, heads: [1, 1, 2, 2] },
    input: [1, 8, 8, 3],
  },
  SPAN: { options: { feature_channels: 4 } },
  SRVGGNetCompact: { options: { num_conv: 2 } },
  SwinIR: {
    options: {
      img_size: 8,
      embed_dim: 8,
      depths: [2],
      num_heads: [2],
      window_size: 4,
      mlp_ratio: 2,
      upsampler: "pixelshuffle",
      drop_path_rate: 0,
    },
  },
  Swin2SR: {
    options: {
      img_size: 8,
      embed_dim: 8,
      depths: [2],
      num_heads: [2],
      window_size: 4,
      mlp_ratio: 2,
      upsampler: "pixelshuffle_aux",
      drop_path_rate: 0,
    },
  },
  UNetDiscriminatorSN: {
    options: { num_feat: 4 },
    input: [2, 8, 16, 3],
    output: [[2, 8, 16, 1]],
  },
  VGGFeatureExtractor: {
    options: { layer_name_list: ["relu1_1", "conv2_1"], requires_grad: true },
    output: [[2, 5, 6, 64], [2, 2, 3, 128]],
  },
  VGGStyleDiscriminator: {
    options: { num_feat: 2 },
    input: [2, 128, 128, 3],
    output: [[2, 1]],
  },
};

/** A small option block for an arch: its row's, and what its schema has of the keys above. */
export function smallOptions(type: string): TypedOptions {
  const shape = ARCH_REGISTRY.get(type).options?.shape ?? {};
  const entries = Object.entries(SMALL).filter(([key]) => key in shape);
  return { type, ...Object.fromEntries(entries), ...ROWS[type]?.options };
}

/** The number of parameters of an arch, without making a tensor. */
export function countParameters(type: string, options: Record<string, unknown>): number {
  return new (ARCH_REGISTRY.get(type).value)(options).numParameters();
}

/** Gives all parameters random values in [-0.5, 0.5), so that no zero hides an error. */
export function randomize(net: Module, seed = 1): void {
  for (const [i, parameter] of net.parameters().entries()) {
    parameter.write(reference.random(parameter.shape, 1000 * seed + i).data.map((v) => v / 2));
  }
}

/** A random batch of images in [0, 1), NCHW. */
export function images(n: number, c: number, h: number, w: number, seed = 1): StateTensor {
  const { shape, dtype, data } = reference.random([n, c, h, w], seed);
  return { shape, dtype, data: data.map((v) => (v + 1) / 2) };
}
