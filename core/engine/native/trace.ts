/**
 * Records the ops of TensorFlow.js into a graph, in place of executing them.
 *
 * @module
 */
import type { OpAttribute } from "./attributes.ts";
import { type OpTarget, TensorMetadata } from "./binding.ts";
import { AttrType, DType, type NumberArray } from "./dtypes.ts";
import { Graph } from "./graph.ts";
import { GraphHalves } from "./graph_halves.ts";
import { GraphVariable, update } from "./graph_variable.ts";
import { MixedPrecision } from "./policy.ts";
import type { NativeLibrary } from "./native_library.ts";
import { type GraphTensor, keyOf, type OpGraph } from "./op_graph.ts";
import type { TensorData } from "./tensors.ts";

/** Numbers of recorded tensors start here, far above those of the binding. */
const FIRST_ID = 2 ** 40;

/** A function does something that cannot be recorded; the message says what, where, and what to do instead. */
export class TraceError extends Error {
  /** `TraceError`. */
  override readonly name: string = "TraceError";
}

/** An input of a trace: where its value comes from is the caller's business. */
export interface TraceInput<Source> {
  /** The placeholder. */
  readonly tensor: GraphTensor;
  /** What was given to {@linkcode Tracer.declare}. */
  readonly source: Source;
}

/** How to record. */
export interface TraceOptions {
  /** `TF_DataType` of the low precision (BFLOAT16 or HALF); absent for float32 throughout. */
  readonly low?: number;
  /** Kind of device that it will run on, `CPU` or `GPU`. Default `CPU`. */
  readonly device?: string;
  /** Where to; default a new {@linkcode Graph}. The tracer owns it from then on. */
  readonly graph?: OpGraph;
}

/** Records into a graph, which it owns. `Source` describes an input. */
export class Tracer<Source> implements OpTarget, Disposable {
  readonly #tensors = new Map<number, GraphTensor>();
  readonly #reads = new Map<number, GraphVariable>();
  readonly #variables: GraphVariable[] = [];
  readonly #precision: MixedPrecision | undefined;
  readonly #halves: GraphHalves;
  /** What convolutions of half images gave, by the whole image that was made of it. */
  readonly #views = new Map<string, GraphTensor>();
  readonly #declared = new Map<number, readonly [readonly number[], number, Source]>();
  readonly #values = new Map<number, NumberArray>();
  readonly #inputs: TraceInput<Source>[] = [];
  #next = FIRST_ID;
  /** The graph. */
  readonly graph: OpGraph;
  /** The first thing that was refused; it counts even if the traced code has caught the error. */
  refusal: TraceError | undefined;

  /** Creates an empty trace. */
  constructor(library: NativeLibrary, options: TraceOptions = {}) {
    const { low, device = "CPU", graph = new Graph(library) } = options;
    this.graph = graph;
    this.#halves = new GraphHalves(this.graph);
    if (low !== undefined) {
      this.#precision = new MixedPrecision(library, this.graph, device, low);
    }
  }

  /** Inputs that something depends on. */
  get inputs(): readonly TraceInput<Source>[] {
    return this.#inputs;
  }

  /** True if `id` is a tensor of a trace, this or another. */
  static isTraced(id: number): boolean {
    return id >= FIRST_ID;
  }

  /** Gives a tensor from outside a number; it becomes an input of the graph when an op takes it. */
  declare(shape: readonly number[], dtype: number, source: Source): number {
    const id = this.#next++;
    this.#declared.set(id, [shape, dtype, source]);
    return id;
  }

  /** A variable that the graph reads and writes in place; its resource becomes an input when something needs it. */
  variable(shape: readonly number[], dtype: number, source: Source): GraphVariable {
    const variable = new GraphVariable(
      this.graph,
      shape,
      dtype,
      (tensor) => this.#inputs.push({ tensor, source }),
    );
    this.#variables.push(variable);
    return variable;
  }

  /** A number for the value that `variable` has now; it is read when an op takes it, and before the next write. */
  declareRead(variable: GraphVariable): number {
    const id = this.#next++;
    this.#reads.set(id, variable);
    return id;
  }

  /**
   * Records an op that changes `variables` in place: it takes their resources, then `inputs`, in float32.
   */
  update(
    name: string,
    attributes: readonly OpAttribute[],
    variables: readonly GraphVariable[],
    inputs: readonly number[],
  ): void {
    update(this.graph, name, attributes, variables, inputs.map((id) => this.floatTensor(id)));
  }

