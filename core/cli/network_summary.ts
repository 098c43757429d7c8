/**
 * A line for each network of an options file: arch, parameters, multiplications for the size that it is trained on.
 *
 * @module
 */
import { type NetworkCosts, networkCosts } from "../nn/costs.ts";
import type { RunOptions, TypedOptions } from "../options/types.ts";
import { ARCH_REGISTRY } from "../registry.ts";

/** Side of the input in pixels where the options name no size. */
const USUAL_SIDE = 64;

/** Describes every `network_<letter>` of checked options; builds them, but computes nothing. */
export async function networkSummary(opt: RunOptions): Promise<string[]> {
  const lines: string[] = [];
  for (const [key, block] of Object.entries(opt)) {
    if (key.startsWith("network_")) lines.push(await describe(key, block as TypedOptions, opt));
  }
  return lines;
}

async function describe(key: string, block: TypedOptions, opt: RunOptions): Promise<string> {
  const { type, ...options } = block;
  const { value: Arch, weights } = ARCH_REGISTRY.get(type, `${key}.type`);
  const traits = weights?.traits(options);
  const gtSize = Number(opt["gt_size"] ?? opt.datasets["train"]?.["gt_size"] ?? 0);
  const wanted = traits?.purpose === "discriminator" ? gtSize : gtSize / opt.scale;
  const side = wanted >= 1 ? Math.floor(wanted) : USUAL_SIDE;
  const channels = traits?.inputChannels ?? Number(options["num_in_ch"] ?? 3);
  const build = () => new Arch(options);
  try {
    const costs = await networkCosts(build, [1, side, side, channels]);
    return `${key}: ${type}, ${costText(costs)} for ${side}x${side} pixels`;
  } catch (error) {
    // A network of somebody's own may compute what cannot be counted; it can be trained all the same.
    if (!(error instanceof Error)) throw error;
    return `${key}: ${type}; its costs cannot be told: ${error.message}`;
  }
}

/** `1,517,571 parameters, 8.12 GMACs`. */
export function costText({ parameters, macs }: NetworkCosts): string {
  const [divisor, unit] = macs >= 1e12 ? [1e12, "T"] : macs >= 1e9 ? [1e9, "G"] : [1e6, "M"];
  const number = (macs / divisor).toLocaleString("en-US", { maximumSignificantDigits: 4 });
  return `${parameters.toLocaleString("en-US")} parameters, ${number} ${unit}MACs`;
}
