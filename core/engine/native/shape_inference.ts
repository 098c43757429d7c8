/**
 * Shapes and types of what ops give, without building a graph of them: TensorFlow is asked once for each combination of an op,
 * its attributes and what it takes, of which a network has few.
 *
 * @module
 */
import type { OpAttribute } from "./attributes.ts";
import { Graph } from "./graph.ts";
import type { OpDef } from "./graph_op_def.ts";
import type { NativeLibrary } from "./native_library.ts";
import type { GraphTensor } from "./op_graph.ts";

/** Shape and type of a result. */
export type Result = Pick<GraphTensor, "shape" | "dtype">;

/** The scratch graph is made anew after so many nodes, and what is known is forgotten after so many combinations. */
const MAX_NODES = 20_000, MAX_KNOWN = 100_000;

const byLibrary = new WeakMap<NativeLibrary, ShapeInference>();

/** Infers shapes with one library. */
export class ShapeInference {
  readonly #library: NativeLibrary;
  readonly #known = new Map<string, readonly Result[]>();
  #scratch: Graph;

  private constructor(library: NativeLibrary) {
    this.#library = library;
    this.#scratch = new Graph(library);
  }

  /** That of `library`; what it has learned serves all traces. */
  static of(library: NativeLibrary): ShapeInference {
    let inference = byLibrary.get(library);
    if (!inference) byLibrary.set(library, inference = new ShapeInference(library));
    return inference;
  }

  /** TensorFlow's definition of the op `name`. */
  definition(name: string): OpDef {
    return this.#scratch.definition(name);
  }

  /**
   * What the op `name` gives. Of its inputs shape, type and, if they have any, values count.
   *
   * @param key Text that stands for `attributes`.
   * @throws {NativeError} With TensorFlow's message, if the inputs do not fit.
   */
  results(
    name: string,
    attributes: readonly OpAttribute[],
    key: string,
    inputs: readonly GraphTensor[],
  ): readonly Result[] {
    let full = `${name} ${key}`;
    for (const { shape, dtype, values } of inputs) full += `;${dtype}[${shape}]${values ?? ""}`;
    let results = this.#known.get(full);
    if (results === undefined) {
      if (this.#scratch.size > MAX_NODES) this.#renew();
      if (this.#known.size > MAX_KNOWN) this.#known.clear();
      const scratch = this.#scratch;
      const given = inputs.map(({ shape, dtype, values }) =>
        values === undefined
          ? scratch.placeholder(shape ?? [], dtype)
          : scratch.constant(shape!, dtype, values)
      );
      try {
        results = scratch.add(name, attributes, given).map(({ shape, dtype }) => ({
          shape,
          dtype,
        }));
      } catch (error) {
        this.#renew(); // its status keeps the error
        throw error;
      }
      this.#known.set(full, results);
    }
    return results;
  }

  #renew(): void {
    this.#scratch[Symbol.dispose]();
    this.#scratch = new Graph(this.#library);
  }
}
