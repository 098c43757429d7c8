/**
 * Makes channels alike before they are quantized, without changing what a network computes.
 *
 * Activations have one scale for all channels, so that a channel of small numbers next to one of large numbers loses its detail.
 * Each input channel of a convolution is divided by a factor, and the weights that it meets are multiplied by it (Nagel et al.,
 * "Data-Free Quantization Through Weight Equalization and Bias Correction", https://arxiv.org/abs/1906.04721; the share that weights
 * bear is that of Xiao et al., "SmoothQuant", https://arxiv.org/abs/2211.10438). The division is part of the convolution before
 * where nothing but activations lies between, else a multiplication before the quantization.
 *
 * @module
 */
import type { Observed } from "./calibrate.ts";
import { type Chain, CONVOLUTIONS, LiteGraph } from "./lite_graph.ts";
import type { LiteModel, LiteOperator } from "./flat_model.ts";

/** What activations bear of the differences between channels; weights bear the rest. */
const SHARE = 0.5;

/** Factors are not larger or smaller than this. */
const MOST = 64;

/** Channels that differ by less are left as they are where that would cost a multiplication. */
const ALIKE = 1.5;

/** Equalizes the inputs of `convolutions`. */
export function equalize(
  model: LiteModel,
  observed: Map<number, Observed>,
  convolutions: readonly LiteOperator[],
): void {
  const graph = new LiteGraph(model);
  for (const operator of convolutions) {
    const { x, filter } = CONVOLUTIONS[operator.op]!;
    const input = operator.inputs[x]!;
    const seen = observed.get(input);
    if (seen === undefined || input === model.input[1]) continue;
    const weights = graph.floats(operator.inputs[filter]!);
    const channels = seen.length;
    const channelOf = graph.inputChannels(operator);
    const largest = new Float64Array(channels);
    weights.forEach((value, i) => {
      const channel = channelOf(i);
      largest[channel] = Math.max(largest[channel]!, Math.abs(value));
    });
    const share = operator.op === "DEPTHWISE_CONV_2D" ? 1 : SHARE;
    const factors = factorsOf(seen, largest, share);
    const chain = graph.chainBefore(operator);
    if (chain !== undefined) foldInto(graph, observed, chain, factors);
    else if (!graph.isMoved(input) && spread(factors) > ALIKE) {
      const inverse = Float32Array.from(factors, (factor) => 1 / factor);
      const divided = graph.multiplyBefore(operator, x, inverse, [1, 1, 1, channels]);
      observed.set(divided, scaled(seen, factors));
    } else continue;
    graph.replace(operator, filter, weights.map((value, i) => value * factors[channelOf(i)]!));
  }
}

/** Divides what a chain gives by the factors. */
function foldInto(
  graph: LiteGraph,
  observed: Map<number, Observed>,
  { first, tensors }: Chain,
  factors: Float64Array,
): void {
  const { filter, bias } = CONVOLUTIONS[first.op]!;
  const channelOf = graph.outputChannels(first);
  graph.replace(
    first,
    filter,
    graph.floats(first.inputs[filter]!).map((value, i) => value / factors[channelOf(i)]!),
  );
  const added = graph.floats(first.inputs[bias]!);
  graph.replace(first, bias, added.map((value, channel) => value / factors[channel]!));
  for (const tensor of tensors) {
    const seen = observed.get(tensor);
    if (seen !== undefined) observed.set(tensor, scaled(seen, factors));
  }
}

function factorsOf(
  seen: Observed,
  weights: Float64Array,
  share: number,
): Float64Array {
  const ranges = seen.map(({ min, max }) => Math.max(-min, max));
  const top = Math.max(...ranges), heaviest = Math.max(...weights);
  const factors = Float64Array.from(ranges, (range, channel) => {
    const activation = Math.max(range / top, 1 / MOST);
    const weight = Math.max(weights[channel]! / heaviest, 1 / MOST);
    return activation ** share / weight ** (1 - share);
  });
  // The largest activation keeps its size.
  const most = Math.max(...ranges.map((range, channel) => range / factors[channel]!)) / top;
  return factors.map((factor) => Math.fround(factor * most));
}

function spread(factors: Float64Array): number {
  return Math.max(...factors) / Math.min(...factors);
}

function scaled(seen: Observed, factors: Float64Array): Observed {
  return seen.map(({ min, max, mean }, channel) => {
    const factor = factors[channel]!;
    return { min: min / factor, max: max / factor, mean: mean / factor };
  });
}
