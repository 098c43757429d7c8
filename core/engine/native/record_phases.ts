/**
 * The nodes of a record that are built in phases, see `graph_phases.ts`.
 *
 * @module
 */
import type { ShapeRecord } from "./dynamic_shapes.ts";
import type { GraphPhases, Phases } from "./graph_phases.ts";
import type { GraphTensor, OpGraph } from "./op_graph.ts";
import type { PhaseRole } from "./phase_plan.ts";
import type { RecordedTensor } from "./recorded_graph.ts";

/** Builds them. */
export class RecordPhases {
  readonly #graph: OpGraph;
  readonly #phases: GraphPhases;
  readonly #record: ShapeRecord;
  readonly #plan: ReadonlyMap<number, PhaseRole>;
  readonly #tensor: (tensor: RecordedTensor) => GraphTensor;
  readonly #variable: (node: number) => GraphTensor | undefined;
  /** Filters for convolutions, by tensor. */
  readonly #filters = new Map<string, GraphTensor>();
  /** By node. */
  readonly #made = new Map<number, Phases>();
  /** What convolutions are given of images, by tensor. */
  readonly #factors = new Map<string, GraphTensor>();
  /** Nodes that are needed, by the nodes that they take. */
  readonly #users: readonly (readonly number[])[];

  /**
   * Of `record`, where `plan` says.
   *
   * @param tensor Gives other tensors as they were built, and images of these.
   * @param variable Gives the filter for {@linkcode GraphPhases.convolution} that a node, which reads a variable, is, if it is
   * made outside of the graph.
   */
  constructor(
    graph: OpGraph,
    phases: GraphPhases,
    record: ShapeRecord,
    plan: ReadonlyMap<number, PhaseRole>,
    live: ReadonlySet<number>,
    tensor: (tensor: RecordedTensor) => GraphTensor,
    variable: (node: number) => GraphTensor | undefined,
  ) {
    this.#graph = graph;
    this.#phases = phases;
    this.#record = record;
    this.#plan = plan;
    this.#tensor = tensor;
    this.#variable = variable;
    const { nodes, outputs } = record;
    const users = nodes.map((): number[] => []);
    nodes.forEach(({ inputs }, i) => {
      if (live.has(i)) { for (const { node } of inputs) users[node]!.push(i); }
    });
    for (const { node } of outputs) users[node]!.push(-1);
    this.#users = users;
  }

  /** Builds the node `i`; false if it is none of these. */
  build(i: number): boolean {
    const role = this.#plan.get(i);
    if (role === undefined) return this.#isFilter(i);
    if (role === "elements") this.#made.set(i, this.#elements(i));
    else if (role === "convolution" && !this.#isWithBias(i)) {
      this.#made.set(i, this.#convolution(i));
    }
    return true; // what is put together is so only where it is wanted
  }

  /** The image that the node `i` gives; undefined if it is to be built as any other node. */
  image(i: number): GraphTensor | undefined {
    const role = this.#plan.get(i);
    if (role === undefined || role === "concat") return undefined;
    return this.#phases.image(this.#made.get(i)!);
  }

  /** True for a convolution of which somebody wants only the sum with a bias. */
  #isWithBias(i: number): boolean {
    const [user, ...more] = this.#users[i]!;
    return user !== undefined && user >= 0 && more.length === 0 && this.#plan.has(user) &&
      this.#record.nodes[user]!.name === "BiasAdd";
  }

  #convolution(i: number, bias?: RecordedTensor): Phases {
    const [image, filter] = this.#record.nodes[i]!.inputs;
    const shape = this.#shapeOf(filter!);
    return this.#phases.convolution(
      this.#factorsOf(image!),
      this.#filterOf(filter!, shape),
      shape[3]!,
      bias && this.#tensor(bias),
    );
  }

  /** True for variables that nobody needs but convolutions in phases; they are not read before one asks. */
  #isFilter(i: number): boolean {
    const users = this.#users[i]!;
    return this.#record.nodes[i]!.name === "ReadVariableOp" && users.length > 0 &&
      users.every((user) =>
        this.#plan.get(user) === "convolution" && this.#record.nodes[user]!.inputs[0]!.node !== i
      );
  }

  #filterOf(filter: RecordedTensor, shape: readonly number[]): GraphTensor {
    const key = `${filter.node}:${filter.index}`;
    let made = this.#filters.get(key);
    if (made === undefined) {
      made = this.#variable(filter.node) ?? this.#phases.filter(this.#tensor(filter), shape);
      this.#filters.set(key, made);
    }
    return made;
  }

  #elements(i: number): Phases {
    const { name, attributes, inputs } = this.#record.nodes[i]!;
    const [x, y] = inputs;
    if (
      name === "BiasAdd" && this.#plan.get(x!.node) === "convolution" && this.#isWithBias(x!.node)
    ) {
      return this.#convolution(x!.node, y);
    }
    const channels = this.#shapeOf({ node: i, index: 0 })[3]!;
    const tensors = inputs.map((input) =>
      this.#shapeOf(input).slice(0, -1).some((size) => size !== 1)
        ? this.#phasesOf(input).tensor
        : this.#tensor(input)
    );
    const op = this.#graph.addNode(name, attributes, tensors);
    return {
      tensor: { op, index: 0, shape: undefined, dtype: tensors[0]!.dtype },
      channels,
      clean: false,
    };
  }

  /** An image in phases. */
  #phasesOf(image: RecordedTensor): Phases {
    let phases = this.#made.get(image.node);
    if (phases === undefined) {
      const channels = this.#shapeOf(image)[3]!;
      phases = this.#plan.get(image.node) === "concat"
        ? {
          tensor: this.#phases.concat(
            this.#partsOf(image).map((part) => this.#phasesOf(part).tensor),
            3,
          ),
          channels,
          clean: false,
        }
        : this.#phases.of(this.#tensor(image), channels);
      this.#made.set(image.node, phases);
    }
    return phases;
  }

  /** What convolutions are given of an image; of parts that were put together, each is transformed once. */
  #factorsOf(image: RecordedTensor): GraphTensor {
    const key = `${image.node}:${image.index}`;
    let factors = this.#factors.get(key);
    if (factors === undefined) {
      factors = this.#plan.get(image.node) === "concat"
        ? this.#phases.concat(this.#leavesOf(image).map((part) => this.#factorsOf(part)), 3)
        : this.#phases.factors(this.#phasesOf(image));
      this.#factors.set(key, factors);
    }
    return factors;
  }

  /** The parts of an image, those of its parts in their place. */
  #leavesOf(image: RecordedTensor): RecordedTensor[] {
    if (this.#plan.get(image.node) !== "concat") return [image];
    return this.#partsOf(image).flatMap((part) => this.#leavesOf(part));
  }

  #partsOf({ node }: RecordedTensor): readonly RecordedTensor[] {
    return this.#record.nodes[node]!.inputs.slice(0, -1);
  }

  #shapeOf({ node, index }: RecordedTensor): readonly number[] {
    return this.#record.nodes[node]!.outputs[index]!.shape!;
  }
}
