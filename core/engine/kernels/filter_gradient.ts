/**
 * The gradient of a convolution's filter as three matrix products, where that is faster than TensorFlow's own kernel: on
 * CPUs without AVX-512, whose oneDNN (3.7) reaches a third of the speed there that it has elsewhere.
 *
 * In images that are laid out one row after the other, with their padding, the pixel that tap (i, j) sees lies
 * i · width + j pixels after the one that it belongs to, everywhere. With dy laid out on the same grid (zeros where there is
 * no output) the gradient of the taps of row i is therefore one product of two matrices, the pixels of which are shifted
 * against each other; TensorFlow takes such a slice without copying it.
 *
 * Measured on two cores of an EPYC 7003, 64 to 64 channels: [4, 48, 48] 13.2 and 9.1 ms, [4, 96, 96] 130 and 44 ms.
 *
 * @module
 */
import type { Conv2DBackpropFilterAttrs } from "@tensorflow/tfjs-core";
import type { NativeBinding } from "../native/binding.ts";
import { lacksAvx512 } from "../native/precisions.ts";
import { heldBack } from "../native/trace_scope.ts";
import type { Tensor, Tensor2D, Tensor4D, TensorFlow } from "../tf.ts";
import { registerKernel } from "./_register.ts";
import type { ConvInfo } from "./conv_backprop.ts";

/** Fewer channels or pixels are not worth the additional ops. */
const CHANNELS = 32, PIXELS = 1024;
/** Rows of a matrix that begin at multiples of 64 bytes can be sliced without a copy. */
const ALIGNED = 16;

/** Registers the kernel for the native engine; safe to call again. */
export function registerFilterGradient(tf: TensorFlow): void {
  const own = tf.getKernel("Conv2DBackpropFilter", "tensorflow");
  registerKernel(tf, "tensorflow", "Conv2DBackpropFilter", (params) => {
    const { x, dy } = params.inputs as unknown as Record<string, Tensor4D>;
    const { strides, pad, dataFormat, dimRoundingMode, filterShape } = params
      .attrs as unknown as Conv2DBackpropFilterAttrs;
    const { binding } = params.backend as unknown as { readonly binding: NativeBinding };
    if (dataFormat === "NCHW" || !lacksAvx512(binding)) return own.kernelFunc(params);
    const info = tf.backend_util.computeConv2DInfo(
      x!.shape,
      filterShape,
      strides,
      1,
      pad,
      dimRoundingMode,
    );
    if (!isWorthIt(info)) return own.kernelFunc(params);
    // Not before dy is there: the shifted copies of x would be made right after x, and kept for the whole forward pass.
    return tf.tidy(() => byProducts(tf, heldBack(x!, dy!), dy!, info));
  });
}

function isWorthIt(info: ConvInfo): boolean {
  const { inChannels, outChannels, filterHeight, filterWidth } = info;
  return info.strideHeight === 1 && info.strideWidth === 1 && filterHeight * filterWidth > 1 &&
    inChannels >= CHANNELS && inChannels % ALIGNED === 0 && outChannels >= ALIGNED &&
    info.batchSize * info.outHeight * info.outWidth >= PIXELS;
}

/** The gradient, `[kh, kw, c, o]`. */
export function byProducts(
  tf: TensorFlow,
  x: Tensor4D,
  dy: Tensor4D,
  info: ConvInfo,
): Tensor4D {
  const { batchSize, inChannels, outChannels, filterHeight, filterWidth, padInfo } = info;
  const { top, bottom, left, right } = padInfo;
  const height = info.inHeight + top + bottom, width = info.inWidth + left + right;
  const pixels = batchSize * height * width;
  const padded = tf.reshape(tf.pad(x, [[0, 0], [top, bottom], [left, right], [0, 0]]), [
    pixels,
    inChannels,
  ]) as Tensor2D;
  const onGrid = tf.reshape(
    tf.pad(dy, [[0, 0], [0, height - info.outHeight], [0, width - info.outWidth], [0, 0]]),
    [pixels, outChannels],
  ) as Tensor2D;
  // The last pixels have no output, and what is behind them does not exist.
  const reached = pixels - (filterWidth - 1);
  const wide = tf.concat(
    Array.from({ length: filterWidth }, (_, j) => tf.slice(padded, [j, 0], [reached, inChannels])),
    1,
  );
  const length = reached - (filterHeight - 1) * width;
  const outputs = tf.slice(onGrid, [0, 0], [length, outChannels]);
  const rows = Array.from({ length: filterHeight }, (_, i): Tensor => {
    const seen = tf.slice(wide, [i * width, 0], [length, filterWidth * inChannels]);
    return tf.matMul(seen, outputs, true);
  });
  return tf.reshape(tf.concat(rows, 0), info.filterShape) as Tensor4D;
}
