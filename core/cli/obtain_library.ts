/**
 * Fetches the native library within the process that computes.
 *
 * @module
 */
import type { EngineChoice } from "../engine/engine.ts";
import { UserError } from "../errors.ts";

/**
 * Fetches the native library if it is wanted and not there, where this process may start programs (`deno run -A`; under
 * the supervisor it has been done). A failure is no reason to stop: `startEngine` says what follows from it.
 */
export async function obtainLibrary(engine: EngineChoice): Promise<void> {
  if (engine !== "auto" && engine !== "native") return;
  if (Deno.permissions.querySync({ name: "run" }).state !== "granted") return;
  const { findLibrary } = await import("../engine/native/library.ts");
  if (await findLibrary() !== undefined) return;
  const { runSetup } = await import("./setup.ts");
  try {
    await runSetup({ flags: { "if-missing": true }, words: [] });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    console.error(error.message);
  }
}
