/** Tests of rows, by networks of a few lines that ncnn computes. */
import assert from "node:assert/strict";
import { type Tensor, type Tensor4D, tf } from "../../../../core/engine/tf.ts";
import { ncnnModel } from "../../../../core/export/ncnn/write.ts";
import { Conv2d, ConvTranspose2d, LayerNorm, type Module } from "../../../../core/nn/mod.ts";
import { recordedSketch } from "../_archs.ts";
import { engineTest } from "../_recorded.ts";
import { compared, ncnnTest } from "./_ncnn.ts";

type Forward<Layers> = (x: Tensor4D, layers: Layers) => Tensor;

/** Registers a test that ncnn gives what the engine gives, at even and odd sizes. */
function rows<Layers extends Record<string, Module>>(
  name: string,
  make: () => Layers,
  forward: Forward<Layers>,
): void {
  ncnnTest(`ncnn computes ${name}`, async () => {
    using recorded = await recordedSketch(3, make, (x, o: Layers) => forward(x, o) as Tensor4D);
    await compared(recorded, "fp32", [[1, 12, 16], [2, 9, 7], [1, 14, 11]], 2e-5);
  });
}

const none = () => ({});
const row = (...values: number[]) => tf.tensor1d(values);
const sum = (...parts: Tensor[]) => parts.reduce((a, b) => tf.add(a, b));
const cut = (x: Tensor4D, like: Tensor4D) => tf.slice(x, [0, 0, 0, 0], like.shape);

rows("what goes number by number", none, (x) => {
  const positive = tf.add(tf.square(x), 0.1);
  return sum(
    tf.tanh(tf.sub(tf.mul(x, 6), 3)),
    tf.relu6(tf.sub(tf.mul(x, 20), 5)),
    tf.abs(tf.sub(x, row(0.2, 0.5, 0.7))),
    tf.sqrt(positive),
    tf.rsqrt(positive),
    tf.pow(positive, 1.7),
    tf.maximum(x, 0.3),
    tf.minimum(x, tf.square(x)),
    tf.div(x, positive),
    tf.div(2, positive),
    tf.sub(1, x),
    tf.sub(row(3, 2, 1), positive),
    tf.sigmoid(tf.mul(x, row(4, -5, 6))),
    tf.leakyRelu(tf.sub(x, 0.5), 0.3),
    tf.neg(tf.relu(tf.sub(0.6, x))),
  );
});

rows("means, sums and maxima", () => ({ norm: new LayerNorm(3) }), (x, { norm }) => {
  const plane = tf.sub(x, tf.mean(x, 3, true));
  const pixel = tf.mean(x, [1, 2], true);
  return sum(
    tf.mul(plane, pixel),
    tf.div(x, tf.add(tf.sum(tf.square(x), -1, true), 1)),
    tf.mul(x, tf.sigmoid(tf.max(x, [1, 2], true))),
    // A plane and a vector: as many planes as numbers.
    tf.mul(tf.mean(x, 3, true), pixel),
    norm.forward(tf.mul(x, row(1, 2, 3))),
    tf.sub(pixel, x),
  );
});

