/**
 * Names that become folders.
 *
 * @module
 */
import type { TextSchema } from "../schema_types.ts";
import { z } from "../zod.ts";

/** A word that can be the name of one folder on every system. */
export const folderName: TextSchema = z.string().min(1).max(200).refine(
  // Control characters are what is looked for.
  // deno-lint-ignore no-control-regex
  (name) => !/[\0-\x1f\\/:*?"<>|]|^\.|^\s|[\s.]$/.test(name),
  {
    error:
      'is the name of a folder: it must not hold / \\ : * ? " < > |, nor begin or end with a point or a space',
  },
);
