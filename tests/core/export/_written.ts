/**
 * Exports in temporary folders, and what other programs make of them.
 *
 * @module
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { ExportGraph } from "../../../core/export/graph.ts";
import type { Target, TargetOptions, Written } from "../../../core/export/target.ts";
import type { Runtime } from "../../../core/runtimes/types.ts";
import { interpret } from "./_interpret.ts";
import { waves } from "./_sketch.ts";

/** Writes `graph` into a folder of its own, for as long as `use` needs it. */
export async function written<T>(
  target: Target,
  graph: ExportGraph,
  options: TargetOptions,
  use: (folder: string, written: Written) => T | Promise<T>,
): Promise<T> {
  const folder = await Deno.makeTempDir();
  try {
    return await use(folder, await target.write(graph, folder, options));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Even, odd, and more than one image. */
const SIZES = [[1, 8, 12], [2, 7, 13], [3, 5, 6]] as const;

/** How an export of a sketch is written and compared. */
interface Comparison {
  readonly target: Target;
  readonly runtime: Runtime;
  readonly options?: TargetOptions;
  /** Differences up to that, as shares of numbers beyond 1. */
  readonly tolerance: number;
  /** Sizes `[n, h, w]`. */
  readonly sizes?: readonly (readonly [number, number, number])[];
  /** What each `channels / claims.length` channels of the result show. */
  readonly claims?: readonly string[];
}

/** Computes a sketch in TensorFlow and, exported, in the other program; fails at the first number that is not the same. */
export async function compareSketch(
  graph: ExportGraph,
  { target, runtime, options = {}, tolerance, sizes = SIZES, claims = [] }: Comparison,
): Promise<void> {
  await written(target, graph, options, async (folder, { model: file }) => {
    await using model = await runtime.open(join(folder, file));
    assert.equal(model.inputChannels, graph.inputChannels);
    for (const size of sizes) {
      const x = waves(...size, graph.inputChannels);
      const { shape, data } = interpret(graph, x), got = await model.run(x);
      assert.deepEqual(got.shape, shape);
      const each = shape[3] / claims.length;
      for (const [i, value] of got.data.entries()) {
        const wanted = data[i]!;
        if (Math.abs(value - wanted) <= tolerance * Math.max(1, Math.abs(wanted))) continue;
        const claim = claims[Math.floor(i % shape[3] / each)] ?? "";
        assert.fail(`${claim} [${size}] ${i}: ${value}, not ${wanted}`);
      }
    }
  });
}
