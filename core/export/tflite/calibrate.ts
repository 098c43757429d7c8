/**
 * Runs a network on pictures, op by op on our own engine, to learn what its values look like.
 *
 * @module
 */
import { AttrType, DType, type NumberArray } from "../../engine/native/dtypes.ts";
import type { OpAttribute } from "../../engine/native/attributes.ts";
import { type NodeBackend, nodeBackend } from "../../engine/native/node_backend.ts";
import { evaluate } from "../../engine/native/size_expressions.ts";
import { ExitCode, UserError } from "../../errors.ts";
import type { ImageTensor } from "../../runtimes/types.ts";
import { dataTypeOf } from "../data_types.ts";
import { attribute, type Constant, type ExportGraph, type GraphNode, keyOf } from "../graph.ts";

/** What a channel of a value was seen to be. */
export interface ObservedChannel {
  /** The least, 0 if all are above. */
  readonly min: number;
  /** The greatest, 0 if all are below. */
  readonly max: number;
  /** Some of them, spread over pictures and places. */
  readonly samples: readonly number[];
}

/** What a value was seen to be. */
export interface Observed {
  /** By channel. */
  readonly channels: readonly ObservedChannel[];
}

/** A value as it is computed: its tensor in the engine, and its shape. */
interface Value {
  readonly id: number;
  readonly shape: readonly number[];
}

/** So many samples of each value are kept from a picture. */
const SAMPLES = 2048;

/**
 * Computes `graph` for a picture.
 *
 * @param wanted Keys of the values that `see` is shown.
 */
export function compute(
  graph: ExportGraph,
  { shape, data }: ImageTensor,
  wanted: ReadonlySet<string>,
  see: (key: string, numbers: Float32Array) => void,
): Float32Array {
  const backend = nodeBackend();
  if (backend === undefined) {
    throw new UserError("int8 is calibrated on the native engine", ExitCode.ENVIRONMENT);
  }
  const { binding } = backend;
  const sizes = shape.slice(0, 3);
  const last = new Map<string, number>();
  for (const [position, { inputs }] of graph.nodes.entries()) {
    for (const ref of inputs) last.set(keyOf(ref), position);
  }
  last.set(keyOf(graph.output), graph.nodes.length);
  const values = new Map<string, Value>();
  try {
    for (const [position, node] of graph.nodes.entries()) {
      const results = position === graph.input
        ? [{ id: binding.createEagerly(shape, DType.FLOAT, data), shape }]
        : node.constant !== undefined
        ? [constantOf(backend, node, sizes)]
        : computed(backend, graph, node, node.inputs.map((ref) => values.get(keyOf(ref))!));
      for (const [index, value] of results.entries()) {
        const key = keyOf({ node: position, index });
        values.set(key, value);
        if (wanted.has(key)) see(key, binding.tensorDataSync(value.id) as Float32Array);
      }
      const done = [...node.inputs, ...results.map((_, index) => ({ node: position, index }))];
      for (const key of new Set(done.map(keyOf))) {
        if ((last.get(key) ?? -1) > position) continue;
        const value = values.get(key);
        if (value !== undefined) binding.deleteEagerly(value.id);
        values.delete(key);
      }
    }
    return binding.tensorDataSync(values.get(keyOf(graph.output))!.id) as Float32Array;
  } finally {
    for (const { id } of values.values()) binding.deleteEagerly(id);
  }
}

/** What the values `wanted` are on `pictures`; the number of channels of each is given with its key. */
export function observe(
  graph: ExportGraph,
  pictures: readonly ImageTensor[],
  wanted: ReadonlyMap<string, number>,
): Map<string, Observed> {
  const seen = new Map<string, { min: number; max: number; samples: number[] }[]>();
  for (const picture of pictures) {
    compute(graph, picture, new Set(wanted.keys()), (key, numbers) => {
      const count = wanted.get(key)!;
      let channels = seen.get(key);
      if (channels === undefined) {
        channels = Array.from({ length: count }, () => ({ min: 0, max: 0, samples: [] }));
        seen.set(key, channels);
      }
      const low = Float32Array.from(channels, ({ min }) => min);
      const high = Float32Array.from(channels, ({ max }) => max);
      for (let i = 0, channel = 0; i < numbers.length; i++) {
        const value = numbers[i]!;
        if (value < low[channel]!) low[channel] = value;
        if (value > high[channel]!) high[channel] = value;
        if (++channel === count) channel = 0;
      }
      const pixels = numbers.length / count;
      const step = Math.max(1, Math.floor(pixels * count / SAMPLES));
      for (const [channel, one] of channels.entries()) {
        one.min = low[channel]!;
        one.max = high[channel]!;
        for (let pixel = channel % step; pixel < pixels; pixel += step) {
          one.samples.push(numbers[pixel * count + channel]!);
        }
      }
    });
  }
  return new Map([...seen].map(([key, channels]) => [key, { channels }]));
}

