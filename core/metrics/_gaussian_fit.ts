/**
 * Fitting an asymmetric generalised Gaussian to samples by their moments, as NIQE does (equation 7 of its paper).
 *
 * N. Lasmar et al., "Multiscale skewed heavy tailed model for texture analysis", ICIP 2009.
 *
 * @module
 */

/** An asymmetric generalised Gaussian. */
export interface Fit {
  /** Shape. */
  readonly alpha: number;
  /** Scale of what is negative. */
  readonly left: number;
  /** Scale of what is positive. */
  readonly right: number;
  /** Γ(2/α) / Γ(1/α). */
  readonly meanRatio: number;
}

/** Fits by moments; NaN where there is nothing negative or nothing positive. */
export function fitGaussian(samples: Float64Array): Fit {
  let negative = 0, positive = 0, negatives = 0, positives = 0, sum = 0;
  const n = samples.length;
  for (let i = 0; i < n; i++) {
    const v = samples[i]!;
    if (v < 0) {
      negative += v * v;
      negatives++;
      sum -= v;
    } else if (v > 0) {
      positive += v * v;
      positives++;
      sum += v;
    }
  }
  const leftStd = Math.sqrt(negative / negatives), rightStd = Math.sqrt(positive / positives);
  const ratio = leftStd / rightStd;
  const r = (sum / n) ** 2 / ((negative + positive) / n);
  const target = r * (ratio ** 3 + 1) * (ratio + 1) / (ratio ** 2 + 1) ** 2;
  const { ratios, scales, means } = shapes();
  // What cannot be fitted takes the first shape, as numpy's argmin does.
  let best = 0, least = (ratios[0]! - target) ** 2;
  for (let i = 1; i < ratios.length; i++) {
    const error = (ratios[i]! - target) ** 2;
    if (error < least) [best, least] = [i, error];
  }
  return {
    alpha: shape(best),
    left: leftStd * scales[best]!,
    right: rightStd * scales[best]!,
    meanRatio: means[best]!,
  };
}

interface Shapes {
  /** Γ(2/α)² / (Γ(1/α)·Γ(3/α)). */
  readonly ratios: Float64Array;
  /** √(Γ(1/α) / Γ(3/α)). */
  readonly scales: Float64Array;
  /** Γ(2/α) / Γ(1/α). */
  readonly means: Float64Array;
}

let table: Shapes | undefined;

/** α from 0.2 to 10 in steps of 0.001. */
function shape(index: number): number {
  return 0.2 + index * 0.001;
}

function shapes(): Shapes {
  if (table !== undefined) return table;
  const n = 9801;
  const of = (f: (g1: number, g2: number, g3: number) => number): Float64Array =>
    Float64Array.from({ length: n }, (_, i) => {
      const a = 1 / shape(i);
      return Math.exp(f(logGamma(a), logGamma(2 * a), logGamma(3 * a)));
    });
  table = {
    ratios: of((g1, g2, g3) => 2 * g2 - g1 - g3),
    scales: of((g1, _, g3) => (g1 - g3) / 2),
    means: of((g1, g2) => g2 - g1),
  };
  return table;
}

/** Lanczos' coefficients for g = 7, n = 9 (P. Godfrey). */
const LANCZOS = [
  0.99999999999980993,
  676.5203681218851,
  -1259.1392167224028,
  771.32342877765313,
  -176.61502916214059,
  12.507343278686905,
  -0.13857109526572012,
  9.9843695780195716e-6,
  1.5056327351493116e-7,
] as const;

/** ln Γ(x) for x > 0. */
function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  let sum: number = LANCZOS[0];
  for (let i = 1; i < LANCZOS.length; i++) sum += LANCZOS[i]! / (x - 1 + i);
  const t = x + 6.5;
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(sum);
}
