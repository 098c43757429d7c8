/**
 * From an options file to merged data: bases, the file itself, the command line. Nothing is checked against a schema
 * here, since plugins that the file names have to be loaded first; see `check.ts`.
 *
 * @module
 */
import { ExitCode } from "../errors.ts";
import { shortPath } from "../registry.ts";
import { nearest } from "../text.ts";
import { COMMAND_LINE, type KeyPath, type OptionsProblem, problemsError } from "./problems.ts";
import { forceOptions } from "./_force.ts";
import { type Block, isBlock, OptionSources } from "./sources.ts";
import { MAX_YAML_BYTES, parseYaml } from "./yaml.ts";
import { basename, dirname, resolve } from "node:path";

/** What the command line adds to an options file. */
export interface ReadSettings {
  /** `--force_yml`: entries such as `train:total_iter=100`. */
  readonly forceYml?: readonly string[];
  /** `--debug`: puts `debug_` before the name of the run. */
  readonly debug?: boolean;
  /** True for `train`, false for `test`. */
  readonly isTrain: boolean;
  /** `--auto_resume`. */
  readonly autoResume?: boolean;
  /** `--engine`, which goes before `engine:`. */
  readonly engine?: string;
  /** `--precision`, which goes before `train.precision`, for a test before `val.precision`. */
  readonly precision?: string;
  /** `--plugins`: folders besides those of the file. */
  readonly plugins?: readonly string[];
}

/** Options before checking. */
export interface RawOptions {
  /** Merged plain data: BasicSR's keys as written. */
  readonly data: { readonly [key: string]: unknown };
  /** Absolute path of the options file. */
  readonly path: string;
  /** The options file and its bases, as they were read. */
  readonly files: readonly string[];
  /** Plugin folders of file and command line; to be loaded before checking. */
  readonly plugins: readonly string[];
  /** Where each key came from. */
  readonly sources: OptionSources;
  /** What was asked for. */
  readonly settings: ReadSettings;
}

/** How many files may stand in one another's `_base_`. */
const MAX_CHAIN = 16;
/** How many files may be read in all. */
const MAX_FILES = 64;

/**
 * Reads an options file with its bases (`_base_: file` or a list of files, relative to the file that names them), and
 * applies the command line.
 *
 * Blocks merge key by key and lists are replaced; of several bases later ones win; `_delete_: true` in a block drops
 * what the bases say about it.
 *
 * @throws {UserError} With exit code USAGE if a file is missing or not readable as options, or bases form a circle.
 */
export async function readOptions(path: string, settings: ReadSettings): Promise<RawOptions> {
  const absolute = resolve(path);
  const sources = new OptionSources(shortPath(absolute));
  const files: string[] = [];
  const data: Block = {};
  await readInto(data, absolute, [], files, sources);
  const problems = await forceOptions(data, settings.forceYml ?? [], sources);
  if (problems.length > 0) throw problemsError(problems);
  if (settings.engine !== undefined) {
    data["engine"] = settings.engine;
    sources.set(["engine"], COMMAND_LINE);
  }
  if (settings.precision !== undefined) {
    const section = settings.isTrain ? "train" : "val";
    // A file that tests needs no val; one that trains without train is told so.
    if (!settings.isTrain) data[section] ??= {};
    if (isBlock(data[section])) {
      data[section]["precision"] = settings.precision;
      sources.set([section, "precision"], COMMAND_LINE);
    }
  }
  const own = typeof data["plugins"] === "string" ? [data["plugins"]] : data["plugins"];
  const plugins = [
    ...(Array.isArray(own) ? own : []).filter((folder) => typeof folder === "string"),
    ...settings.plugins ?? [],
  ];
  return { data, path: absolute, files, plugins, sources, settings };
}