  /** Nodes that change variables, to be run even though nothing takes a result of theirs. */
  get effects(): bigint[] {
    const effects = new Set<bigint>();
    for (const { written } of this.#variables) if (written !== undefined) effects.add(written);
    return [...effects];
  }

  /** The graph's tensor of number `id`, in float32 if it was computed in less. */
  floatTensor(id: number): GraphTensor {
    const tensor = this.tensor(id);
    return this.#precision?.toFloat(tensor) ?? tensor;
  }

  /** The graph's tensor of number `id`. */
  tensor(id: number): GraphTensor {
    let tensor = this.#tensors.get(id);
    if (tensor) return tensor;
    const variable = this.#reads.get(id);
    if (variable) {
      tensor = variable.read();
      this.#precision?.noteParameter(tensor);
      this.#tensors.set(id, tensor);
      this.#reads.delete(id);
      return tensor;
    }
    const declared = this.#declared.get(id);
    if (!declared) {
      this.refuse(
        Tracer.isTraced(id)
          ? "a tensor of another compiled call is used, for example one that was kept in a field: compute it anew"
          : `tensor ${id} of the engine is used, which did not come through TensorFlow.js`,
      );
    }
    const [shape, dtype, source] = declared;
    tensor = this.graph.placeholder(shape, dtype);
    this.#tensors.set(id, tensor);
    this.#inputs.push({ tensor, source });
    return tensor;
  }

  /**
   * {@inheritDoc OpTarget.executeOp}
   *
   * @param after Tensors that have to be computed before the op begins, besides those that it takes.
   */
  executeOp(
    name: string,
    attributes: readonly OpAttribute[],
    inputs: readonly number[],
    numOutputs: number,
    after: readonly number[] = [],
  ): TensorMetadata[] {
    if (this.graph.definition(name).isStateful) {
      this.refuse(
        `${name} does not give the same result for the same inputs; for random numbers take ` +
          "randomUniform() and randomNormal() of core/engine/random_ops.ts",
      );
    }
    const given = inputs.map((id) => this.tensor(id));
    const view = after.length === 0 && PER_CHANNEL.has(name) && this.#views.get(keyOf(given[0]!));
    if (view) {
      // Behind the convolution itself TensorFlow can make one op of both; the other shape comes after.
      const { shape } = given[0]!;
      const [y] = this.#record(name, attributes, [view, ...given.slice(1)], []);
      return [this.#metadata(name, this.#reshaped(y!, shape!))];
    }
    if (after.length === 0 && changesNothing(name, attributes, given)) {
      const [x] = given as [GraphTensor];
      return [this.#metadata(name, x)];
    }
    const nodes = after.map((id) => this.tensor(id).op);
    const outputs = this.#record(name, attributes, given, nodes);
    if (name === "Reshape" && isSplitConvolution(given[0]!, outputs[0]!)) {
      this.#views.set(keyOf(outputs[0]!), given[0]!);
    }
    return outputs.slice(0, numOutputs).map((output) => this.#metadata(name, output));
  }

  #record(
    name: string,
    attributes: readonly OpAttribute[],
    inputs: readonly GraphTensor[],
    after: readonly bigint[],
  ): GraphTensor[] {
    const node = this.#precision?.prepare(name, attributes, inputs) ?? { attributes, inputs };
    const outputs = this.graph.add(name, node.attributes, node.inputs, after);
    if (outputs[0]) {
      this.#precision?.noteResult(name, node, outputs[0]);
      this.#halves.noteResult(name, node.inputs, outputs[0]);
    }
    return outputs;
  }

  /** `tensor` as `shape`, noted as another view of it. */
  #reshaped(tensor: GraphTensor, shape: readonly number[]): GraphTensor {
    const sizes = this.graph.constant([shape.length], DType.INT32, Int32Array.from(shape));
    const [result] = this.graph.add("Reshape", [
      { name: "T", type: AttrType.TYPE, value: tensor.dtype },
      { name: "Tshape", type: AttrType.TYPE, value: DType.INT32 },
    ], [tensor, sizes]);
    this.#views.set(keyOf(result!), tensor);
    return result!;
  }

  #metadata(name: string, output: GraphTensor): TensorMetadata {
    const { shape, dtype } = output;
    if (shape === undefined || shape.includes(-1)) {
      this.refuse(
        `the shape of the result of ${name} depends on values: compute it outside, or with a mask ` +
          "of fixed shape",
      );
    }
    // TensorFlow.js knows float32 alone: how a tensor is computed is no business of the function.
    const seen = isLow(dtype) ? DType.FLOAT : dtype;
    return new TensorMetadata(this.#adopt(output), [...shape], seen);
  }

  /** The image `id` in two halves, see {@linkcode GraphHalves.of}. */
  halves(id: number, reach: number): TensorMetadata {
    return this.#metadata("halves", this.#halves.of(this.tensor(id), reach));
  }

  /** {@inheritDoc OpTarget.createTensor} */
  createTensor(shape: readonly number[], dtype: number, values: TensorData): number {
    if (Array.isArray(values) || dtype === DType.STRING) {
      this.refuse("a string tensor is created: create it outside");
    }
    const id = this.#adopt(this.graph.constant(shape, dtype, values));
    this.#values.set(id, values);
    return id;
  }

  /** {@inheritDoc OpTarget.deleteTensor} */
  deleteTensor(id: number): void {
    if (!Tracer.isTraced(id)) {
      this.refuse("a tensor from outside is disposed: what a function is given is only borrowed");
    }
    this.#tensors.delete(id);
    this.#declared.delete(id);
    this.#reads.delete(id);
    this.#values.delete(id);
  }

  /** {@inheritDoc OpTarget.tensorDataSync} */
  tensorDataSync(id: number): TensorData {
    return this.constantValues(id) ?? this.refuse(
      "a tensor is read (data, dataSync, array, print), but it has no values while the function is recorded: " +
        "return it and read the result, or pass what you need as an argument",
    );
  }

  /** What the tensor holds if it is a constant. */
  constantValues(id: number): NumberArray | undefined {
    return this.#values.get(id);
  }

  /**
   * Prepares tensors to be results: an input, or one that is there twice, gets a node of its own.
   */
  outputs(ids: readonly number[]): GraphTensor[] {
    const placeholders = new Set<bigint>();
    const results = ids.map((id) => this.floatTensor(id));
    for (const { tensor } of this.#inputs) placeholders.add(tensor.op);
    const taken = new Set<string>();
    return results.map((tensor) => {
      const key = keyOf(tensor);
      if (!placeholders.has(tensor.op) && !taken.has(key)) {
        taken.add(key);
        return tensor;
      }
      const attributes = [{ name: "T", type: AttrType.TYPE, value: tensor.dtype }];
      return this.graph.add("Identity", attributes, [tensor])[0]!;
    });
  }

  /**
   * Refuses to go on.
   *
   * @throws {TraceError} Always.
   */
  refuse(what: string): never {
    const error = new TraceError(`this cannot be compiled: ${what}${at(whereInUserCode())}`);
    this.refusal ??= error;
    throw error;
  }

  /** Deletes the graph; safe to call twice. */
  [Symbol.dispose](): void {
    this.graph[Symbol.dispose]();
  }

  #adopt(tensor: GraphTensor): number {
    const id = this.#next++;
    this.#tensors.set(id, tensor);
    return id;
  }
}

const isLow = (dtype: number): boolean => dtype === DType.BFLOAT16 || dtype === DType.HALF;

/** Ops whose result does not depend on where a pixel lies. */
const PER_CHANNEL = new Set(["BiasAdd", "LeakyRelu", "Relu", "Relu6", "Sigmoid", "Tanh"]);

/** True if two halves `[2, h / 2, w, c]` became one image `[1, h, w, c]`. */
function isSplitConvolution({ shape: from }: GraphTensor, { shape: to }: GraphTensor): boolean {
  return from?.length === 4 && to?.length === 4 && from[0] === 2 && to[0] === 1 &&
    from[1]! * 2 === to[1] && from[2] === to[2] && from[3] === to[3];
}

/** Casts to the same type and reshapes to the same shape, of which gradients of TensorFlow.js are full. */
function changesNothing(
  name: string,
  attributes: readonly OpAttribute[],
  [x, shape]: readonly GraphTensor[],
): boolean {
  if (name === "Cast") {
    const type = (which: string) => attributes.find((attribute) => attribute.name === which)?.value;
    return type("SrcT") === type("DstT");
  }
  return name === "Reshape" && x!.shape !== undefined && shape!.values !== undefined &&
    x!.shape.join() === shape!.values.join();
}

const at = (where: string | undefined): string => where === undefined ? "" : `\n    at ${where}`;

/** The folder of the engine, `core/engine/`. */
const ENGINE = new URL("..", import.meta.url).href;

/** The innermost caller that belongs neither to TensorFlow.js nor to the engine, as `file:line:column`. */
export function whereInUserCode(): string | undefined {
  const frame = stackLines().find((line) =>
    !/node_modules|ext:|node:/.test(line) && !line.includes(ENGINE) &&
    /:\d+:\d+\)?$/.test(line)
  );
  return frame?.trim().replace(/^at /, "");
}

/** The call stack, down to `depth` frames. */
export function stackLines(depth = 60): string[] {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = depth;
  try {
    return new Error().stack?.split("\n").slice(1) ?? [];
  } finally {
    Error.stackTraceLimit = limit;
  }
}
