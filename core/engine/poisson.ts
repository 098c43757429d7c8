/**
 * Poisson numbers on the device, by tables: A. J. Walker's alias method, which takes one uniform number and one look-up for
 * each, whatever the mean. It needs a list of all means that can come, as there is for noise on 8-bit pictures.
 *
 * TensorFlow's own `StatelessRandomPoisson` exists on CPUs alone, and other engines have none. This runs on all of them, can
 * be compiled, and is exact to the resolution of uniform numbers in float32: the share of a column is off by 2⁻²³ at most.
 *
 * @module
 */
import { randomUniform } from "./random_ops.ts";
import { type Tensor, tf } from "./tf.ts";

/** Columns of a table: numbers from 0 to 511, which is 16 deviations above a mean of 256. */
export const POISSON_COLUMNS = 512;

/** The largest mean that a table can hold. */
export const POISSON_MAX_MEAN = 256;

/**
 * The table `[means.length, 512]` for {@linkcode randomPoisson}, row by row. An element holds the other outcome of its column
 * and, behind the point, the probability of the column's own.
 *
 * @throws {RangeError} If a mean is not in [0, 256].
 */
export function poissonTable(means: readonly number[]): Float32Array {
  const table = new Float32Array(means.length * POISSON_COLUMNS);
  const scaled = new Float64Array(POISSON_COLUMNS);
  means.forEach((mean, row) => {
    if (!(mean >= 0 && mean <= POISSON_MAX_MEAN)) {
      throw new RangeError(`means must be in [0, ${POISSON_MAX_MEAN}], received ${mean}`);
    }
    let probability = Math.exp(-mean);
    for (let k = 0; k < POISSON_COLUMNS; k++) {
      scaled[k] = probability * POISSON_COLUMNS;
      probability *= mean / (k + 1);
    }
    fillAliases(scaled, table.subarray(row * POISSON_COLUMNS, (row + 1) * POISSON_COLUMNS));
  });
  return table;
}

/**
 * Poisson numbers, float32.
 *
 * @param rows For each of them the row of its mean in the table, float32 or int32, of any shape.
 * @param table All elements of {@linkcode poissonTable} as a vector on the device.
 * @param uniform Numbers in [0, 1) that decide, of the shape of `rows`; default fresh ones.
 */
export function randomPoisson<T extends Tensor>(rows: T, table: Tensor, uniform?: Tensor): T {
  return tf.tidy(() => {
    const place = tf.mul(uniform ?? randomUniform(rows.shape), POISSON_COLUMNS);
    // A number that float32 rounds to 1 belongs to the last column.
    const column = tf.minimum(tf.floor(place), POISSON_COLUMNS - 1);
    const index = tf.add(
      tf.mul(tf.cast(rows, "int32"), tf.scalar(POISSON_COLUMNS, "int32")),
      tf.cast(column, "int32"),
    );
    const entry = tf.gather(table, index);
    const other = tf.floor(entry);
    return tf.where(tf.less(tf.sub(place, column), tf.sub(entry, other)), column, other);
  }) as T;
}

/** M. D. Vose's construction. `scaled` are probabilities times the number of columns, and is used up. */
function fillAliases(scaled: Float64Array, row: Float32Array): void {
  const small: number[] = [], large: number[] = [];
  scaled.forEach((p, k) => (p < 1 ? small : large).push(k));
  while (small.length > 0 && large.length > 0) {
    const k = small.pop()!, donor = large.at(-1)!;
    row[k] = entryOf(scaled[k]!, donor);
    scaled[donor]! -= 1 - scaled[k]!;
    if (scaled[donor]! < 1) small.push(large.pop()!);
  }
  // What is left is 1 but for rounding: both outcomes are the column's own.
  for (const k of [...small, ...large]) row[k] = k;
}

/** Probability and alias in one number, which float32 holds with 15 bits behind the point. */
function entryOf(probability: number, alias: number): number {
  return alias + Math.min(Math.round(probability * 32768), 32767) / 32768;
}
