/**
 * By what files of SwinIR are recognised.
 *
 * Source of the conclusions: spandrel `architectures/SwinIR/__init__.py` (MIT), which has them from the published files.
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
const TABLE = "attn.relative_position_bias_table";

/** Signature of SwinIR. */
export const swinirWeights: WeightsSignature = {
  matches: (dict) =>
    hasAll(
      dict,
      "conv_first.weight",
      `${BLOCK}.norm1.weight`,
      `${BLOCK}.${TABLE}`,
      `${BLOCK}.attn.qkv.weight`,
      `${BLOCK}.mlp.fc1.weight`,
      "norm.weight",
    ) && !dict.has(`${BLOCK}.conv_block.cab.0.weight`),

  options(dict) {
    const embed_dim = requireSize(dict, "conv_first.weight");
    const window_size = (exactSqrt(requireSize(dict, `${BLOCK}.${TABLE}`)) + 1) / 2;
    const depths = Array.from(
      { length: countOf(dict, "layers.*.residual_group.") },
      (_, i) => countOf(dict, `layers.${i}.residual_group.blocks.*.`),
    );
    return {
      in_chans: requireSize(dict, "conv_first.weight", 1),
      embed_dim,
      depths,
      num_heads: depths.map((_, i) =>
        requireSize(dict, `layers.${i}.residual_group.blocks.0.${TABLE}`, 1)
      ),
      window_size,
      mlp_ratio: ratioOf(embed_dim, requireSize(dict, `${BLOCK}.mlp.fc1.weight`)),
      qkv_bias: dict.has(`${BLOCK}.attn.qkv.bias`),
      ape: dict.has("absolute_pos_embed"),
      patch_norm: dict.has("patch_embed.norm.weight"),
      resi_connection: dict.has("conv_after_body.weight") ? "1conv" : "3conv",
      img_size: imageSize(dict, window_size, depths),
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

/** `img_size`, as far as masks or positions tell. */
function imageSize(
  dict: StateDict,
  window: number,
  depths: readonly number[],
): number | [number, number] {
  const positions = sizeOf(dict, "absolute_pos_embed", 1);
  if (positions !== undefined) return exactSqrt(positions);
  const shifted = depths.findIndex((depth) => depth > 1);
  const block = `layers.${shifted}.residual_group.blocks.1.`;
  const windows = sizeOf(dict, `${block}attn_mask`);
  if (windows !== undefined) return sidesOf(windows, window);
  // Files of PyTorch have the table; without a mask beside it nothing is shifted: the image is no larger than a window.
  if (dict.has(`${block}attn.relative_position_index`)) return window;
  return Math.ceil(64 / window) * window;
}

/** The side of an image of so many windows, or the sides that differ least; masks depend on nothing else of it. */
function sidesOf(windows: number, window: number): number | [number, number] {
  let rows = Math.floor(Math.sqrt(windows));
  while (windows % rows !== 0) rows--;
  return rows ** 2 === windows ? rows * window : [rows * window, windows / rows * window];
}

function upsampling(dict: StateDict): { upsampler: string; upscale: number } {
  if (dict.has("conv_up1.weight")) {
    return { upsampler: "nearest+conv", upscale: dict.has("conv_up2.weight") ? 4 : 2 };
  }
  if (dict.has("conv_before_upsample.0.weight")) {
    return { upsampler: "pixelshuffle", upscale: shuffledScale(dict, "upsample") };
  }
  if (dict.has("upsample.0.weight")) {
    const pixels = requireSize(dict, "upsample.0.weight") /
      requireSize(dict, "conv_first.weight", 1);
    return { upsampler: "pixelshuffledirect", upscale: exactSqrt(pixels) };
  }
  return { upsampler: "", upscale: 1 };
}
