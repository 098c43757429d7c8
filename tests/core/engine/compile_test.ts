/** Tests of compiled functions: on every engine what they compute, on the native one how. */
import type { Tensor2D } from "@tensorflow/tfjs-core";
import assert from "node:assert/strict";
import { compile, type CompiledFunction } from "../../../core/engine/compile.ts";
import { biasAdd, relu } from "../../../core/engine/ops.ts";
import { dropout, randomNormal, seedRandomOps } from "../../../core/engine/random_ops.ts";
import {
  type Scalar,
  type Tensor,
  type Tensor4D,
  tf,
  type Variable,
} from "../../../core/engine/tf.ts";
import { Rng } from "../../../core/random.ts";
import { forEachEngine } from "./_engines.ts";

function numbers(size: number, key: string): Float32Array {
  const rng = new Rng(1, key);
  return Float32Array.from({ length: size }, () => rng.uniform(-0.5, 0.5));
}

/** A network of two convolutions with Adam's moments, and its training step. */
class Trainer {
  readonly w1 = variable([3, 3, 3, 4], "w1");
  readonly b1 = variable([4], "b1");
  readonly w2 = variable([3, 3, 4, 3], "w2");
  readonly params = [this.w1, this.b1, this.w2];
  readonly means = this.params.map((p) => tf.variable(tf.zeros(p.shape), false));
  readonly squares = this.params.map((p) => tf.variable(tf.zeros(p.shape), false));

  readonly step = (x: Tensor4D, y: Tensor4D, numbers: { lr: Scalar; beta: Scalar }) => {
    const { value, grads } = tf.variableGrads(() => {
      const hidden = relu(biasAdd(tf.conv2d(x, this.w1 as never, 1, "same"), this.b1));
      return tf.mean(tf.abs(tf.sub(tf.conv2d(hidden as Tensor4D, this.w2 as never, 1, "same"), y)));
    }, this.params);
    this.params.forEach((param, i) => {
      const grad = grads[param.name]!;
      const [mean, square] = [this.means[i]!, this.squares[i]!];
      mean.assign(tf.add(mean, tf.mul(tf.sub(grad, mean), numbers.beta)));
      square.assign(tf.add(tf.mul(square, 0.99), tf.mul(tf.square(grad), 0.01)));
      const move = tf.div(mean, tf.add(tf.sqrt(square), 1e-3));
      param.assign(tf.sub(param, tf.mul(move, numbers.lr)));
    });
    return { loss: value };
  };

  async weights(): Promise<number[]> {
    const all = [...this.params, ...this.means, ...this.squares];
    return (await Promise.all(all.map((v) => v.data()))).flatMap((data) => [...data]);
  }

  dispose(): void {
    tf.dispose([...this.params, ...this.means, ...this.squares]);
  }
}

function variable(shape: number[], key: string): Variable {
  return tf.tidy(() => tf.variable(tf.tensor(numbers(tf.util.sizeFromShape(shape), key), shape)));
}

async function valuesOf(tensor: Tensor): Promise<number[]> {
  const data = await tensor.data();
  tensor.dispose();
  return [...data];
}

await forEachEngine("20 compiled training steps give the eager losses and weights", async () => {
  const run = async (eager: boolean) => {
    const trainer = new Trainer();
    const step = compile(trainer.step, { eager });
    const losses: number[] = [];
    for (let i = 0; i < 20; i++) {
      const x = tf.tensor4d(numbers(2 * 6 * 6 * 3, `x${i}`), [2, 6, 6, 3]);
      const y = tf.tensor4d(numbers(2 * 6 * 6 * 3, `y${i}`), [2, 6, 6, 3]);
      // Rates change at every step: one that were baked in would show.
      const { loss } = await step(x, y, { lr: 0.01 / (i + 1), beta: i === 0 ? 1 : 0.1 });
      losses.push(...await valuesOf(loss));
      tf.dispose([x, y]);
    }
    assert.ok(step.stats.traces <= 1);
    assert.equal(step.stats.calls, 20);
    const weights = await trainer.weights();
    step.dispose();
    trainer.dispose();
    return { losses, weights };
  };
  const eager = await run(true), compiled = await run(false);
  close(compiled.losses, eager.losses, 1e-5);
  close(compiled.weights, eager.weights, 1e-4); // Adam divides by small roots
  assert.ok(eager.losses[0]! > eager.losses[19]! * 1.05, "it learned nothing");
});

