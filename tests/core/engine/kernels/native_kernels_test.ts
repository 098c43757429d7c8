/** Tests of which ops of TensorFlow the native engine executes; what they compute is in `conformance_test.ts`. */
import assert from "node:assert/strict";
import { spaceToDepth } from "../../../../core/engine/gradients.ts";
import type { NativeEngine } from "../../../../core/engine/native/mod.ts";
import { startEngine } from "../../../../core/engine/start.ts";
import { type Scalar, type Tensor, type Tensor4D, tf } from "../../../../core/engine/tf.ts";
import { nativeTest } from "../native/_native.ts";

const image = (...shape: [number, number, number, number]): Tensor4D =>
  tf.randomUniform(shape, -1, 1, "float32", 5);

/** Starts the engine, and collects the names of the ops that `run` executes. */
async function opsOf(
  run: () => void,
  prepare: (engine: NativeEngine) => void = () => {},
): Promise<string[]> {
  const engine = await startEngine({ engine: "native" }) as NativeEngine;
  try {
    const { binding } = engine;
    const { executeOp } = binding;
    const ops: string[] = [];
    prepare(engine);
    binding.executeOp = (...args) => {
      ops.push(args[0]);
      return executeOp.apply(binding, args);
    };
    tf.tidy(run);
    return ops;
  } finally {
    await engine.dispose();
  }
}

/** The ops of the gradient of Σ f(x)·y, where y is random, with regard to x. */
async function gradientOps(
  f: (x: Tensor) => Tensor,
  shape: [number, number, number, number],
): Promise<string[]> {
  const probes: Tensor[] = [];
  const ops = await opsOf(() => {
    const x = image(...shape);
    const forward = f(x);
    const dy = tf.randomUniform(forward.shape, -1, 1, "float32", 6);
    probes.push(tf.grad((x) => tf.sum(tf.mul(f(x), dy)) as Scalar)(x));
  });
  return ops.slice(ops.lastIndexOf("Sum") + 1);
}

nativeTest("PReLU compares nothing, and takes slopes of any size", async () => {
  const values: number[] = [];
  const ops = await opsOf(() => {
    const x = tf.tensor4d([-2, -2, -2, -2, 3, 3, 3, 3], [1, 1, 2, 4]);
    values.push(...tf.prelu(x, tf.tensor4d([-1, 0, 0.25, 2], [1, 1, 1, 4])).dataSync());
  });
  assert.deepEqual(values, [2, 0, -0.5, -4, 3, 3, 3, 3]);
  assert.ok(!ops.includes("Greater") && !ops.includes("SelectV2"), ops.join());
});

nativeTest("activations have one op of TensorFlow for a gradient, PReLU three", async () => {
  const shape = [1, 2, 3, 4] as const;
  const relu = await gradientOps((x) => tf.relu(x), [...shape]);
  assert.equal(relu.at(-1), "ReluGrad");
  const leaky = await gradientOps((x) => tf.leakyRelu(x, 0.2), [...shape]);
  assert.equal(leaky.at(-1), "LeakyReluGrad");
  assert.equal(leaky.length, relu.length);
  const prelu = await gradientOps((x) => tf.prelu(x, tf.fill([4], 0.3)), [...shape]);
  assert.deepEqual(prelu.slice(-3), ["LessEqual", "Mul", "SelectV2"]);
  assert.equal(prelu.length, relu.length + 2);
});

nativeTest(
  "resizing has TensorFlow's gradient, enlarging by whole numbers that of a pool",
  async () => {
    const last = async (f: (x: Tensor4D) => Tensor, count = 1) =>
      (await gradientOps((x) => f(x as Tensor4D), [1, 4, 4, 2])).slice(-count);
    for (const [corners, centres] of [[false, true], [true, false], [false, false]] as const) {
      assert.deepEqual(
        await last((x) => tf.image.resizeBilinear(x, [7, 9], corners, centres)),
        ["ResizeBilinearGrad"],
      );
      assert.deepEqual(
        await last((x) => tf.image.resizeNearestNeighbor(x, [7, 9], corners, centres)),
        ["ResizeNearestNeighborGrad"],
      );
    }
    assert.deepEqual(await last((x) => tf.image.resizeNearestNeighbor(x, [8, 12]), 2), [
      "AvgPool",
      "Mul",
    ]);
  },
);

nativeTest("on a GPU spaceToDepth() is TensorFlow's op, on a CPU a transposition", async () => {
  const results: Float32Array[] = [];
  const run = () => {
    results.push(spaceToDepth(image(1, 4, 6, 3), 2).dataSync() as Float32Array);
  };
  assert.deepEqual(await opsOf(run).then(moving), ["Transpose"]);
  const gpu = ({ binding }: NativeEngine) => {
    binding.isUsingGpuDevice = () => true;
  };
  assert.deepEqual(await opsOf(run, gpu).then(moving), ["SpaceToDepth"]);
  assert.deepEqual(results[1], results[0]);
});

function moving(ops: readonly string[]): string[] {
  return ops.filter((op) => ["Transpose", "SpaceToDepth"].includes(op));
}
