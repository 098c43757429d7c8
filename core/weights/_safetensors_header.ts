/**
 * The JSON header of a safetensors file, read by its own grammar: `JSON.parse` would drop duplicate names silently and
 * put names that look like numbers first.
 *
 * Format: https://github.com/huggingface/safetensors#format
 *
 * @module
 */
import { WeightsFileError } from "./errors.ts";

/** What the header says of one tensor; nothing is checked but the JSON types. */
export interface HeaderEntry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/** A parsed header, in the order of the JSON. */
export interface Header {
  readonly entries: Map<string, HeaderEntry>;
  readonly metadata: Map<string, string>;
}

/** @throws {WeightsFileError} If `bytes` are not the JSON that safetensors asks for. */
export function parseHeader(bytes: Uint8Array): Header {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new WeightsFileError("damaged", "the safetensors header is not valid UTF-8", { cause });
  }
  const json = new Cursor(text);
  const entries = new Map<string, HeaderEntry>();
  let metadata: Map<string, string> | undefined;
  if (text[0] !== "{") json.fail('"{" as its first byte');
  json.object((name) => {
    if (name !== "__metadata__") {
      if (entries.has(name)) json.duplicate(name);
      entries.set(name, entry(json, name));
    } else {
      if (metadata) json.duplicate(name);
      const found = metadata = new Map<string, string>();
      json.object((key) => {
        if (found.has(key)) json.duplicate(key);
        found.set(key, json.string());
      });
    }
  });
  json.end();
  return { entries, metadata: metadata ?? new Map() };
}

function entry(json: Cursor, name: string): HeaderEntry {
  let dtype: string | undefined, shape: number[] | undefined, offsets: number[] | undefined;
  json.object((field) => {
    if (field === "dtype" && dtype === undefined) dtype = json.string();
    else if (field === "shape" && !shape) shape = json.integers();
    else if (field === "data_offsets" && !offsets) offsets = json.integers();
    else json.fail(`dtype, shape and data_offsets once each in tensor ${quote(name)}`);
  });
  if (dtype === undefined || !shape || offsets?.length !== 2) {
    json.fail(`dtype, shape and two data_offsets in tensor ${quote(name)}`);
  }
  return { dtype, shape, begin: offsets[0]!, end: offsets[1]! };
}

/** A name as error messages show it: in quotes, escaped and not too long. */
export function quote(name: string): string {
  return JSON.stringify(name.length > 100 ? name.slice(0, 100) + "…" : name);
}

/** A position in JSON text that can only hold objects, strings and lists of whole numbers. */
class Cursor {
  #at = 0;

  constructor(readonly text: string) {}

  /** Reads an object; `member` reads the value of each key. */
  object(member: (key: string) => void): void {
    this.#expect("{");
    if (this.#accept("}")) return;
    do {
      const key = this.string();
      this.#expect(":");
      member(key);
    } while (this.#accept(","));
    this.#expect("}");
  }

  /** Reads a string. */
  string(): string {
    this.#space();
    const start = this.#at;
    if (this.text[start] !== '"') this.fail("a string");
    let at = start + 1;
    while (at < this.text.length && this.text[at] !== '"') at += this.text[at] === "\\" ? 2 : 1;
    this.#at = at + 1;
    try {
      return JSON.parse(this.text.slice(start, at + 1)) as string;
    } catch {
      this.#at = start;
      return this.fail("a string");
    }
  }

  /** Reads a list of whole numbers from 0 to 2^53 - 1. */
  integers(): number[] {
    const list: number[] = [];
    this.#expect("[");
    if (this.#accept("]")) return list;
    do list.push(this.#integer()); while (this.#accept(","));
    this.#expect("]");
    return list;
  }

  /** Checks that nothing but spaces follows. */
  end(): void {
    this.#space();
    if (this.#at < this.text.length) this.fail("nothing but spaces after the JSON");
  }

  fail(wanted: string): never {
    throw new WeightsFileError(
      "damaged",
      `the safetensors header must hold ${wanted}, but has ${
        quote(this.text.slice(this.#at, this.#at + 20))
      } at character ${this.#at}`,
    );
  }

  duplicate(name: string): never {
    throw new WeightsFileError("damaged", `the safetensors header names ${quote(name)} twice`);
  }

  #integer(): number {
    this.#space();
    let end = this.#at;
    while (end < this.text.length && isDigit(this.text.charCodeAt(end))) end++;
    const digits = this.text.slice(this.#at, Math.min(end, this.#at + 20));
    const value = Number(digits);
    if (digits === "" || !Number.isSafeInteger(value) || (digits[0] === "0" && digits !== "0")) {
      this.fail("whole numbers from 0 to 2^53 - 1");
    }
    this.#at = end;
    return value;
  }

  #space(): void {
    while (" \t\r\n".includes(this.text[this.#at] ?? "x")) this.#at++;
  }

  #accept(char: string): boolean {
    this.#space();
    if (this.text[this.#at] !== char) return false;
    this.#at++;
    return true;
  }

  #expect(char: string): void {
    if (!this.#accept(char)) this.fail(`"${char}"`);
  }
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}
