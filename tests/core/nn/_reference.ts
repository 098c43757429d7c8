/**
 * Convolution and pixel shuffle by their definitions, in PyTorch's layouts and float64: what the layers are held against.
 *
 * @module
 */
import { Rng } from "../../../core/random.ts";
import type { StateTensor } from "../../../core/weights/state_dict.ts";

/** Elements with a shape; feature maps are NCHW. */
export interface Plain {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** Random numbers in [-1, 1). */
export function random(
  shape: readonly number[],
  seed: number,
): StateTensor & { data: Float32Array } {
  const rng = new Rng(seed);
  const size = shape.reduce((n, k) => n * k, 1);
  return {
    shape,
    dtype: "F32",
    data: Float32Array.from({ length: size }, () => rng.uniform(-1, 1)),
  };
}

/** `F.conv2d`: weight (out, in / groups, k, k). */
export function conv2d(
  x: { shape: readonly number[]; data: ArrayLike<number> },
  weight: { shape: readonly number[]; data: ArrayLike<number> },
  bias: ArrayLike<number> | undefined,
  { stride = 1, padding = 0, dilation = 1, groups = 1 } = {},
): Plain {
  const [n, channels, h, w] = x.shape as [number, number, number, number];
  const [out, inner, k] = weight.shape as [number, number, number];
  const oh = Math.floor((h + 2 * padding - dilation * (k - 1) - 1) / stride) + 1;
  const ow = Math.floor((w + 2 * padding - dilation * (k - 1) - 1) / stride) + 1;
  const data = new Float64Array(n * out * oh * ow);
  let at = 0;
  for (let b = 0; b < n; b++) {
    for (let o = 0; o < out; o++) {
      const first = Math.floor(o / (out / groups)) * inner;
      for (let i = 0; i < oh; i++) {
        for (let j = 0; j < ow; j++) {
          let sum = bias?.[o] ?? 0;
          for (let c = 0; c < inner; c++) {
            for (let p = 0; p < k; p++) {
              for (let q = 0; q < k; q++) {
                const y = i * stride + p * dilation - padding,
                  z = j * stride + q * dilation - padding;
                if (y < 0 || y >= h || z < 0 || z >= w) continue;
                sum += x.data[((b * channels + first + c) * h + y) * w + z]! *
                  weight.data[((o * inner + c) * k + p) * k + q]!;
              }
            }
          }
          data[at++] = sum;
        }
      }
    }
  }
  return { shape: [n, out, oh, ow], data };
}

/** `F.conv_transpose2d`: weight (in, out, k, k). */
export function convTranspose2d(
  x: { shape: readonly number[]; data: ArrayLike<number> },
  weight: { shape: readonly number[]; data: ArrayLike<number> },
  bias: ArrayLike<number>,
  { stride = 1, padding = 0, outputPadding = 0 } = {},
): Plain {
  const [n, channels, h, w] = x.shape as [number, number, number, number];
  const [, out, k] = weight.shape as [number, number, number];
  const size = (length: number): number => (length - 1) * stride - 2 * padding + k + outputPadding;
  const oh = size(h), ow = size(w);
  const data = Float64Array.from(
    { length: n * out * oh * ow },
    (_, i) => bias[Math.floor(i / (oh * ow)) % out]!,
  );
  for (let b = 0; b < n; b++) {
    for (let c = 0; c < channels; c++) {
      for (let i = 0; i < h; i++) {
        for (let j = 0; j < w; j++) {
          for (let o = 0; o < out; o++) {
            for (let p = 0; p < k; p++) {
              for (let q = 0; q < k; q++) {
                const y = i * stride + p - padding, z = j * stride + q - padding;
                if (y < 0 || y >= oh || z < 0 || z >= ow) continue;
                data[((b * out + o) * oh + y) * ow + z]! +=
                  x.data[((b * channels + c) * h + i) * w + j]! *
                  weight.data[((c * out + o) * k + p) * k + q]!;
              }
            }
          }
        }
      }
    }
  }
  return { shape: [n, out, oh, ow], data };
}

/** `F.pixel_shuffle`. */
export function pixelShuffle(x: Plain, s: number): Plain {
  const [n, channels, h, w] = x.shape as [number, number, number, number];
  const c = channels / s ** 2;
  const data = new Float64Array(x.data.length);
  for (let b = 0; b < n; b++) {
    for (let k = 0; k < c; k++) {
      for (let y = 0; y < h * s; y++) {
        for (let z = 0; z < w * s; z++) {
          const from = k * s * s + (y % s) * s + z % s;
          data[((b * c + k) * h * s + y) * w * s + z] = x
            .data[((b * channels + from) * h + Math.floor(y / s)) * w + Math.floor(z / s)]!;
        }
      }
    }
  }
  return { shape: [n, c, h * s, w * s], data };
}

/** `f` of every element, and of the one at the same place in `other`. */
export function map(x: Plain, f: (a: number, b: number) => number, other: Plain = x): Plain {
  return { shape: x.shape, data: x.data.map((a, i) => f(a, other.data[i]!)) };
}

/** For comparing with what a network gives. */
export function stateTensor({ shape, data }: Plain): StateTensor {
  return { shape, dtype: "F32", data: Float32Array.from(data) };
}
