/**
 * The variables of TensorFlow.js while a function is traced: each stands for what the graph holds of it.
 *
 * @module
 */
import { type Tensor, tf, type Variable } from "../tf.ts";
import type { OpAttribute } from "./attributes.ts";
import { TensorMetadata } from "./binding.ts";
import { DType } from "./dtypes.ts";
import type { GraphTensor } from "./op_graph.ts";
import type { GraphVariable } from "./graph_variable.ts";
import { dataIdOf, DTYPES, type NodeBackend } from "./node_backend.ts";
import type { Tracer } from "./trace.ts";

/** Where an input of a traced function comes from. */
export type Source =
  | { readonly kind: "argument"; readonly index: number }
  | { readonly kind: "seed" }
  /** A constant that is another one at every size, see `ShapeTemplate.given`. */
  | { readonly kind: "constant"; readonly node: number }
  /** Its value. */
  | { readonly kind: "variable"; readonly variable: Variable }
  /** Its value, a filter, as convolutions in phases want it, see `PhaseFilters`. */
  | { readonly kind: "filter"; readonly variable: Variable }
  /** The resource that holds it. */
  | { readonly kind: "resource"; readonly variable: Variable }
  | {
    readonly kind: "tensor";
    /** Key of its data. */
    readonly dataId: object;
    readonly shape: readonly number[];
    /** Where it was first used. */
    readonly where: string | undefined;
  };

/** What is known of a variable while a function is traced. */
interface SymbolicVariable {
  /** Its value before. */
  readonly real: Tensor;
  /** Where it is read and written in the graph; absent if it is not of a type for that, and is passed by value. */
  readonly inGraph?: GraphVariable;
  /** Data of the symbol that stands for what the graph holds. */
  symbol: object;
  isChanged: boolean;
}

/** All variables, each with an input of the graph. */
export class SymbolicVariables {
  readonly #backend: NodeBackend;
  readonly #tracer: Tracer<Source>;
  readonly #entries = new Map<Variable, SymbolicVariable>();
  readonly #real: Tensor[] = [];
  /** Variables that were made while tracing. */
  made = 0;
  /** Their size. */
  madeBytes = 0;

  /** Creates it without variables. */
  constructor(backend: NodeBackend, tracer: Tracer<Source>) {
    this.#backend = backend;
    this.#tracer = tracer;
  }

  /** Takes the variable's real value aside. */
  add(variable: Variable): void {
    const { shape, dtype } = variable;
    const engine = tf.engine();
    const dataId = dataIdOf(variable);
    this.#backend.incRef(dataId);
    const real = tf.keep(engine.makeTensorFromTensorInfo({ dataId, shape, dtype }));
    this.#real.push(real);
    // Only float32 has all the kernels that resources need, on CPU and GPU.
    const inGraph = dtype === "float32"
      ? this.#tracer.variable(shape, DType.FLOAT, { kind: "resource", variable })
      : undefined;
    const id = inGraph
      ? this.#tracer.declareRead(inGraph)
      : this.#tracer.declare(shape, DTYPES[dtype], { kind: "variable", variable });
    const symbol = this.#point(variable, id);
    this.#entries.set(variable, { real, inGraph, symbol, isChanged: false });
  }

  /** Gives a variable that was made while tracing its initial value for real; that must be a constant. */
  adopt(variable: Variable): void {
    const { tensorMap, binding } = this.#backend;
    const { id, values } = tensorMap.get(dataIdOf(variable));
    const initial = values ?? this.#tracer.constantValues(id);
    if (initial === undefined) {
      variable.dispose();
      this.#tracer.refuse("a variable is made of a computed value: make it before");
    }
    binding.redirect(undefined);
    const real = tf.tensor(initial as Float32Array, variable.shape, variable.dtype);
    binding.redirect(this.#tracer);
    variable.assign(real);
    real.dispose();
    this.made++;
    this.madeBytes += variable.size * tf.util.bytesPerElement(variable.dtype);
  }

  /** See `updateInPlace` of `trace_scope.ts`. */
  update(
    name: string,
    attributes: readonly OpAttribute[],
    variables: readonly Variable[],
    inputs: readonly Tensor[],
  ): boolean {
    const entries = variables.map((variable) => this.#entries.get(variable));
    if (!entries.every((entry) => entry?.inGraph !== undefined)) return false;
    const ids = this.#backend.getInputTensorIds(inputs);
    const known = entries as (SymbolicVariable & { readonly inGraph: GraphVariable })[];
    known.forEach((entry, i) => this.#flush(variables[i]!, entry));
    this.#tracer.update(name, attributes, known.map(({ inGraph }) => inGraph), ids);
    known.forEach((entry, i) => {
      entry.symbol = this.#point(variables[i]!, this.#tracer.declareRead(entry.inGraph));
      entry.isChanged = true;
    });
    return true;
  }

  /** Writes what the function has assigned; those that are passed by value are left to be outputs. */
  finish(): { readonly assigned: readonly Variable[]; readonly changed: ReadonlySet<Variable> } {
    const assigned: Variable[] = [];
    const changed = new Set<Variable>();
    const values = new Map<GraphVariable, GraphTensor>();
    for (const [variable, entry] of this.#entries) {
      if (variable.isDisposed) {
        this.#tracer.refuse(`variable ${variable.name} is disposed: do that outside`);
      }
      const isAssigned = dataIdOf(variable) !== entry.symbol;
      if (isAssigned && entry.inGraph === undefined) assigned.push(variable);
      if (isAssigned && entry.inGraph !== undefined) {
        // Taken before anything is written: the value of one may be what another held.
        const [id] = this.#backend.getInputTensorIds([variable]);
        values.set(entry.inGraph, this.#tracer.floatTensor(id!));
      }
      if (entry.inGraph !== undefined && (isAssigned || entry.isChanged)) changed.add(variable);
    }
    for (const [inGraph, value] of values) inGraph.assign(value);
    return { assigned, changed };
  }

  /** Gives all variables their real values back. */
  restore(): void {
    for (const [variable, { real }] of this.#entries) {
      if (!variable.isDisposed) variable.assign(real);
    }
  }

  /** Releases what {@linkcode add} has taken aside. */
  release(): void {
    for (const real of this.#real) real.dispose();
  }

  /** Lets the variable stand for the tensor `id` of the trace. */
  #point(variable: Variable, id: number): object {
    const { shape, dtype } = variable;
    const metadata = new TensorMetadata(id, [...shape], DTYPES[dtype]);
    const symbol = this.#backend.createOutputTensor(metadata);
    variable.assign(symbol);
    symbol.dispose();
    return dataIdOf(variable);
  }

  /** Before a write in place: what was assigned is written, and what others hold of the old value is read. */
  #flush(variable: Variable, entry: SymbolicVariable & { readonly inGraph: GraphVariable }): void {
    const dataId = dataIdOf(variable);
    const { id, refCount } = this.#backend.tensorMap.get(dataId);
    if (dataId !== entry.symbol) {
      const [value] = this.#backend.getInputTensorIds([variable]);
      entry.inGraph.assign(this.#tracer.floatTensor(value!));
    } else if (refCount > 1) {
      this.#tracer.tensor(id);
    }
  }
}
