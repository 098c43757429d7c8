/**
 * CheckShapesHook: compares the first sample of every data set with the network before anything is trained.
 *
 * In YAML:
 *
 * ```yaml
 * hooks:
 *   - type: CheckShapesHook
 * ```
 *
 * @module
 */
import type { FloatImage } from "../../core/data/image.ts";
import { ExitCode, UserError } from "../../core/errors.ts";
import { networkOptions, type RunOptions } from "../../core/options/types.ts";
import { z } from "../../core/options/zod.ts";
import { Rng } from "../../core/random.ts";
import { HOOK_REGISTRY } from "../../core/registry.ts";
import { type Hook, Priority } from "../../core/train/hook.ts";
import type { Runner } from "../../core/train/runner.ts";

/** Stops a run whose channels or scale do not fit together, and says which option to change. It has no options. */
@HOOK_REGISTRY.register({ options: z.strictObject({}) })
export class CheckShapesHook implements Hook {
  /** Before everything else, a validation that a stop cut short included. */
  readonly priority: number = Priority.HIGHEST;

  /**
   * Reads the first sample of each data set (one image file or two) and compares.
   *
   * @throws {UserError} USAGE if options contradict each other, DATA if images do not fit the network; all at once.
   */
  async beforeRun(runner: Runner): Promise<void> {
    const { opt } = runner;
    const problems = checkScale(opt);
    const exitCode = problems.length > 0 ? ExitCode.USAGE : ExitCode.DATA;
    for (const { key, dataset } of runner.datasets) {
      const sample = await dataset.read(0, new Rng(opt.manual_seed, "CheckShapesHook", key));
      const { lq, gt } = sample as { lq?: FloatImage; gt?: FloatImage };
      const wrong = [
        ...checkChannels(opt, key, "lq", lq),
        ...checkChannels(opt, key, "gt", gt),
        ...checkSizes(opt, key, lq, gt),
      ];
      if (wrong.length === 0) {
        const shapes = Object.entries({ lq, gt }).filter(([, image]) => image !== undefined)
          .map(([name, image]) => `${name} ${shape(image!)}`).join(", ");
        runner.logger.info(`CheckShapesHook: datasets.${key} fits the network (${shapes})`);
      }
      problems.push(...wrong);
    }
    if (problems.length > 0) {
      throw new UserError(
        `CheckShapesHook: data and network do not fit together:\n` +
          problems.map((problem) => `  ${problem}`).join("\n"),
        exitCode,
      );
    }
  }
}

/** Keys under which networks name their channels and their scale, the usual one first. */
const CHANNEL_KEYS = { lq: ["num_in_ch", "in_chans"], gt: ["num_out_ch", "in_chans"] } as const;
const SCALE_KEYS = ["upscale", "scale"] as const;

function checkScale(opt: RunOptions): string[] {
  const { key, value } = numberOf(opt, SCALE_KEYS) ?? {};
  if (key === undefined || value === opt.scale) return [];
  return [
    `network_g.${key} is ${value}, but scale is ${opt.scale}: ` +
    `set network_g.${key} to ${opt.scale}, or scale to ${value}`,
  ];
}

function checkChannels(
  opt: RunOptions,
  dataset: string,
  name: "lq" | "gt",
  image: FloatImage | undefined,
): string[] {
  const { key, value } = numberOf(opt, CHANNEL_KEYS[name]) ?? {};
  if (image === undefined || key === undefined || value === image.channels) return [];
  const color = opt.datasets[dataset]?.["color"];
  const other = image.channels === 1 && color === "y"
    ? `remove color: y from datasets.${dataset}`
    : value === 1
    ? `set datasets.${dataset}.color to y`
    : `give datasets.${dataset} images with ${value} channels`;
  return [
    `datasets.${dataset}: ${name} has ${image.channels} channel${
      image.channels === 1 ? "" : "s"
    }, ` +
    `but network_g.${key} is ${value}: set network_g.${key} to ${image.channels}, or ${other}`,
  ];
}

function checkSizes(
  opt: RunOptions,
  dataset: string,
  lq: FloatImage | undefined,
  gt: FloatImage | undefined,
): string[] {
  if (lq === undefined || gt === undefined) return [];
  const { scale } = opt;
  if (gt.width === lq.width * scale && gt.height === lq.height * scale) return [];
  const found = gt.width / lq.width;
  const advice = Number.isInteger(found) && found === gt.height / lq.height
    ? `set scale to ${found}, or `
    : "";
  return [
    `datasets.${dataset}: gt ${gt.width}x${gt.height} is not ${scale} times lq ${lq.width}x${lq.height}: ` +
    `${advice}check that dataroot_lq and dataroot_gt belong together`,
  ];
}

/** The first of `keys` that `network_g` has as a number. */
function numberOf(
  opt: RunOptions,
  keys: readonly string[],
): { readonly key: string; readonly value: number } | undefined {
  const network = networkOptions(opt, "g");
  for (const key of keys) {
    const value = network?.[key];
    if (typeof value === "number") return { key, value };
  }
  return undefined;
}

function shape({ height, width, channels }: FloatImage): string {
  return `[${height}, ${width}, ${channels}]`;
}
