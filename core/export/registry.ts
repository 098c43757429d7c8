/**
 * The targets of exports, each loaded when it is asked for.
 *
 * @module
 */
import { ExitCode, UserError } from "../errors.ts";
import { nearest } from "../text.ts";
import { type Target, type TargetName, TARGETS } from "./target.ts";

/** The target of that name: `target` of `core/export/<name>/mod.ts`. */
export async function loadTarget(name: TargetName): Promise<Target> {
  // Of a literal Deno would read all targets before it runs the first line of the program.
  const module = await import(new URL(`./${name}/mod.ts`, import.meta.url).href);
  return (module as { readonly target: Target }).target;
}

/**
 * Names of targets out of a list with commas between; `all` stands for all of them.
 *
 * @throws {UserError} USAGE for names that are none, or stand there twice.
 */
export function targetNames(list: string): TargetName[] {
  const words = list.split(",").map((word) => word.trim()).filter((word) => word !== "");
  if (words.length === 0) throw unknown(list);
  const names: TargetName[] = [];
  for (const word of words.flatMap((word) => word === "all" ? TARGETS : [word])) {
    const name = TARGETS.find((one) => one === word.toLowerCase());
    if (name === undefined) throw unknown(word);
    if (names.includes(name)) {
      throw new UserError(`the target ${name} is named twice`, ExitCode.USAGE);
    }
    names.push(name);
  }
  return names;
}

function unknown(word: string): UserError {
  const [near] = nearest(word, TARGETS);
  const hint = near === undefined ? "" : `, did you mean ${near}?`;
  return new UserError(
    `"${word}" is no target of exports${hint}; there are ${TARGETS.join(", ")} and all`,
    ExitCode.USAGE,
  );
}
