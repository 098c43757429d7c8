/**
 * The ops that networks are made of most, in the form in which TensorFlow can fuse them and in which training keeps the
 * least memory; the same values as `tf.add`, `tf.relu` and `tf.leakyRelu`.
 *
 * Each is a kernel with a gradient of its own, on every engine: on the native one TensorFlow's `BiasAdd`, `ReluGrad` and
 * kin, elsewhere composed of what TensorFlow.js has. Gradients are made of the same kernels, so that those of higher order
 * exist as far as those of the convolution do.
 *
 * @module
 */
import type * as tfc from "@tensorflow/tfjs-core";
import { registerComposed } from "./kernels/_register.ts";
import type { OpAttribute } from "./native/attributes.ts";
import { AttrType, DType } from "./native/dtypes.ts";
import { nodeBackend } from "./native/node_backend.ts";
import { type Tensor, type Tensor4D, tf } from "./tf.ts";

/** Adds a bias `[c]` to `x`, `[n, h, w, c]` or of any rank from 2. Its gradient needs neither of them. */
export function biasAdd<T extends Tensor>(x: T, bias: Tensor): T {
  setup();
  return tf.engine().runKernel("BiasAdd", { x, bias }) as T;
}

/** Sum over all axes but the last: `[…, c]` to `[c]`; the gradient of a bias. */
export function columnSums(x: Tensor): Tensor {
  setup();
  return tf.engine().runKernel("BiasAddGrad", { dy: x }, { shape: x.shape }) as Tensor;
}

/** Convolution and bias: `[n, h, w, in]`, `[kh, kw, in, out]` and `[out]` to `[n, h', w', out]`. */
export function conv2dBias(
  x: Tensor4D,
  filter: Tensor4D,
  bias: Tensor,
  stride: number | [number, number],
  pad: "same" | "valid",
  dilation: number | [number, number] = 1,
): Tensor4D {
  return biasAdd(tf.conv2d(x, filter, stride, pad, "NHWC", dilation), bias);
}

/** max(x, 0). Training keeps the result, not `x`. */
export function relu<T extends Tensor>(x: T): T {
  setup();
  return tf.engine().runKernel("FusableRelu", { x }) as T;
}

/**
 * x where positive, else `slope`·x. Training keeps the result, not `x`.
 *
 * @throws {RangeError} If the slope is negative.
 */
export function leakyRelu<T extends Tensor>(x: T, slope = 0.2): T {
  if (!(slope >= 0)) throw new RangeError(`slope must not be negative, received ${slope}`);
  setup();
  return tf.engine().runKernel("FusableLeakyRelu", { x }, { alpha: slope }) as T;
}

/**
 * a + b of the same shape, the sum of a skip and its branch. Its gradient needs neither of them, where `tf.add` keeps both.
 *
 * @throws {RangeError} If the shapes differ.
 */
export function addSame<T extends Tensor>(a: T, b: T): T {
  if (a.shape.join() !== b.shape.join()) {
    throw new RangeError(`[${a.shape.join(", ")}] and [${b.shape.join(", ")}] must be the same`);
  }
  setup();
  return tf.engine().runKernel("AddSame", { a, b }) as T;
}

/** 1 / (1 + e⁻ˣ). Training keeps the result, not `x`. */
export function sigmoid<T extends Tensor>(x: T): T {
  setup();
  return tf.engine().runKernel("FusableSigmoid", { x }) as T;
}

/** Hyperbolic tangent. Training keeps the result, not `x`. */
export function tanh<T extends Tensor>(x: T): T {
  setup();
  return tf.engine().runKernel("FusableTanh", { x }) as T;
}

/** Mean of each channel: `[n, h, w, c]` to `[n, 1, 1, c]`. Its gradient does not need `x`. */
export function channelMeans(x: Tensor4D): Tensor4D {
  setup();
  return tf.engine().runKernel("ChannelMeans", { x }, { shape: x.shape }) as Tensor4D;
}