rows(
  "steps of convolutions, and back",
  () => ({
    down: new Conv2d(3, 5, 3, { stride: 2, padding: 1 }),
    up: new ConvTranspose2d(5, 3, 2, { stride: 2 }),
    deep: new Conv2d(3, 6, 3, { groups: 3 }),
    point: new Conv2d(6, 3, 1),
  }),
  (x, { down, up, deep, point }) => {
    const filter = tf.reshape(tf.linspace(-1, 1, 75), [5, 5, 3, 1]) as Tensor4D;
    const square = tf.reshape(tf.linspace(-1, 1, 90), [3, 3, 2, 5]) as Tensor4D;
    const [n, h, w] = x.shape;
    const [rows, columns] = [Math.ceil(h / 2), Math.ceil(w / 2)];
    const same = tf.conv2d(
      x,
      tf.reshape(tf.linspace(-1, 1, 60), [2, 2, 3, 5]) as Tensor4D,
      2,
      "same",
    );
    const spread = tf.conv2dTranspose(
      same as Tensor4D,
      square,
      [n, 2 * rows, 2 * columns, 2],
      2,
      "same",
    );
    const doubled = tf.concat([
      spread,
      tf.slice(spread, [0, 0, 0, 0], [n, 2 * rows, 2 * columns, 1]),
    ], 3);
    const padded = tf.pad(x, [[0, 0], [0, 2 * rows - h], [0, 2 * columns - w], [0, 0]]) as Tensor4D;
    return sum(
      cut(up.forward(down.forward(padded)), x),
      cut(doubled as Tensor4D, x),
      point.forward(deep.forward(x)),
      tf.depthwiseConv2d(x, filter, 1, "same", "NHWC", [2, 2]),
    );
  },
);

rows("what moves pixels and channels", none, (x) => {
  const [, h, w] = x.shape;
  const mirrored = tf.mirrorPad(x, [[0, 0], [2, 3], [1, 2], [0, 0]], "reflect") as Tensor4D;
  const more = tf.pad(x, [[0, 0], [1, 3], [2, 2], [0, 0]], 0.5) as Tensor4D;
  const four = tf.concat([
    x,
    tf.square(x),
    tf.slice(x, [0, 0, 0, 1], [-1, -1, -1, 2]),
    x,
    tf.split(x, 3, 3)[2]!,
  ], 3);
  const shuffled = tf.depthToSpace(four as Tensor4D, 2, "NHWC");
  const [a, b] = tf.split(mirrored, [1, 2], 3);
  const pooled = tf.add(
    tf.avgPool(mirrored, [3, 2], 1, "valid"),
    tf.maxPool(mirrored, [3, 2], 1, "valid"),
  ) as Tensor4D;
  return sum(
    tf.image.resizeBilinear(shuffled as Tensor4D, [h, w], false, true),
    tf.slice(tf.concat([b!, a!], 3), [0, 1, 1, 0], [-1, h, w, 3]),
    tf.slice(more, [0, 1, 2, 0], x.shape),
    tf.slice(tf.image.resizeNearestNeighbor(x, [3 * h, 3 * w]), [0, 0, 0, 0], x.shape),
    cut(tf.image.resizeBilinear(x, [2 * h, 2 * w], true), x),
    cut(pooled, x),
  );
});

engineTest("variants that ncnn does not have are refused by name", async () => {
  const refused: [RegExp, Forward<Record<string, never>>][] = [
    [/Minimum \(another constant for each channel\)/, (x) => tf.minimum(x, row(0.1, 0.2, 0.3))],
    [/Pow \(a power of a constant\)/, (x) => tf.pow(2, x)],
    [/Mean \(the mean over the axes 1\)/, (x) => tf.sub(x, tf.mean(x, 1, true))],
    [/Transpose, used by the network itself/, (x) => tf.reverse(tf.transpose(x, [0, 2, 1, 3]), 1)],
    [
      /MirrorPad \(mirrored pixels of which the last one stands there twice\)/,
      (x) => cut(tf.mirrorPad(x, [[0, 0], [0, 2], [0, 2], [0, 0]], "symmetric") as Tensor4D, x),
    ],
    [
      /ResizeNearestNeighbor \(a grid of pixels that ncnn does not have\)/,
      (x) =>
        cut(
          tf.image.resizeNearestNeighbor(x, [x.shape[1] + 2, x.shape[2] + 2]),
          x,
        ),
    ],
  ];
  for (const [message, forward] of refused) {
    using recorded = await recordedSketch(3, none, (x, o) => forward(x, o as never) as Tensor4D);
    assert.throws(() => ncnnModel(recorded.graph, "half"), message);
  }
});
