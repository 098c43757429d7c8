/**
 * Graphs made by hand, for ops that no network of ours has, and images for them.
 *
 * @module
 */
import { AttrType, DType, type NumberArray } from "../../../core/engine/native/dtypes.ts";
import { fixedSize, type SizeExpression } from "../../../core/engine/native/size_expressions.ts";
import type {
  Constant,
  ElementType,
  ExportGraph,
  GraphNode,
  ValueRef,
} from "../../../core/export/graph.ts";
import type { ImageTensor } from "../../../core/runtimes/types.ts";

/** A size, or a fixed one. */
export type Size = number | SizeExpression;

/** A symbol, divided and rounded upwards, multiplied, and with something added. */
export const size = (symbol: number, { times = 1, by = 1, plus = 0 } = {}): SizeExpression => ({
  scale: times,
  factors: [{ symbol, divisor: by, up: by > 1 }],
  offset: plus,
});

/** Number, height and width of the input. */
export const N = size(0), H = size(1), W = size(2);

/** A size that is not known. */
export const UNKNOWN = fixedSize(NaN);

/** Attributes by their JavaScript values: numbers are whole. */
export type Attributes = Readonly<Record<string, unknown>>;

/** Types as attributes. */
export const FLOAT = { type: DType.FLOAT },
  INT = { type: DType.INT32 },
  BOOL = { type: DType.BOOL };

/** A side of the input, halved and rounded upwards. */
export const half = (symbol: number): SizeExpression => size(symbol, { by: 2 });

/** How tensors lie in memory, as an attribute. */
export const NHWC = { data_format: "NHWC" };

/** Attributes of a convolution. */
export const conv = (stride = 1, dilation = 1, padding = "SAME") => ({
  T: FLOAT,
  strides: [1, stride, stride, 1],
  dilations: [1, dilation, dilation, 1],
  padding,
  ...NHWC,
});

/** Images of numbers from -2 to 2. */
export function waves(n: number, h: number, w: number, c: number): ImageTensor {
  const data = Float32Array.from({ length: n * h * w * c }, (_, i) => Math.sin(i * 12.9898) * 2);
  return { shape: [n, h, w, c], data };
}

const sizesOf = (shape: readonly Size[]) =>
  shape.map((one) => typeof one === "number" ? fixedSize(one) : one);

/** A graph under construction. */
export class Sketch {
  readonly #nodes: GraphNode[] = [];
  readonly #channels: number;
  /** The input. */
  readonly x: ValueRef;

  /** With an input of so many channels. */
  constructor(channels: number) {
    this.#channels = channels;
    this.x = this.#node("Placeholder", [], [[[N, H, W, channels], "float32"]]);
  }

  /** A constant of fixed numbers. */
  fixed(
    values: NumberArray | readonly number[],
    shape?: readonly number[],
    dtype?: ElementType,
  ): ValueRef {
    const of = dtype ?? (values instanceof Float32Array ? "float32" : "int32");
    const numbers = Array.isArray(values)
      ? of === "float32" ? Float32Array.from(values) : Int32Array.from(values)
      : values as NumberArray;
    const constant: Constant = { kind: "fixed", values: numbers };
    return this.#node("Const", [], [[shape ?? [values.length], of]], {}, constant);
  }

  /** Numbers that look random. */
  random(...shape: number[]): ValueRef {
    const count = shape.reduce((a, b) => a * b, 1);
    return this.fixed(Float32Array.from({ length: count }, (_, i) => Math.sin(i * 7.7 + 1)), shape);
  }

  /** A scalar. */
  scalar(value: number, dtype: ElementType = "float32"): ValueRef {
    return this.fixed([value], [], dtype);
  }

  /** A constant of sizes. */
  sizes(values: readonly Size[], shape: readonly number[] = [values.length]): ValueRef {
    return this.#node("Const", [], [[shape, "int32"]], {}, {
      kind: "sizes",
      values: sizesOf(values),
    });
  }

  /** An op with one output. */
  op(
    op: string,
    inputs: readonly ValueRef[],
    shape: readonly Size[],
    attributes: Attributes = { T: FLOAT },
    dtype: ElementType = "float32",
  ): ValueRef {
    return this.#node(op, inputs, [[shape, dtype]], attributes);
  }

  /** An op with several. */
  ops(
    op: string,
    inputs: readonly ValueRef[],
    outputs: readonly (readonly [readonly Size[], ElementType])[],
    attributes: Attributes,
  ): ValueRef[] {
    const { node } = this.#node(op, inputs, outputs, attributes);
    return outputs.map((_, index) => ({ node, index }));
  }

  /** The graph that gives `output`. */
  graph(output: ValueRef): ExportGraph {
    const channels = this.#nodes[output.node]!.outputs[output.index]!.shape[3]!.offset;
    return {
      name: "sketch",
      arch: "Sketch",
      options: {},
      source: "sketch.pth",
      scale: 2,
      inputChannels: this.#channels,
      outputChannels: channels,
      parameters: 0,
      multiple: 1,
      padding: "reflect",
      radius: 1,
      minSize: 1,
      nodes: this.#nodes,
      input: 0,
      output,
    };
  }

  #node(
    op: string,
    inputs: readonly ValueRef[],
    outputs: readonly (readonly [readonly Size[], ElementType])[],
    attributes: Attributes = {},
    constant?: Constant,
  ): ValueRef {
    const node = this.#nodes.length;
    this.#nodes.push({
      op,
      inputs,
      attributes: Object.entries(attributes).map(([name, value]) => attributeOf(name, value)),
      outputs: outputs.map(([shape, dtype]) => ({ shape: sizesOf(shape), dtype })),
      layer: "body.0",
      name: op === "Placeholder" ? "lq" : `body.0/${op}_${node}`,
      ...(constant ? { constant } : {}),
    });
    return { node, index: 0 };
  }
}

/** A graph under construction, made at once; `make` gives its output. */
export function sketch(channels: number, make: (s: Sketch) => ValueRef): ExportGraph {
  const s = new Sketch(channels);
  return s.graph(make(s));
}

function attributeOf(name: string, value: unknown): GraphNode["attributes"][number] {
  if (typeof value === "object" && value !== null && "type" in value) {
    return { name, type: AttrType.TYPE, value: value.type };
  }
  if (typeof value === "boolean") return { name, type: AttrType.BOOL, value };
  if (typeof value === "string") return { name, type: AttrType.STRING, value };
  if (typeof value === "object" && value !== null && "float" in value) {
    return { name, type: AttrType.FLOAT, value: value.float };
  }
  return { name, type: AttrType.INT, value };
}
