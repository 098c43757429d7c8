/**
 * Post-training quantization: convolutions and what lies between them in int8, by what calibration has seen.
 *
 * Weights are symmetric with a scale for each output channel, activations asymmetric with one scale, biases int32, as in
 * https://ai.google.dev/edge/litert/conversion/tensorflow/quantization/quantization_spec. Sums of residual branches, normalizations and what
 * is computed of whole images' means stay float32: they are small or cheap, and their rounding would add up from block to block.
 *
 * @module
 */
import type { Observed } from "./calibrate.ts";
import { equalize } from "./equalize.ts";
import { type ConvolutionLayout as Layout, CONVOLUTIONS } from "./lite_graph.ts";
import type { LiteModel, LiteOperator, LiteTensor, Quantization } from "./flat_model.ts";
import type { OperatorName } from "./schema.ts";

/** Operators that move numbers without changing them: what comes out has the scale of what goes in. */
const MOVING = new Set<OperatorName>([
  "DEPTH_TO_SPACE",
  "SPACE_TO_DEPTH",
  "RESHAPE",
  "TRANSPOSE",
  "STRIDED_SLICE",
  "MIRROR_PAD",
  "PAD",
  "GATHER",
  "MAX_POOL_2D",
]);

/** Operators of one input that change scales by themselves. */
const RESCALING = new Set<OperatorName>(["RELU", "RELU6", "LEAKY_RELU"]);

/** What became of a model. */
export interface QuantizationReport {
  /** Convolutions in int8. */
  readonly convolutions: number;
  /** Convolutions that stay in float32. */
  readonly floats: number;
}

/** Changes `model` to int8 where that pays. */
export function quantize(
  model: LiteModel,
  observed: Map<number, Observed>,
): QuantizationReport {
  if (Deno.env.get("Q_EQ") !== "0") equalize(model, observed, model.operators.filter((o) => { const l = CONVOLUTIONS[o.op]; if (!l) return false; const [, h, w] = model.tensors[o.outputs[0]!]!.shape; return h! * w! > 1; }));
  return new Quantizer(model, observed).run();
}

class Quantizer {
  readonly #model: LiteModel;
  readonly #observed: ReadonlyMap<number, Observed>;
  readonly #producers = new Map<number, LiteOperator>();
  readonly #users = new Map<number, LiteOperator[]>();
  readonly #chosen = new Set<LiteOperator>();
  readonly #scales = new Map<number, Quantization>();
  /** Tensors as int8, by the float32 one and the scale. */
  readonly #quantized = new Map<string, number>();
  /** float32 forms of tensors that are computed in int8. */
  readonly #real = new Map<number, number>();
  readonly #operators: LiteOperator[] = [];

  constructor(model: LiteModel, observed: ReadonlyMap<number, Observed>) {
    this.#model = model;
    this.#observed = observed;
    for (const operator of model.operators) {
      for (const output of operator.outputs) this.#producers.set(output, operator);
      for (const input of operator.inputs) {
        this.#users.set(input, [...this.#users.get(input) ?? [], operator]);
      }
    }
  }

  run(): QuantizationReport {
    const { operators } = this.#model;
    let floats = 0;
    for (const operator of operators) {
      if (CONVOLUTIONS[operator.op] === undefined) continue;
      if (this.#isWorthIt(operator)) this.#chosen.add(operator);
      else floats++;
    }
    const convolutions = this.#chosen.size;
    this.#spread();
    for (const operator of operators) {
      if (this.#chosen.has(operator)) this.#integer(operator);
      else this.#operators.push({ ...operator, inputs: operator.inputs.map((at) => this.#realOf(at)) });
    }
    this.#model.operators = this.#operators;
    const [name, output] = this.#model.output;
    this.#model.output = [name, this.#realOf(output)];
    return { convolutions, floats };
  }

  /** Means of whole images have one pixel: nothing is gained there. */
  #isWorthIt({ op, inputs, outputs }: LiteOperator): boolean {
    const { tensors } = this.#model;
    const { x, filter } = CONVOLUTIONS[op]!;
    const [, height, width] = tensors[outputs[0]!]!.shape;
    return this.#observed.has(inputs[x]!) && this.#observed.has(outputs[0]!) &&
      tensors[inputs[filter]!]!.data !== undefined && height! * width! > 1;
  }

  /** What only moves numbers behind or between convolutions is done in int8 too. */
  #spread(): void {
    for (const operator of this.#model.operators) {
      const { op, inputs, outputs } = operator;
      const source = this.#producers.get(inputs[0]!);
      const isInt8 = source !== undefined && this.#chosen.has(source);
      const isReal = this.#model.tensors[outputs[0]!]!.type === "FLOAT32";
      if (!isInt8 || !isReal) continue;
      const isKnown = this.#observed.has(outputs[0]!);
      if (MOVING.has(op) || RESCALING.has(op) && isKnown) this.#chosen.add(operator);
    }
  }

