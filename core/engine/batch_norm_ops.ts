/**
 * Normalisation by the statistics of a batch, with its gradient in one piece: on the native engine TensorFlow's fused
 * kernels, elsewhere composed. The gradient's own gradient, which penalties on gradients need, is composed everywhere.
 *
 * Paper: S. Ioffe, C. Szegedy, "Batch Normalization", ICML 2015, https://arxiv.org/abs/1502.03167.
 *
 * @module
 */
import type { NamedTensorMap } from "@tensorflow/tfjs-core";
import { registerKernel } from "./kernels/_register.ts";
import type { OpAttribute } from "./native/attributes.ts";
import { AttrType, DType } from "./native/dtypes.ts";
import { type NodeBackend, nodeBackend } from "./native/node_backend.ts";
import { columnSums } from "./ops.ts";
import { type Tensor, type Tensor4D, tf } from "./tf.ts";

/** A normalised batch, and what it was normalised by. */
export interface NormalizedBatch {
  /** (x - mean) / √(biased variance + eps) · scale + offset. */
  readonly y: Tensor4D;
  /** Mean of each channel, `[c]`. */
  readonly mean: Tensor;
  /** Unbiased variance of each channel, `[c]`. */
  readonly variance: Tensor;
}

/** Normalises each channel of `x` `[n, h, w, c]` by its mean and variance; `scale` and `offset` are `[c]`. */
export function batchNorm(
  x: Tensor4D,
  scale: Tensor,
  offset: Tensor,
  epsilon: number,
): NormalizedBatch {
  setup();
  const [y, mean, variance] = run("BatchNormTrain", { x, scale, offset }, epsilon);
  return { y: y as Tensor4D, mean: mean!, variance: variance! };
}

const prepared = new Set<string>();

function setup(): void {
  const name = tf.getBackend();
  if (prepared.has(name)) return;
  if (prepared.size === 0) registerGradients();
  prepared.add(name);
  const kernels = nodeBackend() ? NATIVE : COMPOSED;
  for (const [kernel, compute] of Object.entries(kernels)) {
    registerKernel(
      tf,
      name,
      kernel,
      ({ inputs, attrs }) => tf.tidy(() => compute(inputs as NamedTensorMap, epsilonOf(attrs))),
    );
  }
}

const epsilonOf = (attributes: unknown): number =>
  (attributes as { readonly epsilon: number }).epsilon;

function run(kernel: string, inputs: NamedTensorMap, epsilon: number): Tensor[] {
  return tf.engine().runKernel(kernel, inputs, { epsilon }) as Tensor[];
}

/**
 * `BatchNormTrain` gives y, mean, unbiased variance, and two tensors that are for `BatchNormTrainGrad` alone; that one gives
 * the gradients of x, scale and offset.
 */
type Kernels = Readonly<
  Record<
    "BatchNormTrain" | "BatchNormTrainGrad",
    (inputs: NamedTensorMap, epsilon: number) => Tensor[]
  >
>;

/** What tfjs-node's backend has for ops with several results. */
interface ManyResults {
  executeMultipleOutputs(
    name: string,
    attributes: readonly OpAttribute[],
    inputs: readonly Tensor[],
    count: number,
  ): Tensor[];
}

function native(op: string, inputs: Tensor[], epsilon: number): Tensor[] {
  const backend = nodeBackend() as NodeBackend & ManyResults;
  // Not V3, which gives one result more, of a shape that nobody knows in a graph.
  return backend.executeMultipleOutputs(
    op,
    [
      { name: "T", type: AttrType.TYPE, value: DType.FLOAT },
      { name: "U", type: AttrType.TYPE, value: DType.FLOAT },
      { name: "epsilon", type: AttrType.FLOAT, value: epsilon },
      { name: "data_format", type: AttrType.STRING, value: "NHWC" },
      { name: "is_training", type: AttrType.BOOL, value: true },
    ],
    inputs,
    5,
  );
}

const NATIVE: Kernels = {
  BatchNormTrain({ x, scale, offset }, epsilon) {
    // Without statistics from before: those are kept elsewhere.
    const none = tf.tensor1d([], "float32");
    return native("FusedBatchNormV2", [x!, scale!, offset!, none, none], epsilon);
  },
  BatchNormTrainGrad({ dy, x, scale, first, second }, epsilon) {
    return native("FusedBatchNormGradV2", [dy!, x!, scale!, first!, second!], epsilon).slice(0, 3);
  },
};

