/**
 * Initial values of parameters: PyTorch's defaults and BasicSR's `default_init_weights`, drawn from `core/random.ts`, so
 * that a seed gives the same network on every engine.
 *
 * Each parameter draws from a stream of its own, named by the seed and by how many parameters were made before it. When
 * the numbers are drawn therefore does not matter, and parameters that are overwritten from a file never draw any.
 *
 * @module
 */
import { Rng } from "../random.ts";

/** Fills a tensor of `shape` (PyTorch's layout, row-major). */
export type Initializer = (rng: Rng, shape: readonly number[]) => Float32Array;

interface InitScope {
  readonly seed: number;
  count: number;
}

let scope: InitScope = { seed: 0, count: 0 };

/**
 * Builds modules whose initial values come from `seed`. The same seed and the same constructor calls give the same values.
 *
 * Outside of it the seed is 0 and the streams are numbered from the start of the program.
 */
export function withInitSeed<T>(seed: number, build: () => T): T {
  const outer = scope;
  scope = { seed, count: 0 };
  try {
    return build();
  } finally {
    scope = outer;
  }
}

/** The stream of the next parameter; constructors of parameters call it once each. */
export function nextInitRng(): Rng {
  return new Rng(scope.seed, "init", scope.count++);
}

/** All elements `value`. */
export function constant(value: number): Initializer {
  return (_rng, shape) => new Float32Array(count(shape)).fill(value);
}

/** The given elements, which are copied. */
export function values(data: ArrayLike<number>): Initializer {
  return () => Float32Array.from(data);
}

/** Uniform in [-bound, bound). */
export function uniform(bound: number): Initializer {
  return (rng, shape) => {
    const data = new Float32Array(count(shape));
    rng.fillUniform(data, -bound, bound);
    return data;
  };
}

/** Normal with mean 0. */
export function normal(std: number): Initializer {
  return (rng, shape) => fill(shape, () => rng.normal(0, std));
}

/** `trunc_normal_`: normal with mean 0, drawn again outside of [low, high], which are not multiples of `std`. */
export function truncNormal(std: number, low = -2, high = 2): Initializer {
  return (rng, shape) =>
    fill(shape, () => {
      let value = rng.normal(0, std);
      while (value < low || value > high) value = rng.normal(0, std);
      return value;
    });
}

/**
 * PyTorch's default for weights and biases of convolutions and linear layers: uniform within 1/√fan_in. For weights this
 * is `kaiming_uniform_` with a = √5, whose bound √(6 / ((1 + a²)·fan_in)) is the same number.
 *
 * @param fanIn Inputs that one output depends on: input channels of the group times kernel area.
 */
export function torchDefault(fanIn: number): Initializer {
  return uniform(1 / Math.sqrt(fanIn));
}

/**
 * `kaiming_normal_` (fan-in, for ReLU) times `scale`: standard deviation scale·√(2 / fan_in).
 *
 * K. He et al., "Delving Deep into Rectifiers", ICCV 2015, https://arxiv.org/abs/1502.01852
 */
export function kaimingNormal(fanIn: number, scale = 1): Initializer {
  return normal(scale * Math.sqrt(2 / fanIn));
}

function count(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function fill(shape: readonly number[], draw: () => number): Float32Array {
  const data = new Float32Array(count(shape));
  for (let i = 0; i < data.length; i++) data[i] = draw();
  return data;
}
