/**
 * The forms of a function that serves pictures of all sizes: one for each course that it takes, not for each size.
 *
 * At the first size the function is recorded there and, without being executed, at a larger one. What differs is explained
 * (`dynamic_shapes.ts`) and one graph is built for all sizes. At each further size the function is recorded once more, which
 * takes a few hundredths of a second and decides: if the graph does just what was recorded, it serves that size as well; if not
 * (a padding that was guessed wrong), it is explained anew with one more sample. What no expression gives, like a table that is
 * made on the host, is kept for each size and given to the graph. Only where the function changes variables, or takes another course at
 * each size, a size gets a form of its own.
 *
 * @module
 */
import { type ShapeRecord, ShapeTemplate, structureDifference } from "./dynamic_shapes.ts";
import {
  defaultOptimizer,
  NativeFunction,
  optimizerConfig,
  type OptimizerOptions,
} from "./function.ts";
import { DType } from "./dtypes.ts";
import type { ArgumentKind, Form } from "./form.ts";
import { buildGraph } from "./graph_builder.ts";
import type { NodeBackend } from "./node_backend.ts";
import type { PhaseSymbols } from "./graph_phases.ts";
import { isWorthPlan, phasesOf, planPhases } from "./phase_plan.ts";
import { NotRecordable, recorded, RecordedGraph, type RecordedNode } from "./recorded_graph.ts";
import { isResident } from "./residents.ts";
import type { SizeSymbol } from "./size_expressions.ts";
import type { Trace } from "./trace_scope.ts";

/** What the function did at one combination of shapes. */
export interface FormRecord<R> extends ShapeRecord {
  /** What it returned. */
  readonly result: R;
  /** Which sizes are those of images that are computed in phases, if any are. */
  readonly phases?: PhaseSymbols;
}

/** One course of the function: records with the same nodes. */
interface Course<R> {
  /** What else the form depends on: types, ranks, plain data. */
  readonly base: string;
  readonly symbols: readonly SizeSymbol[];
  readonly samples: FormRecord<R>[];
  template?: ShapeTemplate;
  form?: Form<R>;
}

/** A form and what it is given at some sizes. */
export interface Served<R> {
  /** The form. */
  readonly form: Form<R>;
  /** Numbers in the binding of the constants that it takes, by node. */
  readonly constants: ReadonlyMap<number, number>;
}

/** How forms are made. */
export interface DynamicFormsOptions {
  /** A word for messages and profiles. */
  readonly name: string;
  /** Options of TensorFlow's graph optimizer. */
  readonly optimizer?: OptimizerOptions;
  /** Whether XLA compiles it. */
  readonly xla?: boolean;
  /** Whether large images may be computed in phases, see `graph_phases.ts`. */
  readonly phases: boolean;
  /** So many forms are kept. */
  readonly maxForms: number;
  /** Is told when a form was made, with the number of its nodes. */
  readonly made: (nodes: number) => void;
}

/** Records of one course that are kept to explain by. */
const MAX_SAMPLES = 6;

/** Combinations of shapes that are remembered; fewer where constants are kept for each. */
const MAX_KNOWN = 1000, MAX_GIVEN = 32;

/**
 * What is added to number, height and width of images to see what depends on them; multiples of 64, so that paddings stay what
 * they are, and different primes, so that height and width are told apart.
 */
const PROBE = [1, 5 * 64, 7 * 64] as const;

/** Makes and keeps them. */
export class DynamicForms<R> implements Disposable {
  readonly #backend: NodeBackend;
  readonly #options: DynamicFormsOptions;
  readonly #courses: Course<R>[] = [];
  readonly #known = new Map<string, Served<R>>();
  /** False once a record has shown that phases do not pay: nothing need be recorded twice again. */
  #phasesPay: boolean;

  /** Creates it without forms. */
  constructor(backend: NodeBackend, options: DynamicFormsOptions) {
    this.#backend = backend;
    this.#options = options;
    this.#phasesPay = options.phases;
  }

