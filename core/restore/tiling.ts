/**
 * A network and how pictures are cut for it.
 *
 * @module
 */
import type { Engine } from "../engine/engine.ts";
import type { NetworkProfile } from "../nn/profile.ts";
import { hasAlpha } from "./colours.ts";
import { parseForeign } from "./foreign/spec.ts";
import { freeMemory } from "./memory.ts";
import { TileLimit } from "./memory_split.ts";
import type { RestoreNetwork } from "./network.ts";
import type { PlannedStage } from "./pipeline.ts";
import type { Size } from "./size.ts";
import { chooseTile, planBytes, tileContext } from "./tile_size.ts";
import { planTiles, type TileOptions, type TilePlan } from "./tiles.ts";
import type { RestoreOptions } from "./types.ts";

/** A network, how a picture is cut for it, and what that takes. */
export interface CutStage extends PlannedStage {
  /** Bytes that are expected to be needed beside the weights. */
  readonly bytes: number;
  /** What is worth knowing. */
  readonly notes: readonly string[];
}

/** A network on the device with what is known of it. */
export class TiledNetwork {
  readonly #profile: NetworkProfile;
  readonly #engine: Engine;
  readonly #limit: TileLimit;

  /** Puts them together; the network is not taken over. */
  constructor(
    /** The network. */
    readonly network: RestoreNetwork,
    profile: NetworkProfile,
    engine: Engine,
  ) {
    this.#profile = profile;
    this.#engine = engine;
    this.#limit = new TileLimit(profile.multiple, profile.padding);
  }

  /** Cuts a picture as the options say, else as memory allows. */
  cut(
    picture: Size & { readonly channels: number },
    options: Pick<RestoreOptions, "tile" | "tilePad" | "alpha">,
  ): CutStage {
    const { scale, inputChannels, outputChannels } = this.network.stage;
    const { multiple, padding, radius } = this.#profile;
    const { fixedSize } = this.network;
    const wanted = options.tilePad ?? tileContext(radius);
    const context = fixedSize === undefined ? wanted : Math.min(wanted, contextWithin(fixedSize));
    const { width, height } = picture;
    const needs = {
      width,
      height,
      scale,
      channels: [inputChannels, outputChannels] as const,
      alpha: hasAlpha(picture.channels) && options.alpha !== "ignore",
      profile: this.#profile,
      context,
      engine: this.#engine.name,
    };
    const cut = (tile: number | readonly [number, number]): TilePlan => {
      const shared = { width, height, scale, context, multiple, padding };
      if (fixedSize === undefined) return planTiles({ ...shared, tile });
      return planTiles({ ...shared, ...coresWithin(fixedSize, context, tile) });
    };
    let { bytes: free } = freeMemory(this.#engine);
    let chosen = chooseTile({ ...needs, free });
    let plan = cut(typeof options.tile === "number" ? options.tile : chosen.tile);
    // Memory has run out before: as large as it was then is too large.
    while (typeof options.tile !== "number" && tooLarge(plan, this.#limit) && chosen.fits) {
      free /= 2;
      chosen = chooseTile({ ...needs, free });
      plan = cut(chosen.tile);
    }
    const notes = plan.tiles.length > 1 && radius === Infinity
      ? [wholeNote(this.network, plan)]
      : [];
    return {
      network: this.network,
      plan,
      limit: this.#limit,
      bytes: planBytes(needs, plan),
      notes,
    };
  }
}

/** What is said where tiles do not give what the whole picture would. */
function wholeNote(
  { stage: { arch, source } }: RestoreNetwork,
  { tiles, context }: TilePlan,
): string {
  return parseForeign(source) === undefined
    ? `${arch} looks at the whole picture: in ${tiles.length} tiles the result differs a little`
    : `how far ${source} looks is not known: its ${tiles.length} tiles overlap by ${context} pixels`;
}

/** Half the width of cross-fades where the size of windows is given. */
const FIXED_BLEND = 4;

/** Most pixels around cores, where windows have a given size: two thirds of it are left for cores. */
function contextWithin([height, width]: readonly [number, number]): number {
  return Math.floor(Math.min(height, width) / 6);
}

/** Cores whose windows, with what surrounds them, are not larger than the size that is given. */
function coresWithin(
  [height, width]: readonly [number, number],
  context: number,
  tile: number | readonly [number, number],
): Required<Pick<TileOptions, "tile" | "blend" | "windowSize">> {
  const blend = Math.min(FIXED_BLEND, contextWithin([height, width]));
  const [across, down] = typeof tile === "number" ? [tile, tile] : tile;
  const windowSize = [width, height] as const;
  const within = (wanted: number, side: number) =>
    Math.max(1, Math.min(wanted || Infinity, side - 2 * (context + blend)));
  return { tile: [within(across, width), within(down, height)], blend, windowSize };
}

function tooLarge({ window }: TilePlan, { pixels }: TileLimit): boolean {
  return window.width * window.height > pixels;
}
