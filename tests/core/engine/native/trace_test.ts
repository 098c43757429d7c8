/** Tests of tracing: what is recorded, what is refused and how, and that TensorFlow.js is intact afterwards. */
import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import assert from "node:assert/strict";
import { compile } from "../../../../core/engine/compile.ts";
import { type NativeEngine, startNative } from "../../../../core/engine/native/mod.ts";
import { parseOpDef, partition } from "../../../../core/engine/native/graph_op_def.ts";
import { randomUniform } from "../../../../core/engine/random_ops.ts";
import {
  type Scalar,
  type Tensor,
  type Tensor4D,
  tf,
  type Variable,
} from "../../../../core/engine/tf.ts";
import { nativeTest } from "./_native.ts";

function engineTest(name: string, test: (engine: NativeEngine) => Promise<void>): void {
  nativeTest(name, async () => {
    const engine = await startNative({ numGpu: 0 });
    try {
      await test(engine);
    } finally {
      await engine.dispose();
    }
  });
}

async function valuesOf(tensor: Tensor): Promise<number[]> {
  const data = await tensor.data();
  tensor.dispose();
  return [...data];
}

/** Both ways of running `fn`. */
async function bothWays<A extends Tensor[]>(fn: (...args: A) => Tensor, ...args: A) {
  const compiled = compile(fn), eager = compile(fn, { eager: true });
  const expected = await valuesOf(await eager(...args as never));
  const actual = await valuesOf(await compiled(...args as never));
  assert.equal(compiled.stats.traces, 1);
  compiled.dispose();
  assert.equal(actual.length, expected.length);
  actual.forEach((a, i) => assert.ok(Math.abs(a - expected[i]!) < 1e-5, `${a} not ${expected[i]}`));
}

engineTest("ops with lists, several results, integers and booleans are recorded", async () => {
  const x = tf.tensor2d([[1, -2, 3], [4, 5, -6]]);
  await bothWays((x) => tf.concat([x, x, tf.ones([1, 3])] as Tensor2D[], 0), x);
  await bothWays((x) => tf.stack(tf.unstack(x, 1).reverse()), x);
  await bothWays((x) => tf.addN([x, x, tf.onesLike(x)]), x);
  await bothWays((x) => tf.split(x, 3, 1)[2]!, x);
  await bothWays((x) => tf.where(tf.greater(x, 0), x, tf.zerosLike(x)), x);
  await bothWays((x) => tf.cast(tf.argMax(x, 1), "float32"), x);
  await bothWays((x) => tf.topk(x, 2).values, x);
  await bothWays((x) => tf.cumsum(tf.transpose(x), 0), x);
  await bothWays((x) => tf.pad(x as Tensor2D, [[1, 0], [0, 2]]), x);
  await bothWays((x) => tf.einsum("ij,kj->ik", x, x), x);
  const indices = tf.tensor1d([1, 0, 1], "int32");
  await bothWays((x, i) => tf.gather(x, i as Tensor1D), x, indices);
  const flags = tf.tensor1d([true, false], "bool");
  await bothWays((x, f) => tf.mul(x, tf.expandDims(tf.cast(f, "float32"), 1)), x, flags);
  tf.dispose([x, indices, flags]);
});

engineTest("gradients, also of gradients, are recorded", async () => {
  const x = tf.tensor4d(Float32Array.from({ length: 32 }, (_, i) => Math.sin(i)), [1, 4, 4, 2]);
  const w = tf.tensor4d(Float32Array.from({ length: 36 }, (_, i) => Math.cos(i)), [3, 3, 2, 2]);
  const loss = (x: Tensor) => tf.sum(tf.square(tf.leakyRelu(x, 0.1))) as Scalar;
  await bothWays(
    (x, w) => tf.grad((w) => loss(tf.conv2d(x as Tensor4D, w as Tensor4D, 1, "same")))(w),
    x,
    w,
  );
  await bothWays((x) => tf.grad((x) => tf.sum(tf.square(tf.grad(loss)(x))))(x), x);
  const custom = tf.customGrad((x, save) => {
    (save as (tensors: Tensor[]) => void)([x as Tensor]);
    return {
      value: tf.abs(x as Tensor),
      gradFunc: (dy: Tensor, [x]: Tensor[]) => tf.mul(dy, tf.sign(x!)),
    };
  });
  await bothWays((x) => tf.grad((x) => tf.sum(custom(x)))(x), x);
  tf.dispose([x, w]);
});

