/**
 * How large tiles are: as large as memory allows, since what surrounds them is computed in vain.
 *
 * @module
 */
import type { EngineName } from "../engine/engine.ts";
import { at, type NetworkProfile } from "../nn/profile.ts";
import { divide, type Division, type Side } from "./spans.ts";
import { defaultBlend } from "./tiles.ts";

/**
 * Most pixels of context that are taken without being asked for.
 *
 * Largest error of tiles against the whole picture, in levels of 255, by context; real weights on photographs (PyTorch,
 * float32). Networks of convolutions look far, but nearly all that they see is near:
 *
 * | context                            | 16   | 32   | 48   | 64    | 80    | 96    | 112   |
 * | ---------------------------------- | ---- | ---- | ---- | ----- | ----- | ----- | ----- |
 * | realesr-animevideov3 (radius 18)   | 0.10 | 0    | 0    | 0     | 0     | 0     | 0     |
 * | RealESRGAN x4plus anime (94)       | 45   | 11   | 0.85 | 0.012 | 0.002 | 0.002 | 0.002 |
 * | RealESRGAN x4plus (349)            | 33   | 11   | 4.8  | 1.8   | 0.47  | 0.077 | 0.003 |
 *
 * Networks with channel attention see the whole picture at any context and stay apart from it: RCAN x2 by up to 10 levels
 * (0.3 in the mean) with cores of 64 and a context of 32, by up to 0.5 with 96 of each.
 */
export const CONTEXT_LIMIT = 96;

/**
 * Pixels around a tile that are computed with it, for a network that looks at `radius` pixels: all of them, up to
 * {@linkcode CONTEXT_LIMIT}.
 */
export function tileContext(radius: number): number {
  return Math.min(radius, CONTEXT_LIMIT);
}

/** Smallest side of a core that is planned, in pixels. */
export const LEAST_TILE = 32;

/** Share of the free memory that is planned for; pictures, their files and what the allocator holds need the rest. */
const USABLE = 0.6;

/**
 * By how much real runs need more than tensors are counted: work space of convolutions, several ops at a time. Measured on
 * the native engine as growth of the resident memory, per pixel: RRDBNet 9.2 to 10.4 kB (counted 8.2), SRVGGNetCompact 0.82
 * to 0.94 kB (0.78), SwinIR 6.7 to 6.9 kB (5.6).
 */
const COMPILED_FACTOR = 1.3, EAGER_FACTOR = 1.2;

/** What a network of which nothing is known is taken to need for each pixel: some thirty maps of 64 features. */
const UNKNOWN_BYTES = { base: 0, perPixel: 30 * 64 * 4 };

/** What the size of tiles depends on. */
export interface TileNeeds {
  /** Width of the picture in pixels. */
  readonly width: number;
  /** Height of the picture in pixels. */
  readonly height: number;
  /** Output pixels for each input pixel along a side. */
  readonly scale: number;
  /** Channels that the network takes, and gives. */
  readonly channels: readonly [input: number, output: number];
  /** True if the picture has transparency, which goes along, and through the network as a picture of its own. */
  readonly alpha?: boolean;
  /** The network. */
  readonly profile: NetworkProfile;
  /** Pixels around each tile. */
  readonly context: number;
  /** The engine that computes it. */
  readonly engine: EngineName;
  /** Bytes that are free, see `freeMemory`. */
  readonly free: number;
}

/** What was chosen. */
export interface TileSize {
  /** Width and height of cores for `planTiles`; 0 for a side that is not divided. */
  readonly tile: readonly [width: number, height: number];
  /** Bytes that are expected to be needed beside the weights. */
  readonly bytes: number;
  /** False if even the smallest tile is expected to need more than there is. */
  readonly fits: boolean;
}

/** Bytes that computing windows of so many pixels is expected to take, `batch` at a time; weights are not counted. */
export function windowBytes(
  { profile, engine, scale, channels: [input, output], alpha = false }: Pick<
    TileNeeds,
    "profile" | "engine" | "scale" | "channels" | "alpha"
  >,
  pixels: number,
  batch = 1,
): number {
  const compiled = engine === "native";
  const growth = (compiled ? profile.bytes : profile.eagerBytes) ?? UNKNOWN_BYTES;
  // One window waits to be computed, and one result to be put in its place.
  // With alpha both are there twice more: with alpha among the channels, and alpha as a picture of its own.
  const copies = alpha ? 6 : 2;
  const host = 4 * pixels * batch * copies * (input + output * scale ** 2);
  return at(growth, pixels * batch) * (compiled ? COMPILED_FACTOR : EAGER_FACTOR) + host;
}