const COMPOSED: Kernels = {
  BatchNormTrain({ x, scale, offset }, epsilon) {
    const mean = means(x!), centred = tf.sub(x!, mean);
    const variance = means(tf.square(centred));
    const inverse = tf.rsqrt(tf.add(variance, epsilon));
    const y = tf.add(tf.mul(centred, tf.mul(inverse, scale!)), offset!);
    const count = x!.size / mean.size;
    return [y, mean, tf.mul(variance, count / Math.max(count - 1, 1)), tf.clone(mean), inverse];
  },
  BatchNormTrainGrad({ dy, x, scale, first: mean, second: inverse }) {
    const normal = tf.mul(tf.sub(x!, mean!), inverse!);
    const dscale = columnSums(tf.mul(dy!, normal)), doffset = columnSums(dy!);
    const count = x!.size / mean!.size;
    const mean1 = tf.div(doffset, count), mean2 = tf.div(dscale, count);
    const rest = tf.sub(tf.sub(dy!, mean1), tf.mul(normal, mean2));
    return [tf.mul(rest, tf.mul(scale!, inverse!)), dscale, doffset];
  },
};

/** Mean of each channel, `[c]`. */
function means(x: Tensor): Tensor {
  return tf.div(columnSums(x), x.size / x.shape.at(-1)!);
}

function registerGradients(): void {
  tf.registerGradient({
    kernelName: "BatchNormTrain",
    inputsToSave: ["x", "scale"],
    outputsToSave: [false, false, false, true, true],
    gradFunc: (gradients, [x, scale, first, second], attributes) => {
      // All at once, as one op gives them. What the other results are used for has no gradient.
      const inputs = { dy: (gradients as Tensor[])[0]!, x: x!, scale: scale! };
      const saved = { first: first!, second: second! };
      const epsilon = epsilonOf(attributes);
      const [dx, dscale, doffset] = run("BatchNormTrainGrad", { ...inputs, ...saved }, epsilon);
      return { x: () => dx!, scale: () => dscale!, offset: () => doffset! };
    },
  });
  tf.registerGradient({
    kernelName: "BatchNormTrainGrad",
    inputsToSave: ["dy", "x", "scale"],
    gradFunc: (gradients, [dy, x, scale], attributes) => {
      const [ddx, ddscale, ddoffset] = gradients as Tensor[] as [Tensor, Tensor, Tensor];
      return secondGradient(dy!, x!, scale!, { ddx, ddscale, ddoffset }, epsilonOf(attributes));
    },
  });
}

/**
 * With r = 1 / √(variance + eps), n = (x - mean) r and P(a) = a - mean(a) - n·mean(a n), the gradients are
 * dx = scale·r·P(dy), dscale = Σ dy n, doffset = Σ dy. Below are the derivatives of
 * S = Σ ddx dx + Σ ddscale dscale + Σ ddoffset doffset; those through r and n are ∂r/∂x = -r² n / count, and r·P(c) for a
 * gradient c of n.
 */
function secondGradient(
  dy: Tensor,
  x: Tensor,
  scale: Tensor,
  { ddx, ddscale, ddoffset }: Readonly<Record<"ddx" | "ddscale" | "ddoffset", Tensor>>,
  epsilon: number,
): Record<string, () => Tensor> {
  const centred = tf.sub(x, means(x));
  const r = tf.rsqrt(tf.add(means(tf.square(centred)), epsilon));
  const n = tf.mul(centred, r), scaled = tf.mul(scale, r);
  const along = (a: Tensor): Tensor => means(tf.mul(a, n));
  const project = (a: Tensor): Tensor => tf.sub(tf.sub(a, means(a)), tf.mul(n, along(a)));
  /** mean(ddx P(dy)) */
  const overlap = (): Tensor =>
    tf.sub(
      tf.sub(means(tf.mul(ddx, dy)), tf.mul(means(ddx), means(dy))),
      tf.mul(along(ddx), along(dy)),
    );
  return {
    dy: () =>
      tf.add(
        tf.add(tf.mul(scaled, project(ddx)), tf.mul(ddscale, n)),
        ddoffset,
      ),
    scale: () => tf.mul(tf.mul(r, overlap()), x.size / scale.size),
    x: () => {
      const throughR = tf.mul(n, tf.mul(tf.mul(scaled, r), overlap()));
      const ofN = tf.sub(
        tf.mul(ddscale, dy),
        tf.mul(scaled, tf.add(tf.mul(ddx, along(dy)), tf.mul(dy, along(ddx)))),
      );
      return tf.sub(tf.mul(r, project(ofN)), throughR);
    },
    // Both are made of x, whose derivative is the whole one.
    first: () => tf.zerosLike(scale),
    second: () => tf.zerosLike(scale),
  };
}
