/**
 * What restoring a picture will take: multiplications, memory, tiles, seconds.
 *
 * @module
 */
import type { Engine, Precision } from "../engine/engine.ts";
import type { Module } from "../nn/module.ts";
import { at, type NetworkProfile, profileNetwork } from "../nn/profile.ts";
import { ARCH_REGISTRY } from "../registry.ts";
import { type FreeMemory, freeMemory } from "./memory.ts";
import { Network } from "./network.ts";
import type { Size } from "./size.ts";
import type { FoundNetwork } from "./source.ts";
import { chooseTile, planBytes, tileContext } from "./tile_size.ts";
import { planTiles, type TilePlan } from "./tiles.ts";

/** What is to be estimated. */
export interface EstimateOptions {
  /** Size of the picture in pixels. */
  readonly size: Size;
  /** Arithmetic, default `fp32`. */
  readonly precision?: Precision;
  /** Side of tiles, 0 for the whole picture; default as large as memory allows. */
  readonly tile?: number | "auto";
  /** Pixels around each tile; default what the network looks at, up to a limit. */
  readonly tilePad?: number;
  /** Receives what is worth knowing. */
  readonly say?: (line: string) => void;
}

/** What restoring a picture takes. */
export interface Estimate {
  /** The network. */
  readonly profile: NetworkProfile;
  /** How the picture is cut. */
  readonly plan: TilePlan;
  /** Multiply-accumulate operations for the whole picture at once; undefined if they cannot be counted. */
  readonly macs: number | undefined;
  /** The same with tiles, what surrounds them included. */
  readonly tiledMacs: number | undefined;
  /** Bytes of the weights. */
  readonly weightBytes: number;
  /** Bytes beside the weights for the whole picture at once. */
  readonly wholeBytes: number;
  /** Bytes beside the weights with tiles. */
  readonly tiledBytes: number;
  /** What is free. */
  readonly free: FreeMemory;
  /** Seconds that the network will compute, as measured on a window of `measured` pixels. */
  readonly seconds: number;
  /** Size of the window that was measured. */
  readonly measured: Size;
}

/** Estimates what the network takes for a picture on the engine that runs; a few seconds are spent on measuring. */
export async function estimate(
  found: FoundNetwork,
  engine: Engine,
  options: EstimateOptions,
): Promise<Estimate> {
  const { scale, inputChannels, outputChannels, type } = found;
  const { size: { width, height }, precision = "fp32", tile = "auto" } = options;
  const { value: Arch } = ARCH_REGISTRY.get(type, "type");
  const profile = await profileNetwork(() => new Arch(found.options) as Module, inputChannels);
  const free = freeMemory(engine);
  const context = options.tilePad ?? tileContext(profile.radius);
  const { multiple, padding } = profile;
  const needs = {
    width,
    height,
    scale,
    channels: [inputChannels, outputChannels] as const,
    profile,
    context,
    engine: engine.name,
    free: free.bytes,
  };
  const planned = (tile: number | readonly [number, number]) =>
    planTiles({ width, height, scale, tile, context, multiple, padding });
  const plan = planned(tile === "auto" ? chooseTile(needs).tile : tile);
  const whole = planned(0);
  const macs = (plan: TilePlan) =>
    profile.macs && plan.tiles.length * at(profile.macs, plan.window.width * plan.window.height);
  const { seconds, measured } = await measure(found, plan, profile, precision, options.say);
  return {
    profile,
    plan,
    macs: macs(whole),
    tiledMacs: macs(plan),
    weightBytes: 4 * profile.parameters,
    wholeBytes: planBytes(needs, whole),
    tiledBytes: planBytes(needs, plan),
    free,
    seconds,
    measured,
  };
}

/** So long a call should take that is measured, about. */
const CALL_SECONDS = 1;

/** Side of the first window in pixels. */
const FIRST_SIDE = 64;

/** Runs windows of growing size until a call takes long enough, and scales what it takes to the plan. */
async function measure(
  found: FoundNetwork,
  plan: TilePlan,
  { multiple, macs }: NetworkProfile,
  precision: Precision,
  say?: (line: string) => void,
): Promise<{ seconds: number; measured: Size }> {
  using network = new Network(found, precision);
  const { inputChannels: channels } = found;
  const fitting = (side: number, most: number) =>
    Math.min(most, Math.max(multiple, Math.round(side / multiple) * multiple));
  const run = async ({ width, height }: Size): Promise<number> => {
    const data = Float32Array.from({ length: width * height * channels }, noise);
    const start = performance.now();
    await network.run({ width, height, data }, { say });
    return (performance.now() - start) / 1000;
  };
  const work = ({ width, height }: Size) => macs ? at(macs, width * height) : width * height;
  /** The better of two after one that compiles: what else the machine did meanwhile is no part of it. */
  const best = async (window: Size): Promise<number> => {
    await run(window);
    return Math.min(await run(window), await run(window));
  };
  const window = (side: number): Size => ({
    width: fitting(side, plan.window.width),
    height: fitting(side, plan.window.height),
  });
  let measured = window(FIRST_SIDE);
  let seconds = await best(measured);
  const grow = Math.sqrt(CALL_SECONDS / Math.max(seconds, 1e-4));
  if (grow > 1) {
    measured = window(FIRST_SIDE * grow);
    seconds = await best(measured);
  }
  return { seconds: seconds * plan.tiles.length * work(plan.window) / work(measured), measured };
}

/** Numbers in [0, 1) that are not all the same. */
function noise(_: unknown, i: number): number {
  return (i * 7919 % 1009) / 1009;
}
