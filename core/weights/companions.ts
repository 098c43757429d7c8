/**
 * Which files belong to a file of weights, told by its name alone: for who has to grant access to them beforehand.
 *
 * @module
 */
import { dirname } from "node:path";

/**
 * Files and folders besides `path` that reading it as weights may need: the other half of an ncnn model, the folder of a
 * layers model's shards. They need not exist.
 */
export function companionsOf(path: string): string[] {
  if (/\.param$/i.test(path)) return [path.replace(/\.param$/i, ".bin")];
  if (/\.bin$/i.test(path)) return [path.replace(/\.bin$/i, ".param")];
  return /\.json$/i.test(path) ? [dirname(path)] : [];
}
