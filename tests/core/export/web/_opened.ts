/**
 * The workers of pages in temporary folders.
 *
 * @module
 */
import type { ExportGraph } from "../../../../core/export/graph.ts";
import type { TargetOptions } from "../../../../core/export/target.ts";
import { target } from "../../../../core/export/web/mod.ts";
import { workerRuntime } from "../../../../core/export/web/worker_runtime.ts";
import type { RuntimeModel } from "../../../../core/runtimes/types.ts";
import { written } from "../_written.ts";

/** Has the page's own worker compute. */
export async function computed<T>(
  graph: ExportGraph,
  options: TargetOptions,
  use: (model: RuntimeModel) => Promise<T>,
): Promise<T> {
  return await written(target, graph, options, async (folder, { model }) => {
    await using opened = await workerRuntime.open(`${folder}/${model}`);
    return await use(opened);
  });
}
