/**
 * Guarded YAML: options files are read with limits, and only as far as every YAML library reads them alike.
 *
 * Accepted is YAML 1.2 core with anchors, aliases, merge keys (`<<`) and the tags of its own types. Refused, with a
 * place and advice, are texts that are too long or nested too deep, too many aliases, cycles, tabs as indentation,
 * foreign tags, duplicate and `__proto__` keys, and scalars that readers take for different things (`012`, `yes`).
 *
 * @module
 */
import type { Document, Node, Pair } from "yaml";
import { loadNpmYaml, loadYamlParser, type NpmYaml, withoutEnv } from "../std/yaml.ts";
import {
  type KeyPath,
  keyText,
  type OptionsProblem,
  type Position,
  problemsError,
} from "./problems.ts";
import { LIMITS, scan } from "./_scan.ts";

/** The most bytes that an options file may have. */
export const MAX_YAML_BYTES: number = LIMITS.length;

/**
 * Parses one YAML document into plain data: objects, lists, text, numbers, booleans and `null`, all of it fresh (what
 * aliases share in the text is copied).
 *
 * @param text The document.
 * @param file Name for messages.
 * @throws {UserError} With exit code USAGE; one line `file:line:column: what; what to do` for each problem.
 */
export async function parseYaml(text: string, file: string): Promise<unknown> {
  const { value, problems } = await readYaml(text, file);
  if (problems.length > 0) throw problemsError(problems);
  return value;
}

/** As {@linkcode parseYaml}, with the problems as data. Without problems there is a value. */
export async function readYaml(
  text: string,
  file: string,
): Promise<{ readonly value?: unknown; readonly problems: readonly OptionsProblem[] }> {
  const fail = (position: Position | undefined, what: string) => ({
    problems: [{ file, position, key: "", what }],
  });
  if (text.length > LIMITS.length) {
    return fail(undefined, `is longer than ${LIMITS.length} characters; split it with _base_:`);
  }
  const { findings, text: guarded } = scan(text);
  if (findings.length > 0) {
    return { problems: findings.map(({ position, what }) => ({ file, position, key: "", what })) };
  }
  const parser = await loadYamlParser();
  let parsed: unknown;
  try {
    parsed = parser.parse(guarded);
  } catch (error) {
    const { position, what } = await explain(guarded, error);
    return fail(position, what);
  }
  const { value, trouble } = copy(parsed);
  if (trouble === undefined) return { value, problems: [] };
  const locator = await createLocator(guarded);
  return fail(locator.locate(trouble.path), `${keyText(trouble.path)} ${trouble.what}`);
}

/** Finds keys and values in one YAML text. */
export interface Locator {
  /**
   * Where the key at `path` stands, or its value with `at` = `value`. If there is no such key, where the innermost one
   * on the way to it stands; `undefined` if there is nothing at all.
   */
  locate(path: KeyPath, at?: "key" | "value"): Position | undefined;
}

/** Opens a text that {@linkcode parseYaml} has read. Only needed when there is something to report. */
export async function createLocator(text: string): Promise<Locator> {
  const yaml = await loadNpmYaml();
  const lines = new yaml.LineCounter();
  const document = withoutEnv(() =>
    yaml.parseDocument(text.replace(/^\uFEFF/, ""), {
      lineCounter: lines,
      merge: true,
      logLevel: "error",
      uniqueKeys: false,
    })
  );
  const place = (node: unknown): Position | undefined => {
    const start = (node as Node | null | undefined)?.range?.[0];
    if (start === undefined) return undefined;
    const { line, col } = lines.linePos(start);
    return { line, column: col };
  };
  return {
    locate(path, at = "key") {
      let node: unknown = document.contents;
      let found: Position | undefined;
      for (const [i, part] of path.entries()) {
        const step = child(yaml, document, node, part);
        if (step === undefined) break;
        node = step.value;
        const key = step.key === undefined ? undefined : place(step.key);
        const value = place(step.value);
        found = (at === "value" && i === path.length - 1 ? value ?? key : key ?? value) ?? found;
      }
      return found;
    },
  };
}

/** Where the key at `path` stands in `text`; see {@linkcode Locator}. */
export async function locate(
  text: string,
  path: KeyPath,
  at: "key" | "value" = "key",
): Promise<Position | undefined> {
  return (await createLocator(text)).locate(path, at);
}

