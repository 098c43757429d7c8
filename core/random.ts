/**
 * Seeded random numbers that do not depend on the engine, on the number of workers, or on what ran before.
 *
 * A stream is named by a key, such as `(manual_seed, "sample", epoch, index)`; the same key always gives the same
 * numbers. This is what makes resuming exact: nothing has to be remembered but the iteration.
 *
 * Generator: xoshiro128** 1.1 (D. Blackman, S. Vigna, https://prng.di.unimi.it/), seeded with the splitmix32 finaliser
 * over an FNV-1a hash of the key.
 *
 * @module
 */

function mix(h: number): number {
  h = Math.imul(h ^ (h >>> 16), 0x21f0aaad);
  h = Math.imul(h ^ (h >>> 15), 0x735a2d97);
  return (h ^ (h >>> 15)) >>> 0;
}

/** The state of an {@linkcode Rng}: four 32-bit words. */
export type RngState = readonly [number, number, number, number];

/**
 * A stream of random numbers.
 *
 * @example
 * ```ts
 * import { Rng } from "./random.ts";
 * const a = new Rng(10, "sample", 3), b = new Rng(10, "sample", 3);
 * console.assert(a.float() === b.float());
 * ```
 */
export class Rng {
  #s: [number, number, number, number];

  /** Opens the stream named by `key`; parts are numbers (as text) or words. */
  constructor(...key: readonly (number | string)[]) {
    let h = 0x811c9dc5;
    for (const ch of key.join("\u0000")) {
      h = Math.imul(h ^ ch.codePointAt(0)!, 0x01000193);
    }
    const next = (): number => mix(h = (h + 0x9e3779b9) | 0);
    this.#s = [next(), next(), next(), next() | 1];
  }

  /** The state, to store in a checkpoint. */
  get state(): RngState {
    return [...this.#s];
  }
  set state(value: RngState) {
    this.#s = [...value];
  }

  /** A uniform integer in [0, 2^32). */
  uint32(): number {
    const s = this.#s;
    const m = Math.imul(s[1], 5);
    const result = Math.imul((m << 7) | (m >>> 25), 9) >>> 0;
    const t = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = (s[3] << 11) | (s[3] >>> 21);
    return result;
  }

  /** A uniform number in [0, 1) with 53 random bits. */
  float(): number {
    return ((this.uint32() >>> 5) * 67108864 + (this.uint32() >>> 6)) / 9007199254740992;
  }

  /** A uniform number in [low, high). */
  uniform(low: number, high: number): number {
    return low + (high - low) * this.float();
  }

  /** Fills `data` with what {@linkcode Rng.uniform} would give one by one, many times as fast. */
  fillUniform(data: Float32Array, low: number, high: number): void {
    let [a, b, c, d] = this.#s;
    const range = high - low;
    let first = 0;
    for (let i = 0; i < 2 * data.length; i++) {
      const m = Math.imul(b, 5);
      const word = Math.imul((m << 7) | (m >>> 25), 9) >>> 0;
      const t = b << 9;
      c ^= a;
      d ^= b;
      b ^= c;
      a ^= d;
      c ^= t;
      d = (d << 11) | (d >>> 21);
      if ((i & 1) === 0) first = word >>> 5;
      else data[i >>> 1] = low + range * ((first * 67108864 + (word >>> 6)) / 9007199254740992);
    }
    this.#s = [a, b, c, d];
  }

  /** A uniform integer in [0, n); `n` up to 2^32. */
  int(n: number): number {
    return Math.floor(this.float() * n);
  }

  /** True with probability `p`. */
  chance(p = 0.5): boolean {
    return this.float() < p;
  }

  /** A normal number (Box-Muller). */
  normal(mean = 0, std = 1): number {
    const u = 1 - this.float();
    return mean + std * Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * this.float());
  }

  /** A permutation of 0 … n-1 (Fisher-Yates). */
  permutation(n: number): Uint32Array {
    const order = Uint32Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const j = this.int(i + 1);
      const t = order[i]!;
      order[i] = order[j]!;
      order[j] = t;
    }
    return order;
  }
}
