/** The pool of pairs: filling, mixing, and going on exactly. */
import assert from "node:assert/strict";
import { type Pair, PairPool } from "../../../core/degrade/mod.ts";
import { type Tensor4D, tf } from "../../../core/engine/tf.ts";
import { onEngine } from "./_engine.ts";

/** Two pictures with the numbers `first` and `first` + 1, `gt` half of `lq`. */
function batchOf(first: number, scale = 1 / 255): Pair {
  const filled = (side: number, factor: number) =>
    tf.tidy(() =>
      tf.mul(
        tf.div(tf.tensor4d([first, first + 1], [2, 1, 1, 1]), 1 / (scale * factor)),
        tf.ones([1, side, side, 3]),
      )
    ) as Tensor4D;
  return { lq: filled(1, 1), gt: filled(2, 0.5) };
}

/** Exchanges batch number `i`, and gives the numbers of what comes back. */
async function exchange(pool: PairPool, i: number): Promise<number[]> {
  const batch = batchOf(2 * i), out = pool.exchange(batch, 7, i);
  const lq = await out.lq.data(), gt = await out.gt.data();
  assert.deepEqual(out.gt.shape, [2, 2, 2, 3]);
  tf.dispose([batch.lq, batch.gt, out.lq, out.gt]);
  const numbers = [lq[0]!, lq[3]!].map((v) => Math.round(v * 255));
  assert.deepEqual([gt[0]!, gt[12]!].map((v) => Math.round(v * 510)), numbers, "pairs are torn");
  return numbers;
}

onEngine(
  "PairPool gives batches back until it is full, then pairs from everywhere, each once",
  async () => {
    using pool = new PairPool(8);
    for (let i = 0; i < 4; i++) assert.deepEqual(await exchange(pool, i), [2 * i, 2 * i + 1]);
    assert.equal(pool.count, 8);
    const given: number[] = [];
    for (let i = 4; i < 64; i++) given.push(...await exchange(pool, i));
    assert.equal(pool.count, 8);
    assert.equal(new Set(given).size, given.length, "a pair came twice");
    // A pair stays four batches on average: its age tells that places are drawn, not taken in turn.
    const ages = given.map((number, i) => 4 + Math.floor(i / 2) - Math.floor(number / 2));
    const mean = ages.reduce((sum, age) => sum + age, 0) / ages.length;
    assert(mean > 3 && mean < 5 && new Set(ages).size > 6, `${ages}`);
    assert(ages.every((age) => age > 0), "a pair left with the batch that it came with");
  },
);

onEngine("PairPool goes on exactly from its state, full or half full", async () => {
  for (const before of [2, 9]) {
    using pool = new PairPool(8), copy = new PairPool(8);
    for (let i = 0; i < before; i++) await exchange(pool, i);
    const tensors = await pool.tensors();
    assert.deepEqual(tensors.get("queue_lr")?.shape, [Math.min(8, 2 * before), 1, 1, 3]);
    copy.load(tensors);
    for (let i = before; i < before + 6; i++) {
      assert.deepEqual(await exchange(copy, i), await exchange(pool, i));
    }
    assert.deepEqual(await copy.tensors(), await pool.tensors());
  }
});

onEngine("PairPool writes whole levels as such and everything else as it is", async () => {
  using pool = new PairPool(4), copy = new PairPool(4);
  const values = Float32Array.from({ length: 6 }, (_, i) => Math.fround(i * 51 / 255));
  const odd = Float32Array.from(values, (v) => v * 0.9);
  const lq = tf.tensor4d(values, [2, 1, 1, 3]), gt = tf.tensor4d(odd, [2, 1, 1, 3]);
  tf.dispose(Object.values(pool.exchange({ lq, gt }, 1)));
  const tensors = await pool.tensors();
  assert.equal(tensors.get("queue_lr")!.dtype, "U8");
  assert.deepEqual([...tensors.get("queue_lr")!.data], [0, 51, 102, 153, 204, 255]);
  assert.equal(tensors.get("queue_gt")!.dtype, "F32");
  assert.deepEqual(tensors.get("queue_gt")!.data, odd);
  copy.load(tensors);
  assert.deepEqual(await copy.tensors(), tensors);
  copy.load(new Map());
  assert.equal(copy.count, 0);
  tf.dispose([lq, gt]);
});

onEngine("PairPool refuses sizes that do not go together", async () => {
  assert.throws(() => new PairPool(0), /queue_size must be a positive integer, received 0/);
  using odd = new PairPool(5), pool = new PairPool(4), small = new PairPool(2);
  const batch = batchOf(0), other = { lq: batch.gt, gt: batch.gt };
  assert.throws(
    () => odd.exchange(batch, 1),
    /queue_size must be a multiple of the batch, rec.* 5/,
  );
  tf.dispose(Object.values(pool.exchange(batch, 1)));
  assert.throws(() => pool.exchange(other, 1), /the pool holds lq of 1x1x3, received 2x2x3/);
  tf.dispose(Object.values(pool.exchange(batch, 1)));
  const tensors = await pool.tensors();
  assert.throws(() => small.load(tensors), /queue_size is 2, the state has 4 lq and 4 gt/);
  tf.dispose([batch.lq, batch.gt]);
});