engineTest(
  "a tensor of the closure is an input, read or not before, and is missed when it is gone",
  async () => {
    const outside = tf.tensor1d([1, 2]);
    const f = compile((x: Tensor) => tf.mul(x, outside), { name: "scaled" });
    const x = tf.scalar(3);
    assert.deepEqual(await valuesOf(await f(x)), [3, 6]);
    assert.deepEqual(await valuesOf(await f(x)), [3, 6]);
    assert.deepEqual([...outside.dataSync()], [1, 2]);
    outside.dispose();
    await assert.rejects(f(x), {
      name: "TraceError",
      message:
        /^scaled was compiled with a tensor \[2\] .*disposed: pass it as an argument.*\n +at .*trace_test\.ts:\d+/,
    });
    const gone = tf.tidy(() => tf.variable(tf.scalar(1)));
    const g = compile((x: Tensor) => tf.mul(x, gone));
    await valuesOf(await g(x));
    gone.dispose();
    await assert.rejects(g(x), /variable .* which has been disposed/);
  },
);

const x1 = () => tf.tensor1d([1, 2, 3]);
let stored: Tensor | undefined;
let variable: Variable | undefined;
const refusals: [what: string, fn: (x: Tensor) => Tensor, message: RegExp][] = [
  ["dataSync", (x) => tf.scalar(x.dataSync()[0]!), /a tensor is read .* return it/],
  ["a read of a result", (x) => tf.scalar(tf.add(x, 1).arraySync() as number), /a tensor is read/],
  ["data that is not awaited", (x) => (void x.data().catch(() => {}), x), /a tensor is read/],
  ["a read that is caught", (x) => {
    try {
      x.dataSync();
    } catch { /* the refusal counts all the same */ }
    return x;
  }, /a tensor is read/],
  ["promises", ((x: Tensor) => Promise.resolve(x)) as never, /the function is asynchronous/],
  ["randomNormal", (x) => tf.add(x, tf.randomNormal([3])), /tf\.randomNormal draws .*random_ops/],
  [
    "randomUniform",
    (x) => tf.add(x, tf.randomUniform([3], 0, 1, "float32", 5)),
    /tf\.randomUniform/,
  ],
  ["truncatedNormal", (x) => tf.add(x, tf.truncatedNormal([3])), /tf\.truncatedNormal draws/],
  ["dropout", (x) => tf.dropout(x, 0.5), /tf\.(dropout|randomUniform) draws/],
  [
    "multinomial",
    (x) => tf.multinomial(x as Tensor1D, 2),
    /Multinomial does not give the same|tf\.multinomial/,
  ],
  ["keep", (x) => (stored = tf.keep(tf.add(x, 1)), x), /1 tensors .* stay behind/],
  ["disposing what is outside", (x) => (stored!.dispose(), x), /a tensor from outside is disposed/],
  ["disposing a variable", (x) => (variable!.dispose(), x), /disposed/],
  ["variables of computed values", (x) => tf.variable(tf.add(x, 1)), /made of a computed value/],
];

engineTest("what cannot be recorded is refused, and everything is as it was", async (engine) => {
  const x = x1();
  const witness = tf.tidy(() => tf.variable(tf.tensor1d([5, 6, 7])));
  await valuesOf(tf.add(x, witness)); // on the device
  for (const [what, fn, message] of refusals) {
    stored = x1();
    variable = tf.tidy(() => tf.variable(tf.scalar(1)));
    stored.dataSync();
    tf.add(stored, 0).dispose();
    const before = tf.memory().numTensors;
    const inner = compile((x: Tensor) => {
      witness.assign(tf.add(witness, x) as never);
      return fn(x);
    });
    await assert.rejects(inner(x), (error: Error) => {
      assert.match(error.message, message, what);
      assert.equal(error.name, "TraceError", what);
      return true;
    });
    assert.deepEqual([...await witness.data()], [5, 6, 7], what);
    const left = tf.memory().numTensors - before;
    assert.ok(left === 0 || (left === -1 && what.startsWith("disposing")), `${what}: ${left} left`);
    stored = undefined;
  }
  assert.equal(engine.binding.redirect(undefined), undefined);
  assert.deepEqual(await valuesOf(tf.add(x, witness)), [6, 8, 10]);
});

