/**
 * Progress of anything that counts: downloads, training, validation. On a terminal a bar that is redrawn in place; in a
 * file or pipe a plain line now and then.
 *
 * @module
 */
import { bytes, duration } from "../text.ts";
import { displayWidth, truncate, visible } from "./_width.ts";
import { stderrTerminal, type Terminal } from "./terminal.ts";

/** What is counted and how it is shown. */
export interface ProgressOptions {
  /** What goes on, for example `train` or the name of a file. */
  readonly label: string;
  /** The count at the end; absent if unknown. */
  readonly total?: number;
  /** Done before this started (a resumed run or download); does not count towards the rate. Default 0. */
  readonly initial?: number;
  /** Text at the end of the line until the first update. */
  readonly text?: string;
  /** Unit behind the rate, default `it`; `B` shows kB and MB. */
  readonly unit?: string;
  /** Default {@linkcode stderrTerminal}. */
  readonly terminal?: Terminal;
  /** Seconds between plain lines where there is no terminal, default 30; `Infinity` for none at all. */
  readonly plainEvery?: number;
  /** Receives the plain lines instead of the terminal, for example `(line) => logger.info(line)`. */
  readonly say?: (line: string) => void;
  /** Whether the last state stays on the screen, default true. */
  readonly leave?: boolean;
  /** Milliseconds, monotonic; default `performance.now`. */
  readonly now?: () => number;
}

/** Milliseconds between two drawings. */
const REDRAW_MS = 100;
/** The rate forgets with this time constant in seconds. */
const MEMORY_SECONDS = 15;

/** A progress bar. Dispose of it (`using`) so that it leaves the screen when something throws. */
export class Progress implements Disposable {
  readonly #opt: ProgressOptions;
  readonly #terminal: Terminal;
  readonly #now: () => number;
  readonly #started: number;
  #done: number;
  #text = "";
  #over = false;
  #drawn = -Infinity;
  #said: number;
  // Exponentially forgetting sums of what was done and of the seconds it took: their ratio is the rate.
  #sum = { done: 0, seconds: 0, at: 0 };

  /** Starts the clock and shows the bar. */
  constructor(options: ProgressOptions) {
    this.#opt = options;
    this.#terminal = options.terminal ?? stderrTerminal;
    this.#now = options.now ?? (() => performance.now());
    this.#started = this.#now();
    this.#sum.at = this.#started;
    this.#said = this.#started;
    this.#done = options.initial ?? 0;
    this.#text = options.text ?? "";
    this.#show();
  }

