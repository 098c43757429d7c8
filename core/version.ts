/**
 * The version of DenoSR; a test holds it against `deno.json`.
 *
 * @module
 */

/** Semantic version. */
export const VERSION = "0.1.0";
