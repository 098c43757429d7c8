/**
 * Tests of mixed precision on the native engine. They run on any processor: `DENOSR_EMULATE_PRECISION` lets TensorFlow
 * compute what the hardware has not got.
 */
import assert from "node:assert/strict";
import { compile } from "../../../../core/engine/compile.ts";
import { startNative } from "../../../../core/engine/native/mod.ts";
import { Graph } from "../../../../core/engine/native/graph.ts";
import { DType } from "../../../../core/engine/native/dtypes.ts";
import { POLICY } from "../../../../core/engine/native/policy.ts";
import { EMULATE, precisionsOf } from "../../../../core/engine/native/precisions.ts";
import { hasKernel } from "../../../../core/engine/native/registered_kernels.ts";
import {
  addSame,
  biasAdd,
  channelMeans,
  relu,
  scaleChannels,
} from "../../../../core/engine/ops.ts";
import { type Tensor, type Tensor4D, tf, type Variable } from "../../../../core/engine/tf.ts";
import { Rng } from "../../../../core/random.ts";
import { nativeTest } from "./_native.ts";

/** Runs `test` with an engine, with emulation allowed, and tells what ops were recorded, as `name:type`. */
function emulated(name: string, test: (recorded: string[]) => Promise<void>): void {
  nativeTest(name, async () => {
    const old = Deno.env.get(EMULATE);
    Deno.env.set(EMULATE, "1");
    const recorded: string[] = [];
    const { add } = Graph.prototype;
    Graph.prototype.add = function (op, ...rest) {
      const outputs = add.call(this, op, ...rest);
      recorded.push(`${op}:${TYPES[outputs[0]?.dtype ?? 0] ?? outputs[0]?.dtype}`);
      return outputs;
    };
    const engine = await startNative({ numGpu: 0 });
    try {
      await test(recorded);
    } finally {
      await engine.dispose();
      Graph.prototype.add = add;
      if (old === undefined) Deno.env.delete(EMULATE);
      else Deno.env.set(EMULATE, old);
    }
  });
}

const TYPES: Readonly<Record<number, string>> = {
  [DType.FLOAT]: "float32",
  [DType.BFLOAT16]: "bfloat16",
  [DType.HALF]: "float16",
  [DType.BOOL]: "bool",
};

function numbers(shape: readonly number[], key: string): Tensor {
  const rng = new Rng(1, key);
  const size = shape.reduce((a, b) => a * b, 1);
  return tf.tensor(Float32Array.from({ length: size }, () => rng.uniform(-0.5, 0.5)), [...shape]);
}

const variable = (shape: number[], key: string): Variable =>
  tf.tidy(() => tf.variable(numbers(shape, key)));

async function read(tensor: Tensor): Promise<number[]> {
  const data = [...await tensor.data()];
  tensor.dispose();
  return data;
}