/** One step down; keys that came by `<<` are found where they were written. */
function child(
  yaml: NpmYaml,
  document: Document,
  node: unknown,
  part: string | number,
): { readonly key?: unknown; readonly value: unknown } | undefined {
  if (yaml.isAlias(node)) node = node.resolve(document);
  if (yaml.isSeq(node)) {
    const value = typeof part === "number" ? node.items[part] : undefined;
    return value === undefined ? undefined : { value };
  }
  if (!yaml.isMap(node)) return undefined;
  const named = (name: string | number) => (pair: Pair) =>
    String(yaml.isScalar(pair.key) ? pair.key.source ?? pair.key.value : pair.key) === String(name);
  const own = (node.items as Pair[]).findLast(named(part));
  if (own !== undefined) return own;
  for (const { value } of (node.items as Pair[]).filter(named("<<"))) {
    for (const source of yaml.isSeq(value) ? value.items : [value]) {
      const merged = child(yaml, document, source, part);
      if (merged !== undefined) return merged;
    }
  }
  return undefined;
}

interface Trouble {
  readonly path: KeyPath;
  readonly what: string;
}

/** Copies parsed data, counting; stops at the first thing that is too much or no plain data. */
function copy(root: unknown): { readonly value?: unknown; readonly trouble?: Trouble } {
  let count = 0;
  const open = new Set<unknown>();
  class Halt extends Error {
    constructor(readonly trouble: Trouble) {
      super();
    }
  }
  const visit = (value: unknown, path: KeyPath): unknown => {
    const halt = (what: string) => new Halt({ path, what });
    if (++count > LIMITS.values) {
      throw halt(`grows beyond ${LIMITS.values} values through its aliases (*); use fewer`);
    }
    if (value === null || value === undefined) return null;
    if (typeof value === "number") return value === 0 ? 0 : value; // no negative zero
    if (typeof value === "string" || typeof value === "boolean") return value;
    if (typeof value !== "object") {
      throw halt(`is a ${typeof value}, which options cannot hold; quote it`);
    }
    if (open.has(value)) throw halt("contains itself through an alias (*); remove the alias");
    if (path.length >= LIMITS.depth) {
      throw halt(`is nested deeper than ${LIMITS.depth} levels; flatten it`);
    }
    open.add(value);
    let result: unknown;
    if (Array.isArray(value)) {
      result = value.map((inner, i) => visit(inner, [...path, i]));
    } else if (Object.getPrototypeOf(value) === Object.prototype) {
      if (Object.hasOwn(value, "__proto__")) throw halt("has the key __proto__; remove it");
      result = Object.fromEntries(
        Object.entries(value).map(([key, inner]) => [key, visit(inner, [...path, key])]),
      );
    } else {
      throw halt("is of a type that options cannot hold; quote it");
    }
    open.delete(value);
    return result;
  };
  try {
    return { value: visit(root, []) };
  } catch (error) {
    if (error instanceof Halt) return { trouble: error.trouble };
    throw error;
  }
}

/** What a library complained about, in the same words whichever library it was. */
async function explain(
  text: string,
  cause: unknown,
): Promise<{ readonly position?: Position; readonly what: string }> {
  const yaml = await loadNpmYaml();
  const options = { merge: true, maxAliasCount: -1, logLevel: "error" } as const;
  let message = (cause as Error).message;
  let position = textPosition(message);
  try {
    const document = withoutEnv(() => yaml.parseDocument(text, options));
    const [error] = document.errors;
    if (error === undefined) withoutEnv(() => document.toJS(options));
    else {
      message = error.message;
      const start = error.linePos?.[0];
      if (start !== undefined) position = { line: start.line, column: start.col };
    }
  } catch (error) {
    message = (error as Error).message;
    const alias = /Unresolved alias.*: (\S+)$/.exec(message)?.[1];
    if (alias !== undefined) {
      const lines = text.split("\n");
      const line = lines.findIndex((l) => l.includes(`*${alias}`));
      position = { line: line + 1, column: lines[line]!.indexOf(`*${alias}`) + 1 };
      return {
        position,
        what: `there is no anchor &${alias} before *${alias}; define it or write the value`,
      };
    }
  }
  const [first] = message.split("\n", 1);
  const what = first!.replace(/ at line \d+, column \d+:?$/, "").replace(/[:.]$/, "");
  const advice = /Nested mappings are not allowed/.test(what)
    ? 'indent by spaces alike, and quote text that holds ": "'
    : "correct the YAML here";
  return { position, what: `not readable as YAML (${what}); ${advice}` };
}

function textPosition(message: string): Position | undefined {
  const found = /at line (\d+), column (\d+)/.exec(message);
  return found === null ? undefined : { line: Number(found[1]), column: Number(found[2]) };
}
