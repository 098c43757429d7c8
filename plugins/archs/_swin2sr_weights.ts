/**
 * By what files of Swin2SR are recognised.
 *
 * Source of the conclusions: spandrel `architectures/Swin2SR/__init__.py` (MIT).
 *
 * @module
 */
import {
  countOf,
  exactSqrt,
  hasAll,
  ratioOf,
  requireSize,
  sizeOf,
  type WeightsSignature,
} from "../../core/weights/signature.ts";
import type { StateDict } from "../../core/weights/state_dict.ts";
import { shuffledScale } from "./_transformer_weights.ts";

const BLOCK = "layers.0.residual_group.blocks.0";

/** Signature of Swin2SR. */
export const swin2srWeights: WeightsSignature = {
  matches: (dict) =>
    hasAll(
      dict,
      "conv_first.weight",
      "patch_embed.proj.weight",
      `${BLOCK}.attn.logit_scale`,
      `${BLOCK}.attn.cpb_mlp.0.weight`,
      `${BLOCK}.mlp.fc1.weight`,
    ),

  options(dict) {
    const embed_dim = requireSize(dict, "conv_first.weight");
    const index = sizeOf(dict, `${BLOCK}.attn.relative_position_index`);
    const table = sizeOf(dict, `${BLOCK}.attn.relative_coords_table`, 1);
    if (index === undefined && table === undefined) {
      throw new RangeError("window_size is told by relative_position_index, which the file lacks");
    }
    const window_size = index === undefined ? (table! + 1) / 2 : exactSqrt(index);
    const depths = Array.from(
      { length: countOf(dict, "layers.*.residual_group.") },
      (_, i) => countOf(dict, `layers.${i}.residual_group.blocks.*.`),
    );
    return {
      in_chans: requireSize(dict, "conv_first.weight", 1),
      embed_dim,
      depths,
      num_heads: depths.map((_, i) =>
        requireSize(dict, `layers.${i}.residual_group.blocks.0.attn.logit_scale`)
      ),
      window_size,
      img_size: imageSize(dict, window_size, depths),
      mlp_ratio: ratioOf(embed_dim, requireSize(dict, `${BLOCK}.mlp.fc1.weight`)),
      qkv_bias: dict.has(`${BLOCK}.attn.q_bias`),
      ape: dict.has("absolute_pos_embed"),
      patch_norm: dict.has("patch_embed.norm.weight"),
      resi_connection: dict.has("conv_after_body.weight") ? "1conv" : "3conv",
      // Of the published files those against compression artefacts alone have windows of 7, and this range.
      img_range: window_size === 7 ? 255 : 1,
      ...upsampling(dict),
    };
  },

  traits({ in_chans, upsampler, upscale }) {
    const channels = Number(in_chans);
    return {
      scale: upsampler ? Number(upscale) : 1,
      inputChannels: channels,
      outputChannels: channels,
    };
  },
};

/** `img_size`, as far as masks or positions tell: without masks nothing is shifted, and it is a window. */
function imageSize(dict: StateDict, window: number, depths: readonly number[]): number {
  const positions = sizeOf(dict, "absolute_pos_embed", 1);
  if (positions !== undefined) return exactSqrt(positions);
  const shifted = depths.findIndex((depth) => depth > 1);
  const windows = sizeOf(dict, `layers.${shifted}.residual_group.blocks.1.attn_mask`);
  return windows === undefined ? window : exactSqrt(windows) * window;
}

function upsampling(dict: StateDict): { upsampler: string; upscale: number } {
  if (dict.has("conv_after_body_hf.weight")) {
    throw new RangeError("the upsampler pixelshuffle_hf is not supported");
  }
  if (dict.has("conv_hr.weight")) return { upsampler: "nearest+conv", upscale: 4 };
  if (dict.has("conv_before_upsample.0.weight")) {
    const upsampler = dict.has("conv_bicubic.weight") ? "pixelshuffle_aux" : "pixelshuffle";
    return { upsampler, upscale: shuffledScale(dict, "upsample") };
  }
  if (dict.has("upsample.0.weight")) {
    const pixels = requireSize(dict, "upsample.0.weight") /
      requireSize(dict, "conv_first.weight", 1);
    return { upsampler: "pixelshuffledirect", upscale: exactSqrt(pixels) };
  }
  return { upsampler: "", upscale: 1 };
}
