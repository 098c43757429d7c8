/**
 * By what files of HAT are recognised.
 *
 * Source of the conclusions: spandrel `architectures/HAT/__init__.py` (MIT).
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
import { divisorFor, shuffledScale } from "./_transformer_weights.ts";

const GROUP = "layers.0.residual_group";
const TABLE = "relative_position_bias_table";

/** Signature of HAT. */
export const hatWeights: WeightsSignature = {
  matches: (dict) =>
    hasAll(
      dict,
      "conv_first.weight",
      `${GROUP}.blocks.0.conv_block.cab.0.weight`,
      `${GROUP}.blocks.0.attn.${TABLE}`,
      `${GROUP}.overlap_attn.${TABLE}`,
      "conv_last.weight",
    ),

  options(dict) {
    const dim = requireSize(dict, "conv_first.weight");
    const cab = `${GROUP}.blocks.0.conv_block.cab`;
    const window_size = (exactSqrt(requireSize(dict, `${GROUP}.blocks.0.attn.${TABLE}`)) + 1) / 2;
    const larger = exactSqrt(requireSize(dict, `${GROUP}.overlap_attn.${TABLE}`)) + 1 - window_size;
    const depths = Array.from(
      { length: countOf(dict, "layers.*.residual_group.") },
      (_, i) => countOf(dict, `layers.${i}.residual_group.blocks.*.`),
    );
    const positions = sizeOf(dict, "absolute_pos_embed", 1);
    return {
      in_chans: requireSize(dict, "conv_first.weight", 1),
      embed_dim: dim,
      depths,
      num_heads: depths.map((_, i) =>
        requireSize(dict, `layers.${i}.residual_group.overlap_attn.${TABLE}`, 1)
      ),
      window_size,
      compress_ratio: divisorFor(dim, requireSize(dict, `${cab}.0.weight`)),
      squeeze_factor: divisorFor(dim, requireSize(dict, `${cab}.3.attention.1.weight`)),
      overlap_ratio: overlapRatio(window_size, larger),
      mlp_ratio: ratioOf(dim, requireSize(dict, `${GROUP}.blocks.0.mlp.fc1.weight`)),
      qkv_bias: dict.has(`${GROUP}.blocks.0.attn.qkv.bias`),
      ape: positions !== undefined,
      img_size: positions === undefined ? Math.max(64, window_size) : exactSqrt(positions),
      patch_norm: dict.has("patch_embed.norm.weight"),
      resi_connection: dict.has("conv_after_body.weight") ? "1conv" : "identity",
      num_feat: requireSize(dict, "conv_last.weight", 1),
      upscale: shuffledScale(dict, "upsample"),
    };
  },

  traits({ in_chans, upscale }) {
    const channels = Number(in_chans);
    return { scale: Number(upscale), inputChannels: channels, outputChannels: channels };
  },
};

/** A plain number from which a window of `size` gives one of `larger`; rounding leaves many. */
function overlapRatio(size: number, larger: number): number {
  const plain = [0, 1, 0.5, 0.25, 0.75, 0.1, 0.2, 0.3, 0.4, 0.6, 0.7, 0.8, 0.9];
  return plain.find((ratio) => size + Math.floor(size * ratio) === larger) ??
    (larger - size) / size;
}
