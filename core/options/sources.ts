/**
 * Where each option came from: the options file, one of its bases, or the command line.
 *
 * @module
 */
import { COMMAND_LINE, type KeyPath, type Position } from "./problems.ts";
import { createLocator, type Locator } from "./yaml.ts";

/** A nested block of options. */
export type Block = Record<string, unknown>;

/** True for a block of keys. */
export function isBlock(value: unknown): value is Block {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Remembers the file of each key, and finds keys in their files. */
export class OptionSources {
  readonly #texts = new Map<string, string>();
  readonly #origins = new Map<string, string>();
  readonly #locators = new Map<string, Promise<Locator>>();

  /** `main` is the options file itself, to which everything belongs that has no other origin. */
  constructor(readonly main: string) {}

  /** Adds the text of a file, under the name that messages show. */
  addText(file: string, text: string): void {
    this.#texts.set(file, text);
  }

  /** Notes that the value at `path`, and all in it, came from `file`. */
  set(path: KeyPath, file: string): void {
    const key = JSON.stringify(path);
    const inside = `${key.slice(0, -1)},`;
    for (const known of this.#origins.keys()) {
      if (known.startsWith(inside)) this.#origins.delete(known);
    }
    this.#origins.set(key, file);
  }

  /** The file of the key at `path`, or of the innermost block around it. */
  fileOf(path: KeyPath): string {
    for (let n = path.length; n > 0; n--) {
      const file = this.#origins.get(JSON.stringify(path.slice(0, n)));
      if (file !== undefined) return file;
    }
    return this.main;
  }

  /** File and place of the key at `path`, or with `at` = `value` of its value. */
  async place(
    path: KeyPath,
    at: "key" | "value" = "key",
  ): Promise<{ readonly file: string; readonly position?: Position }> {
    const file = this.fileOf(path);
    const text = this.#texts.get(file);
    if (file === COMMAND_LINE || text === undefined) return { file };
    let locator = this.#locators.get(file);
    if (locator === undefined) this.#locators.set(file, locator = createLocator(text));
    return { file, position: (await locator).locate(path, at) };
  }
}
