/**
 * The program inside the executable that `compile` makes: `restore`, with a model that is part of it.
 *
 * Its first argument is built in: the address of the model from here. Everything that it reads of itself lies in the file system
 * inside the executable; it fetches nothing.
 *
 * @module
 */
import { ExitCode } from "../errors.ts";
import { COMMANDS } from "./commands.ts";
import { commandHelp } from "./help.ts";
import { asksForHelp, main } from "./main.ts";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";

/** Runs it; resolves to the exit code. */
export async function runProgram(
  [model = "", ...args]: readonly string[],
  program: string = basename(Deno.execPath()),
): Promise<number> {
  const path = fileURLToPath(new URL(model, import.meta.url));
  if (args.length === 0 || asksForHelp(args)) {
    console.log(programHelp(program, basename(path)));
    return args.length === 0 ? ExitCode.USAGE : ExitCode.OK;
  }
  if (args[0] === "--version") return await main(args);
  // What the tasks set for the process that computes; see launch.ts.
  const settings = { DENOSR_STD: "npm", TF_CPP_MIN_LOG_LEVEL: "2", TF_ENABLE_ONEDNN_OPTS: "1" };
  for (const [name, value] of Object.entries(settings)) {
    if (Deno.env.get(name) === undefined) Deno.env.set(name, value);
  }
  const names = args.some((arg) => /^--(?:model|dni)(?:=|$)/.test(arg));
  return await main(["restore", ...names ? [] : ["--model", path], ...args]);
}

/** The help of `restore`, in words that hold for the executable. */
export function programHelp(program: string, model: string): string {
  const restore = COMMANDS.find(({ name }) => name === "restore")!;
  const flags = restore.flags.map((flag) =>
    flag.name === "model" ? { ...flag, fallback: `${model}, which is part of this program` } : flag
  );
  const examples = restore.examples.filter((line) => !line.includes("--model"));
  const notes = [
    ...restore.notes ?? [],
    "It computes with libtensorflow where it finds one: DENOSR_LIBTENSORFLOW, TensorFlow of a Python installation " +
    "(pip install tensorflow-cpu), or the cache of DenoSR. Else it takes WebGPU or, more slowly, WebAssembly, and says so.",
  ];
  return commandHelp({ ...restore, flags, examples, notes })
    .replaceAll(/deno (?:task|run -A mod\.ts) restore/g, program);
}

if (import.meta.main) runProgram(Deno.args).then(Deno.exit);
