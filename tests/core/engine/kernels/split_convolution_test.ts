/** Tests of convolutions in two halves: those of the same image in a batch of two are the judge. */
import assert from "node:assert/strict";
import { compile } from "../../../../core/engine/compile.ts";
import { canSplit, inHalves } from "../../../../core/engine/kernels/split_convolution.ts";
import { nodeBackend } from "../../../../core/engine/native/node_backend.ts";
import { biasAdd, leakyRelu } from "../../../../core/engine/ops.ts";
import { startEngine } from "../../../../core/engine/start.ts";
import { type Tensor, type Tensor4D, tf } from "../../../../core/engine/tf.ts";
import { Rng } from "../../../../core/random.ts";
import { nativeTest } from "../native/_native.ts";

function numbers(shape: number[], key: string): Tensor {
  const rng = new Rng(2, key);
  const size = shape.reduce((a, b) => a * b, 1);
  return tf.tensor(Float32Array.from({ length: size }, () => rng.uniform(-1, 1)), shape);
}

/** `fn` of a batch that holds the image twice, of which the first is taken: no kernel splits that. */
function judge(x: Tensor4D, fn: (x: Tensor4D) => Tensor4D): Tensor4D {
  return tf.slice(fn(tf.concat([x, x], 0)), 0, 1);
}

async function largest(difference: Tensor): Promise<number> {
  const value = tf.tidy(() => tf.max(tf.abs(difference)));
  const [number] = await value.data();
  tf.dispose([value, difference]);
  return number!;
}

nativeTest(
  "inHalves() gives the whole convolution, for even and odd heights and windows",
  async () => {
    const engine = await startEngine({ engine: "native" });
    try {
      for (
        const [h, w, c, o, kh, kw] of [
          [8, 5, 3, 4, 3, 3],
          [9, 5, 3, 4, 3, 3],
          [7, 4, 2, 3, 3, 1],
          [13, 6, 2, 3, 5, 3],
          [15, 9, 16, 2, 7, 5],
        ] as const
      ) {
        const difference = tf.tidy(() => {
          const x = numbers([1, h, w, c], "x") as Tensor4D;
          const filter = numbers([kh, kw, c, o], "w") as Tensor4D;
          const info = tf.backend_util.computeConv2DInfo(x.shape, filter.shape, 1, 1, "same");
          assert.ok(canSplit(info));
          const got = inHalves(tf, nodeBackend()! as never, x, filter, info);
          return tf.sub(got, judge(x, (x) => tf.conv2d(x, filter, 1, "same")));
        });
        const off = await largest(difference);
        assert.ok(off < 1e-4, `${[h, w, c, o, kh, kw]}: off by ${off}`);
      }
      const info = (h: number, k: number, strides: number, pad: "same" | "valid") =>
        tf.backend_util.computeConv2DInfo([1, h, 8, 3], [k, k, 3, 3], strides, 1, pad);
      assert.ok(!canSplit(info(16, 3, 2, "same")), "strides");
      assert.ok(!canSplit(info(16, 3, 1, "valid")), "another size");
      assert.ok(!canSplit(info(5, 3, 1, "same")), "too low");
      assert.ok(!canSplit(info(16, 2, 1, "same")), "an even window");
      assert.equal(tf.memory().numTensors, 0);
    } finally {
      await engine.dispose();
    }
  },
);

nativeTest(
  "with bias and activation, compiled, and with gradients, one image is like one of two",
  async () => {
    const engine = await startEngine({ engine: "native" });
    try {
      const w1 = numbers([3, 3, 16, 16], "w1") as Tensor4D,
        w2 = numbers([3, 3, 32, 16], "w2") as Tensor4D;
      const bias = numbers([16], "b");
      const net = (x: Tensor4D) => {
        const hidden = leakyRelu(biasAdd(tf.conv2d(x, w1, 1, "same"), bias), 0.2);
        const dense = tf.concat([x, hidden], 3); // both are in halves already
        return tf.add(biasAdd(tf.conv2d(dense, w2, 1, "same"), bias), x) as Tensor4D;
      };
      for (const [h, w] of [[64, 48], [33, 40]] as const) {
        const x = numbers([1, h, w, 16], "x") as Tensor4D;
        const forward = compile((x: Tensor4D) => tf.sub(net(x), judge(x, net)));
        assert.ok(await largest(await forward(x)) < 1e-4);
        const gradient = compile((x: Tensor4D) =>
          tf.sub(
            tf.grad((x) => tf.mean(tf.square(net(x as Tensor4D))))(x),
            tf.grad((x) => tf.mean(tf.square(judge(x as Tensor4D, net))))(x),
          )
        );
        assert.ok(await largest(await gradient(x)) < 1e-5);
        forward.dispose();
        gradient.dispose();
        x.dispose();
      }
      tf.dispose([w1, w2, bias]);
      assert.equal(tf.memory().numTensors, 0);
    } finally {
      await engine.dispose();
    }
  },
);
