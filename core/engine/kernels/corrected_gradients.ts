/**
 * Gradients that TensorFlow.js has wrong, or refuses to compute, for every engine:
 *
 * - `MirrorPad`: it returns the middle of dy and forgets what was mirrored;
 * - `Cumsum`: it transposes the result when the axis is not the last;
 * - `ResizeBilinear`, `ResizeNearestNeighbor`: it ignores `halfPixelCenters`;
 * - `AvgPool`: it counts padding, which the forward kernel does not;
 * - `Conv2D`, `DepthwiseConv2dNative`: it refuses dilations;
 * - `Einsum`, `GatherNd`: it has none;
 * - see also `broadcast_gradients.ts`, and `activation_gradients.ts` for those that are only slow.
 *
 * @module
 */
import type * as tfc from "@tensorflow/tfjs-core";
import { type Tensor, tf } from "../tf.ts";
import type { Tensor4D } from "../tf.ts";
import { registerActivationGradients } from "./activation_gradients.ts";
import { registerBroadcastGradients } from "./broadcast_gradients.ts";
import {
  convFilterGradient,
  convInputGradient,
  depthwiseFilterGradient,
  depthwiseInputGradient,
} from "./conv_backprop.ts";
import { einsumGradient } from "./einsum.ts";
import { type ResizeGradientAttrs, resizeGradientName } from "./native_kernels.ts";
import { resizeGradient, type ResizeRule } from "./resize_backprop.ts";

let registered = false;

/** Registers them in place of TensorFlow.js's own, once; engines call this after they have loaded it. */
export function registerCorrectedGradients(): void {
  if (registered) return;
  registered = true;
  mirrorPad();
  cumsum();
  resize("ResizeBilinear", "bilinear");
  resize("ResizeNearestNeighbor", "nearest");
  averagePool();
  dilatedConvolutions();
  registerBroadcastGradients();
  registerActivationGradients();
  tf.registerGradient({
    kernelName: "Einsum",
    // Tensors come as a list, which `saveAllInputs` takes.
    saveAllInputs: true,
    inputsToSave: [],
    gradFunc: (dy, saved, attrs) => {
      const { equation } = attrs as unknown as tfc.EinsumAttrs;
      return Object.fromEntries(
        saved.map((_, i) => [i, () => einsumGradient(equation, saved, dy as Tensor, i)]),
      );
    },
  });
  tf.registerGradient({
    kernelName: "GatherNd",
    inputsToSave: ["params", "indices"],
    gradFunc: (dy, [params, indices]) => ({
      params: () => tf.scatterND(indices as Tensor, dy as Tensor, params!.shape as never),
      indices: () => tf.zerosLike(indices as Tensor),
    }),
  });
}

/** Adds each mirrored border back onto the pixels that it was copied from, one axis after the other. */
function mirrorPad(): void {
  tf.registerGradient({
    kernelName: "MirrorPad",
    inputsToSave: ["x"],
    gradFunc: (dy, [x], attrs) => {
      const { paddings, mode } = attrs as unknown as tfc.MirrorPadAttrs;
      const skip = mode === "reflect" ? 1 : 0;
      return {
        x: () =>
          tf.tidy(() =>
            paddings.reduce(
              (grad, [before, after], axis) =>
                foldMirror(grad, axis, before, after, x!.shape[axis]!, skip),
              dy as Tensor,
            )
          ),
      };
    },
  });
}

function foldMirror(
  dy: Tensor,
  axis: number,
  before: number,
  after: number,
  size: number,
  skip: number,
): Tensor {
  const part = (from: number, length: number) => {
    const begin = dy.shape.map(() => 0), lengths = [...dy.shape];
    begin[axis] = from;
    lengths[axis] = length;
    return tf.slice(dy, begin, lengths);
  };
  const place = (mirrored: Tensor, from: number) => {
    const paddings = dy.shape.map((): [number, number] => [0, 0]);
    paddings[axis] = [from, size - from - mirrored.shape[axis]!];
    return tf.pad(tf.reverse(mirrored, axis), paddings);
  };
  let sum: Tensor = before + after > 0 ? part(before, size) : dy;
  if (before > 0) sum = tf.add(sum, place(part(0, before), skip));
  if (after > 0) sum = tf.add(sum, place(part(before + size, after), size - after - skip));
  return sum;
}

function cumsum(): void {
  tf.registerGradient({
    kernelName: "Cumsum",
    gradFunc: (dy, _saved, attrs) => {
      const { axis, exclusive, reverse } = attrs as unknown as tfc.CumsumAttrs;
      return { x: () => tf.cumsum(dy as Tensor, axis, exclusive, !reverse) };
    },
  });
}

