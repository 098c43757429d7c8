/**
 * Looks at a model as a graph, and changes weights and inputs in it.
 *
 * @module
 */
import type { LiteModel, LiteOperator } from "./flat_model.ts";
import type { OperatorName } from "./schema.ts";

/** Which input of a convolution is what, and the axis of its output channels. */
export interface ConvolutionLayout {
  /** The image. */
  readonly x: number;
  /** The filter. */
  readonly filter: number;
  /** The bias. */
  readonly bias: number;
  /** The axis of the filter for output channels. */
  readonly axis: number;
}

/** Convolutions. */
export const CONVOLUTIONS: Partial<Record<OperatorName, ConvolutionLayout>> = {
  CONV_2D: { x: 0, filter: 1, bias: 2, axis: 0 },
  DEPTHWISE_CONV_2D: { x: 0, filter: 1, bias: 2, axis: 3 },
  TRANSPOSE_CONV: { x: 2, filter: 1, bias: 3, axis: 0 },
};

/** A convolution whose result goes through activations alone to one place. */
export interface Chain {
  /** The convolution. */
  readonly first: LiteOperator;
  /** Its result, and those of the activations behind it. */
  readonly tensors: readonly number[];
}

/** Operators that keep channels apart, and for which f(a·x) = a·f(x) where a is positive. */
const HOMOGENEOUS = new Set<OperatorName>([
  "RELU",
  "LEAKY_RELU",
  "PRELU",
  "RESIZE_NEAREST_NEIGHBOR",
  "RESIZE_BILINEAR",
  "PAD",
  "MIRROR_PAD",
  "MAX_POOL_2D",
  "AVERAGE_POOL_2D",
]);

/** Operators that move numbers without changing them: in int8, what comes out has the scale of what goes in. */
export const MOVING: ReadonlySet<OperatorName> = new Set<OperatorName>([
  "DEPTH_TO_SPACE",
  "SPACE_TO_DEPTH",
  "RESHAPE",
  "TRANSPOSE",
  "STRIDED_SLICE",
  "MIRROR_PAD",
  "PAD",
  "GATHER",
  "MAX_POOL_2D",
  "RESIZE_NEAREST_NEIGHBOR",
]);

/** `Activation.RELU6`, which is not. */
const RELU6 = 3;

/** A model with its edges. */
export class LiteGraph {
  readonly #model: LiteModel;
  readonly #producers = new Map<number, LiteOperator>();
  readonly #uses = new Map<number, number>();

  /** Looks at `model`, which it changes. */
  constructor(model: LiteModel) {
    this.#model = model;
    for (const { inputs } of model.operators) {
      for (const input of inputs) this.#uses.set(input, (this.#uses.get(input) ?? 0) + 1);
    }
    for (const operator of model.operators) {
      for (const output of operator.outputs) this.#producers.set(output, operator);
    }
    const [, output] = model.output;
    this.#uses.set(output, (this.#uses.get(output) ?? 0) + 1);
  }

  /** Whether a tensor comes of a convolution by moving its numbers alone. */
  isMoved(tensor: number): boolean {
    const producer = this.#producers.get(tensor);
    if (producer === undefined) return false;
    return CONVOLUTIONS[producer.op] !== undefined ||
      MOVING.has(producer.op) && this.isMoved(producer.inputs[0]!);
  }

  /** The numbers of a float32 constant. */
  floats(tensor: number): Float32Array {
    return new Float32Array(this.#model.tensors[tensor]!.data!.slice().buffer);
  }

  /** The input channel that a weight meets, by its place. */
  inputChannels({ op, inputs }: LiteOperator): (place: number) => number {
    const { shape } = this.#model.tensors[inputs[CONVOLUTIONS[op]!.filter]!]!;
    const last = shape[3]!;
    if (op !== "DEPTHWISE_CONV_2D") return (place) => place % last;
    const images = this.#model.tensors[inputs[0]!]!.shape[3]!;
    return (place) => Math.floor((place % last) * images / last);
  }

  /** The output channel that a weight is for, by its place. */
  outputChannels({ op, inputs }: LiteOperator): (place: number) => number {
    const { filter, axis } = CONVOLUTIONS[op]!;
    const { shape } = this.#model.tensors[inputs[filter]!]!;
    const channels = shape[axis]!;
    const size = shape.reduce((a, b) => a * b, 1) / channels;
    return axis === 0 ? (place) => Math.floor(place / size) : (place) => place % channels;
  }

  /** The convolution and activations that nothing but `operator` takes the result of. */
  chainBefore({ op, inputs }: LiteOperator): Chain | undefined {
    let tensor = inputs[CONVOLUTIONS[op]!.x]!;
    const tensors: number[] = [];
    for (;;) {
      const producer = this.#producers.get(tensor);
      if (producer === undefined || this.#uses.get(tensor) !== 1) return undefined;
      tensors.unshift(tensor);
      if (CONVOLUTIONS[producer.op] !== undefined) {
        return producer.options!.fields.activation === RELU6
          ? undefined
          : { first: producer, tensors };
      }
      if (!HOMOGENEOUS.has(producer.op)) return undefined;
      tensor = producer.inputs[0]!;
    }
  }

  /** Gives an operator another constant of the same shape. */
  replace(operator: LiteOperator, input: number, values: Float32Array): void {
    const old = this.#model.tensors[operator.inputs[input]!]!;
    operator.inputs = operator.inputs.with(input, this.#constant(old.name, old.shape, values));
  }

  /** Multiplies an input of an operator by a constant; gives the product. */
  multiplyBefore(
    operator: LiteOperator,
    input: number,
    values: Float32Array,
    shape: readonly number[],
  ): number {
    const { tensors, operators } = this.#model;
    const old = operator.inputs[input]!;
    const constant = this.#constant(`${tensors[old]!.name}/factors`, shape, values);
    const name = `${tensors[old]!.name}/alike`;
    const result = tensors.push({ name, type: "FLOAT32", shape: tensors[old]!.shape }) - 1;
    const made: LiteOperator = {
      op: "MUL",
      inputs: [old, constant],
      outputs: [result],
      options: { table: "MulOptions", fields: {} },
    };
    operators.splice(operators.indexOf(operator), 0, made);
    this.#producers.set(result, made);
    this.#uses.set(result, 1);
    operator.inputs = operator.inputs.with(input, result);
    return result;
  }

  #constant(name: string, shape: readonly number[], values: Float32Array): number {
    const data = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    return this.#model.tensors.push({ name, type: "FLOAT32", shape, data }) - 1;
  }
}

/** Leaves out operators whose results nobody takes, and tensors without operators. */
export function prune(model: LiteModel): void {
  const [input, output] = [model.input[1], model.output[1]];
  const live = new Set([input, output]);
  model.operators = model.operators.toReversed().filter(({ inputs, outputs }) => {
    if (!outputs.some((tensor) => live.has(tensor))) return false;
    for (const tensor of inputs) live.add(tensor);
    return true;
  }).toReversed();
  for (const { outputs } of model.operators) for (const tensor of outputs) live.add(tensor);
  const places = new Map<number, number>();
  const kept = model.tensors.filter((_, tensor) => {
    if (live.has(tensor)) places.set(tensor, places.size);
    return live.has(tensor);
  });
  model.tensors.splice(0, Infinity, ...kept);
  const moved = (tensor: number) => places.get(tensor) ?? -1;
  for (const operator of model.operators) {
    operator.inputs = operator.inputs.map(moved);
    operator.outputs = operator.outputs.map(moved);
  }
  model.input = [model.input[0], moved(input)];
  model.output = [model.output[0], moved(output)];
}
