/**
 * A place that moves over a text, knows its line and column, and notes what is refused.
 *
 * @module
 */
import type { Position } from "./problems.ts";

/** Something in the text that is refused. */
export interface Finding {
  /** Where it stands. */
  readonly position: Position;
  /** What is wrong and what to do. */
  readonly what: string;
}

/** Ends the reading at once; the finding is already noted. */
export class Stop extends Error {}

/** How many findings are gathered before the reading ends. */
const MOST_FINDINGS = 50;

/** Moves over a text. */
export class Cursor {
  /** What was refused so far. */
  readonly findings: Finding[] = [];
  /** Index of the next character. */
  protected at = 0;
  readonly #lineStarts: number[] = [0];

  /** Starts at the beginning of `text`, whose line ends are `\n`. */
  constructor(protected readonly text: string) {
    for (let i = text.indexOf("\n"); i >= 0; i = text.indexOf("\n", i + 1)) {
      this.#lineStarts.push(i + 1);
    }
  }

  /** Refuses characters that no text file should hold. */
  protected checkCharacters(): void {
    // The range is that of non-printable characters in YAML.
    // deno-lint-ignore no-control-regex
    const odd = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\uFEFF\uFFFE\uFFFF]/.exec(this.text);
    if (odd !== null) {
      const code = odd[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
      this.stop(odd.index, `there is a control character (U+${code}); remove it`);
    }
    if (!this.text.isWellFormed()) {
      this.stop(0, "the text is not valid Unicode; save it as UTF-8");
    }
  }

  /** Refuses a tab behind an indicator: libraries disagree on it. */
  protected spaceAfter(indicator: string): void {
    if (this.text[this.at] === "\t" && !this.restIsBlank()) {
      this.stop(this.at, `a tab follows "${indicator}"; use a space`);
    }
  }

  /** Moves past spaces; refuses tabs before more text. */
  protected skipSpaces(): void {
    while (this.text[this.at] === " ") this.at++;
    if (this.text[this.at] === "\t" && !this.restIsBlank()) {
      this.stop(this.at, "there is a tab; use spaces");
    }
  }

  /** True if nothing but white space and a comment is left on the line. */
  protected restIsBlank(): boolean {
    let i = this.at;
    while (this.text[i] === " " || this.text[i] === "\t") i++;
    const char = this.text[i];
    if (char === undefined || char === "\n") return true;
    return char === "#" && (i === 0 || /\s/.test(this.text[i - 1]!));
  }

  /** Moves to the start of the next line. */
  protected nextLine(): void {
    const end = this.text.indexOf("\n", this.at);
    this.at = end < 0 ? this.text.length : end + 1;
  }

  /** The characters from here on that all match. */
  protected take(pattern: RegExp): string {
    let end = this.at;
    while (end < this.text.length && pattern.test(this.text[end]!)) end++;
    return this.text.slice(this.at, end);
  }

  /** Column of an index, from 0. */
  protected column(at: number): number {
    return this.position(at).column - 1;
  }

  /** Line and column of an index, from 1. */
  protected position(at: number): Position {
    let low = 0;
    let high = this.#lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#lineStarts[middle]! <= at) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: at - this.#lineStarts[low]! + 1 };
  }

  /** Notes something at an index and reads on. */
  protected note(at: number, what: string): void {
    this.findings.push({ position: this.position(at), what });
    if (this.findings.length >= MOST_FINDINGS) throw new Stop();
  }

  /** Notes something at an index and ends the reading. */
  protected stop(at: number, what: string): never {
    this.findings.push({ position: this.position(at), what });
    throw new Stop();
  }
}
