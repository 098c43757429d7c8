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
import { nodeBackend } from "./native/node_backend.ts";
import { type Tensor, type Tensor2D, type Tensor4D, tf } from "./tf.ts";

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

/** The largest float32 below 1, to which nothing in [0, 1) is rounded up. */
const BELOW_ONE = 1 - 2 ** -24;

/** Uniform numbers in [low, high), float32. */
export function randomUniform<T extends Tensor = Tensor>(
  shape: readonly number[],
  low = 0,
  high = 1,
): T {
  return tf.tidy(() => {
    const numbers = draw(
      "StatelessRandomUniform",
      shape,
      (rng) => Math.min(rng.float(), BELOW_ONE),
    );
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

/**
 * Drops whole samples: `[n, …]`, each set to 0 with probability `rate`, the others divided by 1 - `rate`. Stochastic depth:
 * G. Huang et al., ECCV 2016, https://arxiv.org/abs/1603.09382.
 *
 * @throws {RangeError} If `rate` is not in [0, 1).
 */
export function dropPath<T extends Tensor>(x: T, rate: number): T {
  return dropout(x, rate, x.shape.map((size, axis) => axis === 0 ? size : 1));
}

/**
 * Cuts a window of `height` x `width` out of each sample, at a place of its own: `[n, h, w, c]` to `[n, height, width, c]`.
 * Several tensors, of sizes that are multiples of the first one's by `scales`, are cut at the same places.
 *
 * @param images The first gives the grid of places; the others are `scales[i]` times as large.
 * @throws {RangeError} If the window is larger than the first image, or another image is not of the size that goes with it.
 */
export function randomCrop(
  images: readonly Tensor4D[],
  [height, width]: readonly [number, number],
  scales: readonly number[] = images.map(() => 1),
): Tensor4D[] {
  const [n, h, w] = images[0]!.shape;
  if (height > h || width > w) {
    throw new RangeError(`a window of ${height}x${width} does not fit into ${h}x${w}`);
  }
  images.forEach(({ shape }, i) => {
    if (shape[0] === n && shape[1] === h * scales[i]! && shape[2] === w * scales[i]!) return;
    throw new RangeError(`[${shape}] is not ${scales[i]} times [${images[0]!.shape}]`);
  });
  return tf.tidy(() => {
    const places = (size: number, window: number) =>
      tf.floor(randomUniform([n, 1], 0, size - window + 1));
    const top = places(h, height), left = places(w, width);
    return images.map((image, i) => {
      const [, rows, columns, c] = image.shape, scale = scales[i]!;
      // Pixels by their number in the whole batch: one op that every engine has.
      const row = tf.add(indices(top, scale, height), sampleStarts(n, rows));
      const column = indices(left, scale, width);
      const pixel = tf.add(
        tf.mul(tf.expandDims(row, 2), tf.scalar(columns, "int32")),
        tf.expandDims(column, 1),
      );
      const pixels = tf.reshape(image, [n * rows * columns, c]);
      return tf.gather(pixels, pixel as Tensor2D) as Tensor4D;
    });
  });
}

/** `[n, count·scale]` numbers of rows from `first` `[n, 1]` on. */
function indices(first: Tensor, scale: number, count: number): Tensor {
  const steps = tf.range(0, count * scale, 1, "float32");
  return tf.cast(tf.add(tf.mul(first, scale), steps), "int32");
}

/** `[n, 1]`: the number of each sample's first row. */
function sampleStarts(n: number, rows: number): Tensor {
  return tf.expandDims(tf.range(0, n * rows, rows, "int32"), 1);
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
