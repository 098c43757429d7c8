/**
 * The plugin scan: imports every file named `*_<kind>.ts` in the plugin folders, whereupon the files register themselves.
 *
 * @module
 */
import { ExitCode, UserError } from "./errors.ts";
import {
  type BrokenPlugin,
  PLUGIN_KINDS,
  type PluginKind,
  REGISTRIES,
  type ScanRecord,
} from "./registry.ts";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

/** The folder that ships with the program. */
export const OWN_PLUGINS: URL = new URL("../plugins/", import.meta.url);

/**
 * Imports the plugin files in the program's own `plugins/` folder and in `folders`, deepest folders included, in
 * the order of their names. A file that cannot be imported, or registers nothing, is recorded and skipped: it only
 * matters if something in it is asked for, and `Registry.explain` then names it.
 *
 * @param folders Further folders (paths, relative to the working directory).
 * @param kinds Kinds that are wanted, default all: a command that only needs networks starts sooner with those alone.
 * @throws {UserError} If a folder does not exist or holds no plugin file, or a name is registered twice.
 */
export async function loadPlugins(
  folders: readonly string[] = [],
  kinds: readonly PluginKind[] = PLUGIN_KINDS,
): Promise<ScanRecord> {
  const files: string[] = [];
  const suffix = new RegExp(`_(?:${kinds.join("|")})\\.ts$`);
  await collect(OWN_PLUGINS, suffix, files);
  for (const folder of folders) {
    const url = pathToFileURL(`${resolve(folder)}/`);
    const before = files.length;
    try {
      await collect(url, suffix, files);
    } catch (cause) {
      if (!(cause instanceof Deno.errors.NotFound || cause instanceof Deno.errors.NotADirectory)) {
        throw cause;
      }
      throw new UserError(
        `plugin folder "${folder}" does not exist, check plugins: in the options file or --plugins`,
        ExitCode.USAGE,
        { cause },
      );
    }
    if (files.length === before) {
      throw new UserError(
        `plugin folder "${folder}" holds no file named *_<${kinds.join("|")}>.ts`,
        ExitCode.USAGE,
      );
    }
  }
  const broken: BrokenPlugin[] = [];
  const unique = [...new Set(files)];
  await importTogether(unique.filter((file) => file.startsWith(OWN_PLUGINS.href)));
  for (const file of unique) {
    const before = count();
    try {
      // One after the other: which file registered a name must not depend on timing.
      await import(file);
    } catch (error) {
      if (error instanceof UserError) throw error;
      broken.push({ file, error: error instanceof Error ? error : new Error(String(error)) });
      continue;
    }
    if (count() > before || registeredBy(file)) contributed.add(file);
    if (!contributed.has(file)) {
      const kind = /_([a-z]+)\.ts$/.exec(file)![1]!;
      const registry = `${kind.toUpperCase()}_REGISTRY`;
      broken.push({
        file,
        error: new Error(`registered no ${kind}, decorate its class with @${registry}.register()`),
      });
    }
  }
  const record: ScanRecord = { files: unique, broken };
  for (const kind of kinds) REGISTRIES[kind].noteScan(record);
  return record;
}

/**
 * Imports the program's own files as one module that imports them in this order, for which Deno takes half the time. What
 * fails, and what is behind it, is imported once more by itself, and told then.
 */
async function importTogether(files: readonly string[]): Promise<void> {
  const source = files.map((file) => `import ${JSON.stringify(file)};`).join("\n");
  await import(`data:text/javascript,${encodeURIComponent(source)}`).catch(() => {});
}

/** Files that have registered something; an earlier scan may have imported them, and they do it once only. */
const contributed = new Set<string>();

function count(): number {
  return Object.values(REGISTRIES).reduce((n, r) => n + r.names().length, 0);
}

/** True if something imported this file before the scan did. */
function registeredBy(file: string): boolean {
  return Object.values(REGISTRIES).some((r) => r.entries().some((entry) => entry.file === file));
}

async function collect(folder: URL, suffix: RegExp, into: string[]): Promise<void> {
  const entries = await Array.fromAsync(Deno.readDir(folder));
  entries.sort((a, b) => a.name < b.name ? -1 : 1);
  for (const entry of entries) {
    if (entry.name.startsWith(".") || entry.name === "node_modules") continue;
    const url = new URL(encodeURIComponent(entry.name) + (entry.isDirectory ? "/" : ""), folder);
    if (entry.isDirectory) await collect(url, suffix, into);
    else if (suffix.test(entry.name)) into.push(url.href);
  }
}