function constantOf(
  { binding }: NodeBackend,
  { constant, outputs }: GraphNode,
  sizes: readonly number[],
): Value {
  const { dtype, shape: expressions } = outputs[0]!;
  const shape = expressions.map((size) => evaluate(size, sizes));
  const count = shape.reduce((a, b) => a * b, 1);
  const numbers = numbersOf(constant!, dtype === "int32", count, sizes);
  return { id: binding.createEagerly(shape, dataTypeOf(dtype), numbers), shape };
}

function numbersOf(
  constant: Constant,
  isWhole: boolean,
  count: number,
  sizes: readonly number[],
): NumberArray {
  const each = (value: (i: number) => number): NumberArray => {
    const values = Array.from({ length: count }, (_, i) => value(i));
    return isWhole ? Int32Array.from(values) : Float32Array.from(values);
  };
  switch (constant.kind) {
    case "fixed":
      return constant.values;
    case "sizes":
      return each((i) => evaluate(constant.values[i]!, sizes));
    case "fill":
      return each(() => constant.value);
    case "range":
      return each((i) => i);
  }
}

const FLOAT: OpAttribute = { name: "T", type: AttrType.TYPE, value: DType.FLOAT };

/** What a node gives; composites are computed by what they stand for. */
function computed(
  { binding }: NodeBackend,
  graph: ExportGraph,
  node: GraphNode,
  inputs: readonly Value[],
): Value[] {
  const made: Value[] = [];
  const keep = (value: Value): Value => (made.push(value), value);
  const run = (op: string, values: readonly Value[], attributes: readonly OpAttribute[] = []) =>
    keep(binding.executeEagerly(op, [FLOAT, ...attributes], values.map(({ id }) => id), 1)[0]!);
  const number = (value: number) =>
    keep({ id: binding.createEagerly([], DType.FLOAT, Float32Array.of(value)), shape: [] });
  const [x] = inputs as [Value];
  let result: Value;
  switch (node.op) {
    case "PRelu": {
      const below = run("Relu", [run("Neg", [x])]);
      result = run("Sub", [run("Relu", [x]), run("Mul", [below, inputs[1]!])]);
      break;
    }
    case "Gelu": {
      const erf = run("Erf", [run("Mul", [x, number(Math.SQRT1_2)])]);
      const half = run("Mul", [x, number(0.5)]);
      result = run("Mul", [half, run("AddV2", [erf, number(1)])]);
      break;
    }
    case "PixelUnshuffle": {
      const size = Number(attribute(node, "block_size"));
      const blocks = run("SpaceToDepth", [x], [
        { name: "block_size", type: AttrType.INT, value: size },
        { name: "data_format", type: AttrType.STRING, value: "NHWC" },
      ]);
      const channels = x.shape[3]!, area = size ** 2;
      const order = Int32Array.from(
        { length: area * channels },
        (_, k) => (k % area) * channels + Math.floor(k / area),
      );
      const whole = (values: Int32Array, shape: number[]) =>
        keep({ id: binding.createEagerly(shape, DType.INT32, values), shape });
      const [gathered] = binding.executeEagerly("GatherV2", [
        { name: "batch_dims", type: AttrType.INT, value: 0 },
        { name: "Tparams", type: AttrType.TYPE, value: DType.FLOAT },
        { name: "Tindices", type: AttrType.TYPE, value: DType.INT32 },
        { name: "Taxis", type: AttrType.TYPE, value: DType.INT32 },
      ], [blocks, whole(order, [order.length]), whole(Int32Array.of(3), [])].map(({ id }) => id), 1);
      result = keep(gathered!);
      break;
    }
    default:
      return binding.executeEagerly(
        node.op,
        node.attributes,
        inputs.map(({ id }) => id),
        node.outputs.length,
      );
  }
  for (const { id } of made) if (id !== result.id) binding.deleteEagerly(id);
  return [result];
}
