import assert from "node:assert/strict";
import { type Tensor4D, tf } from "../../../core/engine/tf.ts";
import {
  Conv2d,
  type Image,
  MergedConv2d,
  type MergingBlock,
  MergingNetwork,
  Module,
} from "../../../core/nn/mod.ts";
import { testEngine } from "../engine/_engines.ts";
import { assertNear, nchw, nhwc } from "./_parity.ts";
import * as reference from "./_reference.ts";

/** Twice a convolution: while training the sum of two, else one with twice the weights. */
class Twice extends Module<Image> implements MergingBlock {
  readonly conv = new Conv2d(2, 8, 3);
  readonly merged = new MergedConv2d(2, 8, { shuffle: 2 });
  merges = 0;

  override forward(x: Image): Image {
    if (!this.training) return this.merged.forward(x);
    return tf.mul(tf.depthToSpace(this.conv.forward(x), 2, "NHWC"), 2);
  }

  mergeWeights(): void {
    this.merges++;
    this.merged.set({
      weight: tf.mul(this.conv.weight.value as unknown as Tensor4D, 2),
      bias: tf.mul(this.conv.bias!.value, 2),
    });
  }
}

class Net extends MergingNetwork {
  readonly block = new Twice();

  override forward(x: Image): Image {
    return this.block.forward(x);
  }
}

Deno.test("a MergingNetwork merges when evaluation begins and when weights are loaded in it", async () => {
  const engine = await testEngine();
  try {
    const net = new Net().materialize();
    const { block } = net;
    const before = tf.memory().numTensors;
    const counts = [block.merges];
    const step = (change: () => void): void => {
      change();
      counts.push(block.merges);
    };
    const dict = await net.stateDict();
    assert.deepEqual([...dict.keys()], ["block.conv.weight", "block.conv.bias"]);
    step(() => net.loadStateDict(dict));
    step(() => net.eval());
    step(() => net.loadStateDict(dict));
    step(() => net.train());
    step(() => net.eval());
    assert.deepEqual(counts, [0, 0, 1, 2, 2, 3]);
    assert.equal(tf.memory().numTensors, before);
  } finally {
    await engine.dispose();
  }
});

Deno.test("a MergedConv2d with shuffle does what the convolution and a pixel shuffle do", async () => {
  const engine = await testEngine();
  try {
    const net = new Net();
    const { conv } = net.block;
    conv.bias!.write(reference.random([8], 3).data);
    const x = reference.random([1, 2, 4, 3], 5);
    const weight = await conv.weight.read(), bias = await conv.bias!.read();
    const kernel = { shape: weight.shape, data: weight.data as Float32Array };
    const plain = reference.conv2d(x, kernel, bias.data as Float32Array, { padding: 1 });
    const shuffled = reference.pixelShuffle(plain, 2);
    const want = reference.stateTensor({ ...shuffled, data: shuffled.data.map((v) => 2 * v) });
    const y = net.eval().forward(nhwc(x));
    assertNear(await nchw(y), want, { rel_to_max: 1e-5 }, "output");
  } finally {
    await engine.dispose();
  }
});
