/**
 * Layers that add up products: convolutions of maps, products of vectors with matrices; and what goes into their weights.
 *
 * Real-ESRGAN's programs are built without ncnn's layers for sigmoids and for convolutions of single channels, but with those of
 * volumes. A map is a volume one step deep.
 *
 * @module
 */
import type { Factors, NcnnBuilder, NcnnValue } from "./builder.ts";
import { type Activation, float, type Linear, type Params } from "./model.ts";
import type { ValueRef } from "../graph.ts";

/** How windows move. */
export interface Window {
  /** Height and width. */
  readonly kernel: readonly [number, number];
  /** Steps. */
  readonly strides: readonly [number, number];
  /** Steps inside of the window. */
  readonly dilations: readonly [number, number];
  /** Rows and columns of zeros around the map; `same` as TensorFlow has them, by the size. */
  readonly pads: readonly [top: number, bottom: number, left: number, right: number] | "same";
}

/** The window of one pixel. */
export const PIXEL: Window = {
  kernel: [1, 1],
  strides: [1, 1],
  dilations: [1, 1],
  pads: [0, 0, 0, 0],
};

/** Filters in groups. */
export interface Filters {
  /** Channels that come out. */
  readonly outputs: number;
  /** Channels of a group that go in. */
  readonly inputs: number;
  /** Number of groups. */
  readonly groups: number;
  /** `[outputs, inputs, rows, columns]`. */
  readonly weight: Float32Array;
  /** Added to each channel. */
  readonly bias?: Float32Array;
  /** What comes after that. */
  readonly activation?: Activation;
}

/** ncnn's number for TensorFlow's padding. */
const SAME = -233;

/** A convolution of the map `blob`. */
export function convolution(
  builder: NcnnBuilder,
  name: string,
  blob: string,
  filters: Filters,
  { kernel, strides, dilations, pads }: Window,
  diagonal: boolean = false,
): string {
  const { outputs, inputs, groups, weight, bias, activation } = filters;
  const isPadded = pads === "same" || pads.some((pad) => pad > 0);
  const linear: Linear = {
    outputs,
    inputs,
    weight,
    bias,
    activation,
    padded: isPadded,
    diagonal,
  };
  const flat = briefly({
    1: kernel[1],
    2: dilations[1],
    3: strides[1],
    11: kernel[0],
    12: dilations[0],
    13: strides[0],
    ...(pads === "same" ? { 4: SAME } : { 4: pads[2], 14: pads[0], 15: pads[3], 16: pads[1] }),
  });
  const isDeep = groups > 1 || (activation?.type ?? 0) > 2;
  if (!isDeep) return builder.model.add("Convolution", name, [blob], flat, { linear });
  const depth = pads === "same" ? SAME : 0;
  const deep = builder.model.add(
    "ConvolutionDepthWise3D",
    `${name}_deep`,
    [blob],
    { ...flat, 7: groups, 21: 1, 22: 1, 23: 1, 24: depth, 17: depth },
    { linear },
  );
  return flattened(builder, name, deep);
}

/** Parameters of a convolution without those that are what ncnn takes them for anyway. */
function briefly(params: Readonly<Record<number, number>>): Params {
  const otherwise = (id: number): number | undefined =>
    id === 2 || id === 3
      ? 1
      : id === 4
      ? 0
      : id === 15
      ? params[4]
      : id === 16
      ? params[14]
      : id > 10
      ? params[id - 10]
      : undefined;
  return Object.fromEntries(
    Object.entries(params).filter(([id, value]) => value !== otherwise(Number(id))),
  );
}

/** The map without the axis of depth, which shuffling pixels by nothing leaves out. */
export function flattened({ model }: NcnnBuilder, name: string, deep: string): string {
  return model.add("PixelShuffle", name, [deep], { 0: 1 });
}

