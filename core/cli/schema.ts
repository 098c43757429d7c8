/**
 * `schema`: writes the JSON Schema of options files, with every plugin that is found.
 *
 * @module
 */
import { ExitCode } from "../errors.ts";
import { print } from "../log/terminal.ts";
import { jsonSchema } from "../options/mod.ts";
import { loadPlugins } from "../plugins.ts";
import { kindFolder, PLUGIN_KINDS, REGISTRIES, shortPath } from "../registry.ts";
import { ensureDir } from "../std/fs.ts";
import { writeAtomicText } from "../storage/atomic.ts";
import type { Parsed } from "./commands.ts";
import { dirname } from "node:path";

/**
 * Runs `schema`: 0 if all plugins are in it, 1 if some could not be imported.
 *
 * @throws {UserError} If a plugin folder is wrong or the file cannot be written.
 */
export async function runSchema({ flags }: Parsed): Promise<number> {
  const out = (flags["out"] as string | undefined) ?? "options/schema.json";
  const { broken } = await loadPlugins(flags["plugins"] as readonly string[]);
  await ensureDir(dirname(out));
  await writeAtomicText(out, JSON.stringify(jsonSchema(), null, 2) + "\n");
  const counts = PLUGIN_KINDS.map((kind) => {
    const n = REGISTRIES[kind].names().length;
    return `${n} ${n === 1 ? kind : kindFolder(kind)}`;
  });
  print(`wrote ${out} (${counts.join(", ")})`);
  for (const { file, error } of broken) {
    console.error(
      `warning: plugin ${shortPath(file)} was left out: ${error.message.split("\n")[0]}`,
    );
  }
  return broken.length > 0 ? ExitCode.SOME_FAILED : ExitCode.OK;
}
