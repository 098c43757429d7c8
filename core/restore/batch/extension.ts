/**
 * What `--ext` takes.
 *
 * @module
 */

/** Extensions of outputs; `auto` keeps the format of the input where that can be written. */
export const EXTENSIONS = ["auto", "png", "jpg", "webp"] as const;

/** One of {@linkcode EXTENSIONS}. */
export type Extension = (typeof EXTENSIONS)[number];