engineTest("a refusal says where", async () => {
  const x = x1();
  await assert.rejects(
    compile((x: Tensor) => tf.scalar(x.dataSync()[0]!))(x),
    /^TraceError: this cannot be compiled: .*\n +at .*trace_test\.ts:\d+:\d+/,
  );
  const wrong = compile((x: Tensor) => tf.booleanMaskAsync(x, tf.greater(x, 0).toBool()) as never);
  await assert.rejects(wrong(x), /asynchronous|a tensor is read/);
  await assert.rejects(
    compile((x: Tensor) => {
      const inner = compile((y: Tensor) => y);
      return inner(x) as never;
    })(x),
    /was called while another function is compiled/,
  );
});

engineTest("an error in a gradient leaves nothing behind", async () => {
  const x = x1();
  const before = { ...tf.memory() };
  const f = compile((x: Tensor) =>
    tf.grad((x) => {
      const y = tf.square(x);
      throw new RangeError(`no ${y.rank}`);
    })(x)
  );
  await assert.rejects(f(x), /no 1/);
  const { numTensors, numDataBuffers, numBytes } = tf.memory();
  assert.deepEqual([numTensors, numDataBuffers, numBytes], [
    before.numTensors,
    before.numDataBuffers,
    before.numBytes,
  ]);
  assert.deepEqual(await valuesOf(tf.grad((x) => tf.sum(tf.square(x)))(x)), [2, 4, 6]);
});

engineTest("the event loop goes on during a call", async () => {
  const x = tf.ones([1200, 1200]) as Tensor2D;
  const f = compile((x: Tensor2D) => tf.matMul(tf.matMul(x, x), x));
  await valuesOf(await f(x));
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  const result = await f(x);
  clearInterval(timer);
  result.dispose();
  assert.ok(ticks > 0, "no timer ran");
});

engineTest("an engine waits for calls that run before it is disposed", async (engine) => {
  const v = tf.tidy(() => tf.variable(tf.ones([1000, 1000]))) as Variable;
  const f = compile(() => {
    v.assign(tf.matMul(v as unknown as Tensor2D, v as unknown as Tensor2D) as never);
  });
  const calls = [f(), f()];
  await engine.dispose();
  const outcomes = await Promise.allSettled(calls);
  assert.deepEqual(outcomes.map(({ status }) => status), ["fulfilled", "fulfilled"]);
});

engineTest("eager and compiled calls of this engine draw the same random numbers", async () => {
  const { seedRandomOps } = await import("../../../../core/engine/random_ops.ts");
  const draw = (x: Tensor) => tf.add(x, tf.add(randomUniform([3], -1, 1), randomUniform([3])));
  const x = x1();
  seedRandomOps(3);
  const eager = await valuesOf(await compile(draw, { eager: true })(x));
  seedRandomOps(3);
  const compiled = await valuesOf(await compile(draw)(x));
  compiled.forEach((c, i) => assert.ok(Math.abs(c - eager[i]!) < 1e-6, `${c} not ${eager[i]}`));
});

Deno.test("parseOpDef() finds lists and state, and partition() deals inputs out", () => {
  const text = (s: string) => [...new TextEncoder().encode(s)];
  const field = (n: number, bytes: number[]) => [n << 3 | 2, bytes.length, ...bytes];
  const single = field(2, [...field(1, text("axis")), ...field(4, text("T"))]);
  const list = field(2, [...field(1, text("values")), ...field(5, text("N"))]);
  const definition = parseOpDef(
    Uint8Array.from([...field(1, text("Op")), ...list, ...single, 0x88, 0x01, 0x01]),
  );
  assert.deepEqual(definition, {
    inputs: [{ name: "values", listAttribute: "N" }, { name: "axis", listAttribute: undefined }],
    isStateful: true,
  });
  assert.deepEqual(partition(definition.inputs, 4, () => undefined), [3, 1]);
  assert.throws(() => partition(definition.inputs.slice(1), 2, () => undefined), /2 inputs cannot/);
});
