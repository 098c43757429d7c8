/**
 * Convolutions of 3x3 with half the multiplications: Winograd's F(4, 3) along the height.
 *
 * An image `[1, h, w, c]` is kept in *phases* `[4, ⌈h / 4⌉, w, c]`: row 4 t + p is `[p, t]`. What four rows of a result need of the
 * image, six rows, are six blocks of whole phases, so that both transforms are products of a small matrix with everything, and
 * between them stand six convolutions with windows of 1x3. Rows behind the last one hold anything but where a convolution looks
 * at them, which finds zeros.
 *
 * Algorithm: A. Lavin, S. Gray, "Fast Algorithms for Convolutional Neural Networks", CVPR 2016,
 * https://arxiv.org/abs/1509.09308
 *
 * @module
 */
import type { OpAttribute } from "./attributes.ts";
import { AttrType, DType } from "./dtypes.ts";
import type { GraphTensor, OpGraph } from "./op_graph.ts";
import { fixedSize, type SizeExpression } from "./size_expressions.ts";

/** Aᵀ: four rows of the result of six products. */
const OUTPUT = [1, 1, 1, 1, 1, 0, 0, 1, -1, 2, -2, 0, 0, 1, 1, 4, 4, 0, 0, 1, -1, 8, -8, 1];

/** Bᵀ: six factors of six rows. */
const INPUT = [
  ...[4, 0, -5, 0, 1, 0],
  ...[0, -4, -4, 1, 1, 0],
  ...[0, 4, -4, -1, 1, 0],
  ...[0, -2, -1, 2, 1, 0],
  ...[0, 2, -1, -2, 1, 0],
  ...[0, 4, 0, -5, 0, 1],
];

/** G: six factors of the three rows of a filter. */
export const FILTER: readonly number[] = [
  ...[1 / 4, 0, 0],
  ...[-1 / 6, -1 / 6, -1 / 6],
  ...[-1 / 6, 1 / 6, -1 / 6],
  ...[1 / 24, 1 / 12, 1 / 6],
  ...[1 / 24, -1 / 12, 1 / 6],
  ...[0, 0, 1],
];

/** Positions of height and width among the symbols of sizes. */
export interface PhaseSymbols {
  /** Of the height. */
  readonly height: number;
  /** Of the width. */
  readonly width: number;
}

/** An image in phases. */
export interface Phases {
  /** `[4, ⌈h / 4⌉, w, channels]`. */
  readonly tensor: GraphTensor;
  /** Channels. */
  readonly channels: number;
  /** Whether rows behind the last one are zeros. */
  readonly clean: boolean;
}

/** Makes phases in one graph. */
export class GraphPhases {
  readonly #graph: OpGraph;
  readonly #sizes: (sizes: readonly SizeExpression[], shape: readonly number[]) => GraphTensor;
  readonly #height: SizeExpression;
  readonly #width: number;
  readonly #made = new Map<string, GraphTensor>();
  /** ⌈h / 4⌉, and how many rows are behind the last one. */
  readonly #steps: SizeExpression;
  readonly #extra: SizeExpression;

  /** For `graph`, where `sizes` makes tensors of sizes. */
  constructor(
    graph: OpGraph,
    sizes: (sizes: readonly SizeExpression[], shape: readonly number[]) => GraphTensor,
    { height, width }: PhaseSymbols,
  ) {
    this.#graph = graph;
    this.#sizes = sizes;
    this.#width = width;
    const quarters = [{ symbol: height, divisor: 4, up: true }];
    this.#height = { scale: 1, factors: [{ symbol: height, divisor: 1, up: false }], offset: 0 };
    this.#steps = { scale: 1, factors: quarters, offset: 0 };
    this.#extra = { scale: 4, factors: quarters, offset: 0, minus: height };
  }