  /** What its forms compute of sizes, for people; a list for each form. */
  describe(): string[][] {
    return this.#courses.map(({ template }) => template?.describe() ?? []);
  }

  /** What is known to serve the shapes `key`. */
  known(key: string): Served<R> | undefined {
    return this.#known.get(key);
  }

  /**
   * Finds or makes the form for `kinds`.
   *
   * @param key Text for everything that a form for these very shapes depends on.
   * @param base The same without sizes.
   * @param run Records the function with such arguments.
   * @returns The form, and whether it serves these shapes alone; undefined if the function changes variables.
   */
  find(
    key: string,
    base: string,
    kinds: readonly ArgumentKind[],
    run: (kinds: readonly ArgumentKind[], graph: RecordedGraph) => Trace<R>,
  ): (Served<R> & { readonly isStatic: boolean }) | undefined {
    const symbols = symbolsOf(kinds);
    const record = this.#record(
      kinds,
      symbols,
      run,
      this.#phasesPay ? phasesOf(kinds, symbols) : undefined,
    );
    if (record === undefined) return undefined;
    const course = this.#courseOf(record, base, symbols, kinds, run);
    if (course !== undefined) {
      if (course.template === undefined || course.template.problemWith(record) !== undefined) {
        this.#explain(course, record);
      }
      if (course.form !== undefined && course.template?.problemWith(record) === undefined) {
        const served = this.#serve(key, course.form, course.template!, record);
        return { ...served, isStatic: false };
      }
    }
    return { form: this.#make(record), constants: new Map(), isStatic: true };
  }

