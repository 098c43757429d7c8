/**
 * Kernels that TensorFlow has but tfjs-node does not pass on, or in more steps than needed, for the native engine.
 *
 * @module
 */
import type { DepthwiseConv2dNativeAttrs, TensorInfo } from "@tensorflow/tfjs-core";
import type { Tensor, Tensor4D, TensorFlow } from "../tf.ts";
import { transposeBlocks } from "../gradients.ts";
import { PRELU_GRADIENT } from "./activation_gradients.ts";
import { dilateFilter } from "./conv_backprop.ts";
import { registerFilterGradient } from "./filter_gradient.ts";
import { registerComposed, registerKernel } from "./_register.ts";
import { registerSplitConvolution } from "./split_convolution.ts";

/** An attribute of an op. */
interface Attribute {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

/** What of tfjs-node's backend is used here. */
interface NodeBackend {
  binding: {
    readonly TF_ATTR_BOOL: number;
    readonly TF_ATTR_INT: number;
    readonly TF_ATTR_STRING: number;
    readonly TF_ATTR_TYPE: number;
    readonly TF_FLOAT: number;
    isUsingGpuDevice(): boolean;
  };
  executeSingleOutput(op: string, attributes: Attribute[], inputs: TensorInfo[]): Tensor;
}

/** The backend's name. */
const NATIVE = "tensorflow";

/** Attributes of the kernel that {@linkcode resizeGradientName} names. */
export interface ResizeGradientAttrs {
  /** The corner pixels' centres are kept in place. */
  readonly alignCorners: boolean;
  /** Pixels are squares around their centres. */
  readonly halfPixelCenters: boolean;
  /** Height and width of `dy`. */
  readonly size: readonly [number, number];
}

/**
 * Name of the kernel for the gradient of `ResizeBilinear` or `ResizeNearestNeighbor` in every coordinate convention; it
 * takes `dy` and `images`. The native engine has it.
 */
export function resizeGradientName(kernelName: string): string {
  return `${kernelName}GradExact`;
}

/** Registers them; safe to call again. */
export function registerNativeKernels(tf: TensorFlow): void {
  registerFilterGradient(tf);
  registerSplitConvolution(tf);
  registerKernel(
    tf,
    NATIVE,
    resizeGradientName("ResizeBilinear"),
    ({ inputs, attrs, backend }) => {
      const { dy, images } = inputs as Record<string, TensorInfo>;
      const native = backend as unknown as NodeBackend;
      return native.executeSingleOutput(
        "ResizeBilinearGrad",
        resizeAttributes(native, attrs as unknown as ResizeGradientAttrs),
        [dy!, images!],
      );
    },
  );
  registerComposed(
    tf,
    NATIVE,
    resizeGradientName("ResizeNearestNeighbor"),
    ({ dy, images }, attrs) => nearestGradient(tf, dy!, images!, attrs as never),
  );
  registerComposed(tf, NATIVE, "SpaceToDepth", ({ x }, { blockSize }) => {
    const native = tf.backend() as unknown as NodeBackend;
    const { binding } = native;
    // On a GPU TensorFlow may turn a graph to NCHW, and this op with it, but no transposition. On the CPU the op takes longer
    // than the transposition: [4, 256, 256, 64] by 2 12.7 ms and 10.1 ms on two cores.
    if (!binding.isUsingGpuDevice()) return transposeBlocks(x as Tensor4D, Number(blockSize));
    return native.executeSingleOutput("SpaceToDepth", [
      typeOf(native),
      { name: "block_size", type: binding.TF_ATTR_INT, value: blockSize },
    ], [x!]);
  });
  const depthwise = tf.getKernel("DepthwiseConv2dNative", NATIVE);
  registerKernel(tf, NATIVE, "DepthwiseConv2dNative", (params) => {
    const { strides, pad, dilations, dimRoundingMode } = params
      .attrs as unknown as DepthwiseConv2dNativeAttrs;
    const [rows, columns] = [dilations ?? 1, dilations ?? 1].flat() as [number, number];
    if (rows === 1 && columns === 1) return depthwise.kernelFunc(params);
    // TensorFlow does it on some processors only: those on which it uses oneDNN.
    const { x, filter } = params.inputs as unknown as Record<string, Tensor4D>;
    return tf.tidy(() => {
      const spread = dilateFilter(filter!, [rows, columns]);
      return tf.depthwiseConv2d(x!, spread, strides, pad, "NHWC", 1, dimRoundingMode);
    });
  });
  // x where positive, else x + (alpha - 1) x. On two cores [1, 256, 256, 64] takes 8.5 ms of processor time that way, with a
  // comparison and a choice 13.5, and tfjs-node's own goes over the memory six times.
  registerComposed(
    tf,
    NATIVE,
    "Prelu",
    ({ x, alpha }) => tf.add(x!, tf.mul(tf.minimum(x!, 0), tf.sub(alpha!, 1))),
  );
  registerComposed(
    tf,
    NATIVE,
    PRELU_GRADIENT,
    ({ dy, x, alpha }) => select(tf, tf.lessEqual(x!, 0), tf.mul(dy!, alpha!), dy!),
  );
}

/**
 * Enlarged by whole numbers every pixel became a block, and its gradient is the block's mean times its size. That is as
 * fast as TensorFlow's kernel for it on the CPU, and on a GPU that one adds in another order each time.
 */
function nearestGradient(
  tf: TensorFlow,
  dy: Tensor,
  images: Tensor,
  attrs: ResizeGradientAttrs,
): Tensor {
  const [, height, width] = images.shape as Tensor4D["shape"];
  const [tall, wide] = [attrs.size[0] / height, attrs.size[1] / width];
  if (Number.isInteger(tall) && Number.isInteger(wide) && !attrs.alignCorners) {
    const block = [tall, wide];
    const attributes = { filterSize: block, strides: block, pad: "valid" };
    const means = tf.engine().runKernel("AvgPool", { x: dy }, attributes) as Tensor;
    return tf.mul(means, tall * wide);
  }
  const native = tf.backend() as unknown as NodeBackend;
  const size = tf.tensor1d([height, width], "int32");
  return native.executeSingleOutput(
    "ResizeNearestNeighborGrad",
    resizeAttributes(native, attrs),
    [dy, size],
  );
}

function resizeAttributes(
  native: NodeBackend,
  { alignCorners, halfPixelCenters }: ResizeGradientAttrs,
): Attribute[] {
  const type = native.binding.TF_ATTR_BOOL;
  return [
    typeOf(native),
    { name: "align_corners", type, value: alignCorners },
    { name: "half_pixel_centers", type, value: halfPixelCenters },
  ];
}

function typeOf({ binding }: NodeBackend): Attribute {
  return { name: "T", type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT };
}

/** `tf.where` without what that does for arguments of different shapes. */
function select(tf: TensorFlow, condition: Tensor, yes: Tensor, no: Tensor): Tensor {
  const native = tf.backend() as unknown as NodeBackend;
  return native.executeSingleOutput("SelectV2", [typeOf(native)], [condition, yes, no]);
}
