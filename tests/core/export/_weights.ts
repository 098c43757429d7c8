/**
 * Files of weights of small networks.
 *
 * @module
 */
import { buildNetwork } from "../../../core/nn/mod.ts";
import { loadPlugins } from "../../../core/plugins.ts";
import { writeSafetensors } from "../../../core/weights/mod.ts";

/** Options of an EDSR that takes next to no time. */
export const EDSR = {
  type: "EDSR",
  num_in_ch: 3,
  num_out_ch: 3,
  num_feat: 8,
  num_block: 1,
  upscale: 2,
  res_scale: 1,
  img_range: 1,
  rgb_mean: [0.5, 0.5, 0.5],
} as const;

/** Writes random weights of a network of these options; an engine must run. */
export async function putWeights(
  path: string,
  options: { readonly type: string; readonly [key: string]: unknown } = EDSR,
  plugins: readonly string[] = [],
): Promise<void> {
  await loadPlugins(plugins, ["arch"]);
  const net = buildNetwork({ ...options }, 1);
  try {
    await Deno.writeFile(path, writeSafetensors(await net.stateDict()));
  } finally {
    net.dispose();
  }
}
