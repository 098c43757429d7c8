/**
 * Writes the page's folder.
 *
 * @module
 */
import { dirname, join } from "node:path";
import type { ExportGraph } from "../graph.ts";
import type { TargetOptions, Written } from "../target.ts";
import { pageFiles } from "./files.ts";
import { programOf } from "./program_of.ts";
import { readme } from "./readme.ts";

/** Most bytes of a file of weights: hosts limit the size of files. */
const SHARD_BYTES = 4 * 2 ** 20;

/**
 * Writes it.
 *
 * @throws {UserError} DATA, for what the page has no kernel for.
 */
export async function writePage(
  graph: ExportGraph,
  folder: string,
  { precision, shardBytes = SHARD_BYTES }: TargetOptions,
): Promise<Written> {
  const built = programOf(graph, { precision: precision === "fp32" ? "fp32" : "fp16", shardBytes });
  const files = await pageFiles(built);
  for (const { path, bytes } of files) {
    const file = join(folder, path);
    await Deno.mkdir(dirname(file), { recursive: true });
    await Deno.writeFile(file, bytes);
  }
  const isModel = (path: string) => path.startsWith("model/");
  const size = (of: (path: string) => boolean) =>
    files.reduce((sum, { path, bytes }) => sum + (of(path) ? bytes.length : 0), 0);
  const model = size(isModel), page = size((path) => !isModel(path));
  await Deno.writeTextFile(join(folder, "README.md"), readme(graph, built.program, page, model));
  return {
    model: "index.html",
    files: ["index.html", "README.md", ...files.map(({ path }) => path).slice(1)],
    notes: [
      `${(page / 1e3).toFixed(0)} kB beside the model of ${Math.ceil(model / 1e3)} kB`,
      "look at it: python3 -m http.server, in that folder, then http://localhost:8000/",
    ],
  };
}
