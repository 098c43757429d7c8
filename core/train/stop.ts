/**
 * Stopping a run from outside: Ctrl-C (SIGINT) and SIGTERM ask for it, the loop obeys between two iterations.
 *
 * @module
 */
import { ExitCode, type ExitCodeValue } from "../errors.ts";

/** Signals that ask for a stop. SIGHUP is what a closed terminal sends. */
const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGTERM", "SIGHUP"];

/** Within this time a further signal is the same key press, forwarded once more by a task runner. */
const SAME_PRESS_MS = 1000;

/** What the user is told at the first signal. */
export function stoppingText(signal: Deno.Signal): string {
  return `${signal} received: finishing the current step, then saving and leaving (once more to leave at once)`;
}

/** Whether, and by what, a stop was asked for. */
export class StopSignal implements Disposable {
  #signal: Deno.Signal | undefined;
  #since = 0;
  readonly #listeners: (readonly [Deno.Signal, () => void])[] = [];

  /**
   * Listens to the process's signals.
   *
   * @param say Told what is going to happen.
   * @param leave Called at a second signal (more than a second later); default ends the process at once.
   * @param announce False if somebody else has told the user about the first signal: a process that is busy with a long
   * iteration could not.
   */
  listen(
    say: (line: string) => void,
    leave: (code: ExitCodeValue) => void = (code) => Deno.exit(code),
    announce = true,
  ): this {
    for (const signal of SIGNALS) {
      const listener = () => {
        if (this.#signal === undefined) {
          this.request(signal);
          if (announce) say(stoppingText(signal));
        } else if (performance.now() - this.#since > SAME_PRESS_MS) {
          say("leaving at once, the last saved checkpoint stays");
          leave(this.exitCode);
        }
      };
      Deno.addSignalListener(signal, listener);
      this.#listeners.push([signal, listener]);
    }
    return this;
  }

  /** Asks for a stop, as a signal does. */
  request(signal: Deno.Signal = "SIGTERM"): void {
    this.#signal ??= signal;
    this.#since ||= performance.now();
  }

  /** True once a stop was asked for. */
  get requested(): boolean {
    return this.#signal !== undefined;
  }

  /** 130 after Ctrl-C, 143 otherwise. */
  get exitCode(): ExitCodeValue {
    return this.#signal === "SIGINT" ? ExitCode.INTERRUPTED : ExitCode.TERMINATED;
  }

  /** Stops listening. */
  [Symbol.dispose](): void {
    for (const [signal, listener] of this.#listeners.splice(0)) {
      Deno.removeSignalListener(signal, listener);
    }
  }
}
