/**
 * How commands and their flags are described, and what parsing them gives.
 *
 * @module
 */

/** One `--flag`. */
export interface Flag {
  /** Long name without dashes, as BasicSR spells it where BasicSR has it. */
  readonly name: string;
  /** A single letter that stands for it: `-o FILE`. */
  readonly short?: string;
  /** Name of the value in help; absent for a switch. */
  readonly value?: string;
  /** Allowed values. */
  readonly choices?: readonly string[];
  /** True if it takes all following words up to the next flag. */
  readonly many?: boolean;
  /** True if it may be given several times. */
  readonly repeat?: boolean;
  /** True if the command cannot run without it. */
  readonly required?: boolean;
  /** Default, for help. */
  readonly fallback?: string;
  /** What it does, one sentence without a full stop. */
  readonly help: string;
  /** Heading under which help lists it; default `Flags`. */
  readonly group?: string;
  /** What its value names, for completion in shells; nothing if that cannot be told. */
  readonly complete?: "path" | "folder";
}

/** Values of parsed flags by name; switches are booleans. */
export type FlagValues = {
  readonly [name: string]: string | boolean | readonly string[] | undefined;
};

/** A parsed command line. */
export interface Parsed {
  /** Flags by name; every flag of the command is there. */
  readonly flags: FlagValues;
  /** Words that are no flags. */
  readonly words: readonly string[];
}

/** One command. */
export interface Command {
  /** The word that calls it. */
  readonly name: string;
  /** One line for the overview. */
  readonly summary: string;
  /** Words after the command, for the usage line, for example `KIND NAME`. */
  readonly words?: string;
  /** What these words are, for completion in shells: file names, or one of a few. */
  readonly complete?: "path" | readonly string[];
  /** A paragraph for its own help. */
  readonly description: string;
  /** What it takes, in the order of its help. */
  readonly flags: readonly Flag[];
  /** What else is worth knowing, after the flags: paragraphs. */
  readonly notes?: readonly string[];
  /** Command lines that work as they stand. */
  readonly examples: readonly string[];
  /** Runs it; resolves to the exit code. */
  run(parsed: Parsed): Promise<number>;
}
