/**
 * One table of operations, run on every engine that this machine has: values against numbers worked out by hand or the
 * cpu engine's, gradients against central differences, and no tensor left behind.
 *
 * @module
 */
import assert from "node:assert/strict";
import { startEngine } from "../../../core/engine/start.ts";
import { type Tensor, tf } from "../../../core/engine/tf.ts";
import { forEachEngine } from "./_engines.ts";
import { ELEMENTWISE, type Input, LAYOUT, type Operation, REDUCTIONS, SPATIAL } from "./_ops.ts";

/** Engines add up float32 numbers in different orders; GPUs approximate exp and tanh. */
const TOLERANCE = 2e-4;
/** Of differences in float32 over a step of 1/64. */
const GRADIENT_TOLERANCE = 1e-2;

const references = new Map<Operation, Float32Array>();

for (
  const [topic, operations] of Object.entries({ ELEMENTWISE, REDUCTIONS, LAYOUT, SPATIAL })
) {
  await forEachEngine(`${topic.toLowerCase()} ops have the right values`, async (engine) => {
    const results = new Map<Operation, Float32Array>();
    const before = tf.memory().numTensors;
    const failures: string[] = [];
    for (const operation of operations) {
      try {
        results.set(operation, await valuesOf(operation));
      } catch (error) {
        failures.push(`${operation.name}: ${(error as Error).message}`);
      }
    }
    const left = tf.memory().numTensors - before;
    await engine.dispose();
    await computeReferences(operations);
    for (const operation of operations) {
      const result = results.get(operation);
      if (!result) continue;
      const expected = operation.expected ?? references.get(operation)!;
      const fault = difference(result, expected, TOLERANCE);
      if (fault) failures.push(`${operation.name}: ${fault}`);
    }
    assert.deepEqual(failures, []);
    assert.equal(left, 0, "tensors left behind");
  });

  await forEachEngine(`${topic.toLowerCase()} ops have the right gradients`, async () => {
    const failures: string[] = [];
    const before = tf.memory().numTensors;
    for (const operation of operations) {
      if (operation.gradient === false) continue;
      try {
        const fault = await gradientFault(operation);
        if (fault) failures.push(`${operation.name}: ${fault}`);
      } catch (error) {
        failures.push(`${operation.name}: ${(error as Error).message}`);
      }
    }
    assert.deepEqual(failures, []);
    assert.equal(tf.memory().numTensors - before, 0, "tensors left behind");
  });
}

async function valuesOf(operation: Operation): Promise<Float32Array> {
  const result = tf.tidy(() => operation.run(...operation.inputs.map(toTensor)));
  const values = await result.data() as Float32Array;
  result.dispose();
  return Float32Array.from(values);
}

/** The cpu engine's values, for the operations that have no expected ones. */
async function computeReferences(operations: readonly Operation[]): Promise<void> {
  const missing = operations.filter((op) => !op.expected && !references.has(op));
  if (missing.length === 0) return;
  const engine = await startEngine({ engine: "cpu" });
  try {
    for (const operation of missing) references.set(operation, await valuesOf(operation));
  } finally {
    await engine.dispose();
  }
}

/**
 * Compares the gradient along a random direction v with (f(x + h v) - f(x - h v)) / 2h, where f is the sum of the
 * result times fixed weights; f is summed up in float64.
 */
async function gradientFault(operation: Operation): Promise<string | undefined> {
  const h = 1 / 64;
  for (let i = 0; i < operation.inputs.length; i++) {
    for (let direction = 0; direction < 2; direction++) {
      const v = directionFor(operation.inputs[i]!, direction);
      const shifted = (sign: number): Operation => ({
        ...operation,
        inputs: operation.inputs.map((input, k) =>
          k !== i ? input : { ...input, values: input.values.map((x, j) => x + sign * h * v[j]!) }
        ),
      });
      const [plus, minus] = [await valuesOf(shifted(1)), await valuesOf(shifted(-1))];
      let numeric = 0, size = 0;
      plus.forEach((p, j) => {
        const term = weight(j) * (p - minus[j]!) / (2 * h);
        numeric += term;
        size += Math.abs(term);
      });
      const gradient = tf.tidy(() => {
        const tensors = operation.inputs.map(toTensor);
        const f = (...x: Tensor[]) => {
          const y = operation.run(...x);
          const weights = tf.tensor(
            Float32Array.from({ length: y.size }, (_, j) => weight(j)),
            y.shape,
          );
          return tf.sum(tf.mul(y, weights)) as ReturnType<typeof tf.scalar>;
        };
        return tf.grads(f)(tensors)[i]!;
      });
      const values = await gradient.data() as Float32Array;
      const { shape } = gradient;
      gradient.dispose();
      assert.deepEqual(shape, operation.inputs[i]!.shape, `shape of gradient ${i}`);
      const analytic = values.reduce((sum, g, j) => sum + g * v[j]!, 0);
      if (!(Math.abs(analytic - numeric) <= GRADIENT_TOLERANCE * Math.max(size, 0.1))) {
        return `gradient of input ${i} is ${analytic} along a direction where differences give ${numeric}`;
      }
    }
  }
  return undefined;
}

function directionFor(input: Input, key: number): Float32Array {
  // Irrational steps: no symmetry of an operation hides a wrong place.
  return input.values.map((_, j) => Math.sin((j + 1) * (key + 1) * 1.618) * 0.9);
}

function weight(j: number): number {
  return Math.cos((j + 1) * 2.414) + 0.1;
}

function toTensor({ shape, values }: Input): Tensor {
  return tf.tensor(values, [...shape]);
}

function difference(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
): string | undefined {
  if (actual.length !== expected.length) {
    return `${actual.length} numbers instead of ${expected.length}`;
  }
  for (let i = 0; i < actual.length; i++) {
    const [a, e] = [actual[i]!, expected[i]!];
    if (!(Math.abs(a - e) <= tolerance * Math.max(1, Math.abs(e)))) {
      return `number ${i} is ${a} instead of ${e}`;
    }
  }
  return undefined;
}
