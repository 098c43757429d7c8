/**
 * Looking at image headers before anything is trained: the cheap half of "are these data usable".
 *
 * @module
 */
import { UserError } from "../errors.ts";
import type { DataProblem } from "./dataset.ts";
import { readImageHeader } from "./header.ts";
import type { ImageHeader } from "./image.ts";
import { readImageBytes } from "./image_bytes.ts";

/** Enough for all headers but those behind long metadata; for these the file is read whole. */
const FIRST_BYTES = 64 * 1024;
const AT_ONCE = 16;

/**
 * Reads the headers of groups of files (a pair, a single image, a clip) and asks `judge` about each group.
 *
 * @param judge Given the headers in the order of the files; says what is wrong with the first file, or `undefined`.
 * @returns Problems in the order of the groups: unreadable, empty and non-image files, and what `judge` said.
 */
export async function checkHeaders(
  groups: readonly (readonly string[])[],
  judge: (headers: readonly ImageHeader[]) => string | undefined,
): Promise<DataProblem[]> {
  const problems: DataProblem[][] = groups.map(() => []);
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < groups.length) {
      const at = next++;
      const headers: ImageHeader[] = [];
      for (const file of groups[at]!) {
        try {
          headers.push(await headerOf(file));
        } catch (error) {
          if (!(error instanceof UserError)) throw error;
          problems[at]!.push({ file, what: withoutPath(error.message, file) });
        }
      }
      if (problems[at]!.length > 0) continue;
      const what = judge(headers);
      if (what !== undefined) problems[at]!.push({ file: groups[at]![0]!, what });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return problems.flat();
}

/**
 * The header of an image file.
 *
 * @throws {UserError} With exit code DATA, naming the file, if it is missing, empty, or no image.
 */
export async function headerOf(path: string): Promise<ImageHeader> {
  const start = await readImageBytes(path, FIRST_BYTES);
  if (start.length < FIRST_BYTES) return readImageHeader(start, path);
  try {
    return readImageHeader(start, path);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return readImageHeader(await readImageBytes(path), path);
  }
}

function withoutPath(message: string, path: string): string {
  return message.startsWith(path) ? message.slice(path.length).replace(/^[\s:]+/, "") : message;
}
