/**
 * From words on the command line to the flags of a command.
 *
 * @module
 */
import { ExitCode, UserError } from "../errors.ts";
import { parseArgs } from "../std/cli.ts";
import { nearest } from "../text.ts";
import type { Command, Flag, Parsed } from "./commands.ts";

/**
 * Parses `args` for `command`. BasicSR's spelling `-opt` (one dash) is taken for every flag; `-` and `_` are the same
 * inside names.
 *
 * @throws {UserError} With exit code USAGE for an unknown flag, a missing or wrong value.
 */
export async function parseFor(command: Command, args: readonly string[]): Promise<Parsed> {
  const switches: string[] = [];
  const words: string[] = [];
  const many = new Map<string, string[]>();
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === "--") {
      words.push(...args.slice(i + 1));
      break;
    }
    if (!/^--?[^-]/.test(arg)) {
      words.push(arg);
      continue;
    }
    const [, typed, inline] = /^--?([^=]*)(?:=(.*))?$/s.exec(arg)!;
    const flag = findFlag(command, typed!);
    if (flag.many) {
      const values = many.get(flag.name) ?? [];
      if (inline !== undefined) values.push(inline);
      while (i + 1 < args.length && !/^--?[A-Za-z]/.test(args[i + 1]!)) values.push(args[++i]!);
      if (values.length === 0) {
        throw usage(command, `--${flag.name} needs at least one ${flag.value}`);
      }
      many.set(flag.name, values);
    } else if (flag.value === undefined) {
      if (inline !== undefined) {
        throw usage(command, `--${flag.name} takes no value, received "${inline}"`);
      }
      switches.push(`--${flag.name}`);
    } else {
      const value = inline ?? args[++i];
      if (value === undefined || (inline === undefined && /^--?[A-Za-z]/.test(value))) {
        throw usage(command, `--${flag.name} needs a value (${flag.value})`);
      }
      if (flag.choices && !flag.choices.includes(value)) {
        throw usage(
          command,
          `--${flag.name} must be one of ${flag.choices.join(", ")}, received "${value}"`,
        );
      }
      switches.push(`--${flag.name}=${value}`);
    }
  }
  const parsed = await parseArgs(switches, {
    boolean: command.flags.filter((f) => f.value === undefined).map((f) => f.name),
    string: command.flags.filter((f) => f.value !== undefined && !f.many).map((f) => f.name),
    collect: command.flags.filter((f) => f.repeat).map((f) => f.name),
  });
  const flags: Record<string, string | boolean | readonly string[] | undefined> = {};
  for (const flag of command.flags) {
    const value = parsed[flag.name];
    flags[flag.name] = flag.many
      ? many.get(flag.name) ?? []
      : flag.repeat
      ? ([] as string[]).concat((value ?? []) as string | string[])
      : value as string | boolean | undefined;
    if (flag.required && !flags[flag.name]) {
      throw usage(
        command,
        `${flag.name === "opt" ? "-" : "--"}${flag.name} ${flag.value} is missing, ` +
          `for example: ${command.examples[0]}`,
      );
    }
  }
  if (words.length > 0 && !command.words) {
    throw usage(command, `"${words[0]}" is not expected here`);
  }
  return { flags, words };
}

function findFlag(command: Command, typed: string): Flag {
  const plain = (s: string) => s.replaceAll("_", "-");
  const flag = command.flags.find((f) => plain(f.name) === plain(typed) || f.short === typed);
  if (flag !== undefined) return flag;
  const near = nearest(typed, command.flags.map((f) => f.name));
  throw usage(
    command,
    `unknown flag --${typed}${near.length > 0 ? `, did you mean --${near[0]}?` : ""}`,
  );
}

function usage(command: Command, what: string): UserError {
  return new UserError(`${command.name}: ${what}; see ${command.name} --help`, ExitCode.USAGE);
}