function close(actual: readonly number[], expected: readonly number[], tolerance: number): void {
  assert.equal(actual.length, expected.length);
  actual.forEach((a, i) => {
    const e = expected[i]!;
    assert.ok(Math.abs(a - e) <= tolerance * Math.max(0.1, Math.abs(e)), `${i}: ${a} not ${e}`);
  });
}

await forEachEngine("calls leave no tensors and no handles behind", async (engine) => {
  const trainer = new Trainer();
  const step = compile(trainer.step);
  const x = tf.tensor4d(numbers(108, "x"), [1, 6, 6, 3]);
  const handles = () =>
    engine.name === "native"
      ? (tf.backend() as unknown as { binding: { getNumOfTensors(): number } }).binding
        .getNumOfTensors()
      : 0;
  const once = async () => tf.dispose(await step(x, x, { lr: 0.01, beta: 0.1 }));
  await once();
  const before = { ...tf.memory() }, handlesBefore = handles();
  for (let i = 0; i < 5; i++) await once();
  const { numTensors, numDataBuffers, numBytes } = tf.memory();
  assert.deepEqual([numTensors, numDataBuffers, numBytes, handles()], [
    before.numTensors,
    before.numDataBuffers,
    before.numBytes,
    handlesBefore,
  ]);
  step.dispose();
  trainer.dispose();
  x.dispose();
});

await forEachEngine("arguments and results may be nested, absent, or the same tensor", async () => {
  const f = compile((input: { xs: Tensor[]; none?: Tensor | undefined }, k: readonly Scalar[]) => ({
    same: input.xs[0]!,
    twice: [input.xs[1]!, input.xs[1]!] as const,
    scaled: tf.mul(input.xs[0]!, k[1]!),
    fixed: tf.scalar(7),
    none: undefined,
  }));
  const xs = [tf.tensor1d([1, 2]), tf.tensor1d([3, 4])];
  const pending = f({ xs, none: undefined }, [10, 20]);
  tf.dispose(xs); // arguments are borrowed until the call returns, no longer
  const { same, twice, scaled, fixed, none } = await pending;
  assert.deepEqual(await valuesOf(same), [1, 2]);
  assert.deepEqual(await valuesOf(twice[0]), [3, 4]);
  assert.deepEqual(await valuesOf(twice[1]), [3, 4]);
  assert.deepEqual(await valuesOf(scaled), [20, 40]);
  assert.deepEqual(await valuesOf(fixed), [7]);
  assert.equal(none, undefined);
  assert.equal(tf.memory().numTensors, 0);
  await assert.rejects(
    () => Promise.resolve().then(() => f({ xs: ["word"] } as never, [1])),
    /arguments\[0\]\.xs\[0\] is a string: .* option `static`/,
  );
});

await forEachEngine("calls run in order, though nobody waits for them", async () => {
  const v = tf.tidy(() => tf.variable(tf.scalar(1)));
  const affine = compile((factor: Scalar, add: Scalar) => {
    v.assign(tf.add(tf.mul(v, factor), add) as Scalar);
    return tf.clone(v);
  });
  const results = await Promise.all([affine(2, 1), affine(3, 0), affine(1, -4)]);
  assert.deepEqual((await Promise.all(results.map(valuesOf))).flat(), [3, 9, 5]);
  assert.deepEqual([...await v.data()], [5]);
  v.dispose();
});

await forEachEngine("variables are read anew after assigning, inside and outside", async () => {
  const weight = tf.tidy(() => tf.variable(tf.tensor1d([1, 2])));
  const average = tf.tidy(() => tf.variable(tf.tensor1d([0, 0])));
  average.assign(weight); // both share their data from now on
  const f = compile((x: Tensor) => {
    weight.assign(tf.add(weight, x) as never);
    average.assign(tf.add(tf.mul(average, 0.5), tf.mul(weight, 0.5)) as never);
    return tf.clone(weight);
  });
  const x = tf.tensor1d([1, 1]);
  assert.deepEqual(await valuesOf(await f(x)), [2, 3]);
  assert.deepEqual([...await average.data()], [1.5, 2.5]);
  tf.tidy(() => weight.assign(tf.tensor1d([10, 20])));
  assert.deepEqual(await valuesOf(await f(x)), [11, 21]);
  assert.deepEqual([...await average.data()], [6.25, 11.75]);
  tf.dispose([x, weight, average]);
});

