/**
 * The circular low-pass filter ("sinc"), which rings and overshoots at edges as sharpening and scaling tools do.
 *
 * Facts from `basicsr/data/degradations.py`: at the distance r the weight is `cutoff * J1(cutoff * r) / (2 * pi * r)`,
 * in the middle `cutoff^2 / (4 * pi)`; then all are divided by their sum.
 *
 * @module
 */
import { checkOdd, type Kernel, normalised, padKernel } from "./kernels.ts";

/**
 * The low-pass kernel for a cutoff frequency.
 *
 * @param cutoff In radians a pixel; pi lets everything pass.
 * @param size Side in pixels, odd.
 * @param padTo The kernel is surrounded with zeros to this side, odd; 0 for none.
 * @throws {RangeError} If a side is even.
 */
export function circularLowpassKernel(cutoff: number, size: number, padTo = 0): Kernel {
  checkOdd(size);
  if (padTo !== 0) checkOdd(padTo);
  const middle = (size - 1) / 2;
  const known = new Map<number, number>(); // few distances are different
  const weight = (r2: number): number => {
    if (r2 === 0) return cutoff ** 2 / (4 * Math.PI);
    let w = known.get(r2);
    if (w === undefined) {
      const r = Math.sqrt(r2);
      known.set(r2, w = cutoff * besselJ1(cutoff * r) / (2 * Math.PI * r));
    }
    return w;
  };
  const data = Float64Array.from({ length: size * size }, (_, i) => {
    const y = Math.floor(i / size) - middle, x = i % size - middle;
    return weight(x * x + y * y);
  });
  return padKernel(normalised({ size, data }), padTo);
}

/**
 * The Bessel function J1: the mean of `cos(t - x sin(t))` over a period.
 *
 * With n points the trapezoid rule errs by `J_{n-1}(x)`, which is below 1e-16 as soon as n is some way above x.
 */
export function besselJ1(x: number): number {
  const n = 2 * Math.ceil(Math.abs(x)) + 40;
  let sum = 0;
  for (let k = 0; k < n; k++) {
    const t = 2 * Math.PI * k / n;
    sum += Math.cos(t - x * Math.sin(t));
  }
  return sum / n;
}
