/**
 * Lets TensorFlow.js run a function symbolically: its tensors have no values, its variables are inputs of a graph, and
 * afterwards TensorFlow.js is as it was before.
 *
 * @module
 */
import type { DataType, Tensor, Variable } from "../tf.ts";
import { tf } from "../tf.ts";
import type { OpAttribute } from "./attributes.ts";
import { TensorMetadata } from "./binding.ts";
import { AttrType, DType } from "./dtypes.ts";
import type { GraphTensor } from "./op_graph.ts";
import {
  dataIdOf,
  dtypeOf,
  DTYPES,
  type NodeBackend,
  nodeBackend,
  type TensorRecord,
} from "./node_backend.ts";
import { type Source, SymbolicVariables } from "./symbolic_variables.ts";
import { stackLines, TraceError, type TraceOptions, Tracer, whereInUserCode } from "./trace.ts";

/** A function as a graph. Dispose the tracer when the graph is no longer needed. */
export interface Trace<R> {
  /** Owner of the graph. */
  readonly tracer: Tracer<Source>;
  /** What the function returned. */
  readonly result: R;
  /** The tensors that `results` picked, then the new values of `assigned`. */
  readonly outputs: readonly GraphTensor[];
  /** Variables that the function assigns to, whose values are among the outputs. */
  readonly assigned: readonly Variable[];
  /** Variables that the function changes in place. */
  readonly changed: ReadonlySet<Variable>;
}

/** While a function is traced: the image `x` in two halves, see `GraphHalves.of`; undefined else. */
export function tracedHalves(x: Tensor, reach: number): Tensor | undefined {
  if (active === undefined) return undefined;
  const backend = nodeBackend()!;
  const [id] = backend.getInputTensorIds([x]);
  return backend.createOutputTensor(active.tracer.halves(id!, reach));
}

/** While a function is traced: height and width of images whose convolutions are left whole, see `OpGraph.wholeAt`. */
export function tracedWholeAt(): readonly [number, number] | undefined {
  return active?.tracer.graph.wholeAt;
}

let active: { readonly tracer: Tracer<Source>; readonly variables: SymbolicVariables } | undefined;

/** True while a function is traced. */
export function isTracing(): boolean {
  return active !== undefined;
}

/**
 * While a function is traced: records the op `name`, which changes `variables` in place and takes `inputs` besides them.
 *
 * @returns False if nothing is traced, or a variable is not one that can be changed in place: then it has to be computed
 * and assigned.
 */
export function updateInPlace(
  name: string,
  attributes: readonly OpAttribute[],
  variables: readonly Variable[],
  inputs: readonly Tensor[],
): boolean {
  return active?.variables.update(name, attributes, variables, inputs) ?? false;
}

/**
 * `x` itself; while a function is traced a node of its own, which comes to be only when `after` is computed. What is
 * computed from it cannot be merged with what is computed from `x`, nor begin earlier.
 */
export function heldBack<T extends Tensor>(x: T, after: Tensor): T {
  if (active === undefined) return tf.clone(x);
  const backend = nodeBackend()!;
  const [id, afterId] = backend.getInputTensorIds([x, after]);
  const dtype = { name: "T", type: AttrType.TYPE, value: DTYPES[x.dtype] };
  const [copy] = active.tracer.executeOp("Identity", [dtype], [id!], 1, [afterId!]);
  return backend.createOutputTensor(copy!) as T;
}

/** Functions of tfjs that draw random numbers on the host, or with a seed of the host. */
const RANDOM =
  /\b(randomUniform|randomUniformInt|randomNormal|randomStandardNormal|randomGamma|truncatedNormal|rand|multinomial|dropout)_?_?(op)?\b.*node_modules/;

/**
 * Runs `fn` symbolically, with tensors like `args` and one int32 `[2]` for a seed.
 *
 * @param results Picks the tensors of the result.
 * @throws {TraceError} If `fn` does what cannot be recorded.
 */
