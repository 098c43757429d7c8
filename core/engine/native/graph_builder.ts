/**
 * Builds a graph of TensorFlow from a record: only what results need, with convolutions fused, and with sizes that are computed
 * from the inputs where a template says so.
 *
 * @module
 */
import { AttrType, DType, type NumberArray } from "./dtypes.ts";
import type { ShapeRecord, ShapeTemplate } from "./dynamic_shapes.ts";
import { fuseConvolutions, type FusedNode } from "./fusion.ts";
import { Graph } from "./graph.ts";
import type { NativeLibrary } from "./native_library.ts";
import { GraphPhases, type PhaseSymbols } from "./graph_phases.ts";
import type { GraphTensor } from "./op_graph.ts";
import { type PhaseRole, planPhases } from "./phase_plan.ts";
import { RecordPhases } from "./record_phases.ts";
import type { RecordedNode, RecordedTensor } from "./recorded_graph.ts";
import { evaluate } from "./size_expressions.ts";
import { SizeNodes } from "./size_nodes.ts";
import type { Source } from "./symbolic_variables.ts";

/** A graph with its inputs and results. Dispose the graph when a function was made of it. */
export interface BuiltGraph {
  /** The graph. */
  readonly graph: Graph;
  /** Placeholders and where their values come from. */
  readonly inputs: readonly { readonly tensor: GraphTensor; readonly source: Source }[];
  /** Results. */
  readonly outputs: readonly GraphTensor[];
}

/** How to build. */
export interface BuildOptions {
  /** Sizes that are computed; absent for those of the record. */
  readonly template?: ShapeTemplate;
  /** Whether convolutions are fused with bias and activation; not on GPUs, where TensorFlow decides it. */
  readonly fuse: boolean;
  /** Positions of the height and width, among the sizes of the record, of images that are computed in phases, if any are. */
  readonly phases?: PhaseSymbols;
  /** Whether a variable is passed as its resource, and not as its value. */
  readonly isResident: (source: Source & { readonly kind: "resource" }) => boolean;
}

/**
 * Builds a graph of `record`.
 *
 * @throws {NativeError} With TensorFlow's message, if a node does not fit.
 */
export function buildGraph(
  library: NativeLibrary,
  record: ShapeRecord,
  options: BuildOptions,
): BuiltGraph {
  const graph = new Graph(library);
  try {
    return new Builder(graph, record, options).build();
  } catch (error) {
    graph[Symbol.dispose]();
    throw error;
  }
}

class Builder {
  readonly #graph: Graph;
  readonly #record: ShapeRecord;
  readonly #options: BuildOptions;
  readonly #sources: ReadonlyMap<number, Source>;
  readonly #built = new Map<number, readonly GraphTensor[]>();
  readonly #inputs: { readonly tensor: GraphTensor; readonly source: Source }[] = [];
  #fused: ReadonlyMap<number, FusedNode> = new Map();
  #phases: RecordPhases | undefined;
  #sizes: SizeNodes | undefined;

  constructor(graph: Graph, record: ShapeRecord, options: BuildOptions) {
    this.#graph = graph;
    this.#record = record;
    this.#options = options;
    this.#sources = new Map(record.inputs.map(({ node, source }) => [node, source]));
  }

