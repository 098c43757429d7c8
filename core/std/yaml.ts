/**
 * YAML parsing: `@std/yaml`, or npm `yaml` where JSR cannot be reached.
 *
 * Neither is safe or equal on arbitrary text; `core/options/yaml.ts` guards them, and lets through only what both read
 * alike.
 *
 * @module
 */
import { importStd, readEnv } from "./source.ts";
import process from "node:process";

/** A YAML parser. */
export interface YamlParser {
  /** The package behind it. */
  readonly library: "@std/yaml" | "yaml";
  /**
   * Parses one document.
   *
   * @throws {Error} The library's own error, if the text is no YAML.
   */
  parse(text: string): unknown;
}

/** What is used of `@std/yaml`. */
interface StdYaml {
  parse(text: string): unknown;
}

/** The npm package, as its own types describe it. */
export type NpmYaml = typeof import("yaml");

let parser: Promise<YamlParser> | undefined;

/** The parser; loaded once per process. */
export function loadYamlParser(): Promise<YamlParser> {
  return parser ??= (async () => {
    const std = await importStd("@std/yaml") as StdYaml | undefined;
    if (std !== undefined) return { library: "@std/yaml", parse: (text) => std.parse(text) };
    const npm = await loadNpmYaml();
    return {
      library: "yaml",
      parse: (text) =>
        withoutEnv(() => npm.parse(text, { merge: true, maxAliasCount: -1, logLevel: "error" })),
    };
  })();
}

/** The npm package itself, which alone knows where in a text a key stands. */
export function loadNpmYaml(): Promise<NpmYaml> {
  return import("yaml");
}

/**
 * Runs `act`, in which npm `yaml` may look for its debugging variables in the environment: where reading them is not
 * permitted it finds none, instead of failing.
 */
export function withoutEnv<T>(act: () => T): T {
  if (readEnv("LOG_STREAM") !== undefined || readEnv("LOG_TOKENS") !== undefined) return act();
  const env = process.env;
  try {
    process.env = {};
    return act();
  } finally {
    process.env = env;
  }
}
