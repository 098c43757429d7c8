/**
 * Every registered arch, small: shapes, gradients, what stays behind, and that compiling and low precision change nothing of
 * importance. A new arch is covered on arrival; `_nets.ts` has a row for what is special about it.
 */
import assert from "node:assert/strict";
import { compile } from "../../../core/engine/compile.ts";
import { EMULATE } from "../../../core/engine/native/precisions.ts";
import { startEngine } from "../../../core/engine/start.ts";
import { type Scalar, type Tensor, type TensorContainer, tf } from "../../../core/engine/tf.ts";
import { buildNetwork, type Module } from "../../../core/nn/mod.ts";
import { loadPlugins } from "../../../core/plugins.ts";
import { ARCH_REGISTRY } from "../../../core/registry.ts";
import { availableEngines } from "../../core/engine/_engines.ts";
import * as reference from "../../core/nn/_reference.ts";
import { ROWS, smallOptions } from "./_nets.ts";

await loadPlugins();

/** A small network, and the shapes that go in and come out. */
interface Subject {
  readonly name: string;
  readonly net: Module<TensorContainer>;
  readonly input: readonly number[];
  readonly outputs: readonly (readonly number[])[];
}

function build(name: string): Subject {
  const block = smallOptions(name), row = ROWS[name];
  const { options: schema, weights } = ARCH_REGISTRY.get(name);
  assert(schema, "an arch says what its options are");
  const net = buildNetwork<TensorContainer>(block, 1);
  const { type: _, ...rest } = block;
  const traits = weights?.traits(schema.parse(rest) as Record<string, unknown>) ??
    { scale: Number(block.upscale ?? block.scale ?? 1), inputChannels: 3, outputChannels: 3 };
  const m = net.sizeMultiple;
  const input = row?.input ?? [2, 5 * m, 6 * m, traits.inputChannels];
  const [n, h, w] = input as [number, number, number];
  const { scale, outputChannels } = traits;
  const outputs = row?.output ?? [[n, h * scale, w * scale, outputChannels]];
  return { name, net, input, outputs };
}

/** Values in [0, 1). */
function input({ input }: Subject): Tensor {
  const { data } = reference.random(input, 1);
  return tf.tensor(data.map((v) => (v + 1) / 2), [...input]);
}

/** All tensors of an output. */
function tensors(output: TensorContainer): Tensor[] {
  if (output instanceof tf.Tensor) return [output];
  return Object.values(output as Record<string, TensorContainer>).flatMap(tensors);
}

/** Outputs, and gradients of the sum of their mean squares by all parameters. */
function differentiate({ net }: Subject, x: Tensor): { outputs: Tensor[]; grads: Tensor[] } {
  const variables = net.parameters().map(({ value }) => value);
  const kept: Tensor[] = [];
  const { grads } = tf.variableGrads(() => {
    const outputs = tensors(net.forward(x));
    kept.push(...outputs.map((y) => tf.keep(tf.clone(y))));
    return tf.addN(outputs.map((y) => tf.mean(tf.square(y)))) as Scalar;
  }, variables);
  const outputs = kept.map((y) => tf.clone(y));
  tf.dispose(kept);
  return {
    outputs,
    grads: variables.map((variable) => grads[variable.name] ?? tf.zerosLike(variable)),
  };
}

async function read(all: readonly Tensor[]): Promise<Float32Array[]> {
  const data = await Promise.all(all.map((tensor) => tensor.data() as Promise<Float32Array>));
  tf.dispose([...all]);
  return data;
}

/** Share of the largest gradient that is rounding errors. */
const NOISE = 1e-6;

/** Root of the mean square. */
function size(data: Float32Array): number {
  return Math.sqrt(data.reduce((sum, v) => sum + v * v, 0) / data.length);
}

/** Size of a - b. */
function distance(a: Float32Array, b: Float32Array): number {
  return size(a.map((v, i) => v - b[i]!));
}

/** Gives parameters that begin all the same, such as zeros that switch a branch off, values of their own. */
async function unsettle(net: Module<TensorContainer>): Promise<void> {
  for (const [i, parameter] of net.parameters().entries()) {
    const { shape, data } = await parameter.read();
    if (data.some((v) => v !== data[0])) continue;
    parameter.write(reference.random(shape, i).data.map((v) => Number(data[0]) + v / 2));
  }
}

