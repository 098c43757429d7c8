/**
 * Why a file did not come.
 *
 * @module
 */
import { ExitCode, type ExitCodeValue } from "../errors.ts";

/** A failed attempt; becomes a `UserError` with advice when no attempt is left. */
export class Trouble extends Error {
  /** Class name, as in stack traces. */
  override readonly name: string = "Trouble";

  /** Creates it; the message says what happened, without the address. */
  constructor(
    message: string,
    /** What the program ends with. */
    readonly exitCode: ExitCodeValue = ExitCode.ENVIRONMENT,
    /** Whether the next attempt at the same address may go on from here. */
    readonly passing: boolean = false,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Ends a transfer in which nothing has come for too long. */
export class Watchdog implements Disposable {
  readonly #controller = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Starts the clock. */
  constructor(
    /** Milliseconds without data that are one too many. */
    readonly limit: number,
  ) {
    this.fed();
  }

  /** Aborted when time is up. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Something has come: starts the clock anew. */
  fed(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#controller.abort(), this.limit);
  }

  /** Stops the clock. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}

/** What an error of `fetch` or of reading its body means; errors of another kind are returned as they are. */
export function explained(error: unknown, watchdog: Watchdog, during: string): unknown {
  if (error instanceof Trouble || error instanceof Deno.errors.NotCapable) return error;
  if (watchdog.signal.aborted) {
    const seconds = watchdog.limit / 1000;
    return new Trouble(
      during === ""
        ? `the server said nothing for ${seconds} s`
        : `nothing came for ${seconds} s ${during}`,
      ExitCode.ENVIRONMENT,
      during !== "",
      { cause: error },
    );
  }
  if (!(error instanceof Error)) return error;
  const what = during === "" ? "the server cannot be reached" : `the connection broke ${during}`;
  const inner = error.cause instanceof Error ? error.cause.message : error.message;
  const why = inner.replace(/^.*?client error /, "").replaceAll(/\s+/g, " ");
  return new Trouble(
    `${what} (${why}): check the network and the proxy`,
    ExitCode.ENVIRONMENT,
    during !== "",
    { cause: error },
  );
}
