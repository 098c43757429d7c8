/**
 * By what files of ATD are recognised.
 *
 * Source of the conclusions: spandrel `architectures/ATD/__init__.py` (MIT).
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

const LAYER = "layers.0.residual_group.layers.0";
const TABLE = "attn_win.relative_position_bias_table";

/** Signature of ATD. */
export const atdWeights: WeightsSignature = {
  matches: (dict) =>
    hasAll(
      dict,
      "conv_first.weight",
      "layers.0.residual_group.td",
      `${LAYER}.${TABLE}`,
      `${LAYER}.attn_atd.wq.weight`,
      `${LAYER}.attn_aca.logit_scale`,
      `${LAYER}.convffn.dwconv.depthwise_conv.0.weight`,
    ),

  options(dict) {
    const embed_dim = requireSize(dict, "conv_first.weight");
    const depths = Array.from(
      { length: countOf(dict, "layers.*.residual_group.") },
      (_, i) => countOf(dict, `layers.${i}.residual_group.layers.*.`),
    );
    const positions = sizeOf(dict, "absolute_pos_embed", 1);
    const enlarging = upsampling(dict);
    const light = enlarging.upsampler === "pixelshuffledirect" && embed_dim === 48;
    return {
      in_chans: requireSize(dict, "conv_first.weight", 1),
      embed_dim,
      depths,
      num_heads: depths.map((_, i) =>
        requireSize(dict, `layers.${i}.residual_group.layers.0.${TABLE}`, 1)
      ),
      window_size: (exactSqrt(requireSize(dict, `${LAYER}.${TABLE}`)) + 1) / 2,
      // No tensor shows it: that of the published networks.
      category_size: light ? 128 : 256,
      num_tokens: requireSize(dict, `${LAYER}.attn_atd.scale`),
      reducted_dim: requireSize(dict, `${LAYER}.attn_atd.wq.weight`),
      convffn_kernel_size: requireSize(
        dict,
        `${LAYER}.convffn.dwconv.depthwise_conv.0.weight`,
        2,
      ),
      mlp_ratio: ratioOf(embed_dim, requireSize(dict, `${LAYER}.convffn.fc1.weight`)),
      qkv_bias: dict.has(`${LAYER}.wqkv.bias`),
      ape: positions !== undefined,
      img_size: positions === undefined ? 64 : exactSqrt(positions),
      patch_norm: dict.has("patch_embed.norm.weight"),
      resi_connection: dict.has("conv_after_body.weight") ? "1conv" : "3conv",
      norm: !dict.has("no_norm"),
      ...enlarging,
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

function upsampling(dict: StateDict): { upsampler: string; upscale: number } {
  if (dict.has("conv_up1.weight")) return { upsampler: "nearest+conv", upscale: 4 };
  if (dict.has("conv_before_upsample.0.weight")) {
    return { upsampler: "pixelshuffle", upscale: shuffledScale(dict, "upsample") };
  }
  if (dict.has("conv_last.weight")) return { upsampler: "", upscale: 1 };
  const pixels = requireSize(dict, "upsample.0.weight") / requireSize(dict, "conv_first.weight", 1);
  return { upsampler: "pixelshuffledirect", upscale: exactSqrt(pixels) };
}
