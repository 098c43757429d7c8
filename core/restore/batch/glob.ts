/**
 * Patterns of paths, as shells expand them: `*`, `?`, `[a-z]`, `{png,jpg}` and `**` for any folders.
 *
 * Shells do this by themselves; here it is for patterns in quotes, and for shells that do not. As in shells, names that
 * begin with a dot match only where the pattern has that dot, and `**` does not go through links.
 *
 * @module
 */
import { join } from "node:path";

/** A path that fits a pattern. */
export interface GlobMatch {
  /** The path, beginning as the pattern does. */
  readonly path: string;
  /** The part of it below the folder in which the pattern begins to vary. */
  readonly relative: string;
}

/** Whether `word` holds characters that make it a pattern. */
export function isGlob(word: string): boolean {
  return /[*?[{]/.test(word);
}

/** The folder in which `pattern` begins to vary: `photos` of `photos/*.png`, `.` of `*.png`, that above both of a brace. */
export function globRoot(pattern: string): string {
  const parts = pattern.split("/");
  const at = parts.findIndex(isGlob);
  const fixed = parts.slice(0, at < 0 ? parts.length - 1 : at).join("/");
  return fixed || (pattern.startsWith("/") ? "/" : ".");
}

/** Everything that fits `pattern`, files and folders, sorted by name within each folder and without doubles. */
export async function expandGlob(pattern: string): Promise<GlobMatch[]> {
  const root = globRoot(pattern);
  const rest = pattern.slice(root === "." && !pattern.startsWith("./") ? 0 : root.length)
    .replace(/^\/+/, "");
  const found = new Map<string, GlobMatch>();
  for (const alternative of braces(rest)) {
    for await (const relative of matches(root, "", alternative.split("/").filter(Boolean))) {
      const path = root === "." ? relative : join(root, relative);
      found.set(path, { path, relative });
    }
  }
  return [...found.values()];
}

async function* matches(
  root: string,
  below: string,
  parts: readonly string[],
): AsyncGenerator<string> {
  const [part, ...rest] = parts;
  if (part === undefined) return;
  if (part === "**") {
    // No folder at all, or one more.
    if (rest.length > 0) yield* matches(root, below, rest);
    for (const entry of await entriesOf(join(root, below))) {
      if (entry.name.startsWith(".")) continue;
      const inner = join(below, entry.name);
      if (entry.isDirectory) yield* matches(root, inner, parts);
      if (rest.length === 0 && !entry.isDirectory) yield inner;
    }
    return;
  }
  if (!isGlob(part)) {
    const inner = join(below, part);
    if (rest.length > 0) yield* matches(root, inner, rest);
    else if (await exists(join(root, inner))) yield inner;
    return;
  }
  const name = nameExpression(part);
  for (const entry of await entriesOf(join(root, below))) {
    if (!name.test(entry.name) || (entry.name.startsWith(".") && !part.startsWith("."))) continue;
    const inner = join(below, entry.name);
    if (rest.length === 0) yield inner;
    else if (entry.isDirectory || entry.isSymlink) yield* matches(root, inner, rest);
  }
}

/** Sorted; nothing where there is no folder. */
async function entriesOf(folder: string): Promise<Deno.DirEntry[]> {
  try {
    const entries = await Array.fromAsync(Deno.readDir(folder));
    return entries.sort((a, b) => a.name < b.name ? -1 : 1);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return [];
    }
    throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}

/** One name of a pattern as a regular expression. */
function nameExpression(part: string): RegExp {
  const source = part.replaceAll(
    /\*+|\?|\[([!^]?)(\]?[^\]]*)\]|[\\^$.|+(){}[\]]/g,
    (text, not: string | undefined, set: string | undefined) => {
      if (text.startsWith("*")) return "[^/]*";
      if (text === "?") return "[^/]";
      if (set) return `[${not ? "^" : ""}${set.replaceAll(/[\\\]^[]/g, "\\$&")}]`;
      return `\\${text}`;
    },
  );
  return new RegExp(`^${source}$`, "su");
}

/** `a{b,c}d` as `abd` and `acd`, innermost braces first; braces without a comma stand for themselves. */
function braces(pattern: string): string[] {
  const group = /\{([^{}]*,[^{}]*)\}/.exec(pattern);
  if (group === null) return [pattern];
  const [whole, inner] = group;
  const before = pattern.slice(0, group.index);
  const after = pattern.slice(group.index + whole.length);
  return inner!.split(",").flatMap((choice) => braces(before + choice + after));
}
