/**
 * The catalogue of pretrained models: every `zoo/*.yml` in the program's `plugins/` and in further plugin folders.
 * Adding such a file adds its models.
 *
 * @module
 */
import { ExitCode, UserError } from "../errors.ts";
import { type Complaint, complaints } from "../options/mod.ts";
import { keyText, type OptionsProblem, problemsError } from "../options/problems.ts";
import { createLocator, parseYaml } from "../options/yaml.ts";
import { expandHome } from "../places.ts";
import { OWN_PLUGINS } from "../plugins.ts";
import { shortPath } from "../registry.ts";
import { nearest } from "../text.ts";
import { redirectHosts } from "./hosts.ts";
import {
  catalogueSchema,
  type WrittenCatalogue,
  type WrittenEntry,
  type ZooEntry,
} from "./schema.ts";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** All models that are known, in the order of files and entries. */
export class Catalogue {
  readonly #byName: ReadonlyMap<string, ZooEntry>;

  /** Takes entries whose names differ. */
  constructor(
    /** The entries. */
    readonly entries: readonly ZooEntry[],
  ) {
    this.#byName = new Map(entries.map((entry) => [entry.name.toLowerCase(), entry]));
  }

  /**
   * The model of this name; the case of letters does not matter.
   *
   * @throws {UserError} USAGE, if there is none; the message gives near matches.
   */
  get(name: string): ZooEntry {
    const found = this.#byName.get(name.toLowerCase());
    if (found !== undefined) return found;
    const near = nearest(name, this.entries.map((entry) => entry.name));
    const inside = this.entries.map((entry) => entry.name)
      .filter((other) => name.length > 2 && other.toLowerCase().includes(name.toLowerCase()));
    const hints = [...new Set([...near, ...inside])].slice(0, 3);
    throw new UserError(
      `the zoo has no model "${name}"` +
        (hints.length > 0 ? `, did you mean ${hints.join(" or ")}?` : "") +
        "; deno task zoo lists them",
      ExitCode.USAGE,
    );
  }

  /** Every host that fetching any of `entries` may have to reach, sorted. */
  hosts(entries: readonly ZooEntry[] = this.entries): string[] {
    const hosts = new Set<string>();
    for (const { url, redirects } of entries) {
      for (const address of url) {
        const { host } = new URL(address);
        hosts.add(host);
        for (const other of redirectHosts(host)) hosts.add(other);
        for (const other of redirects) hosts.add(other);
      }
    }
    return [...hosts].sort();
  }
}

/**
 * Reads all catalogues.
 *
 * @param plugins Further plugin folders, besides the program's own; their folder `zoo` need not be there.
 * @throws {UserError} USAGE, if an entry is wrong or a name or file is taken; one line `file:line:column: key what`
 * for each problem.
 */
export async function readCatalogue(plugins: readonly string[] = []): Promise<Catalogue> {
  const folders = [
    new URL("zoo/", OWN_PLUGINS),
    ...plugins.map((folder) => pathToFileURL(join(resolve(expandHome(folder)), "zoo") + "/")),
  ];
  const entries: ZooEntry[] = [];
  const problems: OptionsProblem[] = [];
  const taken = new Map<string, string>();
  for (const path of (await Promise.all(folders.map(filesIn))).flat()) {
    const file = shortPath(pathToFileURL(path).href);
    const { content, complained, written } = await parsed(path, file);
    const found = [...complained];
    for (const [i, model] of (written?.models ?? []).entries()) {
      for (const key of ["name", "file"] as const) {
        const id = `${key} ${model[key].toLowerCase()}`;
        const other = taken.get(id);
        if (other === undefined) taken.set(id, `models[${i}] of ${file}`);
        else {
          const what = `"${model[key]}" is taken by ${other}: choose another`;
          found.push({ path: ["models", i, key], what });
        }
      }
      const entry = complete(model, written!, i, found);
      if (entry !== undefined) entries.push({ ...entry, catalogue: file });
    }
    if (found.length === 0) continue;
    const locator = await createLocator(content);
    for (const { path: key, what, unknown } of found) {
      const position = locator.locate(key, unknown ? "key" : "value") ??
        locator.locate(key.slice(0, -1), "value"); // what is missing is placed at what lacks it
      problems.push({ file, position, key: keyText(key), what });
    }
  }
  if (problems.length > 0) throw problemsError(problems);
  return new Catalogue(entries);
}

/** A file's content, if it fits the schema, and what does not. */
interface ParsedFile {
  readonly content: string;
  readonly written?: WrittenCatalogue;
  readonly complained: readonly Complaint[];
}

/** The program's own files, which do not change while it runs and are asked for by every network and loss. */
const own = new Map<string, Promise<ParsedFile>>();

function parsed(path: string, file: string): Promise<ParsedFile> {
  if (!path.startsWith(fileURLToPath(OWN_PLUGINS))) return parse(path, file);
  const known = own.get(path) ?? parse(path, file);
  own.set(path, known);
  return known;
}

async function parse(path: string, file: string): Promise<ParsedFile> {
  const content = await Deno.readTextFile(path);
  const data = await parseYaml(content, file);
  const checked = catalogueSchema.safeParse(data);
  if (checked.success) {
    return { content, complained: [], written: checked.data as WrittenCatalogue };
  }
  const complained = complaints(checked.error, data).map((complaint) =>
    complaint.path.length === 0 ? { ...complaint, what: `the file ${complaint.what}` } : complaint
  );
  return { content, complained };
}

/** An entry with what the top of its file says for all. */
function complete(
  model: WrittenEntry,
  top: WrittenCatalogue,
  index: number,
  found: Complaint[],
): Omit<ZooEntry, "catalogue"> | undefined {
  const license = model.license ?? top.license;
  const source = model.source ?? top.source;
  const facts = model.facts ?? top.facts;
  for (const [key, value] of Object.entries({ license, source, facts })) {
    if (value !== undefined) continue;
    const what = `has no ${key}: give it here or at the top of the file`;
    found.push({ path: ["models", index], what });
  }
  if (license === undefined || source === undefined || facts === undefined) return undefined;
  const url = model.url === undefined ? [] : [model.url].flat();
  return { ...model, url, license, source, facts };
}

/** Catalogue files of one folder by name; none if it is not there. */
async function filesIn(folder: URL): Promise<string[]> {
  const path = fileURLToPath(folder);
  try {
    const names = (await Array.fromAsync(Deno.readDir(path))).filter(({ isDirectory }) =>
      !isDirectory
    ).map(({ name }) => name);
    return names.filter((name) => /^[^.].*\.ya?ml$/.test(name)).sort().map((name) =>
      join(path, name)
    );
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return [];
    }
    throw error;
  }
}
