/**
 * Weights by a formula, so that networks of millions of parameters can be compared with PyTorch without a file: the same
 * lines stand in numpy beside the golden numbers' origin.
 *
 * Element i of tensor s: x = i·2654435761 + s·40503 (mod 2³²), then twice x ^= x >> 16, x *= 0x45d9f3b, then
 * x ^= x >> 16; (x / 2³¹ - 1)·scale in float64, rounded to float32. Tensors are numbered in the order of their names.
 *
 * @module
 */
import type { Module } from "../../../core/nn/mod.ts";
import type { StateDict, StateTensor } from "../../../core/weights/state_dict.ts";

/** A tensor by the formula, in [-scale, scale). */
export function formula(shape: readonly number[], seed: number, scale: number): StateTensor {
  const data = new Float32Array(shape.reduce((n, size) => n * size, 1));
  const base = Math.imul(seed, 40503);
  for (let i = 0; i < data.length; i++) {
    let x = (Math.imul(i, 2654435761) + base) | 0;
    x = Math.imul(x ^ (x >>> 16), 0x45d9f3b);
    x = Math.imul(x ^ (x >>> 16), 0x45d9f3b);
    x ^= x >>> 16;
    data[i] = ((x >>> 0) / 2 ** 32 * 2 - 1) * scale;
  }
  return { shape, dtype: "F32", data };
}

function plus(tensor: StateTensor, summand: number): StateTensor {
  return { ...tensor, data: (tensor.data as Float32Array).map((v) => v + summand) };
}

/** Weights for all `shapes`, of a size with which a network neither fades nor explodes. */
export function weightsFor(shapes: ReadonlyMap<string, readonly number[]>): StateDict {
  const names = [...shapes.keys()].sort();
  return new Map(names.map((name, k) => {
    const shape = shapes.get(name)!;
    if (name.endsWith("running_var")) return [name, plus(formula(shape, k, 0.5), 1)];
    if (name.endsWith("running_mean")) return [name, formula(shape, k, 0.2)];
    if (name.includes("bn") && name.endsWith("weight")) {
      return [name, plus(formula(shape, k, 0.3), 1.2)];
    }
    if (shape.length !== 4) return [name, formula(shape, k, 0.1)];
    const fan = shape[1]! * shape[2]! * shape[3]!;
    return [name, formula(shape, k, Math.sqrt(6 / fan))];
  }));
}

/** Names and shapes of what a network holds. */
export function shapesOf(net: Module): Map<string, readonly number[]> {
  return new Map(
    [...net.namedParameters(), ...net.namedBuffers()].map(([name, { shape }]) => [name, shape]),
  );
}
