/**
 * A compiled function on the native engine: its recorded forms, one for each combination of shapes.
 *
 * @module
 */
import { type Flat, flatten, rebuild } from "../structure.ts";
import { withSeed } from "../random_ops.ts";
import { type Tensor, tf, type Variable } from "../tf.ts";
import { DType } from "./dtypes.ts";
import {
  defaultOptimizer,
  NativeFunction,
  optimizerConfig,
  type OptimizerOptions,
} from "./function.ts";
import { Graph } from "./graph.ts";
import { TraceError } from "./trace.ts";
import type { Precision } from "../engine.ts";
import { DynamicForms, type Served } from "./dynamic_forms.ts";
import type { ArgumentKind, Form } from "./form.ts";
import type { OpGraph } from "./op_graph.ts";
import { PhaseFilters } from "./phase_filters.ts";
import { lacksAvx512 } from "./precisions.ts";
import { residentHandle } from "./residents.ts";
import { dataIdOf, idOf, type NodeBackend } from "./node_backend.ts";
import type { Source } from "./symbolic_variables.ts";
import { type Trace, trace } from "./trace_scope.ts";

/** What has happened to a compiled function. */
export interface CompileStats {
  /** Calls. */
  readonly calls: number;
  /** Forms that were made; 0 on engines that cannot. */
  readonly traces: number;
  /** Forms that were made after the first. */
  readonly retraces: number;
  /** Why the last form for one combination of shapes was made, if it is not the first. */
  readonly reason: string | undefined;
  /** Milliseconds that the last recording took. */
  readonly traceMs: number;
  /** Milliseconds of the first call after it, in which TensorFlow optimizes the graph. */
  readonly firstCallMs: number;
  /** Nodes of the last graph, before TensorFlow optimizes it. */
  readonly nodes: number;
}

/** The same, to count in. */
export class StatsCounter implements CompileStats {
  /** See {@linkcode CompileStats}. */
  calls = 0;
  /** See {@linkcode CompileStats}. */
  traces = 0;
  /** See {@linkcode CompileStats}. */
  reason: string | undefined;
  /** See {@linkcode CompileStats}. */
  traceMs = 0;
  /** See {@linkcode CompileStats}. */
  firstCallMs = 0;
  /** See {@linkcode CompileStats}. */
  nodes = 0;
  /** Forms that were made for one combination of shapes. */
  own = 0;
  /** See {@linkcode CompileStats}. */
  get retraces(): number {
    return Math.max(0, this.traces - 1);
  }
}

/** Options of a program; see `CompileOptions`. */
export interface ProgramOptions {
  /** A word for messages and profiles. */
  readonly name: string;
  /** Plain data that a form is made for. */
  readonly static?: () => unknown;
  /** Options of TensorFlow's graph optimizer. */
  readonly optimizer?: OptimizerOptions;
  /** Arithmetic. */
  readonly precision?: Precision;
  /** Whether XLA compiles it. */
  readonly xla?: boolean;
  /** So many forms are kept. */
  readonly maxForms?: number;
  /** From so many forms on each is told. */
  readonly warnAfter?: number;
  /** Receives such lines. */
  readonly say?: (line: string) => void;
  /** One form for all sizes of images. */
  readonly dynamic?: boolean;
}

/** The forms of one function on one backend. */
export class NativeProgram<P extends readonly unknown[], R> implements Disposable {
  readonly #fn: (...args: P) => R;
  readonly #options: ProgramOptions;
  readonly #stats: StatsCounter;
  readonly #forms = new Map<string, Form<R>>();
  readonly #dynamic: DynamicForms<R> | undefined;
  readonly #filters: PhaseFilters;
  #last: readonly string[] | undefined;

  /** Creates it without forms. */
  constructor(
    /** Where it runs. */
    readonly backend: NodeBackend,
    fn: (...args: P) => R,
    options: ProgramOptions,
    stats: StatsCounter,
  ) {
    this.#fn = fn;
    this.#options = options;
    this.#stats = stats;
    this.#filters = new PhaseFilters(backend);
    const { name, optimizer, xla, maxForms = MAX_FORMS, dynamic, precision = "fp32" } = options;
    this.#dynamic = dynamic
      ? new DynamicForms<R>(backend, {
        name,
        optimizer,
        xla,
        phases: precision === "fp32" && lacksAvx512(backend.binding),
        maxForms,
        made: (nodes) => {
          stats.traces++;
          stats.nodes = nodes;
        },
      })
      : undefined;
  }

