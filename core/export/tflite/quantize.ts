/**
 * Post-training quantization: convolutions and what lies between them in int8, by what calibration has seen.
 *
 * Weights are symmetric with a scale for each output channel, activations asymmetric with one scale, biases int32, as LiteRT's
 * 8-bit quantization specification has it. Biases take up what the rounding of weights shifts on average. Sums of residual
 * branches, normalizations and what is computed of whole images' means stay float32: they are small or cheap, and their rounding
 * would add up from block to block.
 *
 * @module
 */
import type { Observed } from "./calibrate.ts";
import { equalize } from "./equalize.ts";
import type { LiteModel, LiteOperator, LiteTensor, Quantization } from "./flat_model.ts";
import { type ConvolutionLayout, CONVOLUTIONS, LiteGraph, MOVING } from "./lite_graph.ts";
import type { OperatorName } from "./schema.ts";

/** Operators of one input that change scales by themselves. */
const RESCALING = new Set<OperatorName>(["RELU", "RELU6", "LEAKY_RELU"]);

/** Operators by whose other end a value is known that the network itself does not have (see `phases.ts`). */
const DERIVED = new Set<OperatorName>(["DEPTH_TO_SPACE", "STRIDED_SLICE", "PAD"]);

/** What became of a model. */
export interface QuantizationReport {
  /** Convolutions in int8. */
  readonly integers: number;
  /** Convolutions that stay in float32. */
  readonly floats: number;
}

/** The tensors that {@linkcode quantize} needs to know the ranges of. */
export function tensorsToObserve({ operators, tensors }: LiteModel): Set<number> {
  const wanted = new Set<number>();
  for (const { op, inputs, outputs } of operators) {
    const layout = CONVOLUTIONS[op];
    if (layout === undefined && !RESCALING.has(op) && !DERIVED.has(op)) continue;
    for (const tensor of [inputs[layout?.x ?? 0]!, outputs[0]!]) {
      const { type, shape, data } = tensors[tensor]!;
      if (type === "FLOAT32" && shape.length === 4 && data === undefined) wanted.add(tensor);
    }
  }
  return wanted;
}

/**
 * Changes `model` to int8 where that pays.
 *
 * @param observed What was seen of {@linkcode tensorsToObserve}; convolutions of which nothing was seen stay as they are.
 */
export function quantize(
  model: LiteModel,
  observed: ReadonlyMap<number, Observed>,
): QuantizationReport {
  const known = new Map(observed);
  derive(model, known);
  const convolutions = model.operators.filter(({ op }) => CONVOLUTIONS[op] !== undefined);
  const chosen = convolutions.filter((operator) => isWorthIt(model, known, operator));
  equalize(model, known, chosen);
  new Quantizer(model, known, chosen).run();
  return { integers: chosen.length, floats: convolutions.length - chosen.length };
}

/** Adds what follows for values around operators that only move numbers. */
function derive({ operators, tensors }: LiteModel, known: Map<number, Observed>): void {
  for (const { op, inputs: [x], outputs: [y] } of operators.toReversed()) {
    const seen = known.get(y!);
    if (!DERIVED.has(op) || op === "PAD" || seen === undefined || known.has(x!)) continue;
    // The channels of blocks are those of the result, once for each pixel of a block.
    const channels = tensors[x!]!.shape.at(-1)!;
    if (channels % seen.length !== 0) continue;
    known.set(x!, Array.from({ length: channels }, (_, i) => seen[i % seen.length]!));
  }
  for (const { op, inputs: [x], outputs: [y] } of operators) {
    const seen = known.get(x!);
    if (op === "PAD" && seen !== undefined && !known.has(y!)) known.set(y!, seen);
  }
}

/** Means of whole images have one pixel, so that nothing is gained there; and what was always 0 has no range. */
function isWorthIt(
  { tensors }: LiteModel,
  observed: ReadonlyMap<number, Observed>,
  { op, inputs, outputs }: LiteOperator,
): boolean {
  const [, height, width] = tensors[outputs[0]!]!.shape;
  const isSomething = (tensor: number) =>
    observed.get(tensor)?.some(({ min, max }) => max - min > 0) ?? false;
  return isSomething(inputs[CONVOLUTIONS[op]!.x]!) && isSomething(outputs[0]!) &&
    height! * width! > 1;
}