/** Reads a file and its bases into `data`; `chain` holds the files that led here. */
async function readInto(
  data: Block,
  file: string,
  chain: readonly string[],
  files: string[],
  sources: OptionSources,
): Promise<void> {
  const shown = shortPath(file);
  const text = await readText(file, shown);
  if (!files.includes(file)) files.push(file);
  if (files.length > MAX_FILES) {
    throw problemsError([{
      file: shown,
      key: "_base_",
      what: `leads to more than ${MAX_FILES} files`,
    }]);
  }
  sources.addText(shown, text);
  const parsed = await parseYaml(text, shown);
  if (!isBlock(parsed)) {
    throw problemsError([{
      file: shown,
      key: "",
      what: "holds no options, write keys such as name: and datasets:",
    }]);
  }
  const { _base_: bases, ...own } = parsed;
  const here = [...chain, file];
  const local = new OptionSources(shown);
  local.addText(shown, text);
  const fail = async (path: KeyPath, what: string) =>
    problemsError([{ ...await local.place(path, "value"), key: "_base_", what }]);
  for (const [i, base] of baseList(bases).entries()) {
    const at: KeyPath = Array.isArray(bases) ? ["_base_", i] : ["_base_"];
    if (typeof base !== "string" || base === "") {
      throw await fail(at, "must be the name of an options file or a list of such names");
    }
    const target = resolve(dirname(file), base);
    const trail = [...here, target].map(shortPath).join(" -> ");
    if (here.includes(target)) {
      throw await fail(at, `goes in a circle: ${trail}; remove one of them`);
    }
    if (here.length >= MAX_CHAIN) {
      throw await fail(at, `is deeper than ${MAX_CHAIN} files: ${trail}`);
    }
    try {
      await Deno.stat(target);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      throw await fail(at, `"${base}" does not exist: ${trail}; paths are relative to ${shown}`);
    }
    await readInto(data, target, here, files, sources);
  }
  const problems: OptionsProblem[] = [];
  merge(data, own, [], shown, sources, problems);
  if (problems.length > 0) {
    throw problemsError(
      await Promise.all(
        problems.map(async (p) => ({ ...p, ...await local.place(p.key.split("."), "value") })),
      ),
    );
  }
}

function baseList(bases: unknown): readonly unknown[] {
  if (bases === undefined || bases === null) return [];
  return Array.isArray(bases) ? bases : [bases];
}

/** Merges `over` into `into`; blocks key by key, everything else replaced. */
function merge(
  into: Block,
  over: Block,
  path: readonly string[],
  file: string,
  sources: OptionSources,
  problems: OptionsProblem[],
): void {
  for (const [key, value] of Object.entries(over)) {
    const at = [...path, key];
    if (key === "_delete_" && path.length > 0) {
      if (typeof value !== "boolean") {
        problems.push({ file, key: at.join("."), what: "must be true or false" });
      }
      continue;
    }
    if (!isBlock(value)) {
      into[key] = value;
      sources.set(at, file);
      continue;
    }
    const before = Object.hasOwn(into, key) ? into[key] : undefined;
    if (value["_delete_"] === true || !isBlock(before)) {
      into[key] = {};
      sources.set(at, file);
    }
    merge(into[key] as Block, value, at, file, sources, problems);
  }
}

/** Reads an options file, at most as much as an options file may hold. */
async function readText(path: string, shown: string): Promise<string> {
  const refuse = (what: string, options?: ErrorOptions) =>
    problemsError([{ file: shown, key: "", what }], ExitCode.USAGE, options);
  const bytes = new Uint8Array(MAX_YAML_BYTES + 1);
  let length = 0;
  try {
    const info = await Deno.stat(path);
    if (info.isDirectory) throw refuse("is a folder, name an options file (.yml)");
    if (info.size > MAX_YAML_BYTES) throw refuse(tooLong);
    using file = await Deno.open(path);
    while (length < bytes.length) {
      const read = await file.read(bytes.subarray(length));
      if (read === null) break;
      length += read;
    }
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound || cause instanceof Deno.errors.NotADirectory)) {
      throw cause;
    }
    const near = nearest(basename(path), await siblings(path));
    throw refuse(
      `there is no such options file${
        near.length > 0 ? `, did you mean "${near[0]}"?` : ", check -opt"
      }`,
      { cause },
    );
  }
  if (length > MAX_YAML_BYTES) throw refuse(tooLong);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(
      bytes.subarray(0, length),
    );
  } catch (cause) {
    throw refuse("is not text in UTF-8, save it as UTF-8", { cause });
  }
}

const tooLong =
  `is longer than ${MAX_YAML_BYTES} bytes, which no options file is; check -opt and _base_`;

/** Names of the options files beside `path`. */
async function siblings(path: string): Promise<string[]> {
  try {
    const entries = await Array.fromAsync(Deno.readDir(dirname(path)));
    return entries.map((entry) => entry.name).filter((name) => /\.ya?ml$/.test(name));
  } catch {
    return []; // the folder is missing as well: nothing to suggest
  }
}