/** The product of the vector `blob` with a matrix `[outputs, inputs]`. */
export function product(
  builder: NcnnBuilder,
  name: string,
  blob: string,
  { outputs, inputs, weight, bias, activation }: Filters,
  diagonal: boolean = false,
): string {
  const linear: Linear = { outputs, inputs, weight, bias, activation, padded: false, diagonal };
  return builder.model.add("InnerProduct", name, [blob], {}, { linear });
}

/** Channels times `scale` plus `shift`: in the weights of what makes them, or by a layer of its own. */
export function affine(
  builder: NcnnBuilder,
  name: string,
  ref: ValueRef | undefined,
  value: NcnnValue,
  scale: Factors,
  shift: Factors,
): string {
  const { channels, blob } = value;
  const at = (factors: Factors, i: number) => typeof factors === "number" ? factors : factors[i]!;
  const linear = ref && builder.changeable(ref)?.linear;
  if (linear && linear.activation === undefined && linear.outputs === channels) {
    const taps = linear.weight.length / channels;
    for (let i = 0; i < linear.weight.length; i++) {
      linear.weight[i]! *= at(scale, Math.floor(i / taps));
    }
    const { bias } = linear;
    const moved = Float32Array.from(
      { length: channels },
      (_, i) => (bias?.[i] ?? 0) * at(scale, i) + at(shift, i),
    );
    linear.bias = moved.some((one) => one !== 0) || bias ? moved : undefined;
    return blob;
  }
  const weight = diagonal(channels, scale);
  const shifts = Float32Array.from({ length: channels }, (_, i) => at(shift, i));
  const bias = shifts.some((one) => one !== 0) ? shifts : undefined;
  const filters = { outputs: channels, inputs: channels, groups: 1, weight, bias };
  return value.kind === "map"
    ? convolution(builder, name, blob, filters, PIXEL, true)
    : product(builder, name, blob, filters, true);
}

/** The activation behind what makes `ref`: in its layer, or in one of its own. */
export function activated(
  builder: NcnnBuilder,
  name: string,
  ref: ValueRef,
  activation: Activation,
): string {
  const value = builder.value(ref);
  const layer = builder.changeable(ref);
  const fits = activation.type <= 2 || layer?.type !== "Convolution";
  if (layer?.linear && layer.linear.activation === undefined && fits) {
    layer.linear.activation = activation;
    return value.blob;
  }
  return applied(builder, name, value, activation);
}

/** The activation in a layer of its own, which changes nothing else. */
export function applied(
  builder: NcnnBuilder,
  name: string,
  { kind, channels, blob }: NcnnValue,
  activation: Activation,
): string {
  if (activation.type <= 2) return relu(builder, name, blob, activation.slope ?? 0);
  if (kind === "map") {
    const weight = new Float32Array(channels).fill(1);
    const filters = { outputs: channels, inputs: 1, groups: channels, weight, activation };
    return convolution(builder, name, blob, filters, PIXEL);
  }
  const weight = diagonal(channels, 1);
  const filters = { outputs: channels, inputs: channels, groups: 1, weight, activation };
  return product(builder, name, blob, filters);
}

/** Negative numbers times `slope`. */
export function relu({ model }: NcnnBuilder, name: string, blob: string, slope: number): string {
  return model.add("ReLU", name, [blob], slope === 0 ? {} : { 0: float(slope) });
}

/**
 * Means over the channels of a map, or of each group of a vector's, as powers of two and a factor: float16 has few digits for 1/48.
 *
 * @returns The weight in the layer and what its result is to be multiplied by.
 */
export function meanFactors(count: number): readonly [weight: number, factor: number] {
  const weight = 2 ** -Math.floor(Math.log2(count));
  return [weight, 1 / (weight * count)];
}

/** `[channels, channels]`, zero but for the diagonal. */
function diagonal(channels: number, factors: Factors): Float32Array {
  const weight = new Float32Array(channels * channels);
  for (let i = 0; i < channels; i++) {
    weight[i * channels + i] = typeof factors === "number" ? factors : factors[i]!;
  }
  return weight;
}
