/**
 * Parity fixtures of optimizers, schedules, losses and the training trace: those that ship in `tests/data/parity`, or
 * the whole set that `DENOSR_PARITY` names.
 *
 * @module
 */
import assert from "node:assert/strict";
import { readSafetensors } from "../../../core/weights/safetensors.ts";
import type { StateDict, StateTensor } from "../../../core/weights/state_dict.ts";

/** |got - want| <= atol + rtol * |want|, or max |got - want| <= rel_to_max * max |want|. */
export interface Tolerance {
  readonly atol?: number;
  readonly rtol?: number;
  readonly rel_to_max?: number;
}

/** One case of `index.json`, with the type of its kind filled in by the caller. */
export interface Case<Config, Outputs> {
  readonly name: string;
  readonly kind: string;
  readonly config: Config;
  readonly inputs: { readonly [name: string]: { readonly file: string; readonly key: string } };
  readonly outputs: Outputs;
  readonly tolerance: { readonly [name: string]: Tolerance };
}

const whole = Deno.env.get("DENOSR_PARITY");
const root = whole === undefined
  ? new URL("../../data/parity/", import.meta.url).pathname
  : whole.replace(/\/?$/, "/");

/** True when the whole set is there. */
export const hasWholeSet: boolean = whole !== undefined;

/** The cases of one kind. */
export function parityCases<Config, Outputs>(kind: string): Case<Config, Outputs>[] {
  const file = whole === undefined ? `${kind}/index.json` : "index.json";
  const { cases } = JSON.parse(Deno.readTextFileSync(root + file)) as {
    cases: Case<Config, Outputs>[];
  };
  return cases.filter((c) => c.kind === kind);
}

/** Path of a file of the set. */
export function parityPath(file: string): string {
  return root + file;
}

/** The tensors of a file. */
export function parityTensors(file: string): StateDict {
  return readSafetensors(Deno.readFileSync(root + file)).tensors;
}

/** The tensors whose names begin with `prefix`, without it. */
export function withPrefix(tensors: StateDict, prefix: string): StateDict {
  return new Map(
    [...tensors].filter(([name]) => name.startsWith(prefix))
      .map(([name, tensor]) => [name.slice(prefix.length), tensor]),
  );
}

/** `[n, c, h, w]` as `[n, h, w, c]`. */
export function nhwc(
  tensor: StateTensor,
): { shape: [number, number, number, number]; data: Float32Array } {
  const [n, c, h, w] = tensor.shape as [number, number, number, number];
  const from = tensor.data as Float32Array;
  const data = new Float32Array(from.length);
  for (let b = 0; b < n; b++) {
    for (let k = 0; k < c; k++) {
      for (let p = 0; p < h * w; p++) {
        data[(b * h * w + p) * c + k] = from[(b * c + k) * h * w + p]!;
      }
    }
  }
  return { shape: [n, h, w, c], data };
}

/** Fails if `got` is further from `want` than the tolerance allows. */
export function assertNear(
  got: ArrayLike<number>,
  want: ArrayLike<number>,
  { atol = 0, rtol = 0, rel_to_max }: Tolerance,
  what: string,
): void {
  assert.equal(got.length, want.length, `${what}: ${got.length} numbers instead of ${want.length}`);
  let most = 0;
  for (let i = 0; i < want.length; i++) most = Math.max(most, Math.abs(want[i]!));
  for (let i = 0; i < want.length; i++) {
    const allowed = rel_to_max === undefined ? atol + rtol * Math.abs(want[i]!) : rel_to_max * most;
    const off = Math.abs(got[i]! - want[i]!);
    assert.ok(
      off <= allowed,
      `${what}[${i}] is ${got[i]} instead of ${want[i]}: off by ${off}, allowed ${allowed}`,
    );
  }
}
