/** Tests of gradient checkpointing: the same numbers, less memory. */
import assert from "node:assert/strict";
import { compile } from "../../../core/engine/compile.ts";
import { dropout, seedRandomOps } from "../../../core/engine/random_ops.ts";
import { type Tensor, type Tensor4D, tf } from "../../../core/engine/tf.ts";
import {
  BatchNorm2d,
  BlockSequence,
  checkpointBlocks,
  Conv2d,
  makeLayer,
  Module,
  relu,
  Sequential,
} from "../../../core/nn/mod.ts";
import { withInitSeed } from "../../../core/nn/mod.ts";
import { Rng } from "../../../core/random.ts";
import { forEachEngine } from "../engine/_engines.ts";

/** Two convolutions with something random between them. */
class Block extends Module<Tensor4D> {
  readonly conv1 = new Conv2d(4, 4, 3);
  readonly conv2 = new Conv2d(4, 4, 3);

  override forward(x: Tensor4D): Tensor4D {
    const hidden = dropout(relu(this.conv1.forward(x)), 0.3);
    return tf.add(this.conv2.forward(hidden), x);
  }
}

class Net extends Module<Tensor4D> {
  readonly body = makeLayer(5, () => new Block());
  readonly tail = new Sequential(new Conv2d(4, 4, 3));

  override forward(x: Tensor4D): Tensor4D {
    return this.tail.forward(this.body.forward(x));
  }
}

function image(): Tensor4D {
  const rng = new Rng(4);
  return tf.tensor4d(Float32Array.from({ length: 2 * 6 * 6 * 4 }, () => rng.uniform(-1, 1)), [
    2,
    6,
    6,
    4,
  ]);
}

for (const eager of [false, true]) {
  await forEachEngine(
    `checkpointed blocks give the loss and the gradients of others, random numbers included (${
      eager ? "eager" : "compiled"
    })`,
    async () => {
      const gradients = async (every: number): Promise<number[]> => {
        const net = withInitSeed(3, () => new Net().materialize());
        assert.equal(checkpointBlocks(net, every), 1, "the body alone is a sequence of blocks");
        const params = net.parameters().map(({ value }) => value);
        const f = compile((x: Tensor4D) => {
          const { value, grads } = tf.variableGrads(
            () => tf.mean(tf.square(net.forward(x))).asScalar(),
            params,
          );
          return [value as Tensor, ...params.map(({ name }) => grads[name]!)];
        }, { eager });
        const x = image();
        seedRandomOps(9);
        const results = await f(x);
        const before = tf.memory().numTensors;
        const values = (await Promise.all(results.map((r) => r.data()))).flatMap((v) => [...v]);
        tf.dispose(results);
        tf.dispose(await f(x));
        assert.equal(tf.memory().numTensors, before - results.length, "tensors are left behind");
        f.dispose();
        net.dispose();
        x.dispose();
        return values;
      };
      const plain = await gradients(0);
      for (const every of [1, 2, 5]) {
        const checkpointed = await gradients(every);
        checkpointed.forEach((v, i) => {
          assert.ok(
            Math.abs(v - plain[i]!) <= 1e-6 + 1e-5 * Math.abs(plain[i]!),
            `${every}: ${v} not ${plain[i]}`,
          );
        });
      }
    },
  );
}

await forEachEngine("in evaluation mode nothing is computed twice", async () => {
  const net = withInitSeed(3, () => new Net().materialize()).eval();
  checkpointBlocks(net, 2);
  const x = image();
  const plain = tf.tidy(() => net.forward(x));
  assert.deepEqual(plain.shape, [2, 6, 6, 4]);
  assert.ok((await plain.data()).every(Number.isFinite));
  tf.dispose([plain, x]);
  net.dispose();
});

await forEachEngine(
  "statistics of a batch norm move once a step, computed twice or not",
  async () => {
    const means: Float32Array[] = [];
    for (const every of [0, 1]) {
      const norm = new BatchNorm2d(4).materialize();
      const net = new BlockSequence(norm);
      net.checkpointEvery = every;
      const x = image();
      const { value, grads } = tf.variableGrads(
        () => tf.mean(tf.square(net.forward(x))).asScalar(),
        net.parameters().map((parameter) => parameter.value),
      );
      means.push(await norm.running_mean.value.data() as Float32Array);
      assert.deepEqual([...await norm.num_batches_tracked.value.data()], [1]);
      tf.dispose([value, x, ...Object.values(grads)]);
      net.dispose();
    }
    assert.deepEqual(means[1], means[0]);
  },
);
