/**
 * Names of exported models.
 *
 * @module
 */
import { basename } from "node:path";
import { ExitCode, UserError } from "../errors.ts";

/** What all systems, model servers and shells take as it stands. */
const WORD = /^[A-Za-z0-9][\w.-]{0,99}$/;

/**
 * The name of a model for files: that which is given, or the one of the file or the model of the zoo.
 *
 * @throws {UserError} USAGE if `given` is no such word.
 */
export function exportName(given: string | undefined, source: string): string {
  if (given !== undefined) {
    if (WORD.test(given)) return given;
    throw new UserError(
      `"${given}" is no name for files: take letters, digits, _, - and ., at most 100`,
      ExitCode.USAGE,
    );
  }
  const file = basename(source.replace(/^zoo:/, "").replaceAll("\\", "/"))
    .replace(/\.(?:safetensors|pth|pt|ckpt|param|bin|json)$/i, "");
  const word = file.replace(/[^\w.-]+/g, "_").replace(/^[^A-Za-z0-9]+/, "").slice(0, 100);
  return word === "" ? "model" : word;
}
