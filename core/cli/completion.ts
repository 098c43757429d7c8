/**
 * `completion`: scripts for shells that complete the commands, made from the table of commands.
 *
 * Each script holds everything it needs: completing a word starts no program. `denosr COMMAND …` is completed in all
 * three shells; `deno task COMMAND …` in bash and fish, where it can be added to what is there for `deno`.
 *
 * @module
 */
import { ExitCode, type ExitCodeValue, UserError } from "../errors.ts";
import { COMMANDS } from "./commands.ts";
import { bashScript } from "./completion_bash.ts";
import { fishScript } from "./completion_fish.ts";
import { zshScript } from "./completion_zsh.ts";
import type { Command, Parsed } from "./flags.ts";
import { SHELLS } from "./shared_flags.ts";

/** Prints the script for the shell that is named. */
export async function runCompletion({ words }: Parsed): Promise<ExitCodeValue> {
  const [shell, ...more] = words;
  if (shell === undefined || more.length > 0) {
    throw new UserError(
      `completion: name one shell, ${SHELLS.join(", ")}; see completion --help`,
      ExitCode.USAGE,
    );
  }
  const { print } = await import("../log/terminal.ts");
  print(completionScript(shell).trimEnd());
  return ExitCode.OK;
}

/**
 * The script for a shell.
 *
 * @throws {UserError} USAGE for a shell that is not known.
 */
export function completionScript(shell: string, commands: readonly Command[] = COMMANDS): string {
  switch (shell) {
    case "bash":
      return bashScript(commands);
    case "zsh":
      return zshScript(commands);
    case "fish":
      return fishScript(commands);
    default:
      throw new UserError(
        `completion: "${shell}" is unknown, name one of ${SHELLS.join(", ")}`,
        ExitCode.USAGE,
      );
  }
}
