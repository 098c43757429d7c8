/**
 * What zod finds, in our words: what is wrong, what was received, what to write instead.
 *
 * @module
 */
import type { SchemaError } from "./schema_types.ts";
import { nearest } from "../text.ts";
import type { KeyPath } from "./problems.ts";
import { z } from "./zod.ts";

type Issue = z.core.$ZodIssue;

/** One finding below the value that was checked. */
export interface Complaint {
  /** Path of the key, from the value that was checked. */
  readonly path: KeyPath;
  /** What is wrong and what to do. */
  readonly what: string;
  /** Set if the key itself is what is wrong, and is unknown. */
  readonly unknown?: true;
}

const DEFAULT_MESSAGE = z.locales.en().localeError;

/** The findings of a failed check of `value`, every unknown key by itself. */
export function complaints(error: SchemaError, value: unknown): Complaint[] {
  return error.issues.flatMap((issue): Complaint[] => {
    const path = issue.path.map((part) => typeof part === "symbol" ? String(part) : part);
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => ({ path: [...path, key], what: "is unknown", unknown: true }));
    }
    const received = path.reduce<unknown>(
      (inner, part) => (inner as Record<string | number, unknown> | null | undefined)?.[part],
      value,
    );
    if (issue.code === "invalid_union") {
      const inside = nested(issue.errors as Issue[][]);
      if (inside !== undefined) {
        const deeper = complaints({ issues: inside } as SchemaError, received);
        return deeper.map((c) => ({ ...c, path: [...path, ...c.path] }));
      }
    }
    return [{ path, what: describe(issue as Issue, received) }];
  });
}

/** The branch of a union that was meant, if one got further than the value itself. */
function nested(branches: readonly Issue[][]): Issue[] | undefined {
  return branches.find((issues) => issues.every((issue) => issue.path.length > 0));
}

function describe(issue: Issue, received: unknown): string {
  const plain = DEFAULT_MESSAGE(issue as z.core.$ZodRawIssue);
  const standard = typeof plain === "string" ? plain : plain?.message;
  const custom = issue.code === "custom" || issue.message !== standard;
  if (received === undefined && issue.code !== "custom") {
    return `is missing${expectation(issue, "; it must be")}`;
  }
  if (custom && !/^Invalid input/.test(issue.message)) return issue.message;
  const wanted = expectation(issue, "");
  if (wanted === "") return `is wrong (${issue.message}), received ${show(received)}`;
  return `must be${wanted}, received ${show(received)}${advice(issue, received)}`;
}

/** What was wanted, with a space before it, or nothing. */
function expectation(issue: Issue, lead: string): string {
  const words = (text: string) => `${lead} ${text}`;
  switch (issue.code) {
    case "invalid_type":
      return issue.expected === "nonoptional" ? "" : words(KINDS[issue.expected] ?? issue.expected);
    case "invalid_value":
      return words(choice(issue.values.map((v) => show(v))));
    case "too_small":
    case "too_big": {
      const low = issue.code === "too_small";
      const limit = low ? issue.minimum : issue.maximum;
      if (issue.origin === "array" || issue.origin === "string") {
        const unit = issue.origin === "array" ? "entries" : "characters";
        if (low && issue.origin === "string" && limit === 1) return words("text that is not empty");
        return words(
          `${issue.origin === "array" ? "a list" : "text"} of at ${
            low ? "least" : "most"
          } ${limit} ${unit}`,
        );
      }
      return words(
        issue.inclusive
          ? `at ${low ? "least" : "most"} ${limit}`
          : `${low ? "more" : "less"} than ${limit}`,
      );
    }
    case "not_multiple_of":
      return words(`a multiple of ${issue.divisor}`);
    case "invalid_union": {
      const all = (issue.errors as Issue[][]).map((branch) => {
        const first = branch.find((inner) => inner.path.length === 0);
        return first === undefined ? "" : expectation(first, "").trim();
      }).filter((text) => text !== "");
      return all.length === 0 ? "" : words(choice(all));
    }
    default:
      return "";
  }
}

const KINDS: { readonly [kind: string]: string } = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  tuple: "a list",
  object: "a block of keys",
  record: "a block of keys",
  null: "~",
};

function advice(issue: Issue, received: unknown): string {
  if (typeof received === "string") {
    const wantsNumber = issue.code === "invalid_type" && /^(?:number|int)$/.test(issue.expected);
    if (wantsNumber && received.trim() !== "" && Number.isFinite(Number(received))) {
      return "; remove the quotes";
    }
    if (
      issue.code === "invalid_type" && issue.expected === "boolean" &&
      /^(?:true|false)$/i.test(received)
    ) {
      return "; remove the quotes";
    }
    const options = issue.code === "invalid_value" ? issue.values : [];
    const near = nearest(received, options.filter((v) => typeof v === "string"));
    if (near.length > 0) return `, did you mean "${near[0]}"?`;
  } else if (
    typeof received === "number" && issue.code === "invalid_type" && issue.expected === "string"
  ) {
    return "; quote it";
  }
  return "";
}

/** `a, b or c`. */
function choice(items: readonly string[]): string {
  return items.length < 2 ? items.join("") : `${items.slice(0, -1).join(", ")} or ${items.at(-1)}`;
}

/** A value as it is shown, not too long. */
export function show(value: unknown): string {
  if (value === null) return "~";
  if (typeof value === "number") return String(value);
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