/** Sides that are tried; 0 is the whole. */
const SIDES = [
  ...[0, 4096, 3072, 2048, 1536, 1280, 1024, 896, 768, 640, 512, 448, 384, 320, 256, 224],
  ...[192, 160, 128, 96, 64, 48, LEAST_TILE],
];

/** So many times the fewest pixels may be computed if memory is saved by it; tiles also let work be followed and stopped. */
const NEARLY = 1.1;

/** So much memory is taken without need. */
const MODEST_BYTES = 2 * 2 ** 30;

/**
 * Chooses the size of tiles: of those whose need is expected to fit into three fifths of what is free, that with which the
 * fewest pixels are computed, or nearly so if that saves much memory. Small pictures are therefore computed at once.
 */
export function chooseTile(needs: TileNeeds): TileSize {
  const { width, height, context, profile, free } = needs;
  const { multiple: grid, padding } = profile;
  const division = (tile: number): Division => ({
    tile: tile || Infinity,
    grid,
    context,
    blend: defaultBlend(tile || Infinity),
    inside: padding === "inside",
  });
  const sides = (length: number) => SIDES.filter((side) => side < length);
  const across = sides(width).map((tile) => ({ tile, ...divide(width, division(tile)) }));
  const down = sides(height).map((tile) => {
    const side = divide(height, division(tile));
    return { tile, ...side, tallest: tallestBand(side) };
  });
  const all = across.flatMap((columns) =>
    down.map((rows) => {
      const bytes = sidesBytes(needs, columns, rows);
      const pixels = columns.window * columns.spans.length * rows.window * rows.spans.length;
      return {
        tile: [columns.tile, rows.tile] as const,
        bytes,
        fits: bytes <= USABLE * free,
        pixels,
      };
    })
  );
  const fitting = all.filter(({ fits }) => fits);
  const { pixels: _, ...size } = fitting.length > 0
    ? best(fitting)
    : least(all, ({ bytes }) => bytes);
  return size;
}

type Candidate = TileSize & { readonly pixels: number };

function best(fitting: readonly Candidate[]): Candidate {
  const fewest = least(fitting, ({ pixels }) => pixels).pixels;
  const quick = fitting.filter(({ pixels }) => pixels <= NEARLY * fewest);
  const modest = quick.filter(({ bytes }) => bytes <= MODEST_BYTES);
  return modest.length > 0
    ? least(modest, ({ pixels }) => pixels)
    : least(quick, ({ bytes }) => bytes);
}

function least<T>(all: readonly T[], key: (one: T) => number): T {
  return all.reduce((best, next) => key(next) < key(best) ? next : best);
}

/** Most rows that a row of tiles contributes to. */
function tallestBand({ spans }: Side): number {
  return spans.reduce(
    (most, { core, coreEnd, fadeBefore, fadeAfter }) =>
      Math.max(most, coreEnd + fadeAfter - core + fadeBefore),
    0,
  );
}

/** Bytes that restoring by a plan is expected to take beside the weights: a window, the rows that come in, those put together. */
export function planBytes(
  needs: Omit<TileNeeds, "height" | "context" | "free">,
  { columns, rows }: { readonly columns: Side; readonly rows: Side },
): number {
  return sidesBytes(needs, columns, { ...rows, tallest: tallestBand(rows) });
}

function sidesBytes(
  needs: Omit<TileNeeds, "height" | "context" | "free">,
  columns: Side,
  rows: Side & { readonly tallest: number },
): number {
  const { width, scale, channels: [input, output], alpha = false } = needs;
  const more = alpha ? 1 : 0;
  const bands = 4 * width *
    (rows.window * (input + more) + rows.tallest * scale ** 2 * (output + more));
  return bands + windowBytes(needs, columns.window * rows.window);
}

/**
 * Pixels that are computed at a time, if windows are smaller. On two cores SRVGGNetCompact takes 20 µs for a pixel of windows
 * of 32x32 and 11 of eight at a time; from 64x64 on batches gain 5 % at most, and RRDBNet loses by them.
 */
const BATCH_PIXELS = 2 * 64 * 64;

/**
 * How many of `count` equal windows of `pixels` pixels to compute at a time: large ones keep a processor busy by themselves.
 * What is computed at a time must fit into the same share of what is free.
 */
export function batchSize(
  needs: Omit<TileNeeds, "width" | "height" | "context">,
  pixels: number,
  count: number,
): number {
  const wanted = Math.min(count, Math.max(1, Math.floor(BATCH_PIXELS / pixels)));
  for (let batch = wanted; batch > 1; batch--) {
    if (windowBytes(needs, pixels, batch) <= USABLE * needs.free) return batch;
  }
  return 1;
}
