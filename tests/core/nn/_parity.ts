/**
 * Reading parity fixtures of networks and building blocks: those in `tests/data/parity`, or the whole set that
 * `DENOSR_PARITY` names.
 *
 * @module
 */
import assert from "node:assert/strict";
import { type Tensor, type Tensor4D, tf } from "../../../core/engine/tf.ts";
import type { TypedOptions } from "../../../core/options/types.ts";
import { readSafetensors } from "../../../core/weights/safetensors.ts";
import {
  float32Tensor,
  type StateDict,
  type StateTensor,
} from "../../../core/weights/state_dict.ts";

/** Where a tensor of a case lies. */
export interface TensorRef {
  readonly file: string;
  readonly key: string;
  /** What gradients are compared with, rather than something that the network takes. */
  readonly used_for?: string;
}

/** Allowed error; see the README of the fixtures. */
export interface Tolerance {
  readonly atol?: number;
  readonly rtol?: number;
  readonly rel_to_max?: number;
}

/** A tensor as a view of a storage that others share, in elements. */
interface View {
  readonly pool: string;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly stride: readonly number[];
}

/** What a case says about the weights. */
interface ParityWeights {
  readonly safetensors: string;
  readonly views?: { readonly [name: string]: View };
  /** Names of tensors that are in the `.pth` alone. */
  readonly only_in_pth?: readonly string[];
  readonly pth?: { readonly file: string; readonly param_key: string | null };
}

/** What another program finds in a file. */
export interface Detected {
  readonly scale: number;
  readonly input_channels: number;
  readonly output_channels: number;
  readonly hyperparameters: { readonly [name: string]: unknown };
  /** False for what that program recognises and cannot build. */
  readonly loads?: boolean;
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
  /** The same network in BasicSR's options, where `config` has another program's. */
  readonly config_basicsr?: TypedOptions;
  readonly inputs: { readonly [name: string]: TensorRef };
  readonly outputs: {
    readonly [name: string]: TensorRef & {
      readonly value: number;
      readonly mode?: "eval" | "train";
      /** Names of several tensors, in the file under `prefix`. */
      readonly names?: readonly string[];
      readonly prefix?: string;
    };
  };
  readonly tolerance: { readonly [name: string]: Tolerance };
  readonly weights: ParityWeights;
  readonly detected?: Detected;
}

/** One case of kind `detect`: a file, and what is found in it. */
export interface DetectCase {
  readonly name: string;
  readonly inputs: { readonly file: string };
  readonly outputs: { readonly detected: Detected };
}

const whole = Deno.env.get("DENOSR_PARITY");
const root = whole ?? new URL("../../data/parity", import.meta.url).pathname;

/** The path of a file of the set, which need not be there. */
export function parityPath(file: string): string {
  return `${root}/${file}`;
}

/** Whether a file of the set is there; `.pth` files are in the whole set only. */
export function hasParityFile(file: string): boolean {
  try {
    return Deno.statSync(parityPath(file)).isFile;
  } catch {
    return false;
  }
}

/** The cases of one kind. */
export function parityCases(kind: "arch" | "op"): ParityCase[] {
  const file = whole ? "index.json" : { arch: "arch/index.json", op: "ops/index.json" }[kind];
  const { cases } = JSON.parse(Deno.readTextFileSync(`${root}/${file}`)) as { cases: ParityCase[] };
  return cases.filter((c) => c.kind === kind);
}

/** The cases of networks beyond BasicSR, with paths that {@linkcode parityTensors} takes. */
export function extraCases(): ParityCase[] {
  return extra().filter((c) => c.kind === "arch");
}

/** What is found in further files of the whole set. */
export function detectCases(): DetectCase[] {
  return extra().filter((c) => c.kind === "detect") as unknown as DetectCase[];
}

function extra(): ParityCase[] {
  const inFolder = (key: string, value: unknown): unknown =>
    (key === "file" || key === "safetensors") && typeof value === "string"
      ? `extra/${value}`
      : value;
  const text = Deno.readTextFileSync(parityPath("extra/index.json"));
  return (JSON.parse(text, inFolder) as { cases: ParityCase[] }).cases;
}

/** The weights of a case by name, those that share storages copied out of them. */
export function parityWeights({ weights: { safetensors, views } }: ParityCase): StateDict {
  const dict = parityTensors(safetensors);
  if (views === undefined) return dict;
  const own = [...dict].filter(([key]) => !key.startsWith("pool."));
  const viewed = Object.entries(views).map(([key, view]): [string, StateTensor] => {
    const { data } = dict.get(view.pool)!;
    const { shape, stride, offset } = view;
    const at = shape.map(() => 0);
    const elements = new Float32Array(shape.reduce((size, length) => size * length, 1));
    for (let i = 0; i < elements.length; i++) {
      elements[i] = Number(
        data[at.reduce((sum, index, axis) => sum + index * stride[axis]!, offset)],
      );
      for (let axis = shape.length - 1; axis >= 0 && ++at[axis]! === shape[axis]; axis--) {
        at[axis] = 0;
      }
    }
    return [key, float32Tensor(shape, elements)];
  });
  return new Map([...own, ...viewed]);
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

/** A tensor of the set as the device has it, which the caller disposes: images NHWC, clips NTHWC, anything else as it is. */
export function channelsLast({ shape, data }: StateTensor): Tensor {
  return tf.tidy(() => {
    const t = tf.tensor(data as Float32Array, [...shape]);
    return shape.length < 4 ? t : tf.transpose(t, toLast(shape.length));
  });
}

/** The inverse of {@linkcode channelsLast}. */
export async function channelsFirst(x: Tensor): Promise<StateTensor> {
  const last = toLast(x.rank);
  const t = tf.tidy(() =>
    x.rank < 4 ? tf.clone(x) : tf.transpose(x, last.map((_, axis) => last.indexOf(axis)))
  );
  const data = await t.data() as Float32Array;
  t.dispose();
  return { shape: t.shape, dtype: "F32", data };
}

/** Axes with the third from last moved to the end. */
function toLast(rank: number): number[] {
  const axes = Array.from({ length: rank }, (_, axis) => axis);
  return rank < 4 ? axes : [...axes.slice(0, -3), rank - 2, rank - 1, rank - 3];
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
