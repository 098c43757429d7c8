/**
 * The WebGPU adapter as `doctor` asks for it: in a process of its own, since drivers and libtensorflow do not get along.
 *
 * Run as a program it prints one line.
 *
 * @module
 */
import { findAdapter } from "../engine/webgpu.ts";
import { fileURLToPath } from "node:url";

/** Drivers are not waited for longer than this, in milliseconds. */
const PATIENCE_MS = 20_000;

/** Name of the adapter in words; what stands against it otherwise. */
export async function findAdapterApart(): Promise<string> {
  const { state } = Deno.permissions.querySync({ name: "run", command: Deno.execPath() });
  if (state !== "granted") return "not asked (no second Deno may be started)";
  try {
    const { success, stdout } = await new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "--quiet", "--no-prompt", "--no-check", "--cached-only", "--allow-read"],
        ...["--allow-env", fileURLToPath(import.meta.url)],
      ],
      stdin: "null",
      stderr: "null",
      signal: AbortSignal.timeout(PATIENCE_MS),
    }).output();
    const text = new TextDecoder().decode(stdout).trim();
    return success && text !== "" ? text : "asking for it failed";
  } catch (error) {
    return `asking for it failed: ${(error as Error).message}`;
  }
}

if (import.meta.main) {
  const { name, isSoftware } = await findAdapter();
  console.log(isSoftware ? `${name} (computes on the CPU)` : name);
  Deno.exit();
}
