/** Tests of the filter's gradient by matrix products: TensorFlow's own kernel is the judge. */
import assert from "node:assert/strict";
import { byProducts } from "../../../../core/engine/kernels/filter_gradient.ts";
import { startEngine } from "../../../../core/engine/start.ts";
import { type Tensor, type Tensor4D, tf } from "../../../../core/engine/tf.ts";
import { nodeBackend } from "../../../../core/engine/native/node_backend.ts";
import { AttrType, DType } from "../../../../core/engine/native/dtypes.ts";
import { Rng } from "../../../../core/random.ts";
import { nativeTest } from "../native/_native.ts";

function numbers(shape: [number, number, number, number], key: string): Tensor4D {
  const rng = new Rng(2, key);
  const size = shape.reduce((a, b) => a * b, 1);
  return tf.tensor4d(Float32Array.from({ length: size }, () => rng.uniform(-1, 1)), shape);
}

/** TensorFlow's op, which the registered kernel may pass over. */
function judge(x: Tensor4D, dy: Tensor4D, filter: number[], pad: string): Tensor {
  const attributes = [
    { name: "T", type: AttrType.TYPE, value: DType.FLOAT },
    { name: "strides", type: AttrType.INT, value: [1, 1, 1, 1] },
    { name: "padding", type: AttrType.STRING, value: pad.toUpperCase() },
    { name: "data_format", type: AttrType.STRING, value: "NHWC" },
    { name: "use_cudnn_on_gpu", type: AttrType.BOOL, value: true },
    { name: "dilations", type: AttrType.INT, value: [1, 1, 1, 1] },
  ];
  return nodeBackend()!.executeSingleOutput("Conv2DBackpropFilter", attributes, [
    x,
    tf.tensor1d(filter, "int32"),
    dy,
  ]);
}

nativeTest(
  "byProducts() gives the gradient of TensorFlow's kernel, for all sizes and paddings",
  async () => {
    const engine = await startEngine({ engine: "native" });
    try {
      for (
        const [n, h, w, c, o, kh, kw, pad] of [
          [2, 7, 5, 16, 8, 3, 3, "same"],
          [1, 7, 5, 4, 3, 3, 3, "valid"],
          [3, 6, 6, 2, 5, 5, 3, "same"],
          [2, 4, 9, 3, 2, 2, 2, "same"],
          [2, 4, 9, 3, 2, 1, 4, "valid"],
          [2, 1, 1, 3, 2, 3, 3, "same"],
        ] as const
      ) {
        const result = tf.tidy(() => {
          const x = numbers([n, h, w, c], "x");
          const info = tf.backend_util.computeConv2DInfo(x.shape, [kh, kw, c, o], 1, 1, pad);
          const dy = numbers([n, info.outHeight, info.outWidth, o], "dy");
          const wanted = judge(x, dy, [kh, kw, c, o], pad);
          const got = byProducts(tf, x, dy, info);
          assert.deepEqual(got.shape, [kh, kw, c, o]);
          return tf.max(tf.abs(tf.sub(got, wanted)));
        });
        const difference = (await result.data())[0]!;
        assert.ok(difference < 1e-4, `${[n, h, w, c, o, kh, kw, pad]}: off by ${difference}`);
        result.dispose();
      }
      assert.equal(tf.memory().numTensors, 0);
    } finally {
      await engine.dispose();
    }
  },
);
