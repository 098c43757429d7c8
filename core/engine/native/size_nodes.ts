/**
 * Nodes that compute sizes from those of a graph's inputs; each is made once.
 *
 * @module
 */
import type { OpAttribute } from "./attributes.ts";
import { AttrType, DType } from "./dtypes.ts";
import type { GraphTensor, OpGraph } from "./op_graph.ts";
import { computeSize } from "./size_arithmetic.ts";
import type { SizeExpression, SizeSymbol } from "./size_expressions.ts";

const INT = DType.INT32;
const T: OpAttribute = { name: "T", type: AttrType.TYPE, value: INT };

/** Makes such nodes in one graph. */
export class SizeNodes {
  readonly #graph: OpGraph;
  readonly #images: readonly GraphTensor[];
  readonly #symbols: readonly SizeSymbol[];
  readonly #made = new Map<string, GraphTensor>();
  readonly #tensors = new Map<readonly SizeExpression[], GraphTensor>();
  readonly #shapes = new Map<number, readonly GraphTensor[]>();

  /** For `graph`; the symbols are sizes of `images`. */
  constructor(
    graph: OpGraph,
    images: readonly GraphTensor[],
    symbols: readonly SizeSymbol[],
  ) {
    this.#graph = graph;
    this.#images = images;
    this.#symbols = symbols;
  }

  /** Numbers as a tensor of `shape`. */
  tensor(sizes: readonly SizeExpression[], shape: readonly number[], dtype: number): GraphTensor {
    return this.#tensors.getOrInsertComputed(sizes, () => this.#make(sizes, shape, dtype));
  }

  #make(sizes: readonly SizeExpression[], shape: readonly number[], dtype: number): GraphTensor {
    return this.#made.getOrInsertComputed(JSON.stringify([sizes, shape, dtype]), () => {
      const scalars = sizes.map((size) => this.#scalar(size));
      let result = scalars[0]!;
      if (shape.length > 0) {
        result = this.#node("Pack", [
          { name: "N", type: AttrType.INT, value: scalars.length },
          T,
          { name: "axis", type: AttrType.INT, value: 0 },
        ], scalars);
      }
      if (shape.length > 1) {
        const whole = this.#graph.constant([shape.length], INT, Int32Array.from(shape));
        result = this.#node("Reshape", [T, type("Tshape", INT)], [result, whole]);
      }
      return dtype === INT
        ? result
        : this.#node("Cast", [type("SrcT", INT), type("DstT", dtype)], [result]);
    });
  }

  #scalar(size: SizeExpression): GraphTensor {
    return this.#made.getOrInsertComputed(JSON.stringify(size), () =>
      computeSize(size, {
        int: (value) => this.#int(value),
        symbol: (position) => this.#size(position),
        op: (name, a, b) => this.#arithmetic(name, a, b),
        divide: (value, divisor, up) => {
          const whole = up ? this.#arithmetic("AddV2", value, this.#int(divisor - 1)) : value;
          return this.#arithmetic("FloorDiv", whole, this.#int(divisor));
        },
      }));
  }

  #arithmetic(name: string, a: GraphTensor, b: GraphTensor): GraphTensor {
    const key = [name, ...[a, b].map(({ op, index }) => `${op}:${index}`)].join(" ");
    return this.#made.getOrInsertComputed(key, () => this.#node(name, [T], [a, b]));
  }

  #size(symbol: number): GraphTensor {
    const { argument, axis } = this.#symbols[symbol]!;
    let sizes = this.#shapes.get(argument);
    if (sizes === undefined) {
      const image = this.#images[argument]!;
      const shape = this.#node("Shape", [type("T", image.dtype), type("out_type", INT)], [image]);
      sizes = this.#graph.add("Unpack", [
        { name: "num", type: AttrType.INT, value: image.shape!.length },
        T,
        { name: "axis", type: AttrType.INT, value: 0 },
      ], [shape]);
      this.#shapes.set(argument, sizes);
    }
    return sizes[axis]!;
  }

  #int(value: number): GraphTensor {
    return this.#made.getOrInsertComputed(
      `int ${value}`,
      () => this.#graph.constant([], INT, Int32Array.of(value)),
    );
  }

  #node(
    name: string,
    attributes: readonly OpAttribute[],
    inputs: readonly GraphTensor[],
  ): GraphTensor {
    return this.#graph.add(name, attributes, inputs)[0]!;
  }
}

const type = (name: string, value: number): OpAttribute => ({ name, type: AttrType.TYPE, value });
