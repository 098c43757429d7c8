/**
 * What transformers are made of, with gradients that keep little and take few passes over the memory: the exact GELU,
 * attention, and cyclic shifts. Composed of TensorFlow.js's ops on every engine, as in `ops.ts`; higher gradients exist.
 *
 * @module
 */
import { registerComposed } from "./kernels/_register.ts";
import { AttrType, DType } from "./native/dtypes.ts";
import { nodeBackend } from "./native/node_backend.ts";
import { type Tensor, type Tensor3D, type Tensor4D, tf } from "./tf.ts";

/** x·Φ(x), where Φ is the normal distribution: PyTorch's `F.gelu`, without approximation. Training keeps `x`. */
export function gelu<T extends Tensor>(x: T): T {
  setup();
  return tf.engine().runKernel("ExactGelu", { x }) as T;
}

/**
 * softmax(scale·q·kᵀ + bias)·v for each of `b` attentions: `q` `[b, n, d]`, `k` `[b, m, d]`, `v` `[b, m, e]` to `[b, n, e]`.
 * `bias` is of rank 4, for a grid of three axes, of which b is the product, and n·m; sizes of 1 in the grid are repeated.
 *
 * @param grid The three axes that b is made of: for example heads, images, windows.
 */
export function attention(
  q: Tensor3D,
  k: Tensor3D,
  v: Tensor3D,
  bias: Tensor4D,
  grid: readonly [number, number, number],
  scale: number,
): Tensor3D {
  setup();
  const inputs = { q, k, v, bias };
  return tf.engine().runKernel("Attention", inputs, { grid, scale }) as Tensor as Tensor3D;
}

/** The softmax of {@linkcode attention} alone, `[b, n, m]`, made of plain ops. */
export function attentionWeights(
  q: Tensor3D,
  k: Tensor3D,
  bias: Tensor4D,
  grid: readonly [number, number, number],
  scale: number,
): Tensor3D {
  const scaled = scale === 1 ? q : tf.mul(q, scale);
  const scores = tf.matMul(scaled, k, false, true) as Tensor3D;
  const [, n, m] = scores.shape;
  const biased = tf.add(tf.reshape(scores, [...grid, n * m]), bias);
  return tf.softmax(tf.reshape(biased, scores.shape));
}

/** Moves an image cyclically, down by `shift[0]` and right by `shift[1]` pixels: `torch.roll` over height and width. */
export function roll(x: Tensor4D, shift: readonly [number, number]): Tensor4D {
  const [, h, w] = x.shape;
  const [down, right] = [modulo(shift[0], h), modulo(shift[1], w)];
  if (down === 0 && right === 0) return tf.clone(x);
  setup();
  const attributes = { shift: [down, right] };
  return tf.engine().runKernel("RollImage", { x }, attributes) as Tensor as Tensor4D;
}

function modulo(a: number, b: number): number {
  return ((a % b) + b) % b;
}

const prepared = new Set<string>();

function setup(): void {
  const name = tf.getBackend();
  if (prepared.has(name)) return;
  if (prepared.size === 0) registerGradients();
  prepared.add(name);
  registerComposed(tf, name, "ExactGelu", ({ x }) => tf.mul(x!, normalDistribution(x!)));
  registerComposed(tf, name, "Attention", ({ q, k, v, bias }, attributes) => {
    const { grid, scale } = attributes as unknown as AttentionAttributes;
    const [queries, keys, numbers] = [q, k, bias] as [Tensor3D, Tensor3D, Tensor4D];
    return tf.matMul(attentionWeights(queries, keys, numbers, grid, scale), v as Tensor3D);
  });
  registerComposed(tf, name, "RollImage", ({ x }, { shift }) => {
    const shifts = shift as number[];
    if (!nodeBackend()) return shifts.reduce((y, by, i) => rollAxis(y, by, i + 1), x!);
    const types = ["Tshift", "Taxis"].map((name) => ({
      name,
      type: AttrType.TYPE,
      value: DType.INT32,
    }));
    const type = { name: "T", type: AttrType.TYPE, value: DType.FLOAT };
    const by = tf.tensor1d(shifts, "int32"), axes = tf.tensor1d([1, 2], "int32");
    return nodeBackend()!.executeSingleOutput("Roll", [type, ...types], [x!, by, axes]);
  });
}