  /**
   * Calls the function.
   *
   * @param flat The arguments, whose tensors nobody disposes meanwhile.
   */
  async run(args: unknown[], flat: Flat, seed: Int32Array): Promise<R> {
    const { form, constants } = this.#form(args, flat);
    const { binding } = this.backend;
    const own: number[] = []; // made for this call
    const started = performance.now();
    let pending: ReturnType<NativeFunction["call"]>;
    try {
      this.#settle(form);
      const ids = form.inputs.map((source) => {
        const id = source.kind === "constant"
          ? constants.get(source.node)!
          : this.#idOf(source, flat, seed, own);
        if (source.kind === "seed" || isNumber(source, flat)) own.push(id);
        return id;
      });
      pending = form.native.call(ids);
    } finally {
      for (const id of own) binding.deleteEagerly(id);
    }
    const outputs = await pending;
    if (!form.called) this.#stats.firstCallMs = performance.now() - started;
    form.called = true;
    const tensors = outputs.map((output) => this.backend.createOutputTensor(output));
    form.assigned.forEach((variable, i) => {
      const value = tensors[form.numResults + i]!;
      if (!variable.isDisposed) variable.assign(value);
      value.dispose();
    });
    return rebuild(form.result, tensors.slice(0, form.numResults));
  }

  /** Records a size that is new for a form that is there, so that the call with it need not; changes no form. */
  prepare(args: unknown[], flat: Flat): void {
    if (this.#dynamic === undefined) return;
    const fixed = this.#options.static?.();
    const key = describe(flat, fixed).join("\n");
    if (this.#dynamic.known(key) || this.#forms.has(key)) return;
    const base = describe(flat, fixed, true).join("\n");
    this.#dynamic.prepare(
      key,
      base,
      kindsOf(flat),
      (kinds, graph) => this.#trace(args, kinds, graph).trace,
    );
  }

  /** Releases all forms; safe to call twice. */
  [Symbol.dispose](): void {
    for (const { native } of this.#forms.values()) native[Symbol.dispose]();
    this.#forms.clear();
    this.#dynamic?.[Symbol.dispose]();
    this.#filters[Symbol.dispose]();
    this.#last = undefined;
  }

  /** Moves the variables that the form changes to resources of their own, before it is asked for any of them. */
  #settle(form: Form<R>): void {
    for (const variable of form.changed) {
      this.#assertThere(variable);
      residentHandle(this.backend, variable, true);
    }
  }

  #assertThere(variable: Variable): void {
    if (!variable.isDisposed) return;
    throw new TraceError(
      `${this.#options.name} uses variable ${variable.name} [${variable.shape}], ` +
        "which has been disposed: dispose the compiled function with what it works on",
    );
  }

