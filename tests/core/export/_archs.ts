/**
 * All archs whose networks can be exported, networks of a few lines, and images for both.
 *
 * @module
 */
import { type RecordedNetwork, recordNetwork } from "../../../core/export/record.ts";
import type { Tensor4D } from "../../../core/engine/tf.ts";
import { loadPlugins } from "../../../core/plugins.ts";
import { Module } from "../../../core/nn/mod.ts";
import { ARCH_REGISTRY } from "../../../core/registry.ts";
import type { ImageTensor } from "../../../core/runtimes/types.ts";
import * as reference from "../nn/_reference.ts";
import { ROWS } from "../../plugins/archs/_nets.ts";

await loadPlugins();

/** Names of archs that make images of images of any size. */
export const EXPORTABLE: readonly string[] = [...ARCH_REGISTRY.names()].filter((name) =>
  ARCH_REGISTRY.get(name).weights !== undefined && ROWS[name]?.output === undefined
);

/** Random images in [0, 1]. */
export function images(shape: ImageTensor["shape"], seed: number): ImageTensor {
  return { shape, data: reference.random(shape, seed).data.map((value) => (value + 1) / 2) };
}

/** The largest difference, as a share of the range of `b`, or of 1 if that is smaller. */
export function difference(a: ImageTensor, b: ImageTensor): number {
  if (a.shape.join() !== b.shape.join()) throw new Error(`[${a.shape}] is not [${b.shape}]`);
  let low = Infinity, high = -Infinity, worst = 0;
  for (const [i, value] of b.data.entries()) {
    low = Math.min(low, value);
    high = Math.max(high, value);
    worst = Math.max(worst, Math.abs(a.data[i]! - value));
  }
  return worst / Math.max(1, high - low);
}

let count = 0;

/**
 * Records a network of a few lines, from images `[n, h, w, channels]` to others of the same size.
 *
 * @param make Its layers, and what it does with them. Weights are random numbers in [-1, 1).
 */
export async function recordedSketch<Layers extends Record<string, Module>>(
  channels: number,
  make: () => Layers,
  forward: (x: Tensor4D, layers: Layers) => Tensor4D,
): Promise<RecordedNetwork> {
  class Sketch extends Module<Tensor4D> {
    constructor(_options: unknown) {
      super();
      Object.assign(this, make());
    }
    override forward(x: Tensor4D): Tensor4D {
      return forward(x, this as unknown as Layers);
    }
  }
  const type = `Sketch${count++}`;
  ARCH_REGISTRY.register({ name: type })(Sketch as never);
  const net = new Sketch({});
  const weights = new Map(await net.stateDict());
  net.dispose();
  for (const [i, [key, tensor]] of [...weights].entries()) {
    if (tensor.dtype !== "F32") continue;
    const random = reference.random(tensor.shape, i);
    // Variances are positive.
    if (key.endsWith("running_var")) random.data.forEach((v, k) => random.data[k] = 1.5 + v);
    weights.set(key, random);
  }
  const found = { scale: 1, inputChannels: channels, outputChannels: channels };
  return await recordNetwork(
    { ...found, type, options: {}, weights, parameters: 0, source: "sketch.pth" },
    { name: "sketch" },
  );
}
