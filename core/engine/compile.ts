/**
 * Compiled functions: plain tensor code, run as one call of the engine.
 *
 * On the native engine {@linkcode compile} records what a function does with tensors and variables, once for each
 * combination of shapes, into one TensorFlow function: what `tf.function` is for Python. That function is then called off
 * the main thread. On other engines, which have nothing like it, the same call runs the function as it stands.
 *
 * @module
 */
import { flatten, type Leaf, rebuild } from "./structure.ts";
import { type CompileStats, NativeProgram, StatsCounter } from "./native/program.ts";
import type { OptimizerOptions } from "./native/function.ts";
import { nodeBackend } from "./native/node_backend.ts";
import { isTracing } from "./native/trace_scope.ts";
import type { Precision } from "./engine.ts";
import { precisionProblem } from "./precision.ts";
import { nextSeed, withSeed } from "./random_ops.ts";
import { type Scalar, type Tensor, tf } from "./tf.ts";

export { TraceError } from "./native/trace.ts";
export { type CompileStats } from "./native/program.ts";
export type { OptimizerOptions };

/** What a call takes where the function takes `T`: numbers for scalars, in arrays and records too. */
export type Fed<T> = T extends Scalar ? T | number
  : T extends Tensor ? T
  : T extends object ? { [K in keyof T]: Fed<T[K]> }
  : T;

/** How to compile. */
export interface CompileOptions {
  /** A word for messages and profiles; default the function's name. */
  readonly name?: string;
  /**
   * Plain data that the function's course depends on, besides its arguments: read at every call, and compiled anew when it
   * is another. What else the function takes from its closure is fixed by the first call.
   */
  readonly static?: () => unknown;
  /**
   * Arithmetic, default `fp32`; another one only on the native engine and on hardware that has it, see
   * `precisionProblem` of `core/engine/precision.ts`.
   */
  readonly precision?: Precision;
  /** Has XLA compile the function on the native engine: meant for GPUs, slower on CPUs. Default false. */
  readonly xla?: boolean;
  /** What TensorFlow's graph optimizer does on the native engine; default all its passes, once. */
  readonly optimizer?: OptimizerOptions;
  /**
   * One compiled form for images of all sizes (tensors `[n, h, w, c]` among the arguments) on the native engine, for functions
   * that assign to no variable. At every new size the function is recorded, which decides whether the form serves it; where it
   * cannot, that size gets a form of its own. Default false.
   */
  readonly dynamic?: boolean;
  /** Runs the function as it stands, on every engine. Default false. */
  readonly eager?: boolean;
  /** So many compiled forms are kept; the one that was not used for longest goes. Default 16. */
  readonly maxForms?: number;
  /** From so many forms on, each further one is told through `say`. Default 4. */
  readonly warnAfter?: number;
  /** Receives such lines; default `console.warn`. */
  readonly say?: (line: string) => void;
}

/** A compiled function. Calls are executed one after the other, in order; the results belong to the caller. */
export interface CompiledFunction<P extends readonly unknown[], R> {
  /**
   * Calls it. Arguments are borrowed and may be disposed as soon as this returns. Variables have their new values when the
   * promise is resolved, and are not to be changed before.
   *
   * @throws {TraceError} If the function does what cannot be compiled.
   * @throws {TypeError} If an argument is neither tensor nor number nor made of such.
   */
  (...args: { [K in keyof P]: Fed<P[K]> }): Promise<R>;
  /**
   * Makes ready for a call with such arguments while calls before it compute: with {@linkcode CompileOptions.dynamic}, a size
   * that is new is recorded and checked now. Does nothing where nothing can be done beforehand.
   */
  prepare(...args: { [K in keyof P]: Fed<P[K]> }): void;
  /** What has happened so far. */
  readonly stats: CompileStats;
  /** Releases the compiled forms; calls compile anew. */
  dispose(): void;
}

/** Calls of all compiled functions wait for each other, as they share variables. */
let queue: Promise<unknown> = Promise.resolve();

