/**
 * Ctrl-C and SIGTERM as an abort signal: the first asks to stop soon, a second one, a moment later, leaves at once.
 *
 * @module
 */
import { ExitCode, type ExitCodeValue } from "../errors.ts";

/** Signals that ask for a stop. SIGHUP is what a closed terminal sends. */
const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGTERM", "SIGHUP"];

/** Within this time, in milliseconds, a further signal is the same key press, forwarded once more by a task runner. */
const SAME_PRESS_MS = 1000;

/** What the user is told at the first signal, by who is there to say it. */
export function interruptText(signal: Deno.Signal): string {
  return `${signal} received: stopping at the next tile, what is not finished is removed (once more to leave at once)`;
}

/** The same for `export`, which has no tiles. */
export function exportInterruptText(signal: Deno.Signal): string {
  return `${signal} received: stopping, what is not finished is removed (once more to leave at once)`;
}

/** What may be done about signals. */
export interface InterruptOptions {
  /** Tells the user; not called under a supervisor, which has told already. */
  readonly say: (line: string) => void;
  /** What the user is told; default {@linkcode interruptText}. */
  readonly text?: (signal: Deno.Signal) => string;
  /** Called before the process is left at a second signal; must not wait for anything. */
  readonly leaving?: () => void;
  /** False if standard input is used for something else: its end does not mean that the supervisor is gone. Default true. */
  readonly watchParent?: boolean;
}

/** Listens to the process's signals until it is disposed of. */
export class Interrupt implements Disposable {
  readonly #abort = new AbortController();
  readonly #listeners: (readonly [Deno.Signal, () => void])[] = [];
  #first: { readonly signal: Deno.Signal; readonly at: number } | undefined;

  /** Begins to listen. */
  constructor(options: InterruptOptions) {
    const supervised = variable("DENOSR_SUPERVISED") === "1";
    for (const signal of SIGNALS) {
      const listener = () => {
        if (this.#first === undefined) {
          if (!supervised) options.say((options.text ?? interruptText)(signal));
          this.#stop(signal);
        } else if (performance.now() - this.#first.at > SAME_PRESS_MS) {
          options.leaving?.();
          Deno.exit(this.exitCode);
        }
      };
      Deno.addSignalListener(signal, listener);
      this.#listeners.push([signal, listener]);
    }
    if (supervised && (options.watchParent ?? true)) void this.#watch(options.say);
  }

  /** Aborted at the first signal. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** 130 after Ctrl-C, 143 otherwise. */
  get exitCode(): ExitCodeValue {
    return this.#first?.signal === "SIGINT" ? ExitCode.INTERRUPTED : ExitCode.TERMINATED;
  }

  /** Stops listening. */
  [Symbol.dispose](): void {
    for (const [signal, listener] of this.#listeners.splice(0)) {
      Deno.removeSignalListener(signal, listener);
    }
  }

  #stop(signal: Deno.Signal): void {
    this.#first = { signal, at: performance.now() };
    this.#abort.abort(new DOMException(`stopped by ${signal}`, "AbortError"));
  }

  /** The supervisor holds standard input open while it lives. */
  async #watch(say: (line: string) => void): Promise<void> {
    const buffer = new Uint8Array(64);
    try {
      while (await Deno.stdin.read(buffer) !== null);
    } catch { /* the pipe broke, which means the same */ }
    if (this.#first !== undefined || this.#listeners.length === 0) return;
    say("the process that started this one is gone: stopping");
    this.#stop("SIGTERM");
  }
}

/** A variable of the environment if it may be read without a prompt. */
function variable(name: string): string | undefined {
  const { state } = Deno.permissions.querySync({ name: "env", variable: name });
  return state === "granted" ? Deno.env.get(name) : undefined;
}
