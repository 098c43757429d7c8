/**
 * Random tensors that can be compiled: fresh at every call, and the same again from the same seed.
 *
 * TensorFlow.js draws random numbers on the host, so that a compiled function would repeat those of its recording for
 * ever. These take a seed that is an input of the function. On the native engine TensorFlow computes them
 * (`StatelessRandomUniform` and kin, which are Philox streams), on other engines the host does: the numbers of one engine
 * are always the same, those of different engines are not.
 *
 * @module
 */
import { Rng } from "../random.ts";
import { AttrType, DType } from "./native/dtypes.ts";
import { nodeBackend } from "./native/trace_scope.ts";
import { type Tensor, tf } from "./tf.ts";

let stream: readonly (number | string)[] = ["unseeded"];
let calls = 0;

/** The seed that the ops of one call draw from, and how many have done so. */
interface Scope {
  /** int32 `[2]`, on the device; what the host takes where there are no such ops. */
  readonly tensor: Tensor;
  /** The same numbers; undefined while a function is recorded. */
  readonly words: Int32Array | undefined;
  drawn: number;
}

let scope: Scope | undefined;

/**
 * Starts the stream of random numbers named by `key`, for example `(manual_seed, iter)` before every iteration, which
 * makes resuming exact.
 */
export function seedRandomOps(...key: readonly (number | string)[]): void {
  stream = key;
  calls = 0;
}

/** The seed of the next call, two words of 32 bits. */
export function nextSeed(): Int32Array {
  const rng = new Rng(...stream, "call", calls++);
  return Int32Array.of(rng.uint32() | 0, rng.uint32() | 0);
}

/** Runs `fn`, whose random ops draw from `seed` one after the other; for `compile`. */
export function withSeed<T>(tensor: Tensor, words: Int32Array | undefined, fn: () => T): T {
  const outer = scope;
  scope = { tensor, words, drawn: 0 };
  try {
    return fn();
  } finally {
    scope = outer;
  }
}

/** Where the stream of random numbers stands. */
export interface RandomState {
  /** Ops that have drawn in this call. */
  readonly drawn: number;
  /** Calls so far. */
  readonly calls: number;
}

/** Where the stream stands now, for {@linkcode atRandomState}. */
export function randomState(): RandomState {
  return { drawn: scope?.drawn ?? 0, calls };
}

/** Runs `fn`, which draws again what was drawn since `state`; afterwards the stream goes on where it stood. */
export function atRandomState<T>(state: RandomState, fn: () => T): T {
  const now = randomState();
  const set = ({ drawn, calls: count }: RandomState) => {
    if (scope) scope.drawn = drawn;
    calls = count;
  };
  set(state);
  try {
    return fn();
  } finally {
    set(now);
  }
}

/** Uniform numbers in [low, high), float32. */
export function randomUniform<T extends Tensor = Tensor>(
  shape: readonly number[],
  low = 0,
  high = 1,
): T {
  return tf.tidy(() => {
    const numbers = draw("StatelessRandomUniform", shape, (rng) => rng.float());
    const scaled = high - low === 1 ? numbers : tf.mul(numbers, high - low);
    return low === 0 ? scaled : tf.add(scaled, low);
  }) as T;
}

/** Normal numbers, float32. */
export function randomNormal<T extends Tensor = Tensor>(
  shape: readonly number[],
  mean = 0,
  std = 1,
): T {
  return tf.tidy(() => {
    const numbers = draw("StatelessRandomNormal", shape, (rng) => rng.normal());
    const scaled = std === 1 ? numbers : tf.mul(numbers, std);
    return mean === 0 ? scaled : tf.add(scaled, mean);
  }) as T;
}

/**
 * Sets each element to 0 with probability `rate`, and divides the others by 1 - `rate`. With `shape`, of which sizes may be
 * 1, elements share their fate along those axes: `[n, 1, 1, 1]` drops whole samples, as drop-path does.
 *
 * @throws {RangeError} If `rate` is not in [0, 1).
 */
export function dropout<T extends Tensor>(x: T, rate: number, shape?: readonly number[]): T {
  if (!(rate >= 0 && rate < 1)) throw new RangeError(`rate must be in [0, 1), received ${rate}`);
  if (rate === 0) return tf.clone(x);
  return tf.tidy(() => {
    const keep = tf.greaterEqual(randomUniform(shape ?? x.shape), rate);
    return tf.mul(x, tf.div(tf.cast(keep, "float32"), 1 - rate));
  }) as T;
}

function draw(op: string, shape: readonly number[], number: (rng: Rng) => number): Tensor {
  const index = scope ? scope.drawn++ : 0;
  const backend = nodeBackend();
  if (backend) {
    const seed = scope?.tensor ?? tf.tensor1d(nextSeed(), "int32");
    // Streams of one call differ in the second word.
    const own = tf.add(seed, tf.tensor1d([0, Math.imul(index, 0x9e3779b9)], "int32"));
    const attributes = [
      { name: "dtype", type: AttrType.TYPE, value: DType.FLOAT },
      { name: "T", type: AttrType.TYPE, value: DType.INT32 },
      { name: "Tseed", type: AttrType.TYPE, value: DType.INT32 },
    ];
    const size = tf.tensor1d([...shape], "int32");
    return backend.executeSingleOutput(op, attributes, [size, own]);
  }
  const words = scope?.words ?? nextSeed();
  const rng = new Rng(words[0]!, words[1]!, index);
  const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
  for (let i = 0; i < values.length; i++) values[i] = number(rng);
  return tf.tensor(values, [...shape]);
}
