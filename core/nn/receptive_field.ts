/**
 * How far around a pixel a network looks: what tiles of a picture must be computed with, lest their borders show.
 *
 * @module
 */
import {
  EVERYTHING,
  pictureReach,
  type Reach,
  reachOf,
  type Traced,
} from "../engine/reach_rules.ts";
import { type KernelObserver, withShapes } from "../engine/shape_backend.ts";
import { type Tensor4D, type TensorContainer, tf } from "../engine/tf.ts";
import { constant, withInitSeed } from "./init.ts";
import type { Module } from "./module.ts";

/** What {@linkcode receptiveField} finds. */
export interface ReceptiveField {
  /**
   * Pixels of the input, along rows or columns, beyond which nothing changes a pixel of the output; Infinity if all of the
   * picture may, as with channel attention, or if it cannot be told.
   */
  readonly radius: number;
  /** {@linkcode Module.sizeMultiple} of the network. */
  readonly multiple: number;
}

/**
 * Finds the receptive field of the network that `build` makes, for inputs with so many `channels`: as the network states
 * it, else from its structure. Needs no engine.
 */
export async function receptiveField(
  build: () => Module<TensorContainer>,
  channels: number,
): Promise<ReceptiveField> {
  const net = withInitSeed(0, build);
  const { sizeMultiple: multiple, receptiveField: stated } = net;
  if (stated !== undefined) {
    net.dispose();
    return { radius: stated, multiple };
  }
  for (const parameter of net.parameters()) parameter.initialize(constant(0));
  const tracer = new ReachTracer();
  try {
    return await withShapes(({ measure }) => {
      let radius = 0;
      measure(() => {
        net.eval();
        const side = sampleSide(net);
        radius = tracer.radius(net, tf.zeros([1, side, side, channels]) as Tensor4D);
      });
      return { radius, multiple };
    }, tracer.observe);
  } catch (error) {
    // Code that looks at numbers, or uses kernels that nobody described.
    if (!(error instanceof TypeError)) throw error;
    return { radius: Infinity, multiple };
  } finally {
    net.dispose();
  }
}

/** Follows what tensors depend on while a network runs without numbers. */
export class ReachTracer {
  readonly #reaches = new WeakMap<object, Reach | typeof EVERYTHING>();

  /** To be told of every kernel. */
  readonly observe: KernelObserver = (kernel, inputs, attributes, outputs) => {
    const traced = Object.fromEntries(
      Object.entries(inputs).flatMap(([name, info]): [string, Traced][] => {
        if (!info) return [];
        return [[name, { ...info, reach: this.#reaches.get(info.dataId) }]];
      }),
    );
    for (const output of outputs) {
      const reach = reachOf(kernel, traced, attributes, output);
      if (reach !== undefined) this.#reaches.set(output.dataId, reach);
    }
  };

  /** The radius of a network that is run now on `picture`, `[1, h, w, c]`, within {@linkcode withShapes}. */
  radius(net: Module<TensorContainer>, picture: Tensor4D): number {
    this.#reaches.set(picture.dataId, pictureReach(picture.shape));
    const output = net.forward(picture);
    if (!(output instanceof tf.Tensor) || output.rank !== 4) return Infinity;
    const reach = this.#reaches.get(output.dataId);
    if (reach === undefined) return 0;
    if (reach === EVERYTHING) return Infinity;
    return Math.max(...reach.axes.map(({ jump, low, high }, i) => {
      const scale = output.shape[i + 1]! / picture.shape[i + 1]!;
      // Places must mean the same in the output as in the picture.
      if (!Number.isInteger(scale) || Math.abs(jump * scale - 1) > 1e-9) return Infinity;
      // Pixel o of the output belongs to pixel floor(o / scale) of the input.
      return Math.max(whole(-low), whole(high + (scale - 1) / scale));
    }));
  }
}

/** A side that a network takes, and on which no pool or stride leaves a rest. */
export function sampleSide({ sizeMultiple }: Module<TensorContainer>): number {
  return Math.ceil(64 / sizeMultiple) * sizeMultiple;
}

function whole(value: number): number {
  return Math.max(0, Math.floor(value + 1e-6));
}
