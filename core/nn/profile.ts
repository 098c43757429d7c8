/**
 * What is to be known of a network before a picture is cut into tiles for it: what it looks at, and what it costs by size.
 *
 * @module
 */
import { Liveness } from "../engine/liveness.ts";
import { withShapes } from "../engine/shape_backend.ts";
import { type Tensor4D, type TensorContainer, tf } from "../engine/tf.ts";
import { constant, withInitSeed } from "./init.ts";
import type { Module, SizePadding } from "./module.ts";
import { ReachTracer, sampleSide } from "./receptive_field.ts";

/** Something that grows with the number of pixels. */
export interface Growth {
  /** What is there without pixels. */
  readonly base: number;
  /** What each pixel adds. */
  readonly perPixel: number;
}

/** A network as tiles see it. Pixels are those of its input. */
export interface NetworkProfile {
  /** Trainable and frozen numbers, buffers not counted. */
  readonly parameters: number;
  /** Pixels around one that it looks at, Infinity for all of the picture; see `receptiveField`. */
  readonly radius: number;
  /** `sizeMultiple` of the network. */
  readonly multiple: number;
  /** `sizePadding` of the network. */
  readonly padding: SizePadding;
  /** Multiply-accumulate operations; undefined if the network cannot be followed without numbers. */
  readonly macs?: Growth;
  /**
   * Most bytes of tensors at a time beside the weights, if each is released after its last use, as compiled functions of the
   * native engine do; undefined if the network cannot be followed without numbers.
   */
  readonly bytes?: Growth;
  /** The same if tensors are kept as long as the network's code keeps them, as on engines that run op by op. */
  readonly eagerBytes?: Growth;
}

/** `growth` at a number of pixels. */
export function at({ base, perPixel }: Growth, pixels: number): number {
  return base + perPixel * pixels;
}

/**
 * Describes the network that `build` makes, for inputs with so many `channels`. It is run without numbers at two sizes, which
 * takes a fraction of a second and no engine.
 */
export async function profileNetwork(
  build: () => Module<TensorContainer>,
  channels: number,
): Promise<NetworkProfile> {
  const net = withInitSeed(0, build);
  const { sizeMultiple: multiple, sizePadding: padding, receptiveField: stated } = net;
  const known = { parameters: net.numParameters(), multiple, padding };
  // Random initial values take longer than all the rest.
  for (const parameter of net.parameters()) parameter.initialize(constant(0));
  const tracer = new ReachTracer(), liveness = new Liveness();
  try {
    return await withShapes(({ measure }) => {
      // Weights are made, and merged, before they are used.
      const weights = measure(() => void net.eval().materialize()).peakBytes;
      const side = sampleSide(net);
      let radius = stated ?? Infinity;
      const costs = (side: number) => {
        let bytes = 0;
        const { macs, peakBytes } = measure(() => {
          const picture = tf.zeros([1, side, side, channels]) as Tensor4D;
          liveness.begin(picture);
          const seen = tracer.radius(net, picture);
          radius = stated ?? seen;
          bytes = liveness.peak();
        });
        return { macs, bytes, eagerBytes: peakBytes - weights };
      };
      const [small, large] = [costs(side), costs(2 * side)];
      const growth = (name: keyof typeof small): Growth => {
        const perPixel = (large[name] - small[name]) / (3 * side * side);
        return { base: Math.max(0, small[name] - perPixel * side * side), perPixel };
      };
      return {
        ...known,
        radius,
        macs: growth("macs"),
        bytes: growth("bytes"),
        eagerBytes: growth("eagerBytes"),
      };
    }, (...call) => {
      tracer.observe(...call);
      liveness.observe(...call);
    });
  } catch (error) {
    // Code that looks at numbers, or uses kernels that nobody described.
    if (!(error instanceof TypeError)) throw error;
    return { ...known, radius: stated ?? Infinity };
  } finally {
    net.dispose();
  }
}
