/**
 * ONNX Runtime, if this machine has it: opened before the first test, so that none seems to leave it open.
 *
 * @module
 */
import { openOnnxRuntime } from "../../../core/runtimes/onnxruntime.ts";
import type { Runtime } from "../../../core/runtimes/types.ts";

const found = await openOnnxRuntime({ fetch: false }).catch(() => undefined);

/** Why it is skipped, behind the name of a test. */
export const MISSING: string = found
  ? ""
  : " (skipped: no ONNX Runtime here, DENOSR_ONNXRUNTIME names its library)";

/** The program; tests that use it are skipped where it is missing. */
export function onnxRuntime(): Runtime {
  return found!;
}

/** A test that needs it. */
export function ortTest(name: string, test: (runtime: Runtime) => Promise<void>): void {
  Deno.test({ name: name + MISSING, ignore: found === undefined, fn: () => test(found!) });
}
