/**
 * Log lines in BasicSR's format, `2026-11-23 18:26:20,123 INFO: message`, to stderr and to a file. The lines follow
 * `basicsr/utils/logger.py` of https://github.com/XPixelGroup/BasicSR (commit 8d56e3a, Apache-2.0), so that tools that
 * read its logs read ours.
 *
 * Differs from BasicSR: the file is appended to, so a resumed run keeps its log.
 *
 * @module
 */
import { ExitCode, UserError } from "../errors.ts";
import { duration } from "../text.ts";
import { stderrTerminal, type Terminal } from "./terminal.ts";

/** Level as Python's `logging` spells it. */
export type LogLevel = "INFO" | "WARNING" | "ERROR";

/** Where a logger writes. */
export interface LoggerTargets {
  /** Log file, appended to; its folder is made if need be. Default: no file. */
  readonly file?: string;
  /** Default {@linkcode stderrTerminal}; `null` for the file alone. */
  readonly terminal?: Terminal | null;
  /** The clock; default the system's. */
  readonly now?: () => Date;
}

const encoder = new TextEncoder();

/** Local time as Python's `%(asctime)s`: `2026-11-23 18:26:20,123`. */
export function asctime(date: Date): string {
  const pad = (n: number, digits = 2) => String(n).padStart(digits, "0");
  return `${pad(date.getFullYear(), 4)}-${pad(date.getMonth() + 1)}-${pad(date.getDate())} ` +
    `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())},${
      pad(date.getMilliseconds(), 3)
    }`;
}

/**
 * Writes log lines. Each line reaches the operating system before the call returns, so a crash loses none. If the file
 * cannot be written (disk full) the terminal is told once and the run goes on.
 */
export class Logger implements Disposable {
  readonly #terminal: Terminal | null;
  readonly #now: () => Date;
  #path: string | undefined;
  #file: Deno.FsFile | undefined;
  /** Lines from before {@linkcode Logger.open}. */
  #held: string[] = [];
  #told = false;
  #torn = false;

  /**
   * Opens the log file, if one is named; {@linkcode Logger.open} may do so later.
   *
   * @throws {UserError} If the file cannot be opened (exit code 6).
   */
  constructor(targets: LoggerTargets = {}) {
    this.#terminal = targets.terminal === undefined ? stderrTerminal : targets.terminal;
    this.#now = targets.now ?? (() => new Date());
    if (targets.file !== undefined) this.open(targets.file);
  }

  /**
   * Opens the log file, appended to, and writes to it what was said so far.
   *
   * @throws {UserError} If the file cannot be opened (exit code 6).
   */
  open(file: string): void {
    this.#path = file;
    this.#file = openLog(file);
    for (const line of this.#held.splice(0)) this.#write(line);
  }

  /** A fact for the file alone, too long for people who watch a run. */
  detail(message: string): void {
    this.#keep(this.#line("INFO", message));
  }

  /** An error for the file alone: whoever started the run tells the terminal. */
  failure(message: string): void {
    this.#keep(this.#line("ERROR", message));
  }

  /** A fact. */
  info(message: string): void {
    this.#log("INFO", message);
  }

  /** Something the user should know and perhaps change. */
  warn(message: string): void {
    this.#log("WARNING", message);
  }

  /** Something failed. */
  error(message: string): void {
    this.#log("ERROR", message);
  }

  /** Forces the file to the disk and closes it; safe to call twice. Later lines go to the terminal alone. */
  [Symbol.dispose](): void {
    const file = this.#file;
    this.#file = undefined;
    try {
      file?.syncDataSync();
    } catch (error) {
      this.#tellOnce(error);
    }
    file?.close();
  }

  #log(level: LogLevel, message: string): void {
    const line = this.#line(level, message);
    this.#terminal?.line(line);
    this.#keep(line);
  }

  #line(level: LogLevel, message: string): string {
    return `${asctime(this.#now())} ${level}: ${message}`;
  }

  /** Writes to the file, now or as soon as there is one. */
  #keep(line: string): void {
    if (this.#path === undefined) this.#held.push(line);
    else this.#write(line);
  }

  #write(line: string): void {
    if (!this.#file) return;
    try {
      // A line that a full disk cut short must not run into the next one.
      let bytes = encoder.encode((this.#torn ? "\n" : "") + line + "\n");
      while (bytes.length > 0) {
        const written = this.#file.writeSync(bytes);
        this.#torn = true;
        bytes = bytes.subarray(written);
      }
      this.#torn = false;
    } catch (error) {
      this.#tellOnce(error);
    }
  }

  #tellOnce(error: unknown): void {
    if (this.#told) return;
    this.#told = true;
    const why = error instanceof Error ? error.message : String(error);
    (this.#terminal ?? stderrTerminal).line(
      `${asctime(this.#now())} WARNING: ${this.#path}: the log file cannot be written (${why}), ` +
        "the run goes on and the lines are shown here only",
    );
  }
}

function openLog(path: string): Deno.FsFile {
  try {
    const folder = path.slice(0, Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")));
    if (folder) Deno.mkdirSync(folder, { recursive: true });
    return Deno.openSync(path, { append: true, create: true });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new UserError(
      `${path}: the log file cannot be opened (${why}), make its folder writable`,
      ExitCode.STORAGE,
      { cause },
    );
  }
}

/** What a training line tells. */
export interface TrainLine {
  /** Name of the run; five characters are shown. */
  readonly name: string;
  /** From 0. */
  readonly epoch: number;
  /** Iteration that was just done, from 1. */
  readonly iter: number;
  /** Learning rates, one a parameter group. */
  readonly lrs: readonly number[];
  /** Seconds left; `undefined` is shown as `unknown`. */
  readonly eta: number | undefined;
  /** Seconds an iteration, data included. */
  readonly time: number;
  /** Seconds of it spent waiting for data. */
  readonly dataTime: number;
  /** Losses and other numbers by name, in the order in which they are shown. */
  readonly losses: Readonly<Record<string, number>>;
}

/** A number as Python's `%.<digits>e`: at least two digits in the exponent, `nan`, `inf`. */
export function pythonExponential(value: number, digits: number): string {
  if (!Number.isFinite(value)) {
    return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
  }
  return value.toExponential(digits).replace(/e([+-])(\d)$/, "e$10$2");
}

/**
 * The message of a training line, in BasicSR's `MessageLogger` format, trailing space included:
 * `[edsr_..][epoch:  3, iter:   1,200, lr:(1.000e-04,)] [eta: 1 day, 2:03:04, time (data): 0.512 (0.003)] l_pix: 1.2345e-02 `.
 */
export function formatTrainLine(line: TrainLine): string {
  const iter = line.iter.toLocaleString("en-US", { useGrouping: true }).padStart(8);
  const lrs = line.lrs.map((lr) => `${pythonExponential(lr, 3)},`).join("");
  const losses = Object.entries(line.losses)
    .map(([key, value]) => `${key}: ${pythonExponential(value, 4)} `);
  return `[${[...line.name].slice(0, 5).join("")}..]` +
    `[epoch:${String(line.epoch).padStart(3)}, iter:${iter}, lr:(${lrs})] ` +
    `[eta: ${duration(line.eta ?? NaN)}, ` +
    `time (data): ${line.time.toFixed(3)} (${line.dataTime.toFixed(3)})] ${losses.join("")}`;
}
