/** Tests of updates in place: the arithmetic on every engine, compiled and not, and what others see of a variable. */
import assert from "node:assert/strict";
import { compile } from "../../../core/engine/compile.ts";
import { type Scalar, type Tensor, tf, type Variable } from "../../../core/engine/tf.ts";
import { applyAdam, moveToward } from "../../../core/engine/updates.ts";
import { Rng } from "../../../core/random.ts";
import { forEachEngine } from "./_engines.ts";

function variable(values: number[]): Variable {
  return tf.tidy(() => tf.variable(tf.tensor1d(values), false));
}

async function read(tensor: Tensor): Promise<number[]> {
  return [...await tensor.data()];
}

function near(actual: readonly number[], expected: readonly number[], tolerance = 1e-6): void {
  assert.equal(actual.length, expected.length);
  actual.forEach((a, i) => {
    const e = expected[i]!;
    assert.ok(Math.abs(a - e) <= tolerance * Math.max(1, Math.abs(e)), `${i}: ${a} not ${e}`);
  });
}

/** Adam in float64, by its definition. */
class Reference {
  readonly mean = [0, 0, 0];
  readonly square = [0, 0, 0];
  readonly largest = [0, 0, 0];

  constructor(readonly param: number[], readonly amsgrad: boolean) {}

  step(gradient: number[], size: number, beta1: number, beta2: number, eps: number): void {
    gradient.forEach((g, i) => {
      this.mean[i]! += (g - this.mean[i]!) * (1 - Math.fround(beta1));
      this.square[i]! += (g * g - this.square[i]!) * (1 - Math.fround(beta2));
      this.largest[i] = Math.max(this.largest[i]!, this.square[i]!);
      const second = this.amsgrad ? this.largest[i]! : this.square[i]!;
      this.param[i]! -= size * this.mean[i]! / (Math.sqrt(second) + eps);
    });
  }
}

for (const amsgrad of [false, true]) {
  await forEachEngine(
    `applyAdam() follows its definition, compiled and not${amsgrad ? ", with AMSGrad" : ""}`,
    async () => {
      for (const eager of [true, false]) {
        const param = variable([1, -2, 3]);
        const moments = {
          mean: variable([0, 0, 0]),
          square: variable([0, 0, 0]),
          ...amsgrad ? { largest: variable([0, 0, 0]) } : {},
        };
        const step = compile(
          (gradient: Tensor, size: Scalar, beta1: Scalar, beta2: Scalar, eps: Scalar) => {
            applyAdam(param, moments, gradient, { size, beta1, beta2, eps });
            return tf.clone(param);
          },
          { eager },
        );
        const reference = new Reference([1, -2, 3], amsgrad);
        const rng = new Rng(3);
        for (let i = 1; i <= 6; i++) {
          const values = [0, 0, 0].map(() => Math.fround(rng.uniform(-1, 1) / i));
          const gradient = tf.tensor1d(values);
          const result = await step(gradient, 0.1 / i, 0.9, 0.99, 1e-8);
          reference.step(values, 0.1 / i, 0.9, 0.99, 1e-8);
          near(await read(result), reference.param, 3e-6);
          tf.dispose([gradient, result]);
        }
        near(await read(param), reference.param, 3e-6);
        near(await read(moments.mean), reference.mean, 3e-6);
        near(await read(moments.square), reference.square, 3e-6);
        if (moments.largest) near(await read(moments.largest), reference.largest, 3e-6);
        step.dispose();
        tf.dispose([param, ...Object.values(moments)]);
        assert.equal(tf.memory().numTensors, 0);
      }
    },
  );
}

await forEachEngine("moveToward() goes a share of the way", async () => {
  const average = variable([0, 10]), value = variable([4, 20]);
  const move = compile((share: Scalar) => {
    moveToward(average, value, share);
    return {};
  });
  await move(0.25);
  assert.deepEqual(await read(average), [1, 12.5]);
  await move(0.5);
  assert.deepEqual(await read(average), [2.5, 16.25]);
  tf.dispose([average, value]);
});

await forEachEngine("what is read before an update in place is the old value", async () => {
  const param = variable([1, 2]), average = variable([5, 5]);
  const f = compile((share: Scalar) => {
    const old = tf.clone(average);
    param.assign(tf.mul(average, 2) as never); // takes the old value, and is written after the update
    moveToward(average, tf.zerosLike(average), share);
    const between = tf.clone(average);
    moveToward(average, tf.onesLike(average), share);
    return [old, between, tf.clone(average)] as Tensor[];
  });
  for (const expected of [[5, 2.5, 1.75, 10], [1.75, 0.875, 0.9375, 3.5]]) {
    const [old, between, last] = await f(0.5) as [Tensor, Tensor, Tensor];
    const seen = [
      ...await read(old),
      ...await read(between),
      ...await read(last),
      ...await read(param),
    ];
    assert.deepEqual(seen, expected.flatMap((x) => [x, x]));
    tf.dispose([old, between, last]);
  }
  tf.dispose([param, average]);
});

await forEachEngine("an assignment and an update in place follow each other", async () => {
  const v = variable([1, 2]);
  const f = compile((share: Scalar) => {
    v.assign(tf.mul(v, 10) as never);
    moveToward(v, tf.zerosLike(v), share);
    v.assign(tf.add(v, 1) as never);
    return {};
  });
  await f(0.5);
  assert.deepEqual(await read(v), [6, 11]);
  await f(0.5);
  assert.deepEqual(await read(v), [31, 56]);
  v.dispose();
});

await forEachEngine("who holds a variable's old value keeps it", async () => {
  const v = variable([1, 2]), twin = variable([0, 0]);
  const f = compile((x: Tensor) => {
    v.assign(tf.add(v, x) as never);
    return {};
  });
  const x = tf.tensor1d([1, 1]);
  await f(x);
  const before = v.clone(); // shares the data
  twin.assign(v);
  const reading = v.data(); // begins before the next call, ends after it
  await f(x);
  assert.deepEqual([...await reading], [2, 3]);
  assert.deepEqual(await read(v), [3, 4]);
  assert.deepEqual([await read(before), await read(twin)], [[2, 3], [2, 3]]);
  await f(v); // the argument is the variable itself
  assert.deepEqual(await read(v), [6, 8]);
  tf.dispose([v, twin, before, x]);
  f.dispose();
  assert.equal(tf.memory().numTensors, 0);
});
