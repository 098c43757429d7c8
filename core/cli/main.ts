/**
 * The program: words in, exit code out.
 *
 * @module
 */
import { ExitCode, UserError } from "../errors.ts";
import { PLUGIN_KINDS } from "../registry.ts";
import { nearest } from "../text.ts";
import { COMMANDS } from "./commands.ts";
import { commandHelp, overview } from "./help.ts";

/**
 * Runs the command line `args` and resolves to the exit code. Prints errors; never throws for those of the user.
 *
 * @example
 * ```ts
 * import { main } from "./main.ts";
 * console.assert(await main(["--help"]) === 0);
 * ```
 */
export async function main(args: readonly string[]): Promise<number> {
  const debug = args.includes("--debug");
  try {
    return await dispatch(args);
  } catch (error) {
    return report(error, debug);
  }
}

async function dispatch(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === "help" || name === "--help" || name === "-h") {
    const about = COMMANDS.find((c) => c.name === rest[0]);
    console.log(about ? commandHelp(about) : overview());
    return name === undefined ? ExitCode.USAGE : ExitCode.OK;
  }
  if (name === "--version" || name === "version") {
    console.log(`denosr ${(await import("../version.ts")).VERSION}`);
    return ExitCode.OK;
  }
  const command = COMMANDS.find((c) => c.name === name);
  if (command === undefined) {
    const near = nearest(name, COMMANDS.map((c) => c.name));
    throw new UserError(
      `unknown command "${name}"${near.length > 0 ? `, did you mean ${near[0]}?` : ""}; ` +
        `commands: ${COMMANDS.map((c) => c.name).join(", ")}; see --help`,
      ExitCode.USAGE,
    );
  }
  if (asksForHelp(rest)) {
    console.log(commandHelp(command));
    return ExitCode.OK;
  }
  const { parseFor } = await import("./args.ts");
  return await command.run(await parseFor(command, rest));
}

/** Whether `--help` or `-h` is among the arguments of a command; behind `--` these are words. */
export function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  const flags = end < 0 ? args : args.slice(0, end);
  return flags.includes("--help") || flags.includes("-h");
}

/** Prints an error as a user should see it and gives the exit code. */
export function report(error: unknown, debug: boolean): number {
  if (error instanceof UserError) {
    console.error(`error: ${error.message}`);
    if (debug) console.error(error.stack, error.cause ?? "");
    return error.exitCode;
  }
  if (error instanceof Deno.errors.NotCapable) {
    console.error(
      `error: a permission is missing: ${error.message.split(", run again")[0]}\n` +
        `  start through \`deno task\`, which grants what the options need, or grant it to \`deno run\` yourself`,
    );
    if (debug) console.error(error);
    return ExitCode.ENVIRONMENT;
  }
  const text = error instanceof Error ? error.message : String(error);
  const plugin = error instanceof Error ? pluginIn(error) : undefined;
  console.error(
    plugin === undefined
      ? `internal error (a defect of DenoSR, please report it): ${text}`
      : `error in ${plugin}: ${text}`,
  );
  if (debug && error instanceof Error) console.error(error);
  else console.error("  --debug shows where it happened");
  return ExitCode.ENVIRONMENT;
}

/** Where an error was thrown, if that was in a plugin: `plugins/hooks/my_hook.ts:12:5`. */
function pluginIn({ stack = "" }: Error): string | undefined {
  const frame = /\((file:[^()]+:\d+:\d+)\)|at (?:async )?(file:\S+:\d+:\d+)/.exec(stack);
  const place = frame?.[1] ?? frame?.[2];
  if (place === undefined || !PLUGIN_FILE.test(place)) return undefined;
  return decodeURIComponent(place.slice("file://".length));
}

const PLUGIN_FILE = new RegExp(`_(?:${PLUGIN_KINDS.join("|")})\\.[a-z]+:`);

// Tasks start here and not at mod.ts, which loads the whole library.
if (import.meta.main) main(Deno.args).then(Deno.exit);
