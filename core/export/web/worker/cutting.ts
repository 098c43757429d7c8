/**
 * How a picture is cut into tiles for the page.
 *
 * @module
 */
import { defaultBlend, planTiles, type TilePlan } from "../../../restore/tiles.ts";
import { divide } from "../../../restore/spans.ts";
import { tileContext } from "../../../restore/tile_size.ts";
import type { Program } from "../program.ts";

/** What cutting depends on, of a program. */
export type Cuttable = Pick<
  Program,
  "scale" | "multiple" | "padding" | "radius" | "bytesPerPixel" | "largestPerPixel"
>;

/** Room for a tile, in bytes. */
export interface Room {
  /** For all values. */
  readonly budget: number;
  /** For one. */
  readonly largest: number;
}

/** Sides of tiles that are tried; Infinity is the whole. */
const SIDES = [
  ...[Infinity, 2048, 1536, 1024, 768, 640, 512, 448, 384, 320, 256, 224, 192, 160, 128, 96],
  ...[64, 48, 32],
];

/** So many times the fewest pixels may be computed for the sake of memory, and of tiles that show how far it is. */
const NEARLY = 1.15;

/**
 * Cuts a picture: of all tiles for which there is room the smallest with which nearly the fewest pixels are computed, or the fewest
 * where the network looks at the whole picture.
 */
export function cut(program: Cuttable, width: number, height: number, room: Room): TilePlan {
  const { scale, multiple, padding } = program;
  const context = tileContext(program.radius ?? Infinity);
  const division = (tile: number) => ({
    tile,
    grid: multiple,
    context,
    blend: defaultBlend(tile),
    inside: padding === "inside",
  });
  const candidates = SIDES.map((tile) => {
    const across = divide(width, division(tile)), down = divide(height, division(tile));
    const window = across.window * down.window;
    const computed = window * across.spans.length * down.spans.length;
    const fits = window * program.bytesPerPixel <= room.budget &&
      window * program.largestPerPixel <= room.largest;
    return { tile, window, computed, fits };
  });
  const fitting = candidates.filter(({ fits }) => fits);
  const fewest = Math.min(...fitting.map(({ computed }) => computed));
  const allowed = program.radius === null ? fewest : NEARLY * fewest;
  const chosen = fitting.filter(({ computed }) => computed <= allowed)
    .reduce((a, b) => b.window < a.window ? b : a, fitting[0] ?? candidates.at(-1)!);
  const tile = chosen.tile === Infinity ? 0 : chosen.tile;
  return planTiles({ width, height, scale, tile, context, multiple, padding });
}
