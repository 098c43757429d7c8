/**
 * Where people read: log lines and progress go to stderr, results (tables, numbers) to stdout, so that
 * `denosr metrics … > table.txt` holds the table alone.
 *
 * A terminal can carry a live line (a progress bar) below the log lines. ANSI codes are used only on a real terminal
 * and not under `NO_COLOR`; a reader that went away (EPIPE) never ends the program. No permission is asked for.
 *
 * @module
 */
import { displayWidth, visible } from "./_width.ts";

/** The part of `Deno.stderr` that a terminal needs. */
export interface TextStream {
  /** Writes some of the bytes and returns how many. */
  writeSync(bytes: Uint8Array): number;
  /** Whether a person looks at it. */
  isTerminal(): boolean;
}

/** What may differ from the defaults; mainly for tests. */
export interface TerminalOptions {
  /** Width in columns; default asks the terminal (or `COLUMNS`, where it may be read). */
  readonly columns?: () => number;
  /** False writes no ANSI code; default `!Deno.noColor`. */
  readonly ansi?: boolean;
}

const encoder = new TextEncoder();

/** A blocked pipe is waited for so long, in milliseconds, before the text is given up. */
const PATIENCE_MS = 2000;

/** The supervisor copies a line within this time, in milliseconds, even on a busy machine. */
const RELAY_MS = 150;

/** A variable of the environment if it may be read without a prompt. */
function variable(name: string): string | undefined {
  const { state } = Deno.permissions.querySync({ name: "env", variable: name });
  return state === "granted" ? Deno.env.get(name) : undefined;
}

function terminalColumns(): number {
  const wanted = Number(variable("COLUMNS"));
  if (Number.isInteger(wanted) && wanted > 0) return wanted;
  try {
    return Deno.consoleSize().columns || 80;
  } catch {
    return 80; // no terminal on any of the three streams
  }
}

/** Writes lines, and keeps at most one live line below them. */
export class Terminal {
  readonly #stream: TextStream;
  readonly #columns: () => number;
  readonly #ansi: boolean;
  readonly #live = new Map<object, string>();
  #interactive: boolean | undefined;
  #shown = "";
  #gone = false;
  #failure: Error | undefined;

  /** Takes the stream; looks at `NO_COLOR` and `TERM` where that needs no prompt. */
  constructor(stream: TextStream, options: TerminalOptions = {}) {
    this.#stream = stream;
    this.#columns = options.columns ?? terminalColumns;
    this.#ansi = options.ansi ?? !Deno.noColor;
  }

  /** True if a live line can be redrawn: a terminal that is not `TERM=dumb`. */
  get interactive(): boolean {
    return this.#interactive ??= (this.#stream.isTerminal() || this.#relayed()) &&
      variable("TERM") !== "dumb";
  }

  /** True if stderr is a pipe whose other end copies it to a terminal (`core/cli/supervise.ts`). */
  #relayed(): boolean {
    return this.#stream === Deno.stderr && variable("DENOSR_STDERR_IS_TERMINAL") === "1";
  }

  /** Width in columns, at least 1. */
  get columns(): number {
    return Math.max(1, this.#columns());
  }

  /** The first error of a write that was not a reader going away (a full disk behind `>`), if any. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Prints `text` (may hold newlines) and a newline above the live line. Control characters are made visible. */
  line(text: string): void {
    this.#write(this.#clearing() + visible(text) + "\n" + this.#shown);
  }

  /**
   * Sets the live line of `owner`, or takes it away. With several owners the latest one to appear is seen. Does
   * nothing unless {@linkcode Terminal.interactive}.
   *
   * @param text One line, not wider than `columns - 3` (see `core/log/progress.ts`).
   */
  setLive(owner: object, text: string | undefined): void {
    if (!this.interactive) return;
    if (text === undefined) this.#live.delete(owner);
    else this.#live.set(owner, text);
    const next = [...this.#live.values()].at(-1) ?? "";
    if (next === this.#shown) return;
    this.#write(this.#clearing() + next);
    this.#shown = next;
  }

  /** Takes every live line away: before the process ends where it is. */
  clear(): void {
    this.#live.clear();
    if (this.#shown) this.#write(this.#clearing());
    this.#shown = "";
  }

  /** Runs `write`, which prints to the same screen by another stream, with the live line out of the way. */
  aside(write: () => void): void {
    if (this.#shown) this.#write(this.#clearing());
    try {
      write();
    } finally {
      if (this.#shown) this.#write(this.#shown);
    }
  }

  /**
   * Waits until what was written is on the screen. Needed only where another process copies it there: a result that is
   * printed to stdout right after a log line would overtake it.
   */
  async settled(): Promise<void> {
    if (!this.#relayed()) return;
    await new Promise((resolve) => setTimeout(resolve, RELAY_MS));
  }

  #clearing(): string {
    if (!this.#shown) return "";
    return this.#ansi ? "\r\x1b[2K" : `\r${" ".repeat(displayWidth(this.#shown))}\r`;
  }

  #write(text: string): void {
    let bytes = encoder.encode(text);
    const until = performance.now() + PATIENCE_MS;
    while (bytes.length > 0 && !this.#gone) {
      try {
        bytes = bytes.subarray(this.#stream.writeSync(bytes));
      } catch (error) {
        if (error instanceof Deno.errors.WouldBlock && performance.now() < until) {
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
          continue;
        }
        if (error instanceof Deno.errors.BrokenPipe) this.#gone = true;
        else this.#failure ??= error as Error;
        return;
      }
    }
  }
}

/** Log lines and progress. */
export const stderrTerminal: Terminal = new Terminal(Deno.stderr);
/** Results; use {@linkcode print}. */
export const stdoutTerminal: Terminal = new Terminal(Deno.stdout);

/** Prints a result to stdout, above a progress bar if stdout and stderr are one screen. */
export function print(text: string): void {
  stderrTerminal.aside(() => stdoutTerminal.line(text));
}