  /** The scale of a tensor. */
  #scaleOf(tensor: number): Quantization {
    let scale = this.#scales.get(tensor);
    if (scale === undefined) {
      scale = this.#ofImage(tensor) ?? bestScale(this.#observed.get(tensor)!);
      this.#scales.set(tensor, scale);
    }
    return scale;
  }

  /** Pixels of 8 bits are kept as they are. */
  #ofImage(tensor: number): Quantization | undefined {
    if (tensor !== this.#model.input[1]) return undefined;
    return { scale: [1 / 255], zeroPoint: [-128], axis: 0 };
  }

  #integer(operator: LiteOperator): void {
    const { op, inputs, outputs } = operator;
    const layout = CONVOLUTIONS[op];
    const x = inputs[layout?.x ?? 0]!;
    const [output] = outputs as [number];
    const source = this.#producers.get(x);
    // Where a value is int8 already, its scale is given.
    const scale = this.#scales.get(x) ?? this.#scaleOf(x);
    const changed = [...inputs];
    changed[layout?.x ?? 0] = this.#quantizedOf(x, source);
    if (layout !== undefined) {
      const [filter, bias] = this.#weights(inputs, layout, scale);
      changed[layout.filter] = filter;
      changed[layout.bias] = bias;
    }
    const result = MOVING.has(op) ? scale : this.#scaleOf(output);
    this.#scales.set(output, result);
    Object.assign(this.#model.tensors[output]!, { type: "INT8", quantization: result });
    this.#operators.push({ ...operator, inputs: changed });
  }

  /** A value in int8. */
  #quantizedOf(tensor: number, source: LiteOperator | undefined): number {
    if (source !== undefined && this.#chosen.has(source)) return tensor;
    const { scale, zeroPoint } = this.#scaleOf(tensor);
    const key = `${tensor} ${scale} ${zeroPoint}`;
    let known = this.#quantized.get(key);
    if (known === undefined) {
      const { name, shape } = this.#model.tensors[tensor]!;
      known = this.#add({
        name: `${name}/int8`,
        type: "INT8",
        shape,
        quantization: this.#scaleOf(tensor),
      });
      this.#operators.push({ op: "QUANTIZE", inputs: [tensor], outputs: [known] });
      this.#quantized.set(key, known);
    }
    return known;
  }

  /** A value in float32. */
  #realOf(tensor: number): number {
    const source = this.#producers.get(tensor);
    if (source === undefined || !this.#chosen.has(source)) return tensor;
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
    inputs: readonly number[],
    { filter, bias, axis }: Layout,
    { scale: [x] }: Quantization,
  ): [filter: number, bias: number] {
    const { tensors } = this.#model;
    const weights = tensors[inputs[filter]!]!, added = tensors[inputs[bias]!]!;
    const values = floats(weights), biases = floats(added);
    const channels = weights.shape[axis]!;
    // The output channel of a weight: its first axis, or its last.
    const size = values.length / channels;
    const channelOf = axis === 0
      ? (i: number) => Math.floor(i / size)
      : (i: number) => i % channels;
    const largest = new Float64Array(channels);
    values.forEach((value, i) => {
      largest[channelOf(i)] = Math.max(largest[channelOf(i)]!, Math.abs(value));
    });
    const scale = Array.from(largest, (most, channel) =>
      Math.fround(Math.max(
        most === 0 ? 1 / 127 : most / 127,
        Math.abs(biases[channel]!) / x! / 2 ** 30, // so that the bias fits
      )));
    const stored = Int8Array.from(values, (value, i) => {
      const level = Math.round(value / scale[channelOf(i)]!);
      return Math.max(-127, Math.min(127, level));
    });
    const sums = Int32Array.from(biases, (value, channel) =>
      Math.round(value / (x! * scale[channel]!)));
    const zeroPoint = new Array(channels).fill(0);
    const bytes = (array: Int8Array | Int32Array) =>
      new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    return [
      this.#add({
        name: `${weights.name}/int8`,
        type: "INT8",
        shape: weights.shape,
        data: bytes(stored),
        quantization: { scale, zeroPoint, axis },
      }),
      this.#add({
        name: `${added.name}/int32`,
        type: "INT32",
        shape: added.shape,
        data: bytes(sums),
        quantization: { scale: scale.map((one) => Math.fround(one * x!)), zeroPoint, axis: 0 },
      }),
    ];
  }

  #add(tensor: LiteTensor): number {
    return this.#model.tensors.push(tensor) - 1;
  }
}

/** The numbers of a float32 constant. */
function floats({ data }: LiteTensor): Float32Array {
  return new Float32Array(data!.slice().buffer);
}

/** Shares of the range that are tried. */
const SHARES = Array.from({ length: 15 }, (_, i) => 1 - i * 0.04);

/** The scale with the least mean squared error: what lies far outside is cut off if that pays. */
function bestScale({ channels }: Observed): Quantization {
  const min = Math.min(...channels.map((one) => one.min));
  const max = Math.max(...channels.map((one) => one.max));
  const samples = channels.flatMap((one) => one.samples);
  if (Deno.env.get("Q_CLIP") === "0") return scaleOf(min, max);
  let best: Quantization | undefined, least = Infinity;
  for (const share of SHARES) {
    const tried = scaleOf(min * share, max * share);
    const error = errorOf(tried, samples);
    if (error < least) [best, least] = [tried, error];
  }
  return best!;
}

function scaleOf(min: number, max: number): Quantization {
  const scale = Math.fround(Math.max(max - min, 1e-8) / 255);
  const zeroPoint = Math.max(-128, Math.min(127, Math.round(-128 - min / scale)));
  return { scale: [scale], zeroPoint: [zeroPoint], axis: 0 };
}

function errorOf({ scale, zeroPoint }: Quantization, samples: readonly number[]): number {
  const [step, zero] = [scale[0]!, zeroPoint[0]!];
  let sum = 0;
  for (const sample of samples) {
    const level = Math.max(-128, Math.min(127, Math.round(sample / step) + zero));
    sum += (sample - (level - zero) * step) ** 2;
  }
  return sum;
}