  /** Phases of an image `[1, h, w, channels]`. */
  of(image: GraphTensor, channels: number): Phases {
    const row = this.#columns(channels);
    const padding = this.#list([fixedSize(0), this.#extra, fixedSize(0), fixedSize(0)], [2, 2]);
    const rows = this.#node("Pad", [FLOAT, type("Tpaddings")], [
      this.#reshape(image, [-1, row]),
      padding,
    ]);
    const tensor = this.#reshape(this.#swapped(this.#reshape(rows, [-1, 4, row])), [
      4,
      -1,
      this.#columns(1),
      channels,
    ]);
    return { tensor, channels, clean: true };
  }

  /** The image `[1, h, w, c]`. */
  image({ tensor, channels }: Phases): GraphTensor {
    const row = this.#columns(channels);
    const rows = this.#reshape(this.#swapped(this.#reshape(tensor, [4, -1, row])), [-1, row]);
    const size = this.#list([this.#height, fixedSize(-1)], [2]);
    const kept = this.#slice(rows, this.#ints([0, 0]), size);
    return this.#reshape(kept, [1, -1, this.#columns(1), channels]);
  }

  /** What convolutions are given of phases: `[6 ⌈h / 4⌉, 1, w, c]`. */
  factors({ tensor, channels, clean }: Phases): GraphTensor {
    const row = this.#columns(channels);
    let rows = this.#reshape(tensor, [-1, row]);
    if (!clean) rows = this.#cleaned(rows, channels);
    const zeros = this.#zeros(fixedSize(1), channels);
    const less: SizeExpression = { ...this.#steps, offset: -1 };
    const length = this.#list([less, fixedSize(-1)], [2]);
    const above = this.#slice(
      rows,
      this.#list([{ ...this.#steps, scale: 3 }, fixedSize(0)], [2]),
      length,
    );
    const below = this.#slice(rows, this.#ints([1, 0]), length);
    const blocks = this.#reshape(this.concat([zeros, above, rows, below, zeros], 0), [6, -1]);
    const product = this.#product(INPUT, [6, 6], blocks);
    return this.#reshape(product, [-1, 1, this.#columns(1), channels]);
  }

  /** Tensors put together. */
  concat(parts: readonly GraphTensor[], axis: number): GraphTensor {
    if (parts.length === 1) return parts[0]!;
    return this.#node("ConcatV2", [int("N", parts.length), FLOAT, type("Tidx")], [
      ...parts,
      this.#scalar(axis),
    ]);
  }

  /** What convolutions are given of a filter `[3, 3, in, out]`: `[6, 3, in, out]`. */
  filter(filter: GraphTensor, [, , inputs, outputs]: readonly number[]): GraphTensor {
    const product = this.#product(FILTER, [6, 3], this.#reshape(filter, [3, -1]));
    return this.#reshape(product, [6, 3, inputs!, outputs!]);
  }

  /**
   * A convolution.
   *
   * @param factors What {@linkcode GraphPhases.factors} gave of the image.
   * @param filter What {@linkcode GraphPhases.filter} gave.
   * @param channels Of the result.
   * @param bias Is added, if there is one.
   */
  convolution(
    factors: GraphTensor,
    filter: GraphTensor,
    channels: number,
    bias?: GraphTensor,
  ): Phases {
    const images = this.#split(factors), filters = this.#split(filter);
    const products = images.map((image, i) => {
      const inputs = [image, filters[i]!];
      // The second product is part of all four rows, once.
      return bias !== undefined && i === 1
        ? this.#node("_FusedConv2D", [...WINDOW, ...BIAS], [...inputs, bias])
        : this.#node("Conv2D", WINDOW, inputs);
    });
    const rows = this.#product(OUTPUT, [4, 6], this.#reshape(this.concat(products, 0), [6, -1]));
    const tensor = this.#reshape(rows, [4, -1, this.#columns(1), channels]);
    return { tensor, channels, clean: false };
  }

  /** `rows` `[4 ⌈h / 4⌉, w c]` with zeros behind the last row of the image. */
  #cleaned(rows: GraphTensor, channels: number): GraphTensor {
    const zeros = this.#zeros(this.#extra, channels);
    const inputs = [rows, this.#behind(), zeros];
    return this.#node("TensorScatterUpdate", [FLOAT, type("Tindices")], inputs);
  }

  /** Where the rows behind the last one are: the last ones of the last phases, `[n, 1]`. */
  #behind(): GraphTensor {
    return this.#made.getOrInsertComputed("behind", () => {
      const steps = this.#list([this.#steps], []);
      const last = this.#list([{ ...this.#steps, scale: 4, offset: -1 }], []);
      const count = this.#list([this.#extra], []);
      const range = this.#node("Range", [type("Tidx")], [this.#scalar(0), count, this.#scalar(1)]);
      const back = this.#node("Mul", [type("T")], [range, steps]);
      const rows = this.#node("Sub", [type("T")], [last, back]);
      return this.#node("Reshape", [type("T"), type("Tshape")], [rows, this.#ints([-1, 1])]);
    });
  }

  #split(tensor: GraphTensor): GraphTensor[] {
    const attributes = [int("num_split", 6), FLOAT];
    const op = this.#graph.addNode("Split", attributes, [this.#scalar(0), tensor]);
    return Array.from({ length: 6 }, (_, index) => ({ ...UNKNOWN, op, index }));
  }

  /** The first two axes change places. */
  #swapped(tensor: GraphTensor): GraphTensor {
    return this.#node("Transpose", [FLOAT, type("Tperm")], [tensor, this.#ints([1, 0, 2])]);
  }

  #slice(rows: GraphTensor, begin: GraphTensor, size: GraphTensor): GraphTensor {
    return this.#node("Slice", [FLOAT, type("Index")], [rows, begin, size]);
  }

  #product(values: readonly number[], shape: readonly number[], b: GraphTensor): GraphTensor {
    const a = this.#made.getOrInsertComputed(
      `matrix ${shape}`,
      () => this.#graph.constant(shape, DType.FLOAT, Float32Array.from(values)),
    );
    return this.#node("MatMul", [FLOAT, no("transpose_a"), no("transpose_b")], [a, b]);
  }

  /** Rows of zeros, `[rows, w channels]`. */
  #zeros(rows: SizeExpression, channels: number): GraphTensor {
    return this.#made.getOrInsertComputed(`zeros ${JSON.stringify(rows)} ${channels}`, () => {
      const zero = this.#graph.constant([], DType.FLOAT, Float32Array.of(0));
      const shape = this.#list([rows, this.#columns(channels)], [2]);
      return this.#node("Fill", [FLOAT, type("index_type")], [shape, zero]);
    });
  }

  /** w · `scale`. */
  #columns(scale: number): SizeExpression {
    return { scale, factors: [{ symbol: this.#width, divisor: 1, up: false }], offset: 0 };
  }

  #reshape(tensor: GraphTensor, shape: readonly (number | SizeExpression)[]): GraphTensor {
    const sizes = shape.map((size) => typeof size === "number" ? fixedSize(size) : size);
    return this.#node("Reshape", [FLOAT, type("Tshape")], [
      tensor,
      this.#list(sizes, [sizes.length]),
    ]);
  }

  /** Sizes as a tensor; made once. */
  #list(sizes: readonly SizeExpression[], shape: readonly number[]): GraphTensor {
    const key = `sizes ${JSON.stringify(sizes)} ${shape}`;
    return this.#made.getOrInsertComputed(
      key,
      () =>
        sizes.every(({ factors }) => factors.length === 0)
          ? this.#graph.constant(shape, DType.INT32, Int32Array.from(sizes, ({ offset }) => offset))
          : this.#sizes(sizes, shape),
    );
  }

  #ints(values: readonly number[]): GraphTensor {
    return this.#list(values.map(fixedSize), [values.length]);
  }

  #scalar(value: number): GraphTensor {
    return this.#list([fixedSize(value)], []);
  }

  #node(
    name: string,
    attributes: readonly OpAttribute[],
    inputs: readonly GraphTensor[],
  ): GraphTensor {
    // TensorFlow knows the shapes; nothing here asks for them.
    return { ...UNKNOWN, op: this.#graph.addNode(name, attributes, inputs), index: 0 };
  }
}

const UNKNOWN = { shape: undefined, dtype: DType.FLOAT } as const;

const FLOAT: OpAttribute = { name: "T", type: AttrType.TYPE, value: DType.FLOAT };
const type = (name: string): OpAttribute => ({ name, type: AttrType.TYPE, value: DType.INT32 });
const int = (name: string, value: number): OpAttribute => ({ name, type: AttrType.INT, value });
const no = (name: string): OpAttribute => ({ name, type: AttrType.BOOL, value: false });

/** A window of 1x3, step by step. */
const WINDOW: readonly OpAttribute[] = [
  FLOAT,
  { name: "strides", type: AttrType.INT, value: [1, 1, 1, 1] },
  { name: "padding", type: AttrType.STRING, value: "SAME" },
  { name: "data_format", type: AttrType.STRING, value: "NHWC" },
  { name: "dilations", type: AttrType.INT, value: [1, 1, 1, 1] },
];

/** What makes a convolution one with bias. */
const BIAS: readonly OpAttribute[] = [
  { name: "TArgs", type: AttrType.TYPE, value: [DType.FLOAT] },
  int("num_args", 1),
  int("num_host_args", 0),
  { name: "fused_ops", type: AttrType.STRING, value: ["BiasAdd"] },
];
