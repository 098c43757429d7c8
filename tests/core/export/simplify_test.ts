/** Tests of what is left out, merged and moved into weights: the same numbers with fewer ops. */
import assert from "node:assert/strict";
import { type Tensor, type Tensor4D, tf } from "../../../core/engine/tf.ts";
import {
  BatchNorm2d,
  Conv2d,
  ConvTranspose2d,
  LayerNorm,
  Linear,
  type Module,
} from "../../../core/nn/mod.ts";
import { difference, images, recordedSketch } from "./_archs.ts";
import { interpret } from "./_interpret.ts";
import { engineTest } from "./_recorded.ts";

const row = (...values: number[]) => tf.tensor1d(values);

/** Ops, without constants, of what is left; checks that the numbers are the same. */
async function left<Layers extends Record<string, Module>>(
  make: () => Layers,
  forward: (x: Tensor4D, layers: Layers) => Tensor,
): Promise<string[]> {
  using recorded = await recordedSketch(3, make, (x, o: Layers) => forward(x, o) as Tensor4D);
  for (const shape of [[1, 9, 12, 3], [8, 5, 6, 3]] as const) {
    const x = images(shape, shape[0]);
    const worst = difference(interpret(recorded.graph, x), await recorded.forward(x));
    assert.ok(worst < 2e-6, String(worst));
  }
  return recorded.graph.nodes.map(({ op }) => op).filter((op) => op !== "Const");
}

const conv = () => ({ conv: new Conv2d(3, 3, 3) });
const bare = () => ({ conv: new Conv2d(3, 3, 3, { bias: false }) });
const deep = () => ({ conv: new Conv2d(3, 3, 3, { groups: 3 }) });
const point = () => ({ conv: new Conv2d(3, 3, 1) });

engineTest("factors and offsets behind a convolution go into it", async () => {
  const whole = ["Placeholder", "Conv2D", "BiasAdd"];
  assert.deepEqual(await left(conv, (x, o) => tf.mul(o.conv.forward(x), 0.2)), whole);
  assert.deepEqual(await left(conv, (x, o) => tf.mul(row(1, 2, 3), o.conv.forward(x))), whole);
  assert.deepEqual(
    await left(bare, (x, o) => tf.sub(tf.div(o.conv.forward(x), row(4, 5, 6)), row(1, 2, 3))),
    whole,
  );
  assert.deepEqual(
    await left(conv, (x, o) => tf.add(tf.mul(tf.add(o.conv.forward(x), 0.5), 3), row(1, 0, 2))),
    whole,
  );
  assert.deepEqual(
    await left(
      () => ({ ...conv(), norm: new BatchNorm2d(3) }),
      (x, o) => o.norm.forward(o.conv.forward(x)),
    ),
    whole,
  );
  assert.deepEqual(
    await left(deep, (x, o) => tf.mul(o.conv.forward(x), row(1, 2, 3))),
    ["Placeholder", "DepthwiseConv2dNative", "BiasAdd"],
  );
  assert.deepEqual(
    await left(
      () => ({ up: new ConvTranspose2d(3, 3, 2, { stride: 2 }) }),
      (x, o) => tf.slice(tf.mul(o.up.forward(x), row(1, 2, 3)), [0, 0, 0, 0], x.shape),
    ),
    ["Placeholder", "Conv2DBackpropInput", "BiasAdd", "Slice"],
  );
});

engineTest(
  "factors in front of a convolution go into it, offsets where it adds no zeros",
  async () => {
    const whole = ["Placeholder", "Conv2D", "BiasAdd"];
    assert.deepEqual(await left(conv, (x, o) => o.conv.forward(tf.mul(x, row(1, 2, 3)))), whole);
    assert.deepEqual(await left(deep, (x, o) => o.conv.forward(tf.div(x, row(1, 2, 3)))), [
      "Placeholder",
      "DepthwiseConv2dNative",
      "BiasAdd",
    ]);
    assert.deepEqual(await left(point, (x, o) => o.conv.forward(tf.sub(x, row(1, 2, 3)))), whole);
    // Zeros around the image are no mean.
    assert.deepEqual(await left(conv, (x, o) => o.conv.forward(tf.sub(x, row(1, 2, 3)))), [
      "Placeholder",
      "Sub",
      "Conv2D",
      "BiasAdd",
    ]);
  },
);

engineTest("what others take as well stays", async () => {
  const ops = await left(conv, (x, o) => {
    const y = o.conv.forward(x);
    return tf.add(tf.mul(y, 2), tf.relu(y));
  });
  assert.deepEqual(ops, ["Placeholder", "Conv2D", "BiasAdd", "Mul", "Relu", "Add"]);
});

engineTest("layer norms stay whole", async () => {
  const ops = await left(
    () => ({ norm: new LayerNorm(3), linear: new Linear(3, 3) }),
    (x, o) => o.linear.forward(o.norm.forward(x)) as Tensor4D,
  );
  assert.equal(ops.filter((op) => op === "Mul").length, 2);
});

engineTest("what changes nothing is left out", async () => {
  const ops = await left(() => ({}), (x) => {
    let y = tf.add(tf.mul(x, 1), 0) as Tensor4D;
    const part = tf.slice(tf.div(y, 1), [0, 0, 0, 0], y.shape);
    y = tf.pad(part, [[0, 0], [0, 0], [0, 0], [0, 0]]) as Tensor4D;
    y = tf.transpose(tf.transpose(y, [0, 2, 1, 3]), [0, 2, 1, 3]);
    const [n, h, w, c] = y.shape;
    y = tf.reshape(tf.reshape(y, [n * h, w * c]), [n, h, w, c]);
    return tf.relu(y);
  });
  assert.deepEqual(ops, ["Placeholder", "Relu"]);
});

engineTest("two become one", async () => {
  assert.deepEqual(await left(() => ({}), (x) => tf.relu(tf.mul(tf.mul(x, 3), row(1, 2, 3)))), [
    "Placeholder",
    "Mul",
    "Relu",
  ]);
  assert.deepEqual(await left(() => ({}), (x) => tf.relu(tf.sub(tf.add(x, 3), row(1, 2, 3)))), [
    "Placeholder",
    "AddV2",
    "Relu",
  ]);
  assert.deepEqual(
    await left(
      () => ({}),
      (x) => tf.reshape(tf.transpose(tf.transpose(x, [1, 2, 3, 0]), [3, 2, 0, 1]), x.shape),
    ),
    ["Placeholder", "Transpose", "Reshape"],
  );
});

engineTest("what is there several times is computed once", async () => {
  const ops = await left(
    () => ({}),
    (x) => tf.add(tf.exp(tf.neg(x)), tf.mul(tf.exp(tf.neg(x)), x)),
  );
  assert.deepEqual(ops, ["Placeholder", "Neg", "Exp", "Mul", "Add"]);
});