  /** Sets what is done so far, and the text at the end of the line (losses, PSNR). */
  update(done: number, text: string = this.#text): void {
    if (this.#over) return;
    const now = this.#now();
    const seconds = (now - this.#sum.at) / 1000;
    if (seconds > 0) {
      const keep = Math.exp(-seconds / MEMORY_SECONDS);
      this.#sum.done = this.#sum.done * keep + (done - this.#done);
      this.#sum.seconds = this.#sum.seconds * keep + seconds;
      this.#sum.at = now;
    } else {
      this.#sum.done += done - this.#done;
    }
    this.#done = done;
    this.#text = text;
    this.#show();
  }

  /** Adds to what is done. */
  advance(by = 1, text: string = this.#text): void {
    this.update(this.#done + by, text);
  }

  /** Takes `seconds` that were spent on something else (a validation) out of rate and time left. */
  skip(seconds: number): void {
    this.#sum.at = Math.min(this.#now(), this.#sum.at + seconds * 1000);
  }

  /** Units a second; `undefined` before the first. */
  get rate(): number | undefined {
    const { done, seconds } = this.#sum;
    return seconds > 0 && done > 0 ? done / seconds : undefined;
  }

  /** Seconds left; `undefined` if unknown. */
  get eta(): number | undefined {
    if (this.#opt.total === undefined || this.rate === undefined) return undefined;
    return Math.max(0, this.#opt.total - this.#done) / this.rate;
  }

  /** Shows the last state and ends; later calls do nothing. */
  finish(text: string = this.#text): void {
    if (this.#over) return;
    this.#text = text;
    this.#over = true;
    if (this.#terminal.interactive) {
      const last = this.#bar();
      this.#terminal.setLive(this, undefined);
      if (this.#opt.leave ?? true) this.#terminal.line(last);
    } else if ((this.#opt.plainEvery ?? 30) !== Infinity && (this.#opt.leave ?? true)) {
      this.#say(this.#plain());
    }
  }

  /** Takes the bar off the screen unless it was finished. */
  [Symbol.dispose](): void {
    if (this.#over) return;
    this.#over = true;
    this.#terminal.setLive(this, undefined);
  }

  #show(): void {
    const now = this.#now();
    if (this.#terminal.interactive) {
      if (now - this.#drawn < REDRAW_MS) return;
      this.#drawn = now;
      this.#terminal.setLive(this, this.#bar());
    } else if (now - this.#said >= (this.#opt.plainEvery ?? 30) * 1000) {
      this.#said = now;
      this.#say(this.#plain());
    }
  }

  #say(line: string): void {
    if (this.#opt.say) this.#opt.say(line);
    else this.#terminal.line(line);
  }

  /** Parts of a unit move the bar and the rate; what is counted is whole. */
  #count(n: number): string {
    return this.#opt.unit === "B" ? bytes(n) : Math.floor(n).toLocaleString("en-US");
  }

  #parts(): { percent: string; count: string; rate: string; times: string; text: string } {
    const { total, unit = "it" } = this.#opt;
    const rate = this.rate;
    const elapsed = duration((this.#now() - this.#started) / 1000);
    return {
      // Never 100 % before everything is done.
      percent: total === undefined
        ? ""
        : `${Math.floor(total > 0 ? 100 * Math.min(1, this.#done / total) : 100)}%`,
      count: total === undefined
        ? this.#count(this.#done)
        : `${this.#count(this.#done)}/${this.#count(total)}`,
      rate: rate === undefined
        ? ""
        : unit === "B"
        ? `${bytes(Math.round(rate))}/s`
        : rate >= 1
        ? `${rate.toFixed(rate < 100 ? 1 : 0)} ${unit}/s`
        : `${(1 / rate).toFixed(1)} s/${unit}`,
      times: this.#over || total === undefined
        ? elapsed
        : `${elapsed}<${this.eta === undefined ? "?" : duration(this.eta)}`,
      text: visible(this.#text).replaceAll(/\s+/g, " "),
    };
  }

  #plain(): string {
    const { percent, count, rate, text } = this.#parts();
    const eta = this.eta;
    const left = this.#over
      ? `${duration((this.#now() - this.#started) / 1000)} taken`
      : eta === undefined
      ? ""
      : `${duration(eta)} left`;
    const facts = [percent && `${percent} (${count})`, percent ? "" : count, rate, left, text];
    return `${this.#opt.label}: ${facts.filter(Boolean).join(", ")}`;
  }

  /**
   * The bar, at most `columns - 3` wide: the last column would wrap on some terminals, and the `^C` that a terminal
   * shows for Ctrl-C must not push it to a second line, where nothing could take it away.
   */
  #bar(): string {
    const width = Math.max(1, this.#terminal.columns - 3);
    const { percent, count, rate, times, text } = this.#parts();
    const label = truncate(
      visible(this.#opt.label).replaceAll(/\s+/g, " "),
      Math.max(8, width >> 2),
    );
    // From most to least telling; each is left out if it no longer fits.
    const tail: string[] = [];
    const room = () => width - displayWidth([label, percent, ...tail].filter(Boolean).join(" "));
    for (const part of [count, `[${times}]`, rate]) {
      if (part && displayWidth(part) + 1 <= room()) tail.push(part);
    }
    const wanted = text ? Math.min(displayWidth(text) + 1, Math.max(0, room() - 14)) : 0;
    if (wanted > 4) tail.push(truncate(text, wanted - 1));
    const cells = Math.min(40, room() - 3);
    const { total } = this.#opt;
    let bar = "";
    if (total !== undefined && cells >= 4) {
      const full = Math.floor(
        cells * (total > 0 ? Math.min(1, Math.max(0, this.#done / total)) : 1),
      );
      bar = `|${"#".repeat(full)}${"-".repeat(cells - full)}|`;
    }
    return truncate([label, percent, bar, ...tail].filter(Boolean).join(" "), width);
  }
}
