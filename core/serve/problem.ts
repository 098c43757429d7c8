/**
 * Errors that clients are told: `{"error": {"code": "…", "message": "…"}}` with a fitting status.
 *
 * @module
 */
import { ExitCode, UserError } from "../errors.ts";
import { type Answer, json } from "./message.ts";

/** Codes of {@linkcode Problem}, with the status of each. */
export const PROBLEMS = {
  bad_request: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  body_too_slow: 408,
  not_finished: 409,
  gone: 410,
  body_too_large: 413,
  not_an_image: 415,
  bad_option: 422,
  bad_picture: 422,
  too_many_pixels: 422,
  too_many_jobs: 429,
  cancelled: 499,
  internal: 500,
  not_possible_here: 503,
  stopping: 503,
  time_limit: 504,
} as const;

/** What went wrong, in one word for programs. */
export type ProblemCode = keyof typeof PROBLEMS;

/** An error that is told to the client as it is. */
export class Problem extends Error {
  /** Class name, as in stack traces. */
  override readonly name: string = "Problem";

  /** Creates the error. */
  constructor(
    /** For programs. */
    readonly code: ProblemCode,
    message: string,
    /** Further headers of the answer. */
    readonly headers: Readonly<Record<string, string>> = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  /** HTTP status. */
  get status(): number {
    return PROBLEMS[this.code];
  }

  /** As it is told to the client, and kept with a job. */
  toJSON(): { readonly code: ProblemCode; readonly message: string } {
    return { code: this.code, message: this.message };
  }

  /** The answer to the request that caused it. */
  answer(): Answer {
    return json(this.status, { error: { ...this.toJSON(), status: this.status } }, this.headers);
  }
}

/**
 * What a client is told of `error`. Of a defect of the program it is told no more than that there is one; `log` gets all.
 */
export function problemOf(error: unknown, log: (line: string) => void): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof UserError) {
    const code = error.exitCode === ExitCode.DATA
      ? "bad_picture"
      : error.exitCode === ExitCode.USAGE
      ? "bad_option"
      : "not_possible_here";
    return new Problem(code, error.message, {}, { cause: error });
  }
  if (error instanceof RangeError && /Array buffer|typed array length/i.test(error.message)) {
    return new Problem(
      "not_possible_here",
      "the memory of this machine does not suffice for the picture",
      {},
      { cause: error },
    );
  }
  if (error instanceof RangeError) {
    return new Problem("bad_option", error.message, {}, { cause: error });
  }
  if (error instanceof DOMException && error.name === "AbortError") {
    return new Problem("cancelled", "the work was cancelled");
  }
  log(`error: ${error instanceof Error ? error.stack ?? error.message : String(error)}`);
  return new Problem(
    "internal",
    "something went wrong in the program; its terminal shows what",
    {},
    { cause: error },
  );
}
