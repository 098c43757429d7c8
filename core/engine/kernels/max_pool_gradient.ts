/**
 * Gradient of maximum pooling as a loop in JavaScript, for the WebAssembly backend, whose own kernel is wrong for
 * negative inputs.
 *
 * @module
 */
import type { ConvInfo } from "./conv_backprop.ts";

/**
 * Adds each number of `dy` `[n, oh, ow, c]` to the place in `dx` `[n, h, w, c]` (zero at first) where `x` has its
 * maximum; the first of equal ones, row by row, as TensorFlow does.
 */
export function addMaxPoolGradient(
  x: Float32Array,
  dy: Float32Array,
  dx: Float32Array,
  info: ConvInfo,
): void {
  const { batchSize, inHeight, inWidth, outHeight, outWidth, inChannels, padInfo } = info;
  let from = 0;
  for (let n = 0; n < batchSize; n++) {
    for (let oy = 0; oy < outHeight; oy++) {
      const top = oy * info.strideHeight - padInfo.top;
      const y0 = Math.max(0, top), y1 = Math.min(inHeight, top + info.filterHeight);
      for (let ox = 0; ox < outWidth; ox++) {
        const left = ox * info.strideWidth - padInfo.left;
        const x0 = Math.max(0, left), x1 = Math.min(inWidth, left + info.filterWidth);
        for (let c = 0; c < inChannels; c++) {
          let best = -Infinity, at = -1;
          for (let y = y0; y < y1; y++) {
            let i = ((n * inHeight + y) * inWidth + x0) * inChannels + c;
            for (let column = x0; column < x1; column++, i += inChannels) {
              if (at < 0 || x[i]! > best) {
                best = x[i]!;
                at = i;
              }
            }
          }
          dx[at]! += dy[from++]!;
        }
      }
    }
  }
}
