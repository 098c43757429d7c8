/**
 * A network and how pictures are cut for it.
 *
 * @module
 */
import type { Engine } from "../engine/engine.ts";
import type { NetworkProfile } from "../nn/profile.ts";
import { hasAlpha } from "./colours.ts";
import { freeMemory } from "./memory.ts";
import { TileLimit } from "./memory_split.ts";
import type { Network } from "./network.ts";
import type { PlannedStage } from "./pipeline.ts";
import type { Size } from "./size.ts";
import { chooseTile, planBytes, tileContext } from "./tile_size.ts";
import { planTiles, type TilePlan } from "./tiles.ts";
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
    readonly network: Network,
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
    const context = options.tilePad ?? tileContext(radius);
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
    const cut = (tile: number | readonly [number, number]): TilePlan =>
      planTiles({ width, height, scale, tile, context, multiple, padding });
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
      ? [
        `${this.network.stage.arch} looks at the whole picture: in ${plan.tiles.length} tiles the result differs a little`,
      ]
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

function tooLarge({ window }: TilePlan, { pixels }: TileLimit): boolean {
  return window.width * window.height > pixels;
}
