/**
 * How many terminal columns a text takes, so that a progress bar never wraps.
 *
 * @module
 */

/** Zero columns: combining marks, joiners, variation selectors and other format characters. */
const ZERO = /^[\p{Mn}\p{Me}\p{Cf}]$/u;
/** Two columns: East Asian wide and full-width blocks (Unicode TR11, whole blocks), and emoji. */
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]$|^\p{Emoji_Presentation}$/u;

function charWidth(char: string): number {
  if (char < "\u0300") return 1;
  return ZERO.test(char) ? 0 : WIDE.test(char) ? 2 : 1;
}

/** Columns that `text` takes on a terminal; control characters must have been made visible before. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const char of text) width += charWidth(char);
  return width;
}

/** The longest beginning of `text` that fits into `columns`; a cut is shown as `…` if there is room for it. */
export function truncate(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  const mark = columns >= 4 ? "…" : "";
  const room = columns - mark.length;
  let out = "", width = 0;
  for (const char of text) {
    width += charWidth(char);
    if (width > room) break;
    out += char;
  }
  return columns > 0 ? out + mark : "";
}

/** Makes control characters visible (`\x1b`), so that a file name cannot steer the terminal; keeps tab and newline. */
export function visible(text: string): string {
  return text.replaceAll(
    /(?![\t\n])\p{Cc}/gu,
    (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}
