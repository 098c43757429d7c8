/**
 * ncnn, if this machine has it.
 *
 * @module
 */
import { ncnn } from "../../../core/runtimes/ncnn.ts";
import type { Runtime } from "../../../core/runtimes/types.ts";

const found = await ncnn({ fetch: false }).catch(() => undefined);

/** Why it is skipped, behind the name of a test. */
export const MISSING: string = found
  ? ""
  : " (skipped: no ncnn here, DENOSR_PYTHON names a Python with the package)";

/** Whether tests that use it can run. */
export const HAS_NCNN: boolean = found !== undefined;

/** The program; tests that use it are skipped where it is missing. */
export function ncnnRuntime(): Runtime {
  return found!;
}
