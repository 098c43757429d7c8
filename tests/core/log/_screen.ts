/**
 * A pretended terminal for tests: collects what is written and can play it on a screen.
 *
 * @module
 */
import { Terminal, type TerminalOptions, type TextStream } from "../../../core/log/terminal.ts";

/** Collects what is written. */
export class Recorder implements TextStream {
  text = "";
  /** Thrown by the next write. */
  error: Error | undefined;
  writes = 0;

  constructor(readonly tty: boolean) {}

  isTerminal(): boolean {
    return this.tty;
  }

  writeSync(bytes: Uint8Array): number {
    this.writes++;
    if (this.error) throw this.error;
    this.text += new TextDecoder().decode(bytes);
    return bytes.length;
  }

  /** The lines that a person would see: `\r` and "erase line" are obeyed. */
  screen(): string[] {
    const lines: string[] = [""];
    let column = 0;
    for (const [token] of this.text.matchAll(/\p{Cc}\[2K|[\s\S]/gu)) {
      const last = lines.length - 1;
      if (token === "\n") {
        lines.push("");
        column = 0;
      } else if (token === "\r") column = 0;
      else if (token === "\x1b[2K") lines[last] = "";
      else {
        const chars = [...lines[last]!];
        chars[column++] = token;
        lines[last] = chars.join("");
      }
    }
    return lines.map((line) => line.trimEnd());
  }
}

/** A terminal of `columns` (80) columns on a {@linkcode Recorder}. */
export function fakeTerminal(
  tty: boolean,
  options: TerminalOptions = {},
): { recorder: Recorder; terminal: Terminal } {
  const recorder = new Recorder(tty);
  const terminal = new Terminal(recorder, { columns: () => 80, ansi: true, ...options });
  return { recorder, terminal };
}
