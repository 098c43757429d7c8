/**
 * Networks small enough for tests, and random input.
 *
 * @module
 */
import type { Module } from "../../../core/nn/mod.ts";
import type { TypedOptions } from "../../../core/options/types.ts";
import { ARCH_REGISTRY } from "../../../core/registry.ts";
import type { StateTensor } from "../../../core/weights/state_dict.ts";
import * as reference from "../../core/nn/_reference.ts";

/** Values for keys that archs have in common. */
const SMALL: { readonly [key: string]: unknown } = {
  num_in_ch: 3,
  num_out_ch: 3,
  num_feat: 8,
  num_block: 1,
  num_group: 1,
  num_grow_ch: 4,
  squeeze_factor: 4,
  upscale: 2,
  scale: 2,
};

/** A small option block for an arch: what its schema has of the keys above. */
export function smallOptions(type: string): TypedOptions {
  const shape = ARCH_REGISTRY.get(type).options?.shape ?? {};
  const entries = Object.entries(SMALL).filter(([key]) => key in shape);
  return { type, ...Object.fromEntries(entries) };
}

/** The number of parameters of an arch, without making a tensor. */
export function countParameters(type: string, options: Record<string, unknown>): number {
  return new (ARCH_REGISTRY.get(type).value)(options).numParameters();
}

/** Gives all parameters random values in [-0.5, 0.5), so that no zero hides an error. */
export function randomize(net: Module, seed = 1): void {
  for (const [i, parameter] of net.parameters().entries()) {
    parameter.write(reference.random(parameter.shape, 1000 * seed + i).data.map((v) => v / 2));
  }
}

/** A random batch of images in [0, 1), NCHW. */
export function images(n: number, c: number, h: number, w: number, seed = 1): StateTensor {
  const { shape, dtype, data } = reference.random([n, c, h, w], seed);
  return { shape, dtype, data: data.map((v) => (v + 1) / 2) };
}
