/**
 * Deep network interpolation: weights between those of two networks of the same kind.
 *
 * Paper: X. Wang et al., "Deep Network Interpolation for Continuous Imagery Effect Transition", CVPR 2019,
 * https://arxiv.org/abs/1811.10515. The order is that of Real-ESRGAN's `dni_weight`: the share is that of the first file, so
 * that `realesr-general-x4v3:realesr-general-wdn-x4v3:0.3` is what its `--denoise_strength 0.3` computes.
 *
 * @module
 */
import { ExitCode, UserError } from "../errors.ts";
import { compareKeys, describeMismatch, keysMatch } from "../weights/compare.ts";
import type { StateDict, StateTensor } from "../weights/state_dict.ts";
import type { InterpolatedSource } from "./types.ts";

/**
 * Reads `A:B:SHARE`, for example `zoo:a:zoo:b:0.5` or `C:\a.pth:b.pth:1`.
 *
 * @throws {UserError} USAGE, if it has another form.
 */
export function parseDni(text: string): InterpolatedSource {
  const words = text.split(":");
  const share = words.pop()!.trim();
  const sources: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    // A colon after `zoo`, or after the letter of a drive, belongs to the name.
    const joined = word === "zoo" || /^[A-Za-z]$/.test(word) && /^[\\/]/.test(words[i + 1] ?? "");
    sources.push(joined && i + 1 < words.length ? `${word}:${words[++i]}` : word);
  }
  const [first, second] = sources;
  if (sources.length !== 2 || !first || !second || !/^(?:\d+\.?\d*|\.\d+)$/.test(share)) {
    throw new UserError(
      `"${text}" is no interpolation: write FIRST:SECOND:SHARE, for example a.pth:b.pth:0.5`,
      ExitCode.USAGE,
    );
  }
  return checkedShare({ first, second, share: Number(share) });
}

/** `source`, if its share lies between 0 and 1. */
export function checkedShare(source: InterpolatedSource): InterpolatedSource {
  if (source.share >= 0 && source.share <= 1) return source;
  throw new UserError(
    `the share of ${source.first} must lie between 0 and 1, received ${source.share}`,
    ExitCode.USAGE,
  );
}

/**
 * `share · first + (1 - share) · second`, tensor by tensor, in float64 rounded to float32. Tensors of whole numbers, which
 * are tables and no weights, must be the same in both.
 *
 * @param names Of the two files, for messages.
 * @throws {UserError} DATA, if names or shapes differ, or a table does.
 */
export function interpolateWeights(
  first: StateDict,
  second: StateDict,
  share: number,
  names: readonly [string, string],
): StateDict {
  const shapes = new Map([...first].map(([name, { shape }]) => [name, shape]));
  const comparison = compareKeys(shapes, second);
  if (!keysMatch(comparison)) {
    throw new UserError(
      `${names[0]} and ${names[1]} cannot be interpolated, their networks differ; ` +
        `${names[1]} compared with ${names[0]}:\n${describeMismatch(comparison)}`,
      ExitCode.DATA,
    );
  }
  return new Map(
    [...first].map(([name, a]) => [name, between(name, a, second.get(name)!, share, names)]),
  );
}

function between(
  name: string,
  a: StateTensor,
  b: StateTensor,
  share: number,
  names: readonly [string, string],
): StateTensor {
  if (!isFloat(a) || !isFloat(b)) {
    if (a.data.length === b.data.length && a.data.every((value, i) => value == b.data[i])) return a;
    throw new UserError(
      `${names[0]} and ${
        names[1]
      } cannot be interpolated: they differ in ${name}, which holds whole numbers`,
      ExitCode.DATA,
    );
  }
  const data = new Float32Array(a.data.length);
  for (let i = 0; i < data.length; i++) {
    data[i] = share * Number(a.data[i]) + (1 - share) * Number(b.data[i]);
  }
  return { shape: a.shape, dtype: "F32", data };
}

function isFloat({ data }: StateTensor): boolean {
  return data instanceof Float32Array || data instanceof Float64Array;
}
