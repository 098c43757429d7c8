/**
 * By what files of DAT are recognised.
 *
 * Source of the conclusions: spandrel `architectures/DAT/__init__.py` (MIT).
 *
 * @module
 */
import {
  countOf,
  exactSqrt,
  hasAll,
  ratioOf,
  requireSize,
  type WeightsSignature,
} from "../../core/weights/signature.ts";
import type { StateDict } from "../../core/weights/state_dict.ts";
import { shuffledScale } from "./_transformer_weights.ts";

const BLOCK = "layers.0.blocks.0";

/** Signature of DAT. */
export const datWeights: WeightsSignature = {
  matches: (dict) =>
    hasAll(
      dict,
      "conv_first.weight",
      "before_RG.1.weight",
      `${BLOCK}.attn.qkv.weight`,
      `${BLOCK}.attn.attns.0.pos.pos_proj.weight`,
      `${BLOCK}.attn.channel_interaction.1.weight`,
      `${BLOCK}.ffn.sg.norm.weight`,
    ),

  options(dict) {
    const embed_dim = requireSize(dict, "conv_first.weight");
    const in_chans = requireSize(dict, "conv_first.weight", 1);
    const depth = Array.from(
      { length: countOf(dict, "layers.*.blocks.") },
      (_, i) => countOf(dict, `layers.${i}.blocks.*.`),
    );
    const direct = !dict.has("conv_last.weight");
    const split_size = splitSize(dict);
    return {
      in_chans,
      embed_dim,
      depth,
      num_heads: depth.map((_, i) =>
        // Windows have two branches, each with half of the heads.
        2 * requireSize(dict, `layers.${i}.blocks.0.attn.attns.0.pos.pos3.2.weight`)
      ),
      split_size,
      img_size: imageSize(dict, depth) ??
        Math.ceil(64 / Math.max(...split_size)) * Math.max(...split_size),
      expansion_factor: ratioOf(embed_dim, requireSize(dict, `${BLOCK}.ffn.fc1.weight`)),
      qkv_bias: dict.has(`${BLOCK}.attn.qkv.bias`),
      resi_connection: dict.has("conv_after_body.weight") ? "1conv" : "3conv",
      upsampler: direct ? "pixelshuffledirect" : "pixelshuffle",
      upscale: direct
        ? exactSqrt(requireSize(dict, "upsample.0.weight") / in_chans)
        : shuffledScale(dict, "upsample"),
    };
  },

  traits({ in_chans, upscale }) {
    const channels = Number(in_chans);
    return { scale: Number(upscale), inputChannels: channels, outputChannels: channels };
  },
};

/** The last position is that of the opposite corners of a window; without the table there is nothing to tell by. */
function splitSize(dict: StateDict): [number, number] {
  const data = dict.get(`${BLOCK}.attn.attns.0.rpe_biases`)?.data;
  if (data === undefined) return [2, 4];
  return [Number(data.at(-2)) + 1, Number(data.at(-1)) + 1];
}

function imageSize(dict: StateDict, depth: readonly number[]): number | undefined {
  for (const [group, count] of depth.entries()) {
    for (let i = 0; i < count; i++) {
      const mask = dict.get(`layers.${group}.blocks.${i}.attn.attn_mask_0`);
      if (mask !== undefined) return exactSqrt(mask.shape[0]! * mask.shape[1]!);
    }
  }
  return undefined;
}
