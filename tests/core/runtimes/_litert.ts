/**
 * LiteRT, if this machine has it: opened before the first test, so that none seems to leave it open.
 *
 * @module
 */
import { openLiteRt } from "../../../core/runtimes/litert.ts";
import type { Runtime } from "../../../core/runtimes/types.ts";

const found = await openLiteRt({ fetch: false }).catch(() => undefined);

/** Why it is skipped, behind the name of a test. */
export const MISSING: string = found
  ? ""
  : " (skipped: no LiteRT here, DENOSR_LITERT names its library libLiteRt.so)";

/** The program; tests that use it are skipped where it is missing. */
export function liteRt(): Runtime {
  return found!;
}