export function trace<R>(
  backend: NodeBackend,
  args: readonly { readonly shape: readonly number[]; readonly dtype: DataType }[],
  fn: (args: Tensor[], seed: Tensor) => R,
  results: (result: R) => Tensor[],
  options: TraceOptions = {},
): Trace<R> {
  if (active) throw new TraceError("a compiled function cannot be compiled while another one is");
  const { binding } = backend;
  const tracer = new Tracer<Source>(binding.library, options);
  const engine = tf.engine();
  const { numTensors, numBytes, activeTape } = engine.state;
  const variables = new SymbolicVariables(backend, tracer);
  const patch = new BackendPatch(backend, tracer, variables);
  let outcome!: Trace<R>; // unless an error is on its way
  let left: object[] = [];
  engine.startScope("trace");
  const previous = binding.redirect(tracer);
  patch.install();
  active = { tracer, variables };
  try {
    for (const variable of Object.values(engine.registeredVariables)) variables.add(variable);
    const symbols = args.map(({ shape, dtype }, index) =>
      symbol(backend, tracer, shape, dtype, { kind: "argument", index })
    );
    const seed = symbol(backend, tracer, [2], "int32", { kind: "seed" });
    const result = fn(symbols, seed);
    if (result instanceof Promise) {
      result.catch(() => {}); // what it does later is of no interest
      tracer.refuse("the function is asynchronous: do what has to be awaited outside");
    }
    const picked = backend.getInputTensorIds(results(result));
    // Read before they are written: a result may be the value that a variable had.
    for (const id of picked) tracer.tensor(id);
    const { assigned, changed } = variables.finish();
    const outputs = tracer.outputs([...picked, ...backend.getInputTensorIds(assigned)]);
    if (tracer.refusal) throw tracer.refusal;
    outcome = { tracer, result, outputs, assigned, changed };
  } finally {
    variables.restore();
    engine.endScope();
    variables.release();
    active = undefined;
    patch[Symbol.dispose]();
    left = patch.leftovers();
    for (const dataId of left) {
      backend.disposeData(dataId, true);
      engine.removeDataId(dataId, engine.backend);
    }
    binding.redirect(previous);
    if (!outcome || left.length > 0) {
      // An error in a gradient leaves tensors of its tape behind.
      engine.state.numTensors = numTensors + variables.made;
      engine.state.numBytes = numBytes + variables.madeBytes;
      engine.state.activeTape = activeTape;
      tracer[Symbol.dispose]();
    }
  }
  if (left.length > 0) {
    throw new TraceError(
      `this cannot be compiled: ${left.length} tensors that the function makes stay behind after it ` +
        "(tf.keep, or stored outside of it): return them, or make them before",
    );
  }
  return outcome;
}

/** While it is there, the backend tells apart what is recorded and what comes from outside. */
class BackendPatch implements Disposable {
  readonly #created = new Set<object>();
  readonly #captured = new Map<object, number>();
  #restore = (): void => {};
  readonly #variables: SymbolicVariables;
  readonly #backend: NodeBackend;
  readonly #tracer: Tracer<Source>;
  /** True while something is done for real. */
  #suspended = false;
  /** True once a random number has been drawn since the last tensor was made. */
  #drewNumber = false;

  constructor(backend: NodeBackend, tracer: Tracer<Source>, variables: SymbolicVariables) {
    this.#backend = backend;
    this.#tracer = tracer;
    this.#variables = variables;
  }

