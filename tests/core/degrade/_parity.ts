/**
 * Parity fixtures of degradations: those in `tests/data/parity/degrade_device`, or the whole set that `DENOSR_PARITY` names.
 *
 * @module
 */
import assert from "node:assert/strict";
import { type Tensor4D, tf } from "../../../core/engine/tf.ts";
import { readSafetensors } from "../../../core/weights/safetensors.ts";
import type { StateTensor } from "../../../core/weights/state_dict.ts";
import type { DegradationPlan } from "../../../core/degrade/mod.ts";
import type { ResizeMode } from "../../../core/degrade/resize.ts";

/** Where a tensor lies. */
export interface TensorRef {
  readonly file: string;
  readonly key: string;
  readonly take?: string;
}

/** Moments of noise. */
export interface NoiseMoments {
  readonly fn: "generate_gaussian_noise" | "generate_poisson_noise";
  readonly sigma: number;
  readonly scale: number;
  readonly gray_noise: boolean;
  readonly mean: number;
  readonly std: number;
  readonly std_darkest_quarter: number;
  readonly std_brightest_quarter: number;
  readonly channel_correlation: number;
}

/** One case of `index.json`. */
export interface DegradeCase {
  readonly name: string;
  readonly config: {
    readonly fn: string;
    readonly differentiable: boolean;
    readonly quality: number | readonly number[];
    readonly weight: number;
    readonly radius: number;
    readonly threshold: number;
  };
  readonly inputs: { readonly img: TensorRef; readonly kernel: TensorRef };
  readonly outputs: {
    readonly output: TensorRef;
    readonly gaussian?: TensorRef;
    readonly table: readonly NoiseMoments[];
  };
  readonly tolerance: {
    readonly [name: string]: {
      readonly atol?: number;
      readonly rtol?: number;
      readonly fraction_allowed_outside?: number;
    };
  };
}

interface Own {
  readonly cases: DegradeCase[];
  readonly resize: readonly {
    readonly mode: ResizeMode;
    readonly from: number;
    readonly to: number;
    readonly factor?: number;
    readonly key: string;
  }[];
  readonly chain: readonly { readonly plan: DegradationPlan; readonly key: string }[];
}

const shipped = new URL("../../data/parity/degrade_device", import.meta.url).pathname;
const whole = Deno.env.get("DENOSR_PARITY");
const root = whole ?? shipped;

/** What was made for this folder alone. */
export const own = JSON.parse(Deno.readTextFileSync(`${shipped}/index.json`)) as Own;

/** Cases whose function is one of `fns`. */
export function degradeCases(...fns: string[]): DegradeCase[] {
  const { cases } = whole ? JSON.parse(Deno.readTextFileSync(`${root}/index.json`)) as Own : own;
  return cases.filter(({ name, config }) =>
    name.startsWith("degrade/") && (fns.includes(config.fn) || fns.includes(name))
  );
}

/** Path of a file of the set. */
export function parityPath(file: string): string {
  return `${root}/${file}`;
}

/** A tensor of the set; 8-bit ones in [0, 1]. */
export function parityTensor({ file, key }: TensorRef): StateTensor {
  return tensorOf(`${root}/${file}`, key);
}

/** A tensor that was made for this folder alone. */
export function ownTensor(file: string, key: string): StateTensor {
  return tensorOf(`${shipped}/${file}`, key);
}

function tensorOf(path: string, key: string): StateTensor {
  const tensor = readSafetensors(Deno.readFileSync(path)).tensors.get(key);
  assert(tensor, `${path} lacks ${key}`);
  if (tensor.dtype !== "U8") return tensor;
  const data = Float32Array.from(tensor.data as Uint8Array, (level) => level / 255);
  return { shape: tensor.shape, dtype: "F32", data };
}

/** Kernels `[n, k, k]` as `[n, k, k, 1]`. */
export function kernelsOf({ shape, data }: StateTensor): Tensor4D {
  const [n, k] = shape as [number, number];
  return tf.tensor4d(data as Float32Array, [n, k, k, 1]);
}

/** Fails if more elements are further off than the tolerance than it allows. */
export function assertMostly(
  got: StateTensor,
  want: StateTensor,
  tolerance: DegradeCase["tolerance"][string],
  what: string,
): void {
  assert.deepEqual([...got.shape], [...want.shape], `${what}: shape`);
  const { atol = 0, rtol = 0, fraction_allowed_outside = 0 } = tolerance;
  let outside = 0;
  for (const [i, w] of (want.data as Float32Array).entries()) {
    if (!(Math.abs(Number(got.data[i]) - w) <= atol + rtol * Math.abs(w))) outside++;
  }
  const allowed = fraction_allowed_outside * want.data.length;
  assert(outside <= allowed, `${what}: ${outside} of ${want.data.length} elements are off`);
}