await forEachEngine("a variable may be made at first use", async () => {
  let made: Variable | undefined;
  const f = compile((x: Tensor) => {
    made ??= tf.tidy(() => tf.variable(tf.tensor1d([1, 2])));
    made.assign(tf.mul(made, 2) as never);
    return tf.add(x, made);
  });
  const x = tf.tensor1d([1, 1]);
  assert.deepEqual(await valuesOf(await f(x)), [3, 5]);
  assert.deepEqual([...await made!.data()], [2, 4]);
  assert.deepEqual(await valuesOf(await f(x)), [5, 9]);
  tf.dispose([made!, x]);
  assert.equal(tf.memory().numTensors, 0);
});

await forEachEngine(
  "random numbers are fresh at every call and come again with the seed",
  async () => {
    const f = compile((x: Tensor) => {
      const noise = randomNormal([4]);
      return [tf.add(x, noise), tf.add(x, randomNormal([4])), dropout(tf.ones([64]), 0.5)];
    });
    const x = tf.zeros([4]);
    const draw = async () => {
      const results = await f(x);
      return (await Promise.all(results.map(valuesOf))).map(String);
    };
    seedRandomOps(10, 1);
    const first = await draw(), second = await draw();
    seedRandomOps(10, 1);
    assert.deepEqual(await draw(), first);
    assert.deepEqual(await draw(), second);
    seedRandomOps(10, 2);
    const other = await draw();
    assert.equal(new Set([...first, ...second, ...other]).size, 9, "some numbers came twice");
    assert.match(first[2]!, /^[02,]+$/);
    x.dispose();
  },
);

await forEachEngine("`static` makes a form for each of its values", async () => {
  let training = true;
  const f = compile((x: Tensor) => training ? tf.mul(x, 2) : tf.mul(x, 3), {
    static: () => ({ training }),
  });
  const x = tf.scalar(1);
  assert.deepEqual(await valuesOf(await f(x)), [2]);
  training = false;
  assert.deepEqual(await valuesOf(await f(x)), [3]);
  x.dispose();
});

await forEachEngine(
  "an error of the function reaches the caller, and later calls work",
  async () => {
    const f = compile((a: Tensor2D, b: Tensor2D) => tf.matMul(a, b));
    const [a, b] = [tf.ones([2, 3]), tf.ones([3, 1])] as [Tensor2D, Tensor2D];
    await assert.rejects(f(a, a), /must match|must be equal/);
    assert.equal(tf.memory().numTensors, 2);
    assert.deepEqual(await valuesOf(await f(a, b)), [3, 3]);
    tf.dispose([a, b]);
    // No GPU is used in tests, and emulation has to be asked for.
    assert.throws(
      () => compile(() => tf.scalar(1), { precision: "fp16" }),
      /computes in fp32 only|fp16 is for GPUs/,
    );
  },
);

await forEachEngine(
  "new shapes are counted, and too many are told with the reason",
  async (engine) => {
    const said: string[] = [];
    const f = compile((x: Tensor) => tf.add(x, 1), {
      name: "step",
      warnAfter: 2,
      maxForms: 2,
      say: (line) => said.push(line),
    });
    for (const n of [1, 2, 2, 3, 3, 1]) {
      const x = tf.zeros([n]);
      await valuesOf(await f(x));
      x.dispose();
    }
    if (engine.name !== "native") return assert.equal(f.stats.traces, 0);
    assert.equal(f.stats.traces, 4); // [1] had to go for [3]
    assert.equal(f.stats.retraces, 3);
    assert.equal(said.length, 2);
    assert.match(
      said[0]!,
      /^step is compiled for the 3th time: arguments\[0\] is float32 \[3\], where the call before had arguments\[0\] is float32 \[2\]; /,
    );
  },
);

await forEachEngine("one function works on, whatever engine runs", async () => {
  const x = tf.scalar(2);
  assert.deepEqual(await valuesOf(await onAnyEngine(x)), [4]);
  x.dispose();
});
const onAnyEngine: CompiledFunction<[Tensor], Tensor> = compile((x: Tensor) => tf.square(x));