  #idOf(
    source: Exclude<Source, { kind: "constant" }>,
    flat: Flat,
    seed: Int32Array,
    own: number[],
  ): number {
    const { binding, tensorMap } = this.backend;
    switch (source.kind) {
      case "argument": {
        const leaf = flat.leaves[source.index]!;
        return typeof leaf === "number"
          ? binding.createEagerly([], DType.FLOAT, Float32Array.of(leaf))
          : idOf(this.backend, dataIdOf(leaf));
      }
      case "seed":
        return binding.createEagerly([2], DType.INT32, seed);
      case "variable":
        this.#assertThere(source.variable);
        return idOf(this.backend, dataIdOf(source.variable));
      case "filter":
        this.#assertThere(source.variable);
        return this.#filters.idOf(source.variable, own);
      case "resource":
        this.#assertThere(source.variable);
        return residentHandle(this.backend, source.variable, false);
      case "tensor":
        if (!tensorMap.has(source.dataId)) {
          throw new TraceError(
            `${this.#options.name} was compiled with a tensor [${source.shape}] of its closure, which has been ` +
              "disposed: pass it as an argument, or keep it in a variable" +
              (source.where ? `\n    at ${source.where}` : ""),
          );
        }
        return idOf(this.backend, source.dataId);
    }
  }

  #form(args: unknown[], flat: Flat): Served<R> {
    const fixed = this.#options.static?.();
    const signature = describe(flat, fixed);
    const key = signature.join("\n");
    const known = this.#dynamic?.known(key);
    if (known) {
      this.#last = signature;
      return known;
    }
    let form = this.#forms.get(key);
    if (form) {
      this.#forms.delete(key); // to the end: used last
    } else {
      const found = this.#findDynamic(key, args, flat, fixed);
      if (found?.isStatic === false) {
        this.#last = signature;
        return found;
      }
      this.#explain(signature);
      form = found?.form ?? this.#record(args, flat);
      this.#stats.own++;
      const { maxForms = MAX_FORMS } = this.#options;
      for (const [oldest, { native }] of this.#forms) {
        if (this.#forms.size < maxForms) break;
        this.#forms.delete(oldest);
        native[Symbol.dispose]();
      }
    }
    this.#forms.set(key, form);
    this.#last = signature;
    return { form, constants: NONE };
  }

  /** A form for all sizes, or one that was found not to be; undefined if that cannot be tried. */
  #findDynamic(
    key: string,
    args: unknown[],
    flat: Flat,
    fixed: unknown,
  ): ReturnType<DynamicForms<R>["find"]> {
    if (this.#dynamic === undefined) return undefined;
    const started = performance.now();
    const before = this.#stats.traces;
    const base = describe(flat, fixed, true).join("\n");
    const found = this.#dynamic.find(
      key,
      base,
      kindsOf(flat),
      (kinds, graph) => this.#trace(args, kinds, graph).trace,
    );
    if (this.#stats.traces > before) this.#stats.traceMs = performance.now() - started;
    return found;
  }

  /** Says why the function has to be recorded once more. */
  #explain(signature: readonly string[]): void {
    const stats = this.#stats;
    if (!this.#last) return;
    const last = this.#last;
    const at = signature.findIndex((line, i) => line !== last[i]);
    stats.reason = at < 0
      ? "there are fewer arguments"
      : `${signature[at]}, where the call before had ${last[at] ?? "nothing"}`;
    const { warnAfter = 4, say = console.warn, name } = this.#options;
    if (stats.own >= warnAfter) {
      say(
        `${name} is compiled for the ${stats.own + 1}th time: ${stats.reason}; ` +
          "every form costs time and memory, so keep shapes the same, for example by cropping or padding",
      );
    }
  }

  #record(args: unknown[], flat: Flat): Form<R> {
    const started = performance.now();
    const { xla } = this.#options;
    const { binding } = this.backend;
    const graph = new Graph(binding.library);
    const { trace: recorded, numResults } = this.#trace(args, kindsOf(flat), graph);
    const { tracer, result, outputs, assigned, changed } = recorded;
    using owned = tracer;
    const native = new NativeFunction(
      binding,
      graph,
      this.#options.name,
      owned.inputs.map(({ tensor }) => tensor),
      outputs,
      {
        config: optimizerConfig({
          ...defaultOptimizer(graph.size, binding.isUsingGpuDevice()),
          ...this.#options.optimizer,
        }),
        effects: owned.effects,
        xla,
      },
    );
    const stats = this.#stats;
    stats.traces++;
    stats.traceMs = performance.now() - started;
    stats.nodes = graph.size;
    const inputs = owned.inputs.map(({ source }) => source);
    return { native, inputs, result, numResults, assigned, changed, called: false };
  }

  /** Runs the function symbolically, into `graph`. */
  #trace(
    args: unknown[],
    kinds: readonly ArgumentKind[],
    graph: OpGraph,
  ): { readonly trace: Trace<R>; readonly numResults: number } {
    let numResults = 0;
    const { precision = "fp32" } = this.#options;
    const recorded = trace(
      this.backend,
      kinds,
      (tensors, seed) =>
        withSeed(seed, undefined, () => this.#fn(...rebuild(args, tensors) as unknown as P)),
      (result): Tensor[] => {
        const tensors = flatten(result, "result").leaves.map((leaf) =>
          typeof leaf === "number" ? tf.scalar(leaf) : leaf
        );
        numResults = tensors.length;
        return tensors;
      },
      {
        low: LOW[precision],
        device: this.backend.binding.isUsingGpuDevice() ? "GPU" : "CPU",
        graph,
      },
    );
    return { trace: recorded, numResults };
  }
}

/** What a form for one combination of shapes is given. */
const NONE: ReadonlyMap<number, number> = new Map();

/** Forms that are kept unless asked for. */
const MAX_FORMS = 16;

function kindsOf(flat: Flat): ArgumentKind[] {
  return flat.leaves.map((leaf) =>
    typeof leaf === "number"
      ? { shape: [], dtype: "float32" as const }
      : { shape: leaf.shape, dtype: leaf.dtype }
  );
}

/** `TF_DataType` of each low precision. */
const LOW: Readonly<Record<Precision, number | undefined>> = {
  fp32: undefined,
  bf16: DType.BFLOAT16,
  fp16: DType.HALF,
};

/** Everything that a form depends on, a line for each part; on request without the sizes of images. */
function describe(flat: Flat, fixed: unknown, anySize = false): string[] {
  const lines = flat.leaves.map((leaf, i) => {
    if (typeof leaf === "number") return `${flat.paths[i]} is a number`;
    const { dtype, shape } = leaf;
    const sizes = anySize && shape.length === 4 ? ["?", "?", "?", shape[3]] : shape;
    return `${flat.paths[i]} is ${dtype} [${sizes.join(", ")}]`;
  });
  if (fixed !== undefined) lines.push(`static is ${JSON.stringify(fixed)}`);
  lines.push(`the arguments have the form ${flat.form}`);
  return lines;
}

function isNumber(source: Source, flat: Flat): boolean {
  return source.kind === "argument" && typeof flat.leaves[source.index] === "number";
}