  build(): BuiltGraph {
    const { nodes, outputs } = this.#record;
    const { template, fuse } = this.#options;
    let live = this.#live();
    const inPhases = this.#planPhases();
    if (fuse) {
      this.#fused = fuseConvolutions(nodes, (i) => live.has(i), outputs, (i) => inPhases.has(i));
      live = this.#live();
    }
    if (template) this.#prepareSizes(template);
    const phases = this.#phases = this.#startPhases(inPhases, live);
    for (const [i, node] of nodes.entries()) {
      if (live.has(i) && !this.#built.has(i) && !phases?.build(i)) {
        this.#built.set(i, this.#build(i, node));
      }
    }
    const results = outputs.map((output) => this.#tensor(output));
    return { graph: this.#graph, inputs: this.#inputs, outputs: results };
  }

  #planPhases(): ReadonlyMap<number, PhaseRole> {
    const { nodes, sizes } = this.#record;
    const { phases } = this.#options;
    return phases ? planPhases(nodes, [sizes[phases.height]!, sizes[phases.width]!]) : new Map();
  }

  #startPhases(
    plan: ReadonlyMap<number, PhaseRole>,
    live: ReadonlySet<number>,
  ): RecordPhases | undefined {
    const { phases } = this.#options;
    if (phases === undefined || plan.size === 0) return undefined;
    const graph = new GraphPhases(this.#graph, (sizes, shape) => {
      if (this.#sizes) return this.#sizes.tensor(sizes, shape, DType.INT32);
      const values = sizes.map((size) => evaluate(size, this.#record.sizes));
      return this.#graph.constant(shape, DType.INT32, Int32Array.from(values));
    }, phases);
    return new RecordPhases(
      this.#graph,
      graph,
      this.#record,
      plan,
      live,
      (tensor) => this.#tensor(tensor),
      (node) => this.#filter(node),
    );
  }

  /** Nodes that results depend on. */
  #live(): Set<number> {
    const { nodes, outputs } = this.#record;
    const live = new Set<number>(outputs.map(({ node }) => node));
    for (let i = nodes.length - 1; i >= 0; i--) {
      if (!live.has(i)) continue;
      for (const { node } of this.#inputsOf(i)) live.add(node);
      for (const node of nodes[i]!.after) live.add(node);
    }
    return live;
  }

  /** The inputs whose sizes are asked for come first. */
  #prepareSizes(template: ShapeTemplate): void {
    const images: GraphTensor[] = [];
    for (const { node, source } of this.#record.inputs) {
      if (source.kind !== "argument") continue;
      const tensors = this.#input(node, source);
      this.#built.set(node, tensors);
      images[source.index] = tensors[0]!;
    }
    this.#sizes = new SizeNodes(this.#graph, images, template.symbols);
  }

  #build(i: number, node: RecordedNode): readonly GraphTensor[] {
    switch (node.name) {
      case "Placeholder": {
        const source = this.#sources.get(i)!;
        // A resource comes to be when it is read.
        return source.kind === "resource" ? [] : this.#input(i, source);
      }
      case "ReadVariableOp":
        return [this.#variable(node)];
      case "Const":
        return [this.#constant(i, node)];
    }
    const { name, attributes } = this.#fused.get(i) ?? node;
    const inputs = this.#inputsOf(i).map((input) => this.#tensor(input));
    const after = node.after.map((other) => this.#built.get(other)![0]!.op);
    const op = this.#graph.addNode(name, attributes, inputs, after);
    // TensorFlow knows the shapes; nothing here asks for them.
    return node.outputs.map(({ dtype }, index) => ({ op, index, shape: undefined, dtype }));
  }

  /** What the node takes: behind a chain of new shapes only the last one counts. */
  #inputsOf(i: number): readonly RecordedTensor[] {
    const { nodes } = this.#record;
    const { name, inputs } = this.#fused.get(i) ?? nodes[i]!;
    if (name !== "Reshape") return inputs;
    let [x] = inputs as [RecordedTensor];
    while (nodes[x.node]!.name === "Reshape" && nodes[x.node]!.after.length === 0) {
      x = nodes[x.node]!.inputs[0]!;
    }
    return [x, inputs[1]!];
  }

  #tensor({ node, index }: RecordedTensor): GraphTensor {
    let tensors = this.#built.get(node);
    if (tensors === undefined) {
      // It is in phases, and somebody wants the image.
      const image = this.#phases?.image(node);
      tensors = image ? [image] : this.#build(node, this.#record.nodes[node]!);
      this.#built.set(node, tensors);
    }
    return tensors[index]!;
  }

  #input(i: number, source: Source): readonly GraphTensor[] {
    const { shape, dtype } = this.#record.nodes[i]!.outputs[0]!;
    const dynamic = source.kind === "argument"
      ? this.#options.template?.dynamicAxes(source.index)
      : undefined;
    const tensor = this.#graph.placeholder(
      shape!.map((size, axis) => dynamic?.has(axis) ? -1 : size),
      dtype,
    );
    this.#inputs.push({ tensor, source });
    return [tensor];
  }

  /** The value of a variable: read from its resource where it has one, else an input. */
  #variable({ inputs, outputs }: RecordedNode): GraphTensor {
    const [resource] = inputs;
    const source = this.#sources.get(resource!.node) as Source & { readonly kind: "resource" };
    const { shape, dtype } = outputs[0]!;
    const graph = this.#graph;
    if (this.#options.isResident(source)) {
      const handle = graph.placeholder([], DType.RESOURCE);
      this.#inputs.push({ tensor: handle, source });
      return graph.readVariable(handle, shape!, dtype, []);
    }
    const tensor = graph.placeholder(shape!, dtype);
    this.#inputs.push({ tensor, source: { kind: "variable", variable: source.variable } });
    return tensor;
  }

  /** A variable as convolutions in phases want it; undefined if it is none, or is held by a resource. */
  #filter(i: number): GraphTensor | undefined {
    const { name, inputs, outputs } = this.#record.nodes[i]!;
    if (name !== "ReadVariableOp") return undefined;
    const source = this.#sources.get(inputs[0]!.node) as Source & { readonly kind: "resource" };
    if (this.#options.isResident(source)) return undefined;
    const { shape, dtype } = outputs[0]!;
    const tensor = this.#graph.placeholder([6, ...shape!.slice(1)], dtype);
    this.#inputs.push({ tensor, source: { kind: "filter", variable: source.variable } });
    return tensor;
  }

  #constant(i: number, { outputs, values }: RecordedNode): GraphTensor {
    const { shape, dtype } = outputs[0]!;
    const shapes = this.#options.template?.given.get(i);
    if (shapes !== undefined) {
      const sizes = shape!.map((size, axis) =>
        shapes.every((other) => other[axis] === size) ? size : -1
      );
      const tensor = this.#graph.placeholder(sizes, dtype);
      this.#inputs.push({ tensor, source: { kind: "constant", node: i } });
      return tensor;
    }
    const constant = this.#options.template?.constants.get(i);
    if (constant === undefined) return this.#graph.constant(shape!, dtype, values!);
    if ("range" in constant.values) {
      const [from, step] = [0, 1].map((value) =>
        this.#graph.constant([], dtype, numbers(value, dtype))
      );
      const to = this.#sizes!.tensor(constant.shape, [], dtype);
      const attributes = [{ name: "Tidx", type: AttrType.TYPE, value: dtype }];
      return this.#graph.add("Range", attributes, [from!, to, step!])[0]!;
    }
    if (!("all" in constant.values)) {
      return this.#sizes!.tensor(constant.values, shape!, dtype);
    }
    const one = this.#graph.constant([], dtype, values!.slice(0, 1) as NumberArray);
    const attributes = [
      { name: "T", type: AttrType.TYPE, value: dtype },
      { name: "index_type", type: AttrType.TYPE, value: DType.INT32 },
    ];
    const dims = this.#sizes!.tensor(constant.shape, [constant.shape.length], DType.INT32);
    return this.#graph.add("Fill", attributes, [dims, one])[0]!;
  }
}

/** One number as what a range of type `dtype` takes. */
function numbers(value: number, dtype: number): NumberArray {
  return dtype === DType.FLOAT ? Float32Array.of(value) : Int32Array.of(value);
}
