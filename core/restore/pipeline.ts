/**
 * All that is done to a picture, from its rows to the output's.
 *
 * @module
 */
import type { Channels } from "../data/image.ts";
import type { Rows } from "../data/rows.ts";
import { bleed } from "./bleed.ts";
import { toGray, withoutAlpha } from "./colours.ts";
import { hasAlpha } from "./colours.ts";
import type { TileLimit } from "./memory_split.ts";
import type { TileNetwork } from "./network.ts";
import { resample } from "./resample.ts";
import { mapRows } from "./rows.ts";
import { stage } from "./stage.ts";
import type { TilePlan } from "./tiles.ts";
import type { RestoreOptions } from "./types.ts";

/** A network, and how a picture is cut for it. */
export interface PlannedStage {
  /** What computes. */
  readonly network: TileNetwork;
  /** How the picture is cut. */
  readonly plan: TilePlan;
  /** How large tiles may be after all. */
  readonly limit: TileLimit;
}

/** Channels of the output of a picture with `channels`. */
export function outputChannels(
  channels: Channels,
  { alpha, gray }: Pick<RestoreOptions, "alpha" | "gray">,
): Channels {
  const kept = alpha === "ignore" && hasAlpha(channels) ? channels - 1 : channels;
  return (gray && kept > 2 ? kept - 2 : kept) as Channels;
}

/**
 * The picture through all networks, each of which gets what the one before made, then to `size`. Nothing is clipped but
 * alpha and what becomes gray, and nothing rounded.
 */
export function pipeline(
  rows: Rows,
  stages: readonly PlannedStage[],
  size: { readonly width: number; readonly height: number },
  options: RestoreOptions,
): Rows {
  const { alpha, gray, onProgress } = options;
  let channels = outputChannels(rows.channels, { alpha });
  let result = channels === rows.channels ? bleed(rows) : mapRows(rows, channels, withoutAlpha);
  const total = stages.reduce((sum, { plan }) => sum + plan.tiles.length, 0);
  let done = 0;
  for (const [index, { network, plan, limit }] of stages.entries()) {
    result = stage(result, network, {
      ...options,
      plan,
      limit,
      onTile: ({ core }) => onProgress?.({ done: ++done, total, rect: core, stage: index }),
    });
  }
  if (gray && channels > 2) {
    channels = outputChannels(channels, { gray });
    result = mapRows(result, channels, toGray);
  }
  return resample(result, size.width, size.height);
}
