/**
 * Reading parity fixtures of networks and building blocks: those in `tests/data/parity`, or the whole set that
 * `DENOSR_PARITY` names.
 *
 * @module
 */
import assert from "node:assert/strict";
import { type Tensor4D, tf } from "../../../core/engine/tf.ts";
import type { TypedOptions } from "../../../core/options/types.ts";
import { readSafetensors } from "../../../core/weights/safetensors.ts";
import type { StateDict, StateTensor } from "../../../core/weights/state_dict.ts";

/** Where a tensor of a case lies. */
export interface TensorRef {
  readonly file: string;
  readonly key: string;
}

/** Allowed error; see the README of the fixtures. */
export interface Tolerance {
  readonly atol?: number;
  readonly rtol?: number;
  readonly rel_to_max?: number;
}

/** One case of `index.json`. */
export interface ParityCase {
  readonly name: string;
  readonly kind: string;
  readonly config: TypedOptions & {
    readonly fn: string;
    readonly scale: number;
    readonly scale_factor?: number;
    readonly size?: [number, number];
    readonly mode: "nearest" | "bilinear";
    readonly align_corners?: boolean;
    readonly kernel_size: number;
    readonly num_feat: number;
  };
  readonly inputs: { readonly [name: string]: TensorRef };
  readonly outputs: { readonly [name: string]: TensorRef & { readonly value: number } };
  readonly tolerance: { readonly [name: string]: Tolerance };
  readonly weights: { readonly safetensors: string; readonly views?: unknown };
}

const whole = Deno.env.get("DENOSR_PARITY");
const root = whole ?? new URL("../../data/parity", import.meta.url).pathname;

/** The cases of one kind. */
export function parityCases(kind: "arch" | "op"): ParityCase[] {
  const file = whole ? "index.json" : { arch: "arch/index.json", op: "ops/index.json" }[kind];
  const { cases } = JSON.parse(Deno.readTextFileSync(`${root}/${file}`)) as { cases: ParityCase[] };
  return cases.filter((c) => c.kind === kind);
}

/** All tensors of a file of the set. */
export function parityTensors(file: string): StateDict {
  return readSafetensors(Deno.readFileSync(`${root}/${file}`)).tensors;
}

/** One tensor of the set. */
export function parityTensor(ref: TensorRef): StateTensor {
  const tensor = parityTensors(ref.file).get(ref.key);
  assert(tensor, `${ref.file} lacks ${ref.key}`);
  return tensor;
}

/** NCHW data to an NHWC tensor, which the caller disposes. */
export function nhwc({ shape, data }: StateTensor): Tensor4D {
  return tf.tidy(() =>
    tf.transpose(tf.tensor4d(data as Float32Array, shape as [number, number, number, number]), [
      0,
      2,
      3,
      1,
    ])
  );
}

/** An NHWC tensor as NCHW data. */
export async function nchw(x: Tensor4D): Promise<StateTensor> {
  const t = tf.tidy(() => tf.transpose(x, [0, 3, 1, 2]));
  const data = await t.data() as Float32Array;
  t.dispose();
  return { shape: t.shape, dtype: "F32", data };
}

/** Fails if `got` is further from `want` than `tolerance` times `slack` allows, or has another shape. */
export function assertNear(
  got: StateTensor,
  want: StateTensor,
  tolerance: Tolerance,
  what: string,
): void {
  assert.deepEqual([...got.shape], [...want.shape], `${what}: shape`);
  const { atol = 0, rtol = 0, rel_to_max = 0 } = tolerance;
  const expected = want.data as Float32Array;
  const largest = expected.reduce((max, v) => Math.max(max, Math.abs(v)), 0);
  let worst = -Infinity;
  let at = 0;
  for (const [i, w] of expected.entries()) {
    const excess = Math.abs(Number(got.data[i]) - w) -
      (atol + rtol * Math.abs(w) + rel_to_max * largest);
    // `!(x <= y)` rather than `x > y`, so that NaN fails.
    if (!(excess <= worst)) [worst, at] = [excess, i];
  }
  assert(worst <= 0, `${what}: element ${at} is ${got.data[at]}, expected ${expected[at]}`);
}
