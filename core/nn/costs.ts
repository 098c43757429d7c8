/**
 * What a network costs: parameters, multiplications, memory; without an engine.
 *
 * @module
 */
import { countCosts } from "../engine/shape_backend.ts";
import { tf } from "../engine/tf.ts";
import type { Tensor4D, TensorContainer } from "../engine/tf.ts";
import { constant, withInitSeed } from "./init.ts";
import type { Module } from "./module.ts";

/** What one forward pass costs. */
export interface NetworkCosts {
  /** Trainable and frozen numbers, buffers not counted. */
  readonly parameters: number;
  /** Multiply-accumulate operations of convolutions and products of matrices. */
  readonly macs: number;
  /** Most bytes of tensors at a time, weights included, as far as the network itself releases what it has used. */
  readonly peakBytes: number;
}

/**
 * Builds a network and counts what evaluating it costs for an input of `shape`, `[n, h, w, c]`.
 *
 * @throws {TypeError} If the network computes shapes from numbers.
 */
export async function networkCosts(
  build: () => Module<TensorContainer>,
  shape: readonly [number, number, number, number],
): Promise<NetworkCosts> {
  const net = withInitSeed(0, build);
  // Random initial values take longer than all the rest.
  for (const parameter of net.parameters()) parameter.initialize(constant(0));
  const parameters = net.numParameters();
  try {
    const costs = await countCosts(() => {
      // Some networks merge their weights here.
      net.eval();
      void net.forward(tf.zeros([...shape]) as Tensor4D);
    });
    return { parameters, ...costs };
  } finally {
    net.dispose();
  }
}