/**
 * Compiles `fn`, a synchronous function of tensors that may read and assign to variables, compute gradients, and return
 * tensors in arrays and records. Numbers among the arguments of a call arrive as float32 scalars, so that they are inputs
 * and never constants: learning rates, loss weights. Random numbers come from `core/engine/random_ops.ts`.
 *
 * @example
 * ```ts ignore
 * const step = compile((lq: Tensor4D, gt: Tensor4D, lr: Scalar) => {
 *   const { value, grads } = tf.variableGrads(() => tf.mean(tf.abs(tf.sub(net.forward(lq), gt))));
 *   for (const v of variables) v.assign(tf.sub(v, tf.mul(grads[v.name], lr)));
 *   return { loss: value };
 * });
 * const { loss } = await step(lq, gt, 1e-4);
 * ```
 *
 * @throws {RangeError} If the precision is not available.
 */
export function compile<P extends readonly unknown[], R>(
  fn: (...args: P) => R,
  options: CompileOptions = {},
): CompiledFunction<P, R> {
  const { precision = "fp32", name = fn.name || "compiled" } = options;
  const problem = precisionProblem(precision);
  if (problem !== undefined) throw new RangeError(problem);
  const stats = new StatsCounter();
  let program: NativeProgram<P, R> | undefined;

  function call(...args: unknown[]): Promise<R> {
    if (isTracing()) {
      throw new TypeError(
        `${name} is compiled and was called while another function is compiled: call the plain function there`,
      );
    }
    const seed = nextSeed();
    const flat = flatten(args, "arguments");
    // The caller may dispose them before their turn has come.
    const leaves = flat.leaves.map((leaf) => typeof leaf === "number" ? leaf : held(leaf));
    const turn = queue.then(async () => {
      try {
        stats.calls++;
        const backend = options.eager ? undefined : nodeBackend();
        if (!backend) return runEagerly(fn, args, leaves, seed);
        if (program?.backend !== backend) {
          program = new NativeProgram<P, R>(backend, fn, { ...options, name }, stats);
        }
        return await program.run(args, { ...flat, leaves }, seed);
      } finally {
        tf.dispose(leaves.filter((leaf) => typeof leaf !== "number"));
      }
    });
    queue = turn.catch(() => {}); // who called hears of it
    return turn;
  }

  const compiled = call as unknown as (...args: { [K in keyof P]: Fed<P[K]> }) => Promise<R>;
  return Object.assign(compiled, {
    stats: stats as CompileStats,
    prepare(...args: { [K in keyof P]: Fed<P[K]> }): void {
      const backend = options.eager ? undefined : nodeBackend();
      if (backend === undefined || program?.backend !== backend || isTracing()) return;
      const given: unknown[] = [...args];
      program.prepare(given, flatten(given, "arguments"));
    },
    dispose() {
      program?.[Symbol.dispose]();
      program = undefined;
    },
  });
}

function held(tensor: Tensor): Tensor {
  return tf.keep(tf.clone(tensor));
}

/** The function as it stands, with the same rules for arguments, results and random numbers. */
function runEagerly<P extends readonly unknown[], R>(
  fn: (...args: P) => R,
  args: unknown[],
  leaves: readonly Leaf[],
  seed: Int32Array,
): R {
  let result!: R;
  const tensors = tf.tidy(() => {
    const inputs = leaves.map((leaf) =>
      typeof leaf === "number" ? tf.scalar(leaf, "float32") : tf.clone(leaf)
    );
    result = withSeed(
      tf.tensor1d(seed, "int32"),
      seed,
      () => fn(...rebuild(args, inputs) as unknown as P),
    );
    // A result may be an argument, or a variable, which are not the caller's.
    return flatten(result, "result").leaves.map((leaf) =>
      typeof leaf === "number" ? tf.scalar(leaf) : tf.clone(leaf)
    );
  });
  return rebuild(result, tensors);
}
