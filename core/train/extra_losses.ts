/**
 * Losses that any model adds to its own, each under a key of its own in `train`: BasicSR has a place for a pixel loss and a
 * perceptual one alone.
 *
 * @module
 */
import type { Scalar, Tensor4D } from "../engine/tf.ts";
import type { Loss } from "../nn/loss.ts";
import type { Losses } from "../optim/gradient_step.ts";

/** Keys of `train`, and what their losses are called in the log after `l_` or `l_g_`. */
export const EXTRA_LOSSES: { readonly [key: string]: string } = {
  fft_opt: "fft",
  edge_opt: "edge",
  lpips_opt: "lpips",
  ms_ssim_opt: "ms_ssim",
  tv_opt: "tv",
};

/** Losses by the key that they stand under. */
export type ExtraLosses = ReadonlyMap<string, Loss>;

/** Builds those that are asked for. */
export async function buildExtraLosses(
  build: (key: string) => Promise<Loss | undefined>,
): Promise<ExtraLosses> {
  const found = new Map<string, Loss>();
  for (const key of Object.keys(EXTRA_LOSSES)) {
    const loss = await build(key);
    if (loss) found.set(key, loss);
  }
  return found;
}

/** Adds the losses of `output` against `target` to `losses`, under names that begin with `prefix`. */
export function addExtraLosses(
  losses: Losses,
  extra: ExtraLosses,
  output: Tensor4D,
  target: Tensor4D,
  prefix: string,
): void {
  for (const [key, loss] of extra) {
    losses[prefix + EXTRA_LOSSES[key]] = loss.forward(output, target) as Scalar;
  }
}