interface AttentionAttributes {
  readonly grid: readonly [number, number, number];
  readonly scale: number;
}

function rollAxis(x: Tensor, by: number, axis: number): Tensor {
  if (by === 0) return x;
  const size = x.shape[axis]!;
  const [head, tail] = tf.split(x, [size - by, by], axis);
  return tf.concat([tail!, head!], axis);
}

function normalDistribution(x: Tensor): Tensor {
  return tf.add(tf.mul(tf.erf(tf.mul(x, Math.SQRT1_2)), 0.5), 0.5);
}

function registerGradients(): void {
  tf.registerGradient({
    kernelName: "ExactGelu",
    inputsToSave: ["x"],
    gradFunc: (dy, [x]) => ({
      x: () => {
        // Φ(x) + x·Φ'(x); the former is made of the ops of the kernel, which a compiled function computes once.
        const density = tf.exp(tf.mul(tf.square(x!), -0.5));
        const slope = tf.mul(tf.mul(x!, density), 1 / Math.sqrt(2 * Math.PI));
        return tf.mul(dy as Tensor, tf.add(normalDistribution(x!), slope));
      },
    }),
  });
  tf.registerGradient({
    kernelName: "Attention",
    inputsToSave: ["q", "k", "v", "bias"],
    outputsToSave: [true],
    gradFunc: (dys, saved, attributes) => {
      const dy = dys as Tensor3D;
      const [q, k, v] = saved as Tensor3D[];
      const bias = saved[3] as Tensor4D, y = saved[4]!;
      const { grid, scale } = attributes as unknown as AttentionAttributes;
      // Made of the ops of the kernel: a compiled function computes it once, elsewhere it is not kept in between.
      const weights = attentionWeights(q!, k!, bias, grid, scale);
      // The sum over all keys of weights times their gradient is that of y times its gradient, which is smaller.
      const inner = tf.sum(tf.mul(dy, y), -1, true);
      const dscores = tf.mul(weights, tf.sub(tf.matMul(dy, v!, false, true), inner)) as Tensor3D;
      return {
        q: () => times(tf.matMul(dscores, k!), scale),
        k: () => tf.matMul(dscores, times(q!, scale) as Tensor3D, true),
        v: () => tf.matMul(weights, dy, true),
        bias: () => sumOverGrid(dscores, grid, bias.shape),
      };
    },
  });
  tf.registerGradient({
    kernelName: "RollImage",
    gradFunc: (dy, _saved, { shift }) => ({
      x: () => {
        const [down, right] = shift as [number, number];
        return roll(dy as Tensor4D, [-down, -right]);
      },
    }),
  });
}

const times = (x: Tensor, factor: number): Tensor => factor === 1 ? tf.clone(x) : tf.mul(x, factor);

/** `[b, n, m]` as the grid of b and n·m, summed over the axes in which `shape` has size 1. */
function sumOverGrid(
  x: Tensor3D,
  grid: readonly number[],
  shape: readonly number[],
): Tensor {
  const numbers = x.shape[1] * x.shape[2];
  let y: Tensor = x, sizes = [...grid];
  for (const axis of [2, 1, 0]) {
    if (shape[axis] !== 1 || sizes[axis] === 1) continue;
    const before = sizes.slice(0, axis).reduce((size, length) => size * length, 1);
    const after = sizes.slice(axis + 1).reduce((size, length) => size * length, numbers);
    // Twice as fast as the sum over an axis in the middle.
    const ones = tf.ones([before, 1, sizes[axis]!]) as Tensor3D;
    y = tf.matMul(ones, tf.reshape(y, [before, sizes[axis]!, after]) as Tensor3D);
    sizes = sizes.with(axis, 1);
  }
  return tf.reshape(y, [...shape]);
}
