/**
 * A function of an eager context, which is called as one op.
 *
 * @module
 */
import type { OpAttribute } from "./attributes.ts";
import type { NativeBinding, TensorMetadata } from "./binding.ts";
import { AttrType } from "./dtypes.ts";
import type { Graph } from "./graph.ts";
import type { GraphTensor } from "./op_graph.ts";
import { Status } from "./status.ts";

let count = 0;

/** How a graph becomes a function. */
export interface FunctionOptions {
  /** A serialized `tensorflow.ConfigProto` that steers TensorFlow's graph optimizer; see {@linkcode optimizerConfig}. */
  readonly config: Uint8Array<ArrayBuffer>;
  /** Nodes that run for what they do to variables. */
  readonly effects?: readonly bigint[];
  /** Compiled by XLA. */
  readonly xla?: boolean;
}

/** A graph that the context has compiled, or will at the first call. */
export class NativeFunction implements Disposable {
  readonly #binding: NativeBinding;
  readonly #attributes: readonly OpAttribute[];
  readonly #outputs: number;
  #disposed = false;
  /** Its name in the context. */
  readonly name: string;

  /**
   * Makes a function of `graph`.
   *
   * @param label A word for its name, which shows in errors and profiles.
   * @throws {NativeError} With TensorFlow's message.
   */
  constructor(
    binding: NativeBinding,
    graph: Graph,
    label: string,
    inputs: readonly GraphTensor[],
    outputs: readonly GraphTensor[],
    options: FunctionOptions,
  ) {
    this.#binding = binding;
    this.#outputs = outputs.length;
    this.name = `denosr_${label.replace(/\W/g, "_")}_${++count}`;
    const { config, effects, xla } = options;
    this.#attributes = [
      { name: "config_proto", type: AttrType.STRING, value: config },
      ...xla ? [{ name: "_XlaMustCompile", type: AttrType.BOOL, value: true }] : [],
    ];
    graph.toFunction(binding.context, this.name, inputs, outputs, effects);
  }

  /** Calls it off the main thread; takes and gives tensors of the binding. The inputs may be deleted meanwhile. */
  call(inputs: readonly number[]): Promise<TensorMetadata[]> {
    return this.#binding.executeOpAsync(this.name, this.#attributes, inputs, this.#outputs);
  }

  /** Removes it from the context; safe to call twice, and after the context is gone. */
  [Symbol.dispose](): void {
    const { context } = this.#binding;
    if (this.#disposed) return;
    this.#disposed = true;
    if (context.ptr === 0n) return;
    const { library } = context;
    using status = new Status(library);
    const name = new TextEncoder().encode(this.name + "\0");
    library.c.TFE_ContextRemoveFunction(context.ptr, name, status.ptr);
    status.check(this.name);
  }
}

/** What can be set of TensorFlow's graph optimizer (grappler); absent means TensorFlow's default. */
export interface OptimizerOptions {
  /** Switches it off altogether. Default true for large graphs on the CPU, see {@linkcode defaultOptimizer}. */
  readonly disabled?: boolean;
  /** How many times all passes run; TensorFlow's default is twice, ours once, which finds nearly all. */
  readonly iterations?: 1 | 2;
  /** Field numbers of `RewriterConfig` that are switched off, for example 3 for `constant_folding`. */
  readonly off?: readonly number[];
}

/** Graphs with more nodes than this are not optimized on the CPU unless asked for. */
const LARGE = 8000;

/**
 * `arithmetic_optimization`: it merges additions into `AddN`, which adds up in an order that depends on which of its
 * inputs' buffers happens to be free, so that two calls with the same inputs differ in the last bit.
 */
const ARITHMETIC = 7;

/**
 * What is done if nothing else is asked for. On the CPU oneDNN's own pass fuses convolutions with bias and activation
 * whether grappler runs or not: RCAN's step of 33,000 nodes ran 3 % slower without it, but its first call took 6 s in
 * place of 15 s. On a GPU the choice of the layout depends on it.
 */
export function defaultOptimizer(nodes: number, isGpu: boolean): OptimizerOptions {
  return { iterations: 1, disabled: nodes > LARGE && !isGpu, off: [ARITHMETIC] };
}

/**
 * A serialized `tensorflow.ConfigProto` with `graph_options` (10) { `rewrite_options` (10) { … } }, see
 * tensorflow/core/protobuf/{config,rewriter_config}.proto.
 */
export function optimizerConfig(
  { disabled, iterations, off = [] }: OptimizerOptions,
): Uint8Array<ArrayBuffer> {
  const rewriter: number[] = [];
  if (disabled) rewriter.push(...key(19), 1); // disable_meta_optimizer
  if (iterations !== undefined) rewriter.push(...key(12), iterations); // meta_optimizer_iterations
  for (const field of off) rewriter.push(...key(field), 2); // Toggle.OFF
  return new Uint8Array([0x52, rewriter.length + 2, 0x52, rewriter.length, ...rewriter]);
}

/** Tag of a varint field below 2048. */
function key(field: number): number[] {
  const tag = field << 3;
  return tag < 128 ? [tag] : [(tag & 0x7f) | 0x80, tag >> 7];
}
