/**
 * Tiles that turn out to be too large for the memory: computed in four parts, and smaller from then on.
 *
 * @module
 */
import { NativeError } from "../engine/native/native_library.ts";
import { ExitCode, UserError } from "../errors.ts";
import type { SizePadding } from "../nn/module.ts";
import { BandAssembler } from "./band_assembler.ts";
import type { NetworkInput, RunOptions, TileNetwork } from "./network.ts";
import type { Size } from "./size.ts";
import { TileCutter } from "./tile_cutter.ts";
import { planTiles, type TilePlan } from "./tiles.ts";

/** `TF_RESOURCE_EXHAUSTED`. */
const RESOURCE_EXHAUSTED = 8;

/** What engines say when memory has run out: TensorFlow, V8 and WebAssembly, WebGPU. */
const EXHAUSTED =
  /OOM|RESOURCE_EXHAUSTED|out of memory|allocation (?:failed|failure)|failed to allocate|cannot enlarge memory|invalid (?:typed )?array (?:buffer )?length/i;

/** Sides of tiles, without what surrounds them, are not halved below this. */
export const SMALLEST_TILE = 16;

/** Whether `error` is an engine's want of memory. */
export function isOutOfMemory(error: unknown): boolean {
  if (error instanceof UserError || !(error instanceof Error)) return false;
  if (error instanceof NativeError && error.code === RESOURCE_EXHAUSTED) return true;
  return isOutOfMemoryText(error.message);
}

/** Whether a message speaks of a want of memory. */
export function isOutOfMemoryText(message: string): boolean {
  return EXHAUSTED.test(message);
}

/** How large inputs of one network may be; shared by all pictures, so that what was learned is kept. */
export class TileLimit {
  /** Most pixels of an input that is computed as a whole. */
  pixels: number = Infinity;
  /** Side of the parts of larger ones, without what surrounds them. */
  #side = Infinity;

  /** Creates it for a network that takes multiples of `multiple`. */
  constructor(
    /** What sizes are multiples of. */
    readonly multiple: number,
    /** How pictures are padded to that. */
    readonly padding: SizePadding,
  ) {}

  /** The parts of an input; one, if it is not too large. */
  parts(size: Size, scale: number, context: number): TilePlan {
    return this.#plan(size, scale, context, area(size) <= this.pixels ? 0 : this.#side);
  }

  /** Learns that `failed`, parts of `size`, were too large, and gives smaller ones; undefined if there are none. */
  shrink(size: Size, failed: TilePlan): TilePlan | undefined {
    const before = area(failed.window);
    let side = Math.min(this.#side, Math.max(size.width, size.height));
    while (side > SMALLEST_TILE) {
      side = Math.max(SMALLEST_TILE, Math.ceil(side / 2));
      const plan = this.#plan(size, failed.scale, failed.context, side);
      if (area(plan.window) >= before) continue;
      this.#side = side;
      this.pixels = area(plan.window);
      return plan;
    }
    return undefined;
  }

  #plan({ width, height }: Size, scale: number, context: number, tile: number): TilePlan {
    const { multiple, padding } = this;
    return planTiles({ width, height, scale, tile, context, multiple, padding });
  }
}

/**
 * Applies the network to `input`, in parts if memory does not suffice for all of it. Each part is computed with `context`
 * pixels around it, so that the result is what the whole would give, and nothing is given that was not computed.
 *
 * @throws {UserError} ENVIRONMENT, if memory does not suffice for the smallest part.
 */
export async function runWithin(
  limit: TileLimit,
  network: TileNetwork,
  input: NetworkInput,
  context: number,
  options: RunOptions = {},
): Promise<Float32Array> {
  const { scale } = network.stage;
  let plan = limit.parts(input, scale, context);
  for (;;) {
    try {
      return await runParts(plan, network, input, options);
    } catch (error) {
      if (!isOutOfMemory(error)) throw error;
      const { width, height } = plan.window;
      // Another picture may have learned it meanwhile.
      const known = limit.parts(input, scale, context);
      const smaller = area(known.window) < width * height ? known : limit.shrink(input, plan);
      if (smaller === undefined) {
        throw new UserError(
          `${network.stage.source}: memory does not suffice for ${width}x${height} pixels, the smallest tile of this ` +
            "network: close other programs, or take a smaller model",
          ExitCode.ENVIRONMENT,
          { cause: error },
        );
      }
      plan = smaller;
      const { window } = plan;
      options.say?.(
        `out of memory at ${width}x${height} pixels: ` +
          `going on with tiles of ${window.width}x${window.height}`,
      );
    }
  }
}

async function runParts(
  plan: TilePlan,
  network: TileNetwork,
  input: NetworkInput,
  options: RunOptions,
): Promise<Float32Array> {
  if (plan.tiles.length === 1) return await network.run(input, options);
  const { inputChannels, outputChannels } = network.stage;
  const { width, height } = plan.window;
  const cutter = new TileCutter(plan, inputChannels);
  cutter.push({
    width: plan.width,
    height: plan.height,
    channels: inputChannels,
    data: input.data,
  });
  const assembler = new BandAssembler(plan, outputChannels);
  for (const tile of plan.tiles) {
    const part = { width, height, data: cutter.cut(tile) };
    assembler.add(tile, await network.run(part, options));
  }
  return assembler.take()!.data;
}

function area({ width, height }: Size): number {
  return width * height;
}
