/**
 * One network over a picture: tile by tile, from rows to rows.
 *
 * @module
 */
import type { FloatImage } from "../data/image.ts";
import { alphaInput, alphaOutput, enlargeAlpha } from "./alpha.ts";
import { BandAssembler } from "./band_assembler.ts";
import { coloursOf, hasAlpha, planes, putLuma, putPlanes } from "./colours.ts";
import { ensemble } from "./ensemble.ts";
import { runWithin, type TileLimit } from "./memory_split.ts";
import type { TileNetwork } from "./network.ts";
import { bandRows, type Rows } from "../data/rows.ts";
import { rowsFrom } from "./rows.ts";
import { TileCutter } from "./tile_cutter.ts";
import type { Tile, TilePlan } from "./tiles.ts";
import type { RestoreOptions } from "./types.ts";

/** How a network is applied to a picture. */
export interface StageOptions
  extends Pick<RestoreOptions, "signal" | "tta" | "noise" | "alpha" | "say"> {
  /** How it is cut. */
  readonly plan: TilePlan;
  /** How large tiles may be after all. */
  readonly limit: TileLimit;
  /** Is told when a tile is done. */
  readonly onTile?: (tile: Tile) => void;
}

/** Sigma that is put into maps of noise levels if none is given. */
const NOISE = 15;

/** So many tiles are under way: one is computed while the next is cut, and the one before is put in its place. */
const DEPTH = 2;

/**
 * Applies `network` to rows of the plan's size. Channels stay what they are: gray pictures go through a network of three
 * channels as three equal ones, colours through one of a single channel one after the other, and alpha by itself. Rows are
 * read when the next row of tiles needs them, and given when no tile adds to them any more.
 *
 * A tile that fails, fails the whole: the iteration throws, and nothing of that row of tiles has been given.
 */
export function stage(rows: Rows, network: TileNetwork, options: StageOptions): Rows {
  const { plan, signal, onTile } = options;
  const { channels } = rows;
  const shape = { width: plan.width * plan.scale, height: plan.height * plan.scale, channels };
  const most = bandRows(shape.width, channels);
  return rowsFrom(shape, async function* (): AsyncGenerator<FloatImage> {
    const source = rows[Symbol.asyncIterator]();
    const cutter = new TileCutter(plan, channels);
    const assembler = new BandAssembler(plan, channels);
    const stop = new AbortController();
    const signals = AbortSignal.any([stop.signal, ...(signal === undefined ? [] : [signal])]);
    const work: { readonly tile: Tile; readonly output: Promise<Float32Array> }[] = [];
    const place = async () => {
      const { tile, output } = work.shift()!;
      assembler.add(tile, await output);
      onTile?.(tile);
    };
    try {
      for (const tile of plan.tiles) {
        signal?.throwIfAborted();
        while (!cutter.ready(tile.row)) {
          const { value, done } = await source.next();
          if (done) throw new RangeError(`the picture ends after ${cutter.rows} rows`);
          cutter.push(value);
        }
        const output = computeTile(cutter.cut(tile), network, channels, {
          ...options,
          signal: signals,
        });
        output.catch(() => {}); // who awaits it hears of it
        work.push({ tile, output });
        if (plan.tiles[tile.index + 1]?.row !== tile.row) cutter.release(tile.row);
        if (work.length < DEPTH) continue;
        await place();
        for (let band; (band = assembler.take(most));) yield band;
      }
      while (work.length > 0) await place();
      for (let band; (band = assembler.take(most));) yield band;
    } finally {
      stop.abort();
      await Promise.allSettled(work.map(({ output }) => output));
      await source.return?.();
    }
  });
}

/** What becomes of a window, with the channels that it has. */
async function computeTile(
  data: Float32Array,
  network: TileNetwork,
  channels: number,
  options: StageOptions,
): Promise<Float32Array> {
  const { plan, limit, tta, signal, say, noise = NOISE } = options;
  const { window: { width, height }, scale } = plan;
  const { inputChannels, outputChannels } = network.stage;
  const own = inputChannels - (network.noiseMap ? 1 : 0);
  const apply = (input: Float32Array): Promise<Float32Array> => {
    const run = (pixels: { width: number; height: number; data: Float32Array }) =>
      runWithin(limit, network, pixels, plan.context, { signal, say });
    const pixels = { width, height, data: input };
    return tta ? ensemble(pixels, inputChannels, scale, outputChannels, run) : run(pixels);
  };
  const target = { channels: inputChannels, colours: own, noise: noise / 255 };
  const colours = coloursOf(channels);
  const out = channels === outputChannels
    ? undefined
    : new Float32Array(width * height * scale ** 2 * channels);
  if (colours === own || own === 3) {
    const made = await apply(planes(data, channels, { first: 0, count: colours }, target));
    if (out === undefined) return made;
    if (colours === outputChannels) putPlanes(made, colours, out, channels, 0);
    else putLuma(made, out, channels, 0);
  } else {
    for (let first = 0; first < colours; first++) {
      const made = await apply(planes(data, channels, { first, count: 1 }, target));
      putPlanes(made, 1, out!, channels, first);
    }
  }
  if (!hasAlpha(channels)) return out!;
  const alpha = await enlargeAlpha({
    data,
    channels,
    width,
    height,
    scale,
    network: options.alpha === "bicubic"
      ? undefined
      : async (gray) =>
        alphaOutput(await apply(alphaInput(gray, inputChannels, own)), outputChannels),
  });
  if (typeof alpha === "number") {
    for (let i = channels - 1; i < out!.length; i += channels) out![i] = alpha;
  } else putPlanes(alpha, 1, out!, channels, channels - 1);
  return out!;
}
