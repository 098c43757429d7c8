/**
 * Reading parity fixtures: those that ship in `tests/data/parity`, or the whole set that `DENOSR_PARITY` names.
 *
 * @module
 */
import type { FloatImage, RawImage } from "../../../core/data/image.ts";
import type { StateDict } from "../../../core/weights/state_dict.ts";
import { readSafetensors } from "../../../core/weights/safetensors.ts";

/** Where an array of a case lies. */
export interface ArrayRef {
  readonly file: string;
  readonly key: string;
}

/** One case of `index.json`; what is in `config` and `outputs` depends on the function. */
export interface ParityCase {
  readonly name: string;
  readonly kind: string;
  readonly config: {
    readonly fn: string;
    readonly scale: number;
    readonly antialiasing: boolean;
    readonly y_only: boolean;
    readonly rgb2bgr: boolean;
    readonly hflip: boolean;
    readonly vflip: boolean;
    readonly rot90: boolean;
    readonly min_max: readonly [number, number];
  };
  readonly inputs: { readonly [name: string]: ArrayRef };
  readonly outputs: { readonly [name: string]: ArrayRef } & { readonly table: readonly Row[] };
  readonly tolerance: { readonly [name: string]: { readonly atol: number; readonly rtol: number } };
}

/** One row of a metric case. */
export interface Row {
  readonly crop_border: number;
  readonly test_y_channel: boolean;
  readonly psnr?: number | "inf";
  readonly ssim?: number;
  readonly psnr_pt?: number | readonly number[];
  readonly ssim_pt?: number | readonly number[];
}

const whole = Deno.env.get("DENOSR_PARITY");
const root = whole === undefined
  ? new URL("../../data/parity/", import.meta.url).pathname
  : whole.replace(/\/?$/, "/");

/** The cases of one kind. */
export function parityCases(kind: "imgproc" | "metric" | "degrade"): ParityCase[] {
  const file = whole === undefined ? `${kind}/index.json` : "index.json";
  const { cases } = JSON.parse(Deno.readTextFileSync(root + file)) as { cases: ParityCase[] };
  return cases.filter((c) => c.kind === kind);
}

/** Path of a file of the set. */
export function parityPath(file: string): string {
  return root + file;
}

const files = new Map<string, StateDict>();

/** One array as an image; `[h, w]` becomes one channel, bytes an 8-bit image. */
export function parityImage(ref: ArrayRef): FloatImage | RawImage {
  const { shape, data } = parityTensor(ref);
  const [height, width, channels = 1] = shape as [number, number, number?];
  return { width, height, channels, data } as FloatImage | RawImage;
}

/** One array as stored. */
export function parityTensor(
  ref: ArrayRef,
): { shape: readonly number[]; data: Float32Array | Uint8Array } {
  let tensors = files.get(ref.file);
  if (tensors === undefined) {
    tensors = readSafetensors(Deno.readFileSync(root + ref.file)).tensors;
    files.set(ref.file, tensors);
  }
  const tensor = tensors.get(ref.key);
  if (!(tensor?.data instanceof Float32Array || tensor?.data instanceof Uint8Array)) {
    throw new Error(`${ref.file} has no float32 or byte array ${ref.key}`);
  }
  return { shape: tensor.shape, data: tensor.data };
}

/** `[c, h, w]` to an image, from sample `n` of a batch if it is one. */
export function chwImage(ref: ArrayRef, n = 0): FloatImage {
  const { shape, data } = parityTensor(ref);
  const [channels, height, width] = shape.slice(-3) as [number, number, number];
  const area = width * height;
  const out = new Float32Array(area * channels);
  for (let c = 0; c < channels; c++) {
    for (let p = 0; p < area; p++) out[p * channels + c] = data[(n * channels + c) * area + p]!;
  }
  return { width, height, channels, data: out };
}
