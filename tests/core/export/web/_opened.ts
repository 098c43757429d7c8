/**
 * Pages in temporary folders, and their workers.
 *
 * @module
 */
import type { ExportGraph } from "../../../../core/export/graph.ts";
import type { TargetOptions, Written } from "../../../../core/export/target.ts";
import { target } from "../../../../core/export/web/mod.ts";
import { workerRuntime } from "../../../../core/export/web/worker_runtime.ts";
import type { RuntimeModel } from "../../../../core/runtimes/types.ts";

/** Writes the page of `graph`, for as long as `use` needs it. */
export async function written<T>(
  graph: ExportGraph,
  options: TargetOptions,
  use: (folder: string, written: Written) => Promise<T>,
): Promise<T> {
  const folder = await Deno.makeTempDir();
  try {
    return await use(folder, await target.write(graph, folder, options));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Has the page's own worker compute. */
export async function computed<T>(
  graph: ExportGraph,
  options: TargetOptions,
  use: (model: RuntimeModel) => Promise<T>,
): Promise<T> {
  return await written(graph, options, async (folder, { model }) => {
    await using opened = await workerRuntime.open(`${folder}/${model}`);
    return await use(opened);
  });
}