  /** Takes the backend over until it is disposed. */
  install(): void {
    const backend = this.#backend, tracer = this.#tracer, variables = this.#variables;
    const { tensorMap } = backend;
    const engine = tf.engine();
    const { getInputTensorIds, readSync, read } = backend;
    const { set } = tensorMap;
    const { makeVariable } = engine;
    const { random } = Math;
    // Every generator of TensorFlow.js that is given no seed takes one from here.
    Math.random = () => {
      this.#drewNumber = true;
      return random();
    };
    tensorMap.set = (dataId, record) => {
      if (!this.#suspended) {
        this.#created.add(dataId);
        if (record.values && (this.#drewNumber || !isSmall(record))) this.#refuseRandom();
        this.#drewNumber = false;
      }
      set.call(tensorMap, dataId, record);
    };
    backend.getInputTensorIds = (tensors) =>
      tensors.map((tensor) => {
        const dataId = dataIdOf(tensor);
        // An Int64Scalar of tfjs-node is no tensor and has no data.
        return dataId === undefined || this.#created.has(dataId)
          ? getInputTensorIds.call(backend, [tensor])[0]!
          : this.#capture(tensor);
      });
    backend.readSync = (dataId) => {
      const { values, id } = tensorMap.get(dataId);
      if (this.#created.has(dataId) && values) return values;
      return tracer.tensorDataSync(id) as Float32Array;
    };
    // Not awaited by everybody: the refusal is noted, the promise need not be rejected as well.
    backend.read = (dataId) => Promise.resolve(backend.readSync(dataId));
    // It reads the indices to check them, as TensorFlow does anyhow.
    const gather = tf.getKernel("GatherV2", tf.getBackend());
    const { kernelFunc } = gather;
    const reading = backend.readSync;
    gather.kernelFunc = (params) => {
      backend.readSync = () => new Int32Array(0);
      try {
        return kernelFunc(params);
      } finally {
        backend.readSync = reading;
      }
    };
    engine.makeVariable = (...args) => {
      const variable = makeVariable.apply(engine, args);
      this.#suspended = true;
      try {
        variables.adopt(variable);
      } finally {
        this.#suspended = false;
      }
      variables.add(variable);
      return variable;
    };
    this.#restore = () => {
      Math.random = random;
      tensorMap.set = set;
      backend.getInputTensorIds = getInputTensorIds;
      backend.readSync = readSync;
      backend.read = read;
      engine.makeVariable = makeVariable;
      gather.kernelFunc = kernelFunc;
    };
  }

  /** Data that was made while tracing and is still there. */
  leftovers(): object[] {
    return [...this.#created].filter((dataId) => this.#backend.tensorMap.has(dataId));
  }

  [Symbol.dispose](): void {
    this.#restore();
  }

  /** A tensor from outside becomes an input. */
  #capture(tensor: Tensor): number {
    const dataId = dataIdOf(tensor);
    let id = this.#captured.get(dataId);
    if (id === undefined) {
      const { shape } = tensor;
      const dtype = dtypeOf(this.#backend, dataId);
      const where = whereInUserCode();
      id = this.#tracer.declare(shape, dtype, { kind: "tensor", dataId, shape, where });
      this.#captured.set(dataId, id);
    }
    return id;
  }

  #refuseRandom(): void {
    const name = stackLines(16).map((line) => RANDOM.exec(line)?.[1]).find(Boolean);
    if (name === undefined) return;
    this.#tracer.refuse(
      `tf.${name} draws its numbers once, while the function is recorded, and they would never change: take ` +
        "randomUniform(), randomNormal() or dropout() of core/engine/random_ops.ts",
    );
  }
}

/** Axes, shapes, factors and kin, of which there are thousands: not worth a look at the stack. */
function isSmall({ dtype, values }: TensorRecord): boolean {
  return values!.length <= (dtype === DType.INT32 ? 8 : 1);
}

/** A tensor without values. */
function symbol(
  backend: NodeBackend,
  tracer: Tracer<Source>,
  shape: readonly number[],
  dtype: DataType,
  source: Source,
): Tensor {
  const number = DTYPES[dtype];
  const id = tracer.declare(shape, number, source);
  return backend.createOutputTensor(new TensorMetadata(id, [...shape], number));
}
