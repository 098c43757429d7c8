/**
 * Finds out by trying what the file of a model does not say: scale, channels, which sizes it takes, and in which numbers samples
 * are.
 *
 * @module
 */
import { ExitCode, UserError } from "../../errors.ts";
import type { ImageTensor, RuntimeModel } from "../../runtimes/types.ts";
import type { ForeignSpec, ValueRange } from "./spec.ts";

/** What was found out. */
export interface ForeignTraits {
  /** Output pixels for each input pixel, along a side. */
  readonly scale: number;
  /** Channels that it takes: 1 or 3. */
  readonly inputChannels: number;
  /** Channels that it gives: 1 or 3. */
  readonly outputChannels: number;
  /** What height and width have to be multiples of. */
  readonly multiple: number;
  /** Numbers of the samples that it takes. */
  readonly inputRange: ValueRange;
  /** Numbers of the samples that it gives. */
  readonly outputRange: ValueRange;
}

/** Multiples that are tried, the smallest first. */
const MULTIPLES = [1, 2, 4, 8, 16, 32, 64];

/** Least height and width of what is tried; widths are larger, so that the axes are told apart. */
const LEAST = 33;

/** How samples from 0 to 1 become samples of a range: times `factor`, plus `offset`. */
const RANGES: readonly {
  readonly range: ValueRange;
  readonly factor: number;
  readonly offset: number;
}[] = [
  { range: "0-1", factor: 1, offset: 0 },
  { range: "0-255", factor: 255, offset: 0 },
  { range: "-1-1", factor: 2, offset: -1 },
];

/**
 * Another range than 0 to 1 is believed if with it the output looks like the input: if the two, made equally large, differ by less
 * than `GOOD` in the mean, and by less than this share of what they do from 0 to 1, which is more than `BAD`.
 */
const GOOD = 0.15, SHARE = 0.5, BAD = 0.05;

/**
 * Tries the model on a small picture.
 *
 * @throws {UserError} DATA, if it gives no picture of it.
 */
export async function probe(
  model: RuntimeModel,
  { kind, path, range }: ForeignSpec,
): Promise<ForeignTraits> {
  const refuse = (why: string, cause?: unknown): never => {
    throw new UserError(`${kind}:${path}: ${why}`, ExitCode.DATA, { cause });
  };
  const { inputChannels: declared, fixedSize, maxBatch = 1 } = model;
  if (declared !== undefined && ![1, 3].includes(declared)) {
    refuse(`it takes ${declared} channels; pictures have 1 (gray) or 3 (RGB)`);
  }
  if (maxBatch > 1 && kind !== "onnx") refuse(`it takes ${maxBatch} pictures at a time, not one`);
  let problem: unknown;
  let sized: ImageTensor | undefined;
  for (const channels of declared === undefined ? [3, 1] : [declared]) {
    for (const multiple of fixedSize === undefined ? MULTIPLES : [1]) {
      const [h, w] = fixedSize ?? sizeFor(multiple);
      const picture = testPicture(h, w, channels);
      const first = range ?? "0-1";
      let made: ImageTensor;
      try {
        made = await model.run(scaled(picture, first));
      } catch (error) {
        if (!(error instanceof UserError) || error.exitCode !== ExitCode.DATA) throw error;
        problem = error;
        continue;
      }
      const scale = made.shape[1] / h;
      if (!Number.isInteger(scale) || made.shape[2] !== w * scale || made.shape[0] !== 1) {
        sized = made;
        problem = new Error(`of ${h}x${w} pixels it makes ${made.shape[1]}x${made.shape[2]}`);
        continue;
      }
      const outputChannels = made.shape[3];
      if (![1, 3].includes(outputChannels)) {
        refuse(`it gives ${outputChannels} channels; pictures have 1 (gray) or 3 (RGB)`);
      }
      const ranges = await findRanges(model, picture, made, first, range !== undefined);
      return { scale, inputChannels: channels, outputChannels, multiple, ...ranges };
    }
  }
  if (sized !== undefined) {
    refuse(
      `${(problem as Error).message}, which is no whole multiple: it cannot be cut into tiles`,
    );
  }
  return refuse(
    `it computes none of the pictures that were tried: ${
      (problem as Error).message.replace(`${path}: `, "")
    }`,
    problem,
  );
}

/** A height and a width that `multiple` divides, and twice it does not. */
function sizeFor(multiple: number): readonly [height: number, width: number] {
  const steps = Math.ceil(LEAST / multiple) | 1;
  return [steps * multiple, (steps + 2) * multiple];
}

/** Colours and waves, from 0.1 to 0.9, the same every time. */
function testPicture(height: number, width: number, channels: number): ImageTensor {
  const data = new Float32Array(height * width * channels);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < channels; c++) {
        data[i++] = 0.5 + 0.25 * Math.sin(x / (5 + 2 * c) + c) + 0.15 * Math.cos(y / (4 + 3 * c));
      }
    }
  }
  return { shape: [1, height, width, channels], data };
}

/** Samples from 0 to 1 as samples of `range`. */
export function scaled({ shape, data }: ImageTensor, range: ValueRange): ImageTensor {
  const { factor, offset } = RANGES.find((one) => one.range === range)!;
  return { shape, data: data.map((value) => value * factor + offset) };
}

/** Samples of `range` as samples from 0 to 1, in place. */
export function unscale(data: Float32Array, range: ValueRange): void {
  const { factor, offset } = RANGES.find((one) => one.range === range)!;
  if (factor === 1) return;
  for (let i = 0; i < data.length; i++) data[i] = (data[i]! - offset) / factor;
}

async function findRanges(
  model: RuntimeModel,
  picture: ImageTensor,
  made: ImageTensor,
  first: ValueRange,
  given: boolean,
): Promise<Pick<ForeignTraits, "inputRange" | "outputRange">> {
  const found: { inputRange: ValueRange; outputRange: ValueRange; error: number }[] = [];
  for (const { range: inputRange } of RANGES) {
    if (given && inputRange !== first) continue;
    const output = inputRange === first ? made : await model.run(scaled(picture, inputRange));
    for (const { range: outputRange } of RANGES) {
      const data = output.data.slice();
      unscale(data, outputRange);
      found.push({ inputRange, outputRange, error: difference(picture, { ...output, data }) });
    }
  }
  const plain = found.find((one) => one.inputRange === first && one.outputRange === first)!;
  const best = found.reduce((a, b) => b.error < a.error ? b : a);
  const believed = best.error < GOOD && best.error < SHARE * plain.error &&
    plain.error > BAD;
  const { inputRange, outputRange } = believed ? best : plain;
  return { inputRange, outputRange };
}

/** Mean difference of the picture and of what was made of it, in gray and equally large. */
function difference({ shape, data }: ImageTensor, made: ImageTensor): number {
  const [, height, width, channels] = shape;
  const scale = made.shape[1] / height, outputs = made.shape[3];
  let sum = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let a = 0, b = 0;
      const at = (y * width + x) * channels;
      for (let c = 0; c < channels; c++) a += data[at + c]!;
      for (let dy = 0; dy < scale; dy++) {
        const row = ((y * scale + dy) * width * scale + x * scale) * outputs;
        for (let i = 0; i < scale * outputs; i++) b += made.data[row + i]!;
      }
      const off = Math.abs(a / channels - b / (outputs * scale * scale));
      sum += Number.isFinite(off) ? off : Infinity;
    }
  }
  return sum / (height * width);
}