class Quantizer {
  readonly #model: LiteModel;
  readonly #graph: LiteGraph;
  readonly #observed: ReadonlyMap<number, Observed>;
  /** Operators that compute in int8. */
  readonly #chosen: Set<LiteOperator>;
  /** Tensors that are given in int8. */
  readonly #integers = new Set<number>();
  readonly #scales = new Map<number, Quantization>();
  /** int8 forms of tensors that are computed in float32. */
  readonly #quantized = new Map<number, number>();
  /** float32 forms of tensors that are computed in int8. */
  readonly #real = new Map<number, number>();
  readonly #operators: LiteOperator[] = [];

  constructor(
    model: LiteModel,
    observed: ReadonlyMap<number, Observed>,
    convolutions: readonly LiteOperator[],
  ) {
    this.#model = model;
    this.#graph = new LiteGraph(model);
    this.#observed = observed;
    this.#chosen = new Set(convolutions);
  }

  run(): void {
    this.#spread();
    for (const operator of this.#model.operators) {
      if (this.#chosen.has(operator)) this.#integer(operator);
      else {
        const inputs = operator.inputs.map((tensor) => this.#realOf(tensor));
        this.#operators.push({ ...operator, inputs });
      }
    }
    const [name, output] = this.#model.output;
    this.#model.output = [name, this.#realOf(output)];
    this.#model.operators = this.#operators;
  }

  /** What only moves numbers behind convolutions, and activations between two of them, are done in int8 too. */
  #spread(): void {
    const { operators, tensors } = this.#model;
    const users = new Map<number, LiteOperator[]>();
    for (const operator of operators) {
      for (const input of operator.inputs) {
        users.set(input, [...users.get(input) ?? [], operator]);
      }
    }
    const given = new Set<number>();
    for (const operator of operators) {
      const { op, inputs: [x], outputs: [y] } = operator;
      if (tensors[y!]!.type !== "FLOAT32") continue;
      const isBetween = RESCALING.has(op) && this.#observed.has(y!) &&
        users.get(y!)?.every((user) => this.#chosen.has(user));
      if (given.has(x!) && (MOVING.has(op) || isBetween)) this.#chosen.add(operator);
      if (this.#chosen.has(operator)) given.add(y!);
    }
  }

  #integer(operator: LiteOperator): void {
    const { op, inputs, outputs: [output] } = operator;
    const layout = CONVOLUTIONS[op];
    const at = layout?.x ?? 0;
    const x = inputs[at]!;
    const scale = this.#scaleOf(x);
    const changed = inputs.with(at, this.#quantizedOf(x));
    if (layout !== undefined) {
      const [filter, bias] = this.#weights(operator, layout, scale);
      changed[layout.filter] = filter;
      changed[layout.bias] = bias;
    }
    const result = MOVING.has(op) ? scale : this.#scaleOf(output!);
    this.#scales.set(output!, result);
    this.#integers.add(output!);
    Object.assign(this.#model.tensors[output!]!, { type: "INT8", quantization: result });
    this.#operators.push({ ...operator, inputs: changed });
  }

  #scaleOf(tensor: number): Quantization {
    let scale = this.#scales.get(tensor);
    if (scale === undefined) {
      // Pixels of 8 bits are kept as they are.
      scale = tensor === this.#model.input[1]
        ? { scale: [1 / 255], zeroPoint: [-128], axis: 0 }
        : scaleOf(this.#observed.get(tensor)!);
      this.#scales.set(tensor, scale);
    }
    return scale;
  }

  /** A value in int8. */
  #quantizedOf(tensor: number): number {
    if (this.#integers.has(tensor)) return tensor;
    let known = this.#quantized.get(tensor);
    if (known === undefined) {
      const { name, shape } = this.#model.tensors[tensor]!;
      const quantization = this.#scaleOf(tensor);
      known = this.#add({ name: `${name}/int8`, type: "INT8", shape, quantization });
      this.#operators.push({ op: "QUANTIZE", inputs: [tensor], outputs: [known] });
      this.#quantized.set(tensor, known);
    }
    return known;
  }

  /** A value in float32. */
  #realOf(tensor: number): number {
    if (!this.#integers.has(tensor)) return tensor;
    let known = this.#real.get(tensor);
    if (known === undefined) {
      const { name, shape, signature } = this.#model.tensors[tensor]!;
      known = this.#add({ name: `${name}/float32`, type: "FLOAT32", shape, signature });
      this.#operators.push({
        op: "DEQUANTIZE",
        inputs: [tensor],
        outputs: [known],
        options: { table: "DequantizeOptions", fields: {} },
      });
      this.#real.set(tensor, known);
    }
    return known;
  }

  #weights(
    operator: LiteOperator,
    { x, filter, bias, axis }: ConvolutionLayout,
    { scale: [step] }: Quantization,
  ): [filter: number, bias: number] {
    const { inputs } = operator;
    const [weights, added] = [filter, bias].map((input) => this.#model.tensors[inputs[input]!]!);
    const values = this.#graph.floats(inputs[filter]!), biases = this.#graph.floats(inputs[bias]!);
    const outputOf = this.#graph.outputChannels(operator);
    const inputOf = this.#graph.inputChannels(operator);
    const seen = this.#observed.get(inputs[x]!)!;
    const largest = new Float64Array(biases.length);
    for (const [place, value] of values.entries()) {
      largest[outputOf(place)] = Math.max(largest[outputOf(place)]!, Math.abs(value));
    }
    const one = this.#scaleOf(operator.outputs[0]!).scale[0]! / step!;
    const scale = Array.from(largest, (most, channel) =>
      Math.fround(Math.max(
        most === 0 ? one : most / LARGEST,
        one * LEAST_RATIO,
        Math.abs(biases[channel]!) / step! / 2 ** 30, // so that the bias has room
      )));
    const shift = new Float64Array(biases.length);
    const stored = Int8Array.from(values, (value, place) => {
      const channel = outputOf(place);
      const level = Math.round(value / scale[channel]!);
      shift[channel]! += (level * scale[channel]! - value) * seen[inputOf(place)]!.mean;
      return level;
    });
    const sums = Int32Array.from(
      biases,
      (value, channel) => Math.round((value - shift[channel]!) / (step! * scale[channel]!)),
    );
    const zeroPoint = new Array(biases.length).fill(0);
    return [
      this.#add({
        name: weights!.name,
        type: "INT8",
        shape: weights!.shape,
        data: new Uint8Array(stored.buffer),
        quantization: { scale, zeroPoint, axis },
      }),
      this.#add({
        name: added!.name,
        type: "INT32",
        shape: added!.shape,
        data: new Uint8Array(sums.buffer),
        quantization: { scale: scale.map((each) => Math.fround(each * step!)), zeroPoint, axis: 0 },
      }),
    ];
  }

  #add(tensor: LiteTensor): number {
    return this.#model.tensors.push(tensor) - 1;
  }
}

/** Products of the scales of image and weights are so much smaller than that of the result at most; XNNPACK takes no less. */
const LEAST_RATIO = 2 ** -30;

/** The largest level of weights, whose zero point is 0. */
const LARGEST = 127;

/** The scale for all that was seen: to cut off what is rare costs more at edges than it gives elsewhere. */
function scaleOf(seen: Observed): Quantization {
  const min = Math.min(0, ...seen.map((channel) => channel.min));
  const max = Math.max(0, ...seen.map((channel) => channel.max));
  const scale = Math.fround(Math.max(max - min, 1e-8) / 255);
  const zeroPoint = Math.max(-128, Math.min(127, Math.round(-128 - min / scale)));
  return { scale: [scale], zeroPoint: [zeroPoint], axis: 0 };
}
