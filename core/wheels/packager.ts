/**
 * Runs pip or uv, which know the user's proxies, mirrors and certificates.
 *
 * @module
 */
import { delimiter, join } from "node:path";
import { ExitCode, UserError } from "../errors.ts";
import { type Environment, ifPermitted } from "../places.ts";

/** A tool that fetches wheels. */
export interface Packager {
  /** `pip` or `uv`. */
  readonly kind: "pip" | "uv";
  /** The command line that starts it, for example `["/usr/bin/python3", "-m", "pip"]`. */
  readonly command: readonly string[];
}

/** What can be tried; pip first, for it can fetch a wheel without unpacking it. */
const CANDIDATES: readonly (readonly [kind: Packager["kind"], ...command: string[]])[] = [
  ["pip", "python3", "-m", "pip"],
  ["pip", "pip3"],
  ["pip", "pip"],
  ["pip", "python", "-m", "pip"],
  ["uv", "uv"],
];

/** The first of pip and uv that is on PATH and starts; undefined if there is none. */
export async function findPackager(
  env: Environment,
  order: Order,
): Promise<Packager | undefined> {
  for (const [kind, name, ...rest] of CANDIDATES) {
    const program = onPath(name!, env);
    if (program === undefined) continue;
    const command = [program, ...rest];
    // pyenv and the like put programs on PATH that only say that they are not installed.
    const { code } = await run([...command, "--version"], {}, order).done;
    if (code === 0) return { kind, command };
  }
  return undefined;
}

/** What is to be fetched, for messages. */
export interface Order {
  /** Its name. */
  readonly what: string;
  /** What else people can do: reads on behind "it cannot be fetched; ". */
  readonly hint: string;
}

/** A running command. */
export interface Running {
  /** How it ended, with the last lines that it wrote. */
  readonly done: Promise<{ readonly code: number; readonly lastLines: string }>;
}

/**
 * Starts `command` with additional environment variables.
 *
 * @throws {UserError} Without the permission to run it.
 */
export function run(
  command: readonly string[],
  env: Readonly<Record<string, string>>,
  { what, hint }: Order,
): Running {
  const [program, ...args] = command;
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(program!, {
      args,
      env,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotCapable)) throw error;
    throw new UserError(
      `fetching ${what} takes the permission to run ${program}: allow it with --allow-run, or ${hint}`,
      ExitCode.ENVIRONMENT,
      { cause: error },
    );
  }
  const lines: string[] = [];
  const collect = async (stream: ReadableStream<Uint8Array>) => {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      lines.push(...text.split(/[\r\n]+/).filter((line) => line.trim() !== ""));
      lines.splice(0, lines.length - 12);
    }
  };
  const done = Promise.all([child.status, collect(child.stdout), collect(child.stderr)]).then((
    [{ code }],
  ) => ({ code, lastLines: lines.join("\n") }));
  return { done };
}

/** Absolute path of the program `name`, if PATH has it. */
export function onPath(name: string, env: Environment): string | undefined {
  const names = Deno.build.os === "windows" ? [`${name}.exe`, `${name}.cmd`] : [name];
  for (const folder of env("PATH")?.split(delimiter) ?? []) {
    for (const file of names) {
      const path = join(folder, file);
      if (folder !== "" && ifPermitted(() => Deno.statSync(path).isFile, false)) return path;
    }
  }
  return undefined;
}
