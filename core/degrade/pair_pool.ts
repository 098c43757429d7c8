/**
 * The pool of training pairs of Real-ESRGAN (BasicSR `basicsr/models/realesrgan_model.py`, `_dequeue_and_enqueue`): since a
 * batch has one resizing factor and one kind of noise, pairs of many batches are mixed.
 *
 * BasicSR shuffles the whole pool for every batch and changes its first pairs, which copies it all. Which pairs leave is the
 * same at random if as many places are drawn as there are pictures, and nothing is moved.
 *
 * @module
 */
import { type Tensor, type Tensor4D, tf } from "../engine/tf.ts";
import { Rng } from "../random.ts";
import type { StateTensor } from "../weights/state_dict.ts";

/** Pictures and what they should become, `[n, h, w, c]` and `[n, h·s, w·s, c]`. */
export interface Pair {
  /** Low quality. */
  readonly lq: Tensor4D;
  /** Ground truth. */
  readonly gt: Tensor4D;
}

/** Names of the tensors of a state. */
const NAMES = { lq: "queue_lr", gt: "queue_gt" } as const;

/** Holds pairs on the device, as many as fit; owns them. */
export class PairPool implements Disposable {
  readonly #places: Pair[] = [];

  /**
   * Creates an empty pool.
   *
   * @param size Pairs that fit, BasicSR's `queue_size`.
   * @throws {RangeError} If it is not a positive integer.
   */
  constructor(readonly size: number) {
    if (!(Number.isInteger(size) && size > 0)) {
      throw new RangeError(`queue_size must be a positive integer, received ${size}`);
    }
  }

  /** Pairs in the pool. */
  get count(): number {
    return this.#places.length;
  }

  /**
   * Puts a batch into the pool. Until the pool is full the same batch comes back; then one of pairs from everywhere in it, whose
   * places the batch takes.
   *
   * @param batch Borrowed.
   * @param key Names the random choice, for example `(manual_seed, iter)`.
   * @returns The caller's.
   * @throws {RangeError} If the pool is no multiple of the batch, or the pictures are of another size than those in it.
   */
  exchange(batch: Pair, ...key: readonly (number | string)[]): Pair {
    const n = batch.lq.shape[0];
    if (batch.gt.shape[0] !== n || this.size % n !== 0) {
      throw new RangeError(
        `queue_size must be a multiple of the batch, received ${this.size} and batches of ${n} and ${
          batch.gt.shape[0]
        }`,
      );
    }
    const [first] = this.#places;
    for (const name of ["lq", "gt"] as const) {
      const got = batch[name].shape.slice(1).join("x");
      const had = first?.[name].shape.slice(1).join("x") ?? got;
      if (got !== had) throw new RangeError(`the pool holds ${name} of ${had}, received ${got}`);
    }
    const incoming = Array.from({ length: n }, (_, i) => ({
      lq: sampleOf(batch.lq, i),
      gt: sampleOf(batch.gt, i),
    }));
    if (this.#places.length < this.size) {
      this.#places.push(...incoming);
      return { lq: tf.clone(batch.lq), gt: tf.clone(batch.gt) };
    }
    const chosen = [...new Rng(...key, "pool").permutation(this.size).subarray(0, n)];
    const leaving = chosen.map((place) => this.#places[place]!);
    chosen.forEach((place, i) => this.#places[place] = incoming[i]!);
    const result = {
      lq: tf.concat(leaving.map(({ lq }) => lq), 0),
      gt: tf.concat(leaving.map(({ gt }) => gt), 0),
    };
    tf.dispose(leaving.flatMap(({ lq, gt }) => [lq, gt]));
    return result;
  }

  /**
   * Everything that {@linkcode PairPool.load} needs to go on exactly: `queue_lr` and `queue_gt`, `[count, h, w, c]`, none if
   * the pool is empty. Pictures that are whole levels of 255 are written as such, in a quarter of the space.
   */
  async tensors(): Promise<Map<string, StateTensor>> {
    const tensors = new Map<string, StateTensor>();
    if (this.#places.length === 0) return tensors;
    for (const name of ["lq", "gt"] as const) {
      const pictures = this.#places.map((pair) => pair[name]);
      const [, ...shape] = pictures[0]!.shape;
      const length = shape.reduce((product, side) => product * side, 1);
      const all = new Float32Array(pictures.length * length);
      for (const [i, picture] of pictures.entries()) all.set(await picture.data(), i * length);
      tensors.set(NAMES[name], stateOf([pictures.length, ...shape], all));
    }
    return tensors;
  }

  /**
   * Puts back what {@linkcode PairPool.tensors} gave; other tensors are passed over. Without any, the pool is empty.
   *
   * @throws {RangeError} If the tensors do not fit each other or the pool.
   */
  load(tensors: ReadonlyMap<string, StateTensor>): void {
    const lq = tensors.get(NAMES.lq), gt = tensors.get(NAMES.gt);
    const count = lq?.shape[0] ?? 0;
    if ((gt?.shape[0] ?? 0) !== count || count > this.size) {
      throw new RangeError(
        `queue_size is ${this.size}, the state has ${count} lq and ${
          gt?.shape[0] ?? 0
        } gt in its pool`,
      );
    }
    this[Symbol.dispose]();
    if (!lq || !gt) return;
    const pictures = { lq: picturesOf(lq), gt: picturesOf(gt) };
    for (let i = 0; i < count; i++) {
      this.#places.push({ lq: pictures.lq(i), gt: pictures.gt(i) });
    }
  }

  /** Empties the pool. */
  [Symbol.dispose](): void {
    tf.dispose(this.#places.splice(0).flatMap(({ lq, gt }) => [lq, gt]));
  }
}

/** Picture `i` as a tensor of its own that outlives scopes. */
function sampleOf(x: Tensor4D, i: number): Tensor4D {
  return tf.keep(tf.slice(x, [i, 0, 0, 0], [1, -1, -1, -1])) as Tensor as Tensor4D;
}

function stateOf(shape: readonly number[], values: Float32Array): StateTensor {
  const levels = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i++) {
    levels[i] = Math.round(values[i]! * 255);
    if (Math.fround(levels[i]! / 255) !== values[i]) return { shape, dtype: "F32", data: values };
  }
  return { shape, dtype: "U8", data: levels };
}

/** Makes the pictures of a state one by one. */
function picturesOf({ shape, dtype, data }: StateTensor): (i: number) => Tensor4D {
  const [, h, w, c] = shape as Tensor4D["shape"];
  const length = h * w * c;
  return (i) => {
    const part = data.subarray(i * length, (i + 1) * length);
    const values = Float32Array.from(part as Uint8Array, (v) => dtype === "U8" ? v / 255 : v);
    return tf.keep(tf.tensor4d(values, [1, h, w, c]));
  };
}
