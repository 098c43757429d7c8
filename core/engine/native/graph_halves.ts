/**
 * Images of a graph in two halves, for convolutions that are faster that way: see `kernels/split_convolution.ts`.
 *
 * Halves are made once for each image. Those of images that were put together channel by channel, as in dense blocks, are
 * put together from the halves of their parts, so that each part is copied once however many convolutions see it.
 *
 * @module
 */
import type { OpAttribute } from "./attributes.ts";
import { AttrType, DType } from "./dtypes.ts";
import { type GraphTensor, keyOf, type OpGraph } from "./op_graph.ts";

/** Makes halves in one graph. */
export class GraphHalves {
  readonly #graph: OpGraph;
  readonly #parts = new Map<string, readonly GraphTensor[]>();
  readonly #halves = new Map<string, GraphTensor>();
  readonly #made = new Map<string, GraphTensor>();

  /** For `graph`. */
  constructor(graph: OpGraph) {
    this.#graph = graph;
  }

  /** Notes what a node gives, if it puts images together channel by channel. */
  noteResult(name: string, inputs: readonly GraphTensor[], output: GraphTensor): void {
    const axis = inputs.at(-1)?.values?.[0];
    if (name !== "ConcatV2" || output.shape?.length !== 4 || (axis !== 3 && axis !== -1)) return;
    this.#parts.set(keyOf(output), inputs.slice(0, -1));
  }

  /**
   * The upper and the lower half of `image` `[1, h, w, c]`, each with `reach` rows of the other one, and of zeros, above and
   * below: `[2, ⌈h / 2⌉ + 2 reach, w, c]`. Of an odd height the middle row is in both.
   */
  of(image: GraphTensor, reach: number): GraphTensor {
    const key = `${keyOf(image)}:${reach}`;
    let halves = this.#halves.get(key);
    if (halves === undefined) {
      const parts = this.#parts.get(keyOf(image));
      halves = parts
        ? this.#concat(parts.map((part) => this.of(part, reach)), 3)
        : this.#split(image, reach);
      this.#halves.set(key, halves);
    }
    return halves;
  }

  #split(image: GraphTensor, reach: number): GraphTensor {
    const [, height, width, channels] = image.shape as [number, number, number, number];
    const row = width * channels, half = Math.ceil(height / 2);
    const rows = this.#reshape(image, [height, row]);
    const zeros = this.#zeros([reach, row], image.dtype);
    const from = (first: number) =>
      this.#node("Slice", [type("T", image.dtype), type("Index", DType.INT32)], [
        rows,
        this.#ints([first, 0]),
        this.#ints([half + reach, row]),
      ]);
    const all = this.#concat([zeros, from(0), from(height - half - reach), zeros], 0);
    return this.#reshape(all, [2, half + 2 * reach, width, channels]);
  }

  #concat(parts: readonly GraphTensor[], axis: number): GraphTensor {
    return this.#node("ConcatV2", [
      { name: "N", type: AttrType.INT, value: parts.length },
      type("T", parts[0]!.dtype),
      type("Tidx", DType.INT32),
    ], [...parts, this.#graph.constant([], DType.INT32, Int32Array.of(axis))]);
  }

  #reshape(tensor: GraphTensor, shape: readonly number[]): GraphTensor {
    const attributes = [type("T", tensor.dtype), type("Tshape", DType.INT32)];
    return this.#node("Reshape", attributes, [tensor, this.#ints(shape)]);
  }

  /** Zeros; made once for each shape. */
  #zeros(shape: readonly number[], dtype: number): GraphTensor {
    const key = `${dtype}:${shape}`;
    let zeros = this.#made.get(key);
    if (zeros === undefined) {
      const attributes = [type("T", dtype), type("index_type", DType.INT32)];
      zeros = this.#node("Fill", attributes, [this.#ints(shape), this.#cast(dtype)]);
      this.#made.set(key, zeros);
    }
    return zeros;
  }

  /** Zero in another type. */
  #cast(dtype: number): GraphTensor {
    const zero = this.#graph.constant([], DType.FLOAT, Float32Array.of(0));
    if (dtype === DType.FLOAT) return zero;
    return this.#node("Cast", [type("SrcT", DType.FLOAT), type("DstT", dtype)], [zero]);
  }

  #ints(values: readonly number[]): GraphTensor {
    return this.#graph.constant([values.length], DType.INT32, Int32Array.from(values));
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
