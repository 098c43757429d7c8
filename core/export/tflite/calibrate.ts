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
  /** The mean. */
  readonly mean: number;
}

/** What a value was seen to be, by channel. */
export type Observed = readonly ObservedChannel[];

/** A value as it is computed: its tensor in the engine, and its shape. */
interface Value {
  readonly id: number;
  readonly shape: readonly number[];
}

/**
 * Computes `graph` for a picture.
 *
 * @param wanted Keys of the values that `see` is shown.
 */
function compute(
  graph: ExportGraph,
  { shape, data }: ImageTensor,
  wanted: ReadonlySet<string>,
  see: (key: string, binding: NodeBackend["binding"], value: Value) => void,
): void {
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
  const values = new Map<string, Value>();
  try {
    for (const [position, node] of graph.nodes.entries()) {
      const results = position === graph.input
        ? [{ id: binding.createEagerly(shape, DType.FLOAT, data), shape }]
        : node.constant !== undefined
        ? [constantOf(backend, node, sizes)]
        : computed(backend, node, node.inputs.map((ref) => values.get(keyOf(ref))!));
      for (const [index, value] of results.entries()) {
        const key = keyOf({ node: position, index });
        values.set(key, value);
        if (wanted.has(key)) see(key, binding, value);
      }
      const done = [...node.inputs, ...results.map((_, index) => ({ node: position, index }))];
      for (const key of new Set(done.map(keyOf))) {
        if ((last.get(key) ?? -1) > position) continue;
        const value = values.get(key);
        if (value !== undefined) binding.deleteEagerly(value.id);
        values.delete(key);
      }
    }
  } finally {
    for (const { id } of values.values()) binding.deleteEagerly(id);
  }
}

/** So many pictures are looked at, spread over all, and of each the middle, with this side. */
const MOST_PICTURES = 16, SIDE = 96;

/** The pictures, or parts of them, that are looked at. */
export function chosenPictures(
  all: readonly { readonly shape: readonly number[]; readonly data: Float32Array }[],
  minSize: number,
): ImageTensor[] {
  const count = Math.min(MOST_PICTURES, all.length), side = Math.max(SIDE, minSize);
  return Array.from({ length: count }, (_, k) => {
    const { shape: [n, height, width, channels], data } = all[Math.floor(k * all.length / count)]!;
    const h = Math.min(height!, side), w = Math.min(width!, side);
    const top = (height! - h) >> 1, left = (width! - w) >> 1;
    const row = w * channels!;
    const part = new Float32Array(n! * h * row);
    for (let y = 0; y < n! * h; y++) {
      const from = ((Math.floor(y / h) * height! + top + y % h) * width! + left) * channels!;
      part.set(data.subarray(from, from + row), y * row);
    }
    return { shape: [n!, h, w, channels!], data: part };
  });
}

/** What the values `wanted` are on `pictures`; nothing is said of those whose last axis depends on the picture. */
export function observe(
  graph: ExportGraph,
  pictures: readonly ImageTensor[],
  wanted: ReadonlySet<string>,
): Map<string, Observed> {
  const seen = new Map<string, Observed>();
  const varying = new Set<string>();
  for (const picture of pictures) {
    compute(graph, picture, wanted, (key, binding, { id, shape }) => {
      const axes = Int32Array.from({ length: shape.length - 1 }, (_, axis) => axis);
      const over = binding.createEagerly([axes.length], DType.INT32, axes);
      const [low, high, middle] = ["Min", "Max", "Mean"].map((op) => {
        const [result] = binding.executeEagerly(op, REDUCTION, [id, over], 1);
        const numbers = binding.tensorDataSync(result!.id) as Float32Array;
        binding.deleteEagerly(result!.id);
        return numbers;
      });
      binding.deleteEagerly(over);
      const before = seen.get(key) ?? Array.from(low!, () => ({ min: 0, max: 0, mean: 0 }));
      if (before.length !== low!.length) varying.add(key);
      else {seen.set(
          key,
          Array.from(low!, (least, channel) => ({
            min: Math.min(before[channel]!.min, least),
            max: Math.max(before[channel]!.max, high![channel]!),
            mean: before[channel]!.mean + middle![channel]! / pictures.length,
          })),
        );}
    });
  }
  for (const key of varying) seen.delete(key);
  return seen;
}

const REDUCTION: readonly OpAttribute[] = [
  { name: "T", type: AttrType.TYPE, value: DType.FLOAT },
  { name: "Tidx", type: AttrType.TYPE, value: DType.INT32 },
  { name: "keep_dims", type: AttrType.BOOL, value: false },
];

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
      const [gathered] = binding.executeEagerly(
        "GatherV2",
        [
          { name: "batch_dims", type: AttrType.INT, value: 0 },
          { name: "Tparams", type: AttrType.TYPE, value: DType.FLOAT },
          { name: "Tindices", type: AttrType.TYPE, value: DType.INT32 },
          { name: "Taxis", type: AttrType.TYPE, value: DType.INT32 },
        ],
        [blocks, whole(order, [order.length]), whole(Int32Array.of(3), [])].map(({ id }) => id),
        1,
      );
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
