/** Tests of the fusable ops: values and gradients are those of TensorFlow.js's own ops, on every engine. */
import assert from "node:assert/strict";
import { addSame, biasAdd, conv2dBias, detach, leakyRelu, relu } from "../../../core/engine/ops.ts";
import { type Scalar, type Tensor, type Tensor4D, tf } from "../../../core/engine/tf.ts";
import { Rng } from "../../../core/random.ts";
import { forEachEngine } from "./_engines.ts";

type Op = (...x: Tensor[]) => Tensor;

/** Ours, TensorFlow.js's, and the shapes of the inputs. */
const pairs: readonly [name: string, ours: Op, theirs: Op, shapes: number[][]][] = [
  ["biasAdd", (x, b) => biasAdd(x!, b!), (x, b) => tf.add(x!, b!), [[2, 3, 4, 5], [5]]],
  ["biasAdd of rank 2", (x, b) => biasAdd(x!, b!), (x, b) => tf.add(x!, b!), [[3, 4], [4]]],
  ["relu", (x) => relu(x!), (x) => tf.relu(x!), [[2, 3, 4, 5]]],
  ["leakyRelu", (x) => leakyRelu(x!, 0.1), (x) => tf.leakyRelu(x!, 0.1), [[2, 3, 4, 5]]],
  ["addSame", (a, b) => addSame(a!, b!), (a, b) => tf.add(a!, b!), [[2, 3], [2, 3]]],
  ["addSame with itself", (a) => addSame(a!, a!), (a) => tf.add(a!, a!), [[2, 3]]],
  [
    "conv2dBias",
    (x, w, b) => conv2dBias(x as Tensor4D, w as Tensor4D, b!, 2, "valid"),
    (x, w, b) => tf.add(tf.conv2d(x as Tensor4D, w as Tensor4D, 2, "valid"), b!),
    [[1, 7, 6, 2], [3, 3, 2, 4], [4]],
  ],
];

function inputs(shapes: readonly number[][]): Tensor[] {
  const rng = new Rng(4, "ops");
  return shapes.map((shape) => {
    const size = tf.util.sizeFromShape(shape);
    // Away from zero, where the activations have a kink.
    return tf.tensor(
      Float32Array.from({ length: size }, () => rng.uniform(0.1, 1) * (rng.chance() ? 1 : -1)),
      shape,
    );
  });
}

type Pair = readonly [actual: Tensor, expected: Tensor];

/** Compares what `compute` gives for each line of the table, and leaves nothing behind. */
async function compare(lines: typeof pairs, compute: (op: Op, x: Tensor[]) => Tensor[]) {
  const before = tf.memory().numTensors;
  for (const [name, ours, theirs, shapes] of lines) {
    const results: Pair[] = [];
    tf.tidy(() => {
      const x = inputs(shapes);
      const expected = compute(theirs, x);
      compute(ours, x).forEach((a, i) => results.push([tf.keep(a), tf.keep(expected[i]!)]));
    });
    for (const [i, [actual, expected]] of results.entries()) {
      assert.deepEqual(actual.shape, expected.shape, name);
      const [a, e] = [await actual.data(), await expected.data()];
      a.forEach((x, j) =>
        assert.ok(Math.abs(x - e[j]!) < 1e-5, `${name}, result ${i}, ${j}: ${x} not ${e[j]}`)
      );
      tf.dispose([actual, expected]);
    }
  }
  assert.equal(tf.memory().numTensors, before);
}

const gradients = (op: Op, x: Tensor[]) =>
  tf.grads((...x: Tensor[]) => tf.sum(tf.square(op(...x))) as Scalar)(x);

await forEachEngine("fusable ops have the values and gradients of tfjs's own", async () => {
  await compare(pairs, (op, x) => [op(...x), ...gradients(op, x)]);
});

await forEachEngine("fusable ops have gradients of gradients", async () => {
  await compare(
    pairs,
    (op, x) =>
      tf.grads((...x: Tensor[]) => {
        const squares = gradients(op, x).map((g) => tf.sum(tf.square(g)));
        return squares.reduce((a, b) => tf.add(a, b)) as Scalar;
      })(x),
  );
});

await forEachEngine("training keeps the result of an activation, and no summands", () => {
  const [x, b] = inputs([[2, 3, 4, 5], [5]]);
  let during = 0;
  const probe = tf.customGrad((...y: unknown[]) => ({
    value: tf.sum(y[0] as Tensor),
    gradFunc: (dy: Tensor) => {
      during = tf.memory().numDataBuffers; // the forward pass is over, the backward pass begins
      return tf.mul(tf.ones((y[0] as Tensor).shape), dy);
    },
  }));
  const kept = (op: Op) => {
    tf.dispose(tf.grads((x: Tensor, b: Tensor) => probe(op(x, b)))([x!, b!]));
    return during;
  };
  const nothing = kept((x, b) => biasAdd(x, b));
  assert.equal(kept((x, b) => addSame(x, biasAdd(x, b))), nothing);
  assert.equal(kept((x, b) => relu(biasAdd(x, b))), nothing + 1);
  assert.equal(kept((x, b) => leakyRelu(biasAdd(x, b))), nothing + 1);
  assert.throws(() => addSame(x!, b!), /\[2, 3, 4, 5\] and \[5\] must be the same/);
  assert.throws(() => leakyRelu(x!, -1), /slope must not be negative/);
  tf.dispose([x!, b!]);
});

await forEachEngine("gradients take what is detached for a constant", async () => {
  const before = tf.memory().numTensors;
  const x = tf.tensor1d([2, -3]);
  const gradient = tf.grad((x) => tf.sum(tf.mul(tf.mul(x, x), detach(x))) as Scalar)(x);
  assert.deepEqual([...await gradient.data()], [8, 18]); // 2 x · x
  const same = detach(x);
  assert.deepEqual([...await same.data()], [2, -3]);
  tf.dispose([x, gradient, same]);
  assert.equal(tf.memory().numTensors, before);
});