/** `[n, h, w, c]` times `[n, 1, 1, c]`. */
export function scaleChannels(x: Tensor4D, factors: Tensor4D): Tensor4D {
  setup();
  return tf.engine().runKernel("ScaleChannels", { x, factors }) as Tensor4D;
}

/**
 * `dy` where `x` is positive, else 0: the gradient of max(x, 0). `x` may be its result as well. Gradients of higher order
 * pass `x` by, as they are zero wherever there is one.
 */
export function reluGrad<T extends Tensor>(dy: T, x: Tensor): T {
  setup();
  return tf.engine().runKernel("ReluGrad", { dy, y: detach(x) }) as T;
}

/** `dy` where `x` is positive, else `slope`·`dy`: the gradient of a leaky ReLU; as {@linkcode reluGrad}. */
export function leakyReluGrad<T extends Tensor>(dy: T, x: Tensor, slope: number): T {
  setup();
  return tf.engine().runKernel("LeakyReluGrad", { dy, y: detach(x) }, { alpha: slope }) as T;
}

/** The same numbers as a constant: gradients end here. No copy is made. */
export function detach<T extends Tensor>(x: T): T {
  const { state } = tf.engine();
  state.kernelDepth++; // within a kernel nothing is recorded
  try {
    return tf.clone(x);
  } finally {
    state.kernelDepth--;
  }
}

const prepared = new Set<string>();

/** Registers kernels for the backend that runs, and the gradients once. */
function setup(): void {
  const name = tf.getBackend();
  if (prepared.has(name)) return;
  if (prepared.size === 0) registerGradients();
  prepared.add(name);
  for (const [kernel, compose] of Object.entries(nodeBackend() ? NATIVE : COMPOSED)) {
    registerComposed(tf, name, kernel, compose);
  }
}

type Kernels = Readonly<
  Record<
    string,
    (inputs: Record<string, Tensor>, attributes: Record<string, unknown>) => Tensor
  >
>;

const FLOAT: OpAttribute = { name: "T", type: AttrType.TYPE, value: DType.FLOAT };
const alphaOf = ({ alpha }: Record<string, unknown>): OpAttribute => ({
  name: "alpha",
  type: AttrType.FLOAT,
  value: alpha,
});

function native(op: string, inputs: Tensor[], ...attributes: OpAttribute[]): Tensor {
  return nodeBackend()!.executeSingleOutput(op, [FLOAT, ...attributes], inputs);
}

const NATIVE: Kernels = {
  BiasAdd: ({ x, bias }) => native("BiasAdd", [x!, bias!]),
  BiasAddGrad: ({ dy }) => native("BiasAddGrad", [dy!]),
  FusableRelu: ({ x }) => native("Relu", [x!]),
  ReluGrad: ({ dy, y }) => native("ReluGrad", [dy!, y!]),
  FusableLeakyRelu: ({ x }, attributes) => native("LeakyRelu", [x!], alphaOf(attributes)),
  LeakyReluGrad: ({ dy, y }, attributes) => native("LeakyReluGrad", [dy!, y!], alphaOf(attributes)),
  AddSame: ({ a, b }) => native("AddV2", [a!, b!]),
  FusableSigmoid: ({ x }) => native("Sigmoid", [x!]),
  SigmoidGrad: ({ dy, y }) => native("SigmoidGrad", [y!, dy!]),
  FusableTanh: ({ x }) => native("Tanh", [x!]),
  TanhGrad: ({ dy, y }) => native("TanhGrad", [y!, dy!]),
  ChannelMeans: ({ x }) => tf.mean(x!, [1, 2], true),
  ScaleChannels: ({ x, factors }) => native("Mul", [x!, factors!]),
};

