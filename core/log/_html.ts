/**
 * Text into HTML and SVG.
 *
 * @module
 */

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Escapes text for element content and quoted attributes; control characters, which XML forbids, become `�`. */
export function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (c) => ENTITIES[c]!)
    .replaceAll(/(?![\t\n])\p{Cc}/gu, "\ufffd");
}
