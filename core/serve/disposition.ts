/**
 * Names of files as clients gave them, made harmless, in headers.
 *
 * @module
 */

/** Longest name in UTF-16 units. */
const LONGEST = 120;

/**
 * The last part of a name without what file systems, terminals and headers could take for more than a letter; `picture`
 * if nothing is left.
 */
export function harmlessName(name: string): string {
  const last = name.split(/[\\/]/).at(-1)!.toWellFormed()
    // Control characters, marks that change the direction of writing, and what Windows forbids.
    // deno-lint-ignore no-control-regex
    .replaceAll(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069"<>|:*?]/g, "_")
    .replace(/^[.\s]+/, "").replace(/[.\s]+$/, "");
  const cut = last.length <= LONGEST ? last : last.slice(0, LONGEST).toWellFormed();
  return cut || "picture";
}

/** The name of a restored picture: `cat.jpg` becomes `cat_x4.png`. */
export function outputName(name: string, suffix: string, extension: string): string {
  const harmless = harmlessName(name);
  const stem = harmless.replace(/\.[A-Za-z\d]{1,5}$/, "") || "picture";
  return `${stem}${suffix}.${extension}`;
}

/** A `Content-Disposition` header with an ASCII name and, where it differs, the whole one (RFC 6266, RFC 8187). */
export function disposition(name: string): string {
  const ascii = name.replaceAll(/[^\u0020-\u007e]/g, "_").replaceAll(/["\\%]/g, "_");
  const plain = `inline; filename="${ascii}"`;
  if (ascii === name) return plain;
  const encoded = encodeURIComponent(name).replaceAll(
    /['()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `${plain}; filename*=UTF-8''${encoded}`;
}