for (
  const [precision, type, digits] of [["bf16", "bfloat16", 2e-2], [
    "fp16",
    "float16",
    3e-3,
  ]] as const
) {
  emulated(
    `${precision}: convolutions and what is between them are low, losses are not`,
    async (recorded) => {
      const w1 = variable([3, 3, 3, 8], "w1"),
        b1 = variable([8], "b1"),
        w2 = variable([3, 3, 8, 8], "w2"),
        w3 = variable([3, 3, 8, 3], "w3");
      const loss = (x: Tensor4D) => {
        const first = relu(biasAdd(tf.conv2d(x, w1 as never, 1, "same"), b1)) as Tensor4D;
        const second = addSame(tf.conv2d(first, w2 as never, 1, "same"), first) as Tensor4D;
        const attended = scaleChannels(second, tf.sigmoid(channelMeans(second)));
        const last = tf.conv2d(attended, w3 as never, 1, "same");
        return tf.mean(tf.square(last)).asScalar();
      };
      const step = (x: Tensor4D) => {
        const { value, grads } = tf.variableGrads(() => loss(x), [w1, b1, w2, w3]);
        return [value, grads[w1.name]!, grads[b1.name]!, grads[w2.name]!, grads[w3.name]!];
      };
      const x = numbers([2, 8, 8, 3], "x") as Tensor4D;
      const full = await Promise.all((await compile(step)(x)).map(read));
      recorded.length = 0;
      const low = await Promise.all((await compile(step, { precision })(x)).map(read));
      for (const [i, values] of low.entries()) {
        const most = Math.max(...full[i]!.map(Math.abs));
        values.forEach((v, j) => {
          assert.ok(
            Math.abs(v - full[i]![j]!) <= digits * most,
            `${i}, ${j}: ${v} not ${full[i]![j]}`,
          );
        });
      }
      assert.notDeepEqual(low, full, "nothing was rounded");
      const of = (op: string) => [...new Set(recorded.filter((r) => r.startsWith(`${op}:`)))];
      for (
        const op of [
          "Conv2D",
          "Conv2DBackpropFilter",
          "Conv2DBackpropInput",
          "BiasAdd",
          "Relu",
          "ReluGrad",
          "AddV2",
          "Tile",
        ]
      ) assert.ok(of(op).includes(`${op}:${type}`), `${op} is ${of(op)}`);
      assert.deepEqual(of("Mean"), ["Mean:float32"]);
      // Each weight is cast once, though the forward and the backward pass take it.
      const casts = recorded.filter((r) => r === `Cast:${type}`).length;
      assert.ok(casts <= 9, `${casts} casts`);
      tf.dispose([x, w1, b1, w2, w3]);
    },
  );
}

emulated("softmax, sums, exponentials and roots stay in float32", async (recorded) => {
  const f = compile((x: Tensor4D, w: Tensor4D) => {
    const y = tf.conv2d(x, w, 1, "same"); // low
    return [tf.softmax(y), tf.sum(y), tf.exp(y), tf.sqrt(tf.abs(y)), tf.mean(y)];
  }, { precision: "bf16" });
  const x = numbers([1, 4, 4, 2], "x") as Tensor4D, w = numbers([3, 3, 2, 2], "w") as Tensor4D;
  tf.dispose(await f(x, w));
  const low = recorded.filter((r) => r.endsWith(":bfloat16"));
  assert.deepEqual([...new Set(low)].sort(), ["Cast:bfloat16", "Conv2D:bfloat16"]);
  tf.dispose([x, w]);
});

emulated(
  "results and the values of variables are float32, and small updates are not lost",
  async () => {
    const v = tf.tidy(() => tf.variable(tf.ones([1, 1, 1, 1])));
    const f = compile((x: Tensor4D) => {
      const y = tf.conv2d(x, v as never, 1, "same");
      v.assign(tf.add(v, 1e-4) as never); // less than bfloat16 can add to 1
      return y;
    }, { precision: "bf16" });
    const x = tf.ones([1, 2, 2, 1]) as Tensor4D;
    for (let i = 0; i < 10; i++) assert.deepEqual(await read(await f(x)), [1, 1, 1, 1]);
    assert.ok(Math.abs((await v.data())[0]! - 1.001) < 1e-6);
    tf.dispose([x, v]);
  },
);

nativeTest("every op of the policy is one of TensorFlow, with a kernel for float32", (library) => {
  for (const op of Object.keys(POLICY)) {
    const attribute = op === "GatherV2" ? "Tparams" : "T";
    assert.ok(hasKernel(library, op, "CPU", attribute, DType.FLOAT), op);
  }
  assert.ok(!hasKernel(library, "Conv2D", "CPU", "T", DType.STRING));
  assert.ok(!hasKernel(library, "Conv2D", "TPU", "T", DType.FLOAT));
});

nativeTest("a precision that the processor lacks is refused, and says what to do", async () => {
  const engine = await startNative({ numGpu: 0 });
  try {
    const { bf16, fp16 } = precisionsOf(engine.binding);
    assert.match(fp16!, /fp16 is for GPUs.*take precision fp32/);
    assert.throws(() => compile(() => tf.scalar(1), { precision: "fp16" }), RangeError);
    if (bf16 !== undefined) assert.match(bf16, /neither AVX-512 BF16 nor AMX.*take precision fp32/);
  } finally {
    await engine.dispose();
  }
});