function resize(
  kernelName: "ResizeBilinear" | "ResizeNearestNeighbor",
  method: ResizeRule["method"],
) {
  const ownKernel = resizeGradientName(kernelName);
  tf.registerGradient({
    kernelName,
    inputsToSave: ["images"],
    gradFunc: (dy, [images], attrs) => {
      const { alignCorners, halfPixelCenters } = attrs as unknown as tfc.ResizeBilinearAttrs;
      const [, height, width] = images!.shape as Tensor4D["shape"];
      const [, outHeight, outWidth] = (dy as Tensor4D).shape;
      // Enlarging by whole numbers, the nearest pixel is the same in both conventions: the fast kernel will do.
      const sameAnyway = method === "nearest" && outHeight % height === 0 && outWidth % width === 0;
      const composed = (halfPixelCenters && !sameAnyway) || (method === "nearest" && alignCorners);
      const inputs = { dy: dy as Tensor, images: images! };
      const size: [number, number] = [outHeight, outWidth];
      return {
        images: () => {
          const hasOwn = tf.getKernel(ownKernel, tf.getBackend()) !== undefined;
          if (hasOwn || !composed) {
            const kernel = hasOwn ? ownKernel : `${kernelName}Grad`;
            const rule = { alignCorners, halfPixelCenters, size };
            return tf.engine().runKernel(kernel, inputs, rule) as Tensor;
          }
          const rule = { method, alignCorners, halfPixelCenters };
          return resizeGradient(dy as Tensor4D, [height, width], rule);
        },
      };
    },
  });
  // Both are linear: the gradient of the gradient is to resize again.
  for (const backward of [ownKernel, `${kernelName}Grad`]) {
    tf.registerGradient({
      kernelName: backward,
      gradFunc: (ddx, _saved, attrs) => {
        const { alignCorners, halfPixelCenters, size } = attrs as unknown as ResizeGradientAttrs;
        const images = ddx as Tensor4D, to: [number, number] = [...size];
        return {
          dy: () =>
            method === "nearest"
              ? tf.image.resizeNearestNeighbor(images, to, alignCorners, halfPixelCenters)
              : tf.image.resizeBilinear(images, to, alignCorners, halfPixelCenters),
          images: () => tf.zerosLike(images),
        };
      },
    });
  }
}

/** Where windows reach over the border, the forward kernels divide by the number of real pixels only. */
function averagePool(): void {
  const plain = tf.getGradient("AvgPool");
  tf.registerGradient({
    ...plain,
    gradFunc: (dy, [x], attrs) => {
      const { filterSize, strides, pad, dimRoundingMode } = attrs as unknown as tfc.AvgPoolAttrs;
      const info = tf.backend_util.computePool2DInfo(
        x!.shape as Tensor4D["shape"],
        filterSize,
        strides,
        1,
        pad,
        dimRoundingMode,
      );
      const { top, bottom, left, right } = info.padInfo;
      // TensorFlow's own kernel counts rightly.
      if (top + bottom + left + right === 0 || tf.getBackend() === "tensorflow") {
        return plain.gradFunc(dy, [x!], attrs);
      }
      const scaled = tf.mul(dy as Tensor, windowShares(info));
      return plain.gradFunc(scaled, [x!], attrs);
    },
  });
}

/** Pixels of a window over real pixels of a window, `[1, oh, ow, 1]`. */
function windowShares(info: tfc.backend_util.Conv2DInfo): Tensor {
  const { outHeight, outWidth, filterHeight, filterWidth, padInfo } = info;
  const real = (i: number, stride: number, before: number, filter: number, size: number) => {
    const start = i * stride - before;
    return Math.min(size, start + filter) - Math.max(0, start);
  };
  const shares = new Float32Array(outHeight * outWidth);
  for (let i = 0; i < shares.length; i++) {
    const [y, x] = [Math.floor(i / outWidth), i % outWidth];
    shares[i] = filterHeight * filterWidth /
      (real(y, info.strideHeight, padInfo.top, filterHeight, info.inHeight) *
        real(x, info.strideWidth, padInfo.left, filterWidth, info.inWidth));
  }
  return tf.tensor4d(shares, [1, outHeight, outWidth, 1]);
}

/** TensorFlow.js's own gradients for plain convolutions, ours for dilated ones. */
function dilatedConvolutions(): void {
  const plainConv = tf.getGradient("Conv2D"),
    plainDepthwise = tf.getGradient("DepthwiseConv2dNative");
  tf.registerGradient({
    ...plainConv,
    gradFunc: (dy, saved, attrs) => {
      const { dilations, strides, pad, dataFormat, dimRoundingMode } =
        attrs as unknown as tfc.Conv2DAttrs;
      if (!isDilated(dilations)) return plainConv.gradFunc(dy, saved, attrs);
      refuseNchw(dataFormat);
      const [x, filter] = saved as [Tensor4D, Tensor4D];
      const info = tf.backend_util.computeConv2DInfo(
        x.shape,
        filter.shape,
        strides,
        dilations,
        pad,
        dimRoundingMode,
      );
      return {
        x: () => convInputGradient(dy as Tensor4D, filter, info),
        filter: () => convFilterGradient(x, dy as Tensor4D, info),
      };
    },
  });
  tf.registerGradient({
    ...plainDepthwise,
    gradFunc: (dy, saved, attrs) => {
      const { dilations, strides, pad, dataFormat, dimRoundingMode } =
        attrs as unknown as tfc.DepthwiseConv2dNativeAttrs;
      if (!isDilated(dilations)) return plainDepthwise.gradFunc(dy, saved, attrs);
      refuseNchw(dataFormat);
      const [x, filter] = saved as [Tensor4D, Tensor4D];
      const info = tf.backend_util.computeConv2DInfo(
        x.shape,
        filter.shape,
        strides,
        dilations,
        pad,
        dimRoundingMode,
        true,
      );
      return {
        x: () => depthwiseInputGradient(dy as Tensor4D, filter, info),
        filter: () => depthwiseFilterGradient(x, dy as Tensor4D, info),
      };
    },
  });
}

function isDilated(dilations: number | [number, number] | null | undefined): boolean {
  return [dilations ?? 1].flat().some((d) => d !== 1);
}

function refuseNchw(dataFormat: string): void {
  if (dataFormat !== undefined && dataFormat !== "NHWC") {
    throw new RangeError(
      `the gradient of a dilated convolution takes NHWC, received ${dataFormat}`,
    );
  }
}