  /**
   * Finds out beforehand whether a form that is there serves `kinds`; makes and drops none, as calls may be under way.
   * Takes what {@linkcode DynamicForms.find} takes.
   */
  prepare(
    key: string,
    base: string,
    kinds: readonly ArgumentKind[],
    run: (kinds: readonly ArgumentKind[], graph: RecordedGraph) => Trace<R>,
  ): void {
    const symbols = symbolsOf(kinds);
    const might = this.#courses.some((course) =>
      course.form !== undefined && course.base === base && isSame(course.symbols, symbols)
    );
    if (!might) return;
    const record = this.#record(
      kinds,
      symbols,
      run,
      this.#phasesPay ? phasesOf(kinds, symbols) : undefined,
    );
    const course = record && this.#findCourse(record, base, symbols);
    if (course?.form === undefined || course.template?.problemWith(record!) !== undefined) return;
    this.#serve(key, course.form, course.template!, record!);
  }

  /** Releases all forms; safe to call twice. */
  [Symbol.dispose](): void {
    for (const course of this.#courses) this.#drop(course);
    this.#courses.length = 0;
  }

  /** Remembers that `form` serves the shapes `key`. */
  #serve(
    key: string,
    form: Form<R>,
    template: ShapeTemplate,
    record: FormRecord<R>,
  ): Served<R> {
    const served = { form, constants: this.#give(template, record) };
    this.#forgetSome(served.constants.size > 0);
    this.#known.set(key, served);
    return served;
  }

  /** Tensors for the constants that the template has to be given at the sizes of `record`. */
  #give({ given }: ShapeTemplate, { nodes }: FormRecord<R>): Map<number, number> {
    const { binding } = this.#backend;
    const constants = new Map<number, number>();
    for (const i of given.keys()) {
      const { outputs, values } = nodes[i]!;
      const { shape, dtype } = outputs[0]!;
      constants.set(i, binding.createEagerly(shape!, dtype, values!));
    }
    return constants;
  }

  /** Makes room for one more combination of shapes. */
  #forgetSome(withConstants: boolean): void {
    const some = [...this.#known].filter(([, { constants }]) =>
      !withConstants || constants.size > 0
    );
    const max = withConstants ? MAX_GIVEN : MAX_KNOWN;
    for (const [key] of some.slice(0, Math.max(0, some.length - max + 1))) this.#forget(key);
  }

  #forget(key: string): void {
    const { constants } = this.#known.get(key)!;
    for (const id of constants.values()) this.#backend.binding.deleteEagerly(id);
    this.#known.delete(key);
  }

  /** The course that `record` takes, to the end of the list as the one that was used last; a new one is probed. */
  #courseOf(
    record: FormRecord<R>,
    base: string,
    symbols: readonly SizeSymbol[],
    kinds: readonly ArgumentKind[],
    run: (kinds: readonly ArgumentKind[], graph: RecordedGraph) => Trace<R>,
  ): Course<R> | undefined {
    const used = new Set(
      record.inputs.map(({ source }) => source.kind === "argument" ? source.index : undefined),
    );
    if (symbols.length === 0 || symbols.some(({ argument }) => !used.has(argument))) {
      return undefined;
    }
    const found = this.#findCourse(record, base, symbols);
    const [known] = found === undefined
      ? []
      : this.#courses.splice(this.#courses.indexOf(found), 1);
    const course = known ?? { base, symbols, samples: [record] };
    if (known === undefined) {
      const sample = this.#probe(kinds, symbols, run, record.phases);
      if (sample && structureDifference(record, sample) === undefined) course.samples.push(sample);
    }
    while (this.#courses.length >= this.#options.maxForms) this.#drop(this.#courses.shift()!);
    this.#courses.push(course);
    return course;
  }

  #findCourse(
    record: FormRecord<R>,
    base: string,
    symbols: readonly SizeSymbol[],
  ): Course<R> | undefined {
    return this.#courses.find((course) =>
      course.base === base && isSame(course.symbols, symbols) &&
      (course.samples[0]!.phases === undefined) === (record.phases === undefined) &&
      structureDifference(course.samples[0]!, record) === undefined
    );
  }

  #drop({ form }: Course<R>): void {
    if (!form) return;
    form.native[Symbol.dispose]();
    for (const [key, served] of this.#known) if (served.form === form) this.#forget(key);
  }

  /** Explains the course with `record` as one more sample, and makes its form anew. */
  #explain(course: Course<R>, record: FormRecord<R>): void {
    const { samples, symbols } = course;
    if (!samples.includes(record)) {
      if (samples.length >= MAX_SAMPLES) samples.splice(1, 1);
      samples.push(record);
    }
    if (samples.length < 2) return; // nothing to compare
    const template = ShapeTemplate.of(samples, symbols);
    if (typeof template === "string") return;
    this.#drop(course);
    course.template = template;
    course.form = this.#make(samples[0]!, template);
  }

  /** What the function does with such arguments; undefined if that cannot be told from a record. */
  #record(
    kinds: readonly ArgumentKind[],
    symbols: readonly SizeSymbol[],
    run: (kinds: readonly ArgumentKind[], graph: RecordedGraph) => Trace<R>,
    phases: PhaseSymbols | undefined,
  ): FormRecord<R> | undefined {
    const sizes = symbols.map(({ argument, axis }) => kinds[argument]!.shape[axis]!);
    const wholeAt = phases && [sizes[phases.height]!, sizes[phases.width]!] as const;
    const graph = new RecordedGraph(this.#backend.binding.library, wholeAt);
    try {
      const { tracer, result, outputs, assigned, changed } = run(kinds, graph);
      if (assigned.length > 0 || changed.size > 0) return undefined;
      if (wholeAt) {
        const { nodes } = graph, plan = planPhases(nodes, wholeAt);
        if (nodes.some(isGradient) || !isWorthPlan(nodes, plan)) {
          this.#phasesPay = false;
          return this.#record(kinds, symbols, run, undefined);
        }
      }
      return {
        nodes: graph.nodes,
        inputs: tracer.inputs.map(({ tensor, source }) => ({ node: Number(tensor.op), source })),
        outputs: outputs.map(recorded),
        sizes,
        result,
        phases,
      };
    } catch (error) {
      if (error instanceof NotRecordable) return undefined;
      throw error;
    }
  }

  /** The same at another size; undefined if the function does not take it. */
  #probe(
    kinds: readonly ArgumentKind[],
    symbols: readonly SizeSymbol[],
    run: (kinds: readonly ArgumentKind[], graph: RecordedGraph) => Trace<R>,
    phases: PhaseSymbols | undefined,
  ): FormRecord<R> | undefined {
    const larger = kinds.map((kind) => {
      const shape = [...kind.shape];
      for (const { argument, axis } of symbols) {
        // Sizes that are the same in several arguments belong together.
        if (shape.length === 4 && shape[axis] === kinds[argument]!.shape[axis]) {
          shape[axis] = shape[axis]! + PROBE[axis]!;
        }
      }
      return { ...kind, shape };
    });
    try {
      return this.#record(larger, symbols, run, phases);
    } catch {
      return undefined; // at its own size it would be told; this one is only looked at
    }
  }

  #make(record: FormRecord<R>, template?: ShapeTemplate): Form<R> {
    const backend = this.#backend;
    const isGpu = backend.binding.isUsingGpuDevice();
    const { graph, inputs, outputs } = buildGraph(backend.binding.library, record, {
      template,
      fuse: !isGpu,
      phases: record.phases,
      isResident: ({ variable }) => isResident(backend, variable),
    });
    using _owned = graph;
    const { name, xla, optimizer } = this.#options;
    const native = new NativeFunction(
      backend.binding,
      graph,
      name,
      inputs.map(({ tensor }) => tensor),
      outputs,
      {
        config: optimizerConfig({
          ...defaultOptimizer(graph.size, isGpu),
          ...!isGpu && isFused(record.nodes) && { disabled: true },
          ...optimizer,
        }),
        xla,
      },
    );
    this.#options.made(graph.size);
    return {
      native,
      inputs: inputs.map(({ source }) => source),
      result: record.result,
      numResults: outputs.length,
      assigned: [],
      changed: new Set(),
      called: false,
    };
  }
}

