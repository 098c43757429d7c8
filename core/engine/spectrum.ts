/**
 * Two-dimensional Fourier transforms of real planes that can be differentiated: TensorFlow's FFT on the native engine,
 * products with matrices of cosines and sines elsewhere.
 *
 * @module
 */
import type { NamedTensorMap } from "@tensorflow/tfjs-core";
import { registerKernel } from "./kernels/_register.ts";
import type { OpAttribute } from "./native/attributes.ts";
import { AttrType, DType } from "./native/dtypes.ts";
import { nodeBackend } from "./native/node_backend.ts";
import { type Tensor, tf } from "./tf.ts";

/** Half of a spectrum; the rest mirrors it, with imaginary parts of the other sign. */
export interface HalfSpectrum {
  /** Real parts. */
  readonly real: Tensor;
  /** Imaginary parts. */
  readonly imaginary: Tensor;
}

/**
 * `torch.fft.rfft2`, not normalised: planes `[m, h, w]` to `[m, h, floor(w / 2) + 1]`. Has a gradient, which has none.
 */
export function rfft2(planes: Tensor): HalfSpectrum {
  setup();
  const width = planes.shape[2]!;
  const result = tf.engine().runKernel("RealFft2", { planes }, { width }) as Tensor[];
  const [real, imaginary] = result as [Tensor, Tensor];
  return { real, imaginary };
}

/** How often each column of {@linkcode rfft2}'s result is in the whole spectrum, 1 or 2: `[floor(w / 2) + 1]`. */
export function columnCounts(width: number): Tensor {
  const columns = Math.floor(width / 2) + 1;
  return tf.tensor1d(
    Array.from({ length: columns }, (_, v) => v === 0 || 2 * v === width ? 1 : 2),
    "float32",
  );
}

const prepared = new Set<string>();

function setup(): void {
  const name = tf.getBackend();
  if (prepared.has(name)) return;
  if (prepared.size === 0) {
    tf.registerGradient({
      kernelName: "RealFft2",
      gradFunc: (gradients, _saved, attributes) => ({
        planes: () => {
          // Each plane is Σ Re(g e^iθ) over half the spectrum; the inverse counts most columns twice, and divides.
          const counts = columnCounts(Number(attributes["width"]));
          const [real, imaginary] = (gradients as Tensor[]).map((g) => tf.div(g, counts));
          const inputs = { real: real!, imaginary: imaginary! };
          return tf.engine().runKernel("RealFft2Grad", inputs, attributes) as Tensor;
        },
      }),
    });
  }
  prepared.add(name);
  const { forward, backward } = nodeBackend() ? NATIVE : COMPOSED;
  registerKernel(
    tf,
    name,
    "RealFft2",
    ({ inputs }) => tf.tidy(() => forward((inputs as NamedTensorMap)["planes"]!)),
  );
  registerKernel(tf, name, "RealFft2Grad", ({ inputs, attrs }) => {
    const { real, imaginary } = inputs as NamedTensorMap;
    const { width } = attrs as unknown as { readonly width: number };
    return tf.tidy(() => backward(real!, imaginary!, width));
  });
}

/** The transform, and its inverse times the number of pixels. */
interface Transforms {
  forward(planes: Tensor): Tensor[];
  backward(real: Tensor, imaginary: Tensor, width: number): Tensor;
}

const type = (name: string, value: number): OpAttribute => ({ name, type: AttrType.TYPE, value });

const NATIVE: Transforms = {
  forward(planes) {
    const backend = nodeBackend()!;
    const [, height, width] = planes.shape as [number, number, number];
    const size = tf.tensor1d([height, width], "int32");
    const spectrum = backend.executeSingleOutput("RFFT2D", [
      type("Treal", DType.FLOAT),
      type("Tcomplex", DType.COMPLEX64),
    ], [planes, size]);
    return ["Real", "Imag"].map((part) =>
      backend.executeSingleOutput(part, [
        type("T", DType.COMPLEX64),
        type("Tout", DType.FLOAT),
      ], [spectrum])
    );
  },
  backward(real, imaginary, width) {
    const backend = nodeBackend()!;
    const height = real.shape[1]!;
    const size = tf.tensor1d([height, width], "int32");
    const spectrum = backend.executeSingleOutput("Complex", [
      type("T", DType.FLOAT),
      type("Tout", DType.COMPLEX64),
    ], [real, imaginary]);
    const planes = backend.executeSingleOutput("IRFFT2D", [
      type("Treal", DType.FLOAT),
      type("Tcomplex", DType.COMPLEX64),
    ], [spectrum, size]);
    return tf.mul(planes, height * width);
  },
};

const COMPOSED: Transforms = {
  // With C and S the cosines and sines of an axis, the spectrum of X is (C - iS) X (C' - iS').
  forward(planes) {
    const [, height, width] = planes.shape as [number, number, number];
    const rows = waves(width, Math.floor(width / 2) + 1), columns = waves(height, height);
    const cos = byRight(planes, rows.cos), sin = byRight(planes, rows.sin);
    return [
      tf.sub(byLeft(columns.cos, cos), byLeft(columns.sin, sin)),
      tf.neg(tf.add(byLeft(columns.cos, sin), byLeft(columns.sin, cos))),
    ];
  },
  backward(real, imaginary, width) {
    const [, height, half] = real.shape as [number, number, number];
    const counts = columnCounts(width);
    const [re, im] = [tf.mul(real, counts), tf.mul(imaginary, counts)];
    const rows = waves(width, half), columns = waves(height, height);
    const ofCos = tf.sub(byLeft(columns.cos, re), byLeft(columns.sin, im));
    const ofSin = tf.add(byLeft(columns.sin, re), byLeft(columns.cos, im));
    return tf.sub(
      byRight(ofCos, tf.transpose(rows.cos)),
      byRight(ofSin, tf.transpose(rows.sin)),
    );
  },
};

/** cos and sin of 2π·i·k / length for pixels i and frequencies k, `[length, frequencies]`. */
function waves(
  length: number,
  frequencies: number,
): { readonly cos: Tensor; readonly sin: Tensor } {
  const table = (f: (angle: number) => number): Tensor =>
    tf.tensor2d(
      Float32Array.from({ length: length * frequencies }, (_, at) => {
        const [i, k] = [Math.floor(at / frequencies), at % frequencies];
        // Whole turns are left out before they cost digits.
        return f(2 * Math.PI * (i * k % length) / length);
      }),
      [length, frequencies],
    );
  return { cos: table(Math.cos), sin: table(Math.sin) };
}

/** Each plane times `matrix`. */
function byRight(planes: Tensor, matrix: Tensor): Tensor {
  const [count, height, width] = planes.shape as [number, number, number];
  const product = tf.matMul(tf.reshape(planes, [count * height, width]), matrix);
  return tf.reshape(product, [count, height, -1]);
}

/** `matrix`, which is symmetric, times each plane. */
function byLeft(matrix: Tensor, planes: Tensor): Tensor {
  return tf.transpose(byRight(tf.transpose(planes, [0, 2, 1]), matrix), [0, 2, 1]);
}
