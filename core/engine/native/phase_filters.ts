/**
 * Filters as convolutions in phases want them, made once for each value that a variable has; see `graph_phases.ts`.
 *
 * @module
 */
import type { Variable } from "../tf.ts";
import { AttrType, DType } from "./dtypes.ts";
import { FILTER } from "./graph_phases.ts";
import { dataIdOf, idOf, type NodeBackend } from "./node_backend.ts";
import { isResident } from "./residents.ts";

/** Keeps them until it is disposed. */
export class PhaseFilters implements Disposable {
  readonly #backend: NodeBackend;
  readonly #made = new Map<Variable, { readonly dataId: object; readonly id: number }>();

  /** For variables of `backend`. */
  constructor(backend: NodeBackend) {
    this.#backend = backend;
  }

  /**
   * Number in the binding of the filter `[6, 3, in, out]` that `variable` `[3, 3, in, out]` is now.
   *
   * @param own Receives it if the caller has to delete it: of a variable that is changed in place, nobody knows when.
   */
  idOf(variable: Variable, own: number[]): number {
    const dataId = dataIdOf(variable);
    const known = this.#made.get(variable);
    const inPlace = isResident(this.#backend, variable);
    if (known?.dataId === dataId && !inPlace) return known.id;
    if (known) this.#forget(variable, known.id);
    const id = this.#transform(idOf(this.#backend, dataId), variable.shape);
    if (inPlace) own.push(id);
    else this.#made.set(variable, { dataId, id });
    return id;
  }

  /** Releases all; safe to call twice. */
  [Symbol.dispose](): void {
    for (const [variable, { id }] of this.#made) this.#forget(variable, id);
  }

  #forget(variable: Variable, id: number): void {
    this.#backend.binding.deleteEagerly(id);
    this.#made.delete(variable);
  }

  #transform(filter: number, [, , inputs, outputs]: readonly number[]): number {
    const { binding } = this.#backend;
    const temporary: number[] = [];
    const kept = (id: number): number => {
      temporary.push(id);
      return id;
    };
    const float = { name: "T", type: AttrType.TYPE, value: DType.FLOAT };
    const reshaped = (id: number, shape: readonly number[]): number => {
      const sizes = kept(
        binding.createEagerly([shape.length], DType.INT32, Int32Array.from(shape)),
      );
      const attributes = [float, { name: "Tshape", type: AttrType.TYPE, value: DType.INT32 }];
      return binding.executeEagerly("Reshape", attributes, [id, sizes], 1)[0]!.id;
    };
    try {
      const rows = kept(reshaped(filter, [3, 3 * inputs! * outputs!]));
      const matrix = kept(binding.createEagerly([6, 3], DType.FLOAT, Float32Array.from(FILTER)));
      const attributes = ["transpose_a", "transpose_b"].map((name) => ({
        name,
        type: AttrType.BOOL,
        value: false,
      }));
      const [product] = binding.executeEagerly("MatMul", [float, ...attributes], [matrix, rows], 1);
      return reshaped(kept(product!.id), [6, 3, inputs!, outputs!]);
    } finally {
      for (const id of temporary) binding.deleteEagerly(id);
    }
  }
}
