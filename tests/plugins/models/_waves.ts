/**
 * Weights and images by formula, the same as in `tests/data/parity/gan/README.md`.
 *
 * @module
 */
import type { Batch } from "../../../core/data/dataset.ts";
import type { Module } from "../../../core/nn/mod.ts";
import type { StateDict } from "../../../core/weights/state_dict.ts";

/** sin((0.37 i² + 0.11 i) mod 6.25 + phase) for i from 0. */
export function wave(n: number, phase: number): Float64Array {
  return Float64Array.from(
    { length: n },
    (_, i) => Math.sin((i * i * 0.37 + i * 0.11) % 6.25 + phase),
  );
}

/** The weights of a network by formula. */
export async function waveWeights(net: Module): Promise<StateDict> {
  const dict = await net.stateDict();
  const order = [...net.namedParameters().keys(), ...net.namedBuffers().keys()]
    .filter((name) => dict.has(name));
  for (const [k, name] of order.entries()) {
    const tensor = dict.get(name)!;
    if (tensor.dtype !== "F32") continue;
    const n = tensor.data.length;
    const values = Float32Array.from(wave(n, k + 1), Math.fround);
    dict.set(name, { ...tensor, data: values.map(shaper(name, tensor.shape, values)) });
  }
  return dict;
}

function shaper(
  name: string,
  shape: readonly number[],
  values: Float32Array,
): (value: number) => number {
  if (name.endsWith("running_var")) return (v) => 0.5 + 0.25 * v;
  if (name.endsWith("running_mean")) return (v) => 0.1 * v;
  if (/weight_[uv]$/.test(name)) {
    const norm = Math.sqrt(values.reduce((sum, v) => sum + v * v, 0));
    return (v) => v / norm;
  }
  if (shape.length === 1) return /bn.*weight$/.test(name) ? (v) => 1 + 0.1 * v : (v) => 0.05 * v;
  const fan = values.length / shape[0]!;
  return (v) => 1.2 * v / Math.sqrt(fan);
}

/** A batch of two pairs, `side` and twice that. */
export function waveBatch(side: number, iter: number): Batch {
  return {
    size: 2,
    images: { lq: waveImages(side, iter), gt: waveImages(2 * side, iter + 10) },
    paths: { lq_path: ["a.png", "b.png"] },
  };
}

function waveImages(side: number, seed: number): Batch["images"][string] {
  const shape = [2, side, side, 3] as const;
  const data = Float32Array.from({ length: 2 * side * side * 3 }, (_, i) => {
    const at = (0.013 * i * (seed + 1) + 0.003 * i * i / (seed + 2)) % 6.25;
    return 0.5 + 0.5 * Math.sin(at + seed);
  });
  return { shape, data };
}
