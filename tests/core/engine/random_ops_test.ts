/** Tests of random tensors: distribution, freshness, streams. */
import assert from "node:assert/strict";
import { compile } from "../../../core/engine/compile.ts";
import {
  dropout,
  dropPath,
  randomCrop,
  randomNormal,
  randomUniform,
  seedRandomOps,
} from "../../../core/engine/random_ops.ts";
import { type Tensor, type Tensor4D, tf } from "../../../core/engine/tf.ts";
import { forEachEngine } from "./_engines.ts";

async function valuesOf(tensor: Tensor): Promise<Float32Array> {
  const data = await tensor.data() as Float32Array;
  tensor.dispose();
  return data;
}

function moments(values: Float32Array): { mean: number; std: number } {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length;
  return { mean, std: Math.sqrt(variance) };
}

await forEachEngine(
  "random numbers have the range and the moments that were asked for",
  async () => {
    seedRandomOps(1);
    const uniform = await valuesOf(randomUniform([100, 100], -1, 3));
    assert.ok(uniform.every((x) => x >= -1 && x < 3));
    const u = moments(uniform); // mean 1, deviation 4 / sqrt(12)
    assert.ok(Math.abs(u.mean - 1) < 0.06 && Math.abs(u.std - 1.1547) < 0.04, JSON.stringify(u));
    const n = moments(await valuesOf(randomNormal([100, 100], 5, 2)));
    assert.ok(Math.abs(n.mean - 5) < 0.1 && Math.abs(n.std - 2) < 0.07, JSON.stringify(n));
  },
);

await forEachEngine("every draw differs, until the seed comes again", async () => {
  const draw = async () => String(await valuesOf(randomUniform([3])));
  seedRandomOps(7, "a");
  const first = [await draw(), await draw()];
  seedRandomOps(7, "a");
  assert.deepEqual([await draw(), await draw()], first);
  seedRandomOps(7, "b");
  assert.equal(new Set([...first, await draw()]).size, 3);
});

await forEachEngine("dropout() keeps the mean, and drops whole samples if asked to", async () => {
  seedRandomOps(2);
  const x = tf.ones([200, 5]);
  const before = tf.memory().numTensors;
  const values = await valuesOf(dropout(x, 0.25));
  assert.deepEqual([...new Set(values)].map((v) => v.toFixed(4)).sort(), ["0.0000", "1.3333"]);
  assert.ok(Math.abs(moments(values).mean - 1) < 0.1);
  const rows = await valuesOf(dropout(x, 0.5, [200, 1]));
  for (let i = 0; i < rows.length; i += 5) {
    assert.equal(new Set(rows.subarray(i, i + 5)).size, 1);
  }
  assert.deepEqual([...await valuesOf(dropout(x, 0))], Array(1000).fill(1));
  assert.equal(tf.memory().numTensors, before);
  assert.throws(() => dropout(x, 1), /rate must be in \[0, 1\), received 1/);
  x.dispose();
});

await forEachEngine(
  "dropPath() drops whole samples, others than in the call before, in compiled functions too",
  async () => {
    const x = tf.ones([64, 2, 2, 1]);
    const f = compile((x: Tensor) => dropPath(x, 0.5));
    const draw = async () => {
      const values = await valuesOf(await f(x));
      for (let i = 0; i < values.length; i += 4) {
        assert.equal(new Set(values.subarray(i, i + 4)).size, 1);
      }
      assert.deepEqual([...new Set(values)].sort(), [0, 2]);
      return String(values);
    };
    seedRandomOps(4);
    const first = [await draw(), await draw()];
    assert.notEqual(first[0], first[1]);
    seedRandomOps(4);
    assert.deepEqual([await draw(), await draw()], first);
    x.dispose();
  },
);

await forEachEngine(
  "randomCrop() cuts images and their enlargements at the same places, fresh at every call",
  async () => {
    // Each pixel is its own number, so that a window says where it lies.
    const lq = tf.reshape(tf.range(0, 8 * 7 * 5), [8, 7, 5, 1]) as Tensor4D;
    const gt = tf.image.resizeNearestNeighbor(lq, [14, 10]);
    const f = compile((lq: Tensor4D, gt: Tensor4D) => randomCrop([lq, gt], [3, 2], [1, 2]));
    const draw = async () => {
      const [small, large] = await f(lq, gt) as [Tensor4D, Tensor4D];
      assert.deepEqual([small.shape, large.shape], [[8, 3, 2, 1], [8, 6, 4, 1]]);
      const halved = tf.image.resizeNearestNeighbor(large, [3, 2]);
      const values = await valuesOf(small);
      assert.deepEqual([...await valuesOf(halved)], [...values]);
      large.dispose();
      for (let i = 0; i < values.length; i += 6) {
        const first = values[i]!;
        assert.deepEqual(
          [...values.subarray(i, i + 6)],
          [0, 1, 5, 6, 10, 11].map((d) => first + d),
        );
        assert.ok(first % 5 <= 3 && Math.floor(first % 35 / 5) <= 4, `starts at ${first}`);
        assert.equal(Math.floor(first / 35), i / 6, "a window of another sample");
      }
      return String(values);
    };
    seedRandomOps(5);
    const first = [await draw(), await draw()];
    assert.notEqual(first[0], first[1]);
    seedRandomOps(5);
    assert.deepEqual([await draw(), await draw()], first);
    assert.throws(() => randomCrop([lq], [8, 2]), /8x2 does not fit into 7x5/);
    assert.throws(() => randomCrop([lq, gt], [3, 2], [1, 3]), /is not 3 times/);
    tf.dispose([lq, gt]);
  },
);