async function check(subject: Subject, isNative: boolean): Promise<void> {
  const { name, net, outputs: shapes } = subject;
  await unsettle(net);
  const state = await net.stateDict();
  const x = input(subject);
  const before = tf.memory().numTensors;

  const eager = tf.tidy(() => differentiate(subject, x));
  assert(!x.isDisposed, "arguments are borrowed");
  assert.deepEqual(eager.outputs.map(({ shape }) => shape), shapes);
  const outputs = await read(eager.outputs), grads = await read(eager.grads);
  assert(outputs.every((y) => y.every(Number.isFinite)), "an infinite output");
  const idle = Object.keys(ROWS[name]?.idle ?? {});
  const largest = Math.max(...grads.map(size));
  for (const [i, [key]] of [...net.namedParameters()].entries()) {
    assert(grads[i]!.every(Number.isFinite), `${key} has an infinite gradient`);
    if (idle.some((part) => key.includes(part))) {
      // What cancels out in theory leaves rounding errors.
      assert(size(grads[i]!) <= NOISE * largest, `${key} matters after all`);
    } else assert(grads[i]!.some((v) => v !== 0), `${key} does not matter`);
  }

  if (isNative) {
    net.loadStateDict(state);
    const compiled = compile((x: Tensor) => differentiate(subject, x), { name });
    const same = await compiled(x);
    for (const [i, y] of (await read(same.outputs)).entries()) {
      const want = outputs[i]!;
      assert(distance(y, want) <= 1e-4 * size(want), `compiled, output ${i}`);
    }
    for (const [i, gradient] of (await read(same.grads)).entries()) {
      const want = grads[i]!, far = distance(gradient, want);
      assert(far <= 1e-3 * size(want) + NOISE * largest, `compiled, gradient ${i}: ${far}`);
    }
    compiled.dispose();
  }
  assert.equal(tf.memory().numTensors, before);
  x.dispose();
}

/** With the numbers that it begins with, low precision moves the output a little. */
async function checkLow(subject: Subject): Promise<void> {
  const { net, name } = subject;
  net.eval();
  const x = input(subject);
  const want = await read(tf.tidy(() => tensors(net.forward(x))));
  const low = compile((x: Tensor) => tensors(net.forward(x)), { name, precision: "bf16" });
  const got = await read(await low(x));
  const moved = got.map((y, i) => distance(y, want[i]!) / size(want[i]!));
  assert(moved.every((d) => d < 0.03), `bf16 is ${moved} away`);
  assert(moved.some((d) => d > 0), "nothing was rounded");
  low.dispose();
  x.dispose();
}

for (const { name: engineName, missing } of await availableEngines()) {
  if (engineName !== "native" && engineName !== "wasm") continue;
  Deno.test({
    name:
      `${engineName}: every arch gives its shape, finite gradients that reach every parameter, ` +
      `and leaves no tensor behind${missing ? ` (skipped: ${missing})` : ""}`,
    ignore: missing !== undefined,
    async fn(test) {
      const emulated = Deno.env.get(EMULATE);
      Deno.env.set(EMULATE, "1");
      const engine = await startEngine({ engine: engineName });
      try {
        for (const { name } of ARCH_REGISTRY.entries()) {
          if (ROWS[name]?.without?.[engineName]) continue;
          await test.step(name, async () => {
            const before = tf.memory().numTensors;
            const subject = build(name);
            if (engineName === "native") await checkLow(subject);
            subject.net.train();
            await check(subject, engineName === "native");
            subject.net.dispose();
            assert.equal(tf.memory().numTensors, before);
          });
        }
      } finally {
        await engine.dispose();
        if (emulated === undefined) Deno.env.delete(EMULATE);
        else Deno.env.set(EMULATE, emulated);
      }
    },
  });
}

Deno.test("rows are of archs that exist", () => {
  for (const name of Object.keys(ROWS)) assert(ARCH_REGISTRY.find(name), name);
});
