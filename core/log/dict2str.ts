/**
 * The options as indented text for the log, in the shape of BasicSR's `dict2str`.
 *
 * @module
 */

function scalar(value: unknown): string {
  if (value === null || value === undefined) return "~";
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return `[${value.map(inList).join(", ")}]`;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function inList(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : scalar(value);
}

/**
 * Options as text: blocks in `key:[` … `]`, two spaces a level, one more line for each key. Values are spelled as in
 * YAML (`~`, `true`), not as in Python.
 *
 * @example
 * ```ts
 * import { dict2str } from "./dict2str.ts";
 * console.assert(dict2str({ name: "x2", val: { save_img: false } }) ===
 *   "\n  name: x2\n  val:[\n    save_img: false\n  ]\n");
 * ```
 */
export function dict2str(options: { readonly [key: string]: unknown }, indentLevel = 1): string {
  const indent = " ".repeat(indentLevel * 2);
  let text = "\n";
  for (const [key, value] of Object.entries(options)) {
    if (value !== null && typeof value === "object" && !Array.isArray(value)) {
      const inner = dict2str(value as Record<string, unknown>, indentLevel + 1);
      text += `${indent}${key}:[${inner}${indent}]\n`;
    } else {
      text += `${indent}${key}: ${scalar(value)}\n`;
    }
  }
  return text;
}