const COMPOSED: Kernels = {
  BiasAdd: ({ x, bias }) => tf.add(x!, bias!),
  BiasAddGrad: ({ dy }) => tf.sum(dy!, dy!.shape.map((_, i) => i).slice(0, -1)),
  FusableRelu: ({ x }) => tf.relu(x!),
  ReluGrad: ({ dy, y }) => tf.mul(dy!, tf.step(y!)),
  FusableLeakyRelu: ({ x }, { alpha }) => tf.leakyRelu(x!, Number(alpha)),
  LeakyReluGrad: ({ dy, y }, { alpha }) => tf.mul(dy!, tf.step(y!, Number(alpha))),
  AddSame: ({ a, b }) => tf.add(a!, b!),
  FusableSigmoid: ({ x }) => tf.sigmoid(x!),
  SigmoidGrad: ({ dy, y }) => tf.mul(dy!, tf.mul(y!, tf.sub(1, y!))),
  FusableTanh: ({ x }) => tf.tanh(x!),
  TanhGrad: ({ dy, y }) => tf.mul(dy!, tf.sub(1, tf.square(y!))),
  ChannelMeans: ({ x }) => tf.mean(x!, [1, 2], true),
  ScaleChannels: ({ x, factors }) => tf.mul(x!, factors!),
};

function registerGradients(): void {
  const run = (kernel: string, inputs: Record<string, Tensor>, attributes = {}) =>
    tf.engine().runKernel(kernel, inputs, attributes) as Tensor;
  const register = (
    kernelName: string,
    gradFunc: (
      dy: Tensor,
      saved: Tensor[],
      attributes: tfc.NamedAttrMap,
    ) => Record<string, () => Tensor>,
    saved: Pick<tfc.GradConfig, "inputsToSave" | "outputsToSave"> = {},
  ) =>
    tf.registerGradient({
      kernelName,
      ...saved,
      gradFunc: (dy, saved, attributes) => gradFunc(dy as Tensor, saved, attributes),
    });
  register("BiasAdd", (dy) => ({
    x: () => tf.clone(dy),
    bias: () => run("BiasAddGrad", { dy }, { shape: dy.shape }),
  }));
  register("BiasAddGrad", (ddb, _saved, { shape }) => ({
    dy: () => tf.broadcastTo(ddb, shape as number[]),
  }));
  register("ChannelMeans", (dy, _saved, { shape }) => ({
    x: () => {
      const [, h, w] = shape as Tensor4D["shape"];
      return tf.broadcastTo(tf.mul(dy, 1 / (h * w)), shape as number[]);
    },
  }));
  register("ScaleChannels", (dy, [x, factors]) => ({
    x: () => scaleChannels(dy as Tensor4D, factors as Tensor4D),
    factors: () => tf.sum(tf.mul(dy, x!), [1, 2], true),
  }), { inputsToSave: ["x", "factors"] });
  for (
    const [forward, backward, slope] of [
      // of y: dy (1 - 2 y), and -2 dy y
      [
        "FusableSigmoid",
        "SigmoidGrad",
        (dy: Tensor, y: Tensor) => tf.mul(dy, tf.sub(1, tf.mul(y, 2))),
      ],
      ["FusableTanh", "TanhGrad", (dy: Tensor, y: Tensor) => tf.mul(dy, tf.mul(y, -2))],
    ] as const
  ) {
    register(forward, (dy, [y]) => ({ x: () => run(backward, { dy, y: y! }) }), {
      outputsToSave: [true],
    });
    register(backward, (ddx, [dy, y]) => ({
      dy: () => run(backward, { dy: ddx, y: y! }),
      y: () => tf.mul(ddx, slope(dy!, y!)),
    }), { inputsToSave: ["dy", "y"] });
  }
  register("AddSame", (dy) => ({ a: () => tf.clone(dy), b: () => tf.clone(dy) }));
  for (
    const [forward, backward] of [
      ["FusableRelu", "ReluGrad"],
      ["FusableLeakyRelu", "LeakyReluGrad"],
    ] as const
  ) {
    // The sign of the result is that of the input.
    register(
      forward,
      (dy, [y], attributes) => ({ x: () => run(backward, { dy, y: detach(y!) }, attributes) }),
      { outputsToSave: [true] },
    );
    register(
      backward,
      (ddx, [y], attributes) => ({
        dy: () => run(backward, { dy: ddx, y: y! }, attributes),
        y: () => tf.zerosLike(y!),
      }),
      { inputsToSave: ["y"] },
    );
  }
}
