/**
 * What can be wrong with options, as data: a place, a key, what is wrong with it and what to do.
 *
 * @module
 */
import { ExitCode, type ExitCodeValue, UserError } from "../errors.ts";

/** Path of a key: `["train", "optim_g", "lr"]`; numbers index lists. */
export type KeyPath = readonly (string | number)[];

/** A place in a text; both count from 1. */
export interface Position {
  /** Line. */
  readonly line: number;
  /** Column in UTF-16 code units. */
  readonly column: number;
}

/** One thing that is wrong with the options. */
export interface OptionsProblem {
  /** File as shown to the user, or `command line`. */
  readonly file: string;
  /** Where in the file, if that is known. */
  readonly position?: Position;
  /** Key path as shown, such as `train.optim_g.lr`; empty for the text as a whole. */
  readonly key: string;
  /** What is wrong and what to do, without place and key. */
  readonly what: string;
  /** Set if the value is right, but the file or folder that it names is not there. */
  readonly missing?: true;
}

/** Source of what `--force_yml` sets, in place of a file name. */
export const COMMAND_LINE = "command line";

/** A key path as it is shown: `train.scheduler.milestones[2]`. */
export function keyText(path: KeyPath): string {
  return path.reduce<string>(
    (text, part) =>
      typeof part === "number" ? `${text}[${part}]` : text === "" ? part : `${text}.${part}`,
    "",
  );
}

/** One line: `options/x.yml:12:3: train.optim_g.lrr is unknown, did you mean "lr"?` */
export function formatProblem(problem: OptionsProblem): string {
  const { file, position, key, what } = problem;
  const place = position === undefined ? file : `${file}:${position.line}:${position.column}`;
  return `${place}: ${key === "" ? "" : `${key}${problem.missing ? ":" : ""} `}${what}`;
}

/** An error that lists problems, one a line. */
export function problemsError(
  problems: readonly OptionsProblem[],
  exitCode: ExitCodeValue = ExitCode.USAGE,
  options?: ErrorOptions,
): UserError {
  return new UserError(problems.map(formatProblem).join("\n"), exitCode, options);
}
