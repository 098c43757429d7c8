/**
 * How a picture is cut into tiles for a network, and what of each tile's output goes where.
 *
 * The picture, padded once at the bottom and on the right to the grid that the network wants, is divided into cores of
 * nearly equal size. What is computed for a core is a window: the core with `context + blend` pixels around it, moved
 * inwards where it would leave the picture, so that a tile at the border sees the true border, and all windows are equally
 * large and can be batched. Across the border between two cores their outputs are cross-faded over `2 * blend` pixels, all
 * of which both windows see with the full context. So tiles give what the whole picture would, if `context` is at least the
 * radius of what the network looks at; weights are positive up to the picture's border, and 1 in sum everywhere.
 *
 * Nothing here knows tensors. {@linkcode "./tile_cutter.ts"} cuts windows out of a stream of rows, and
 * {@linkcode "./band_assembler.ts"} makes a stream of rows of what comes out.
 *
 * @module
 */
import type { SizePadding } from "../nn/module.ts";
import {
  divide,
  outputFrom,
  outputTo,
  type Side,
  sourceIndex,
  type Span,
  widened,
} from "./spans.ts";

/** What a plan of tiles depends on. */
export interface TileOptions {
  /** Width of the picture in pixels. */
  readonly width: number;
  /** Height of the picture in pixels. */
  readonly height: number;
  /** Output pixels for each input pixel along a side, a whole number. */
  readonly scale: number;
  /**
   * Most pixels along each side of a core, or along its width and its height; 0 for the whole picture at once. At least one
   * step of the grid is taken.
   */
  readonly tile: number | readonly [width: number, height: number];
  /** Pixels around each tile that its outputs may depend on. */
  readonly context: number;
  /** Half the width of cross-fades in pixels; default {@linkcode defaultBlend}, 0 for hard edges. */
  readonly blend?: number;
  /** `sizeMultiple` of the network: windows begin and end at multiples of it. Default 1. */
  readonly multiple?: number;
  /** `sizePadding` of the network: how the picture is padded to that multiple, default `reflect`. */
  readonly padding?: SizePadding;
  /** Width and height of all windows, where the picture is not smaller; cores and their context have to fit into it. */
  readonly windowSize?: readonly [width: number, height: number];
}

/** A rectangle in pixels. */
export interface Rect {
  /** Left column. */
  readonly x: number;
  /** Top row. */
  readonly y: number;
  /** Columns. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
}

/** One tile. */
export interface Tile {
  /** Number in the plan, row by row, from 0. */
  readonly index: number;
  /** Row of tiles, from 0. */
  readonly row: number;
  /** Column of tiles, from 0. */
  readonly column: number;
  /** What the network gets: part of the padded input. All tiles of a plan have the same width and height. */
  readonly window: Rect;
  /** Its core in the output: these rectangles tile the output without gap or overlap; for progress. */
  readonly core: Rect;
  /** What it contributes to in the output: the core and the cross-fades around it. */
  readonly output: Rect;
}

/** How a picture is cut into tiles. */
export interface TilePlan {
  /** Width of the picture in pixels. */
  readonly width: number;
  /** Height of the picture in pixels. */
  readonly height: number;
  /** Output pixels for each input pixel along a side. */
  readonly scale: number;
  /** Width and height of each window, which is the shape of every input of the network. */
  readonly window: { readonly width: number; readonly height: number };
  /** Pixels around each tile that its outputs may depend on. */
  readonly context: number;
  /** How columns are divided. */
  readonly columns: Side;
  /** How rows are divided. */
  readonly rows: Side;
  /** How the picture is padded. */
  readonly padding: SizePadding;
  /** The tiles, row by row. */
  readonly tiles: readonly Tile[];
}

/** Half the width of the cross-fade between tiles of `tile` pixels: 8, less for small ones. */
export function defaultBlend(tile: number): number {
  return Math.min(8, Math.floor(tile / 4));
}

/**
 * Plans the tiles of a picture.
 *
 * @throws {RangeError} If a size, the scale or the multiple is no positive whole number, or another number is negative.
 *
 * @example
 * ```ts
 * import { planTiles } from "./tiles.ts";
 * const plan = planTiles({ width: 1000, height: 10, scale: 4, tile: 256, context: 16 });
 * console.assert(plan.tiles.length === 4 && plan.window.width === 250 + 2 * (16 + 8));
 * ```
 */
export function planTiles(options: TileOptions): TilePlan {
  const { width, height, scale, context, multiple = 1, padding = "reflect" } = options;
  const [across, down] = typeof options.tile === "number"
    ? [options.tile, options.tile]
    : options.tile;
  for (const [name, value] of Object.entries({ width, height, scale, multiple })) {
    positive(name, value);
  }
  const blend = options.blend ?? defaultBlend(Math.min(across || Infinity, down || Infinity));
  for (
    const [name, value] of Object.entries({ tile: across, "height of tile": down, context, blend })
  ) {
    if (!Number.isInteger(value) || value < 0) {
      throw new RangeError(`${name} must be a whole number of pixels, received ${value}`);
    }
  }
  const side = (length: number, tile: number, window: number | undefined) => {
    const divided = divide(length, {
      tile: tile || Infinity,
      grid: multiple,
      context,
      blend,
      inside: padding === "inside",
    });
    return window === undefined ? divided : widened(divided, window);
  };
  const columns = side(width, across, options.windowSize?.[0]);
  const rows = side(height, down, options.windowSize?.[1]);
  const tiles = rows.spans.flatMap((y, row) =>
    columns.spans.map((x, column): Tile => ({
      index: row * columns.spans.length + column,
      row,
      column,
      window: { x: x.origin, y: y.origin, width: columns.window, height: rows.window },
      core: rect(inCore(x, scale), inCore(y, scale)),
      output: rect(inOutput(x, columns, scale), inOutput(y, rows, scale)),
    }))
  );
  return {
    width,
    height,
    scale,
    window: { width: columns.window, height: rows.window },
    context,
    columns,
    rows,
    padding,
    tiles,
  };
}

/** The rows of the picture, from and up to before, that a row of tiles is computed from, mirrored ones included. */
export function inputRows(plan: TilePlan, row: number): readonly [from: number, to: number] {
  const { rows, padding, height } = plan;
  const { origin } = rows.spans[row]!;
  const last = origin + rows.window - 1;
  // Mirrored rows lie above the lower edge: the last one of the window is the one farthest up.
  const mirrored = last >= height ? sourceIndex(last, rows, padding) : origin;
  const reached = mirrored < 0 ? origin : Math.min(origin, mirrored);
  return [Math.min(reached, height - 1), Math.min(last + 1, height)];
}

type Range = readonly [from: number, to: number];

function inCore(span: Span, scale: number): Range {
  return [span.core * scale, span.coreEnd * scale];
}

function inOutput(span: Span, side: Side, scale: number): Range {
  return [outputFrom(span, scale), outputTo(span, side, scale)];
}

function rect([x, right]: Range, [y, bottom]: Range): Rect {
  return { x, y, width: right - x, height: bottom - y };
}

function positive(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 1) {
    throw new RangeError(`${name} must be a positive whole number, received ${value}`);
  }
}