/**
 * The sizes of images among the arguments that may vary: height, width, and the number of images if that is not 1, for which
 * networks may take another course. Sizes that are the same in several images are one.
 */
export function symbolsOf(kinds: readonly ArgumentKind[]): SizeSymbol[] {
  const symbols: SizeSymbol[] = [];
  kinds.forEach(({ shape }, argument) => {
    if (shape.length !== 4) return;
    for (const axis of [0, 1, 2]) {
      const size = shape[axis]!;
      if (axis === 0 && size === 1) continue;
      const isKnown = symbols.some((other) =>
        other.axis === axis && kinds[other.argument]!.shape[axis] === size
      );
      const letter = "nhw"[axis]!;
      const count = symbols.filter((other) => other.axis === axis).length;
      if (!isKnown) symbols.push({ name: letter + (count === 0 ? "" : count + 1), argument, axis });
    }
  });
  return symbols;
}

/** True for what computes gradients of networks. */
const isGradient = ({ name }: RecordedNode): boolean => /Backprop|Grad$/.test(name);

/** True if TensorFlow's optimizer would find nothing more: it looks for convolutions and products of matrices. */
function isFused(nodes: readonly RecordedNode[]): boolean {
  return nodes.every(({ name, outputs }) =>
    !name.includes("MatMul") && (name !== "Conv2D" || outputs[0]!.dtype === DType.FLOAT)
  );
}

function isSame(a: readonly SizeSymbol[], b: readonly SizeSymbol[]): boolean {
  return a.length === b.length &&
    a.every(({ argument, axis }, i) => argument === b[i]!.argument && axis === b[i]!.axis);
}
