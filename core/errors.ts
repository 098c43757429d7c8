/**
 * The errors that a user can cause, and the exit codes that they end the program with.
 *
 * A `UserError` is shown as its message alone, without a stack trace (unless `--debug` is given); any other error is a
 * defect of the program and is shown whole. `cause` keeps the original error.
 *
 * @module
 */

/** Exit codes of every command. */
export const ExitCode = {
  /** Everything that was asked for was done. */
  OK: 0,
  /** Some of several items failed; the others were done. */
  SOME_FAILED: 1,
  /** The command line or the options file is wrong. */
  USAGE: 2,
  /** The machine lacks something: the native library, a permission, a device. */
  ENVIRONMENT: 3,
  /** Data are missing, damaged or do not fit together. */
  DATA: 4,
  /** Training diverged (NaN or infinite loss). */
  DIVERGED: 5,
  /** A file could not be written, or a checkpoint could not be read. */
  STORAGE: 6,
  /** Stopped by Ctrl-C (SIGINT) after saving. */
  INTERRUPTED: 130,
  /** Stopped by SIGTERM after saving. */
  TERMINATED: 143,
} as const;

/** One of the values of {@linkcode ExitCode}. */
export type ExitCodeValue = (typeof ExitCode)[keyof typeof ExitCode];

/**
 * An error that the user can mend. The message names what was wrong, where (file and option key) and what to do.
 *
 * @example
 * ```ts
 * import { ExitCode, UserError } from "./errors.ts";
 * const error = new UserError("data/gt holds no images, check datasets.train.dataroot_gt", ExitCode.DATA);
 * console.assert(error.exitCode === 4);
 * ```
 */
export class UserError extends Error {
  /** Class name, as in stack traces. */
  override readonly name: string = "UserError";

  /** Creates the error; `exitCode` is what the program ends with when nobody catches it. */
  constructor(
    message: string,
    /** What the program ends with. */
    readonly exitCode: ExitCodeValue,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
