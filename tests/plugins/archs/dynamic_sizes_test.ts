/**
 * Every image-to-image arch, small, in one compiled form for all sizes: the same bits as in a form for each size, without what
 * TensorFlow's optimizer folds there (a division becomes a product, which rounds otherwise). A new arch is covered on arrival.
 */
import assert from "node:assert/strict";
import { compile } from "../../../core/engine/compile.ts";
import { type NativeEngine, startNative } from "../../../core/engine/native/mod.ts";
import { type Tensor, type Tensor4D, tf } from "../../../core/engine/tf.ts";
import { buildNetwork, type Module } from "../../../core/nn/mod.ts";
import { loadPlugins } from "../../../core/plugins.ts";
import { ARCH_REGISTRY } from "../../../core/registry.ts";
import * as reference from "../../core/nn/_reference.ts";
import { nativeTest } from "../../core/engine/native/_native.ts";
import { ROWS, smallOptions } from "./_nets.ts";

await loadPlugins();

/** Archs whose form is explained anew with more sizes, and why. */
const SEVERAL: Readonly<Record<string, string>> = {
  ATD: "two sizes do not tell how many groups of a fixed size its sorted tokens are cut into",
};

/** Archs that make images of images of any size. */
const names = [...ARCH_REGISTRY.names()].filter((name) =>
  ARCH_REGISTRY.get(name).weights !== undefined && ROWS[name]?.output === undefined
);

function image(shape: readonly number[], seed: number): Tensor4D {
  const { data } = reference.random(shape, seed);
  return tf.tensor4d(data.map((v) => (v + 1) / 2), [...shape] as Tensor4D["shape"]);
}

async function bits(result: Promise<Tensor>): Promise<Float32Array> {
  const tensor = await result;
  const data = await tensor.data<"float32">();
  tensor.dispose();
  return data;
}

nativeTest(
  "one form computes every arch at every size, with the bits of a form for each",
  async (_library) => {
    const engine: NativeEngine = await startNative({ numGpu: 0 });
    try {
      assert.ok(names.length > 15);
      for (const name of names) await check(name);
    } finally {
      await engine.dispose();
    }
  },
);

async function check(name: string): Promise<void> {
  const net = buildNetwork<Tensor>(smallOptions(name), 1) as unknown as Module<Tensor4D>;
  net.eval();
  const forward = (x: Tensor4D): Tensor4D => net.forward(x);
  const said: string[] = [];
  const dynamic = compile(forward, { name, dynamic: true, say: (line) => said.push(line) });
  const fixed = compile(forward, { name, warnAfter: Infinity, optimizer: { disabled: true } });
  const m = net.sizeMultiple;
  const channels = ROWS[name]?.input?.[3] ?? ARCH_REGISTRY.get(name).weights!
    .traits(ARCH_REGISTRY.get(name).options!.parse(withoutType(name)) as Record<string, unknown>)
    .inputChannels;
  const step = Math.ceil(8 / m) * m;
  for (const [rows, columns] of [[2, 3], [4, 2]] as const) {
    const x = image([2, rows * step, columns * step, channels], rows);
    const [actual, expected] = [await bits(dynamic(x)), await bits(fixed(x))];
    assert.deepEqual(actual, expected, `${name} at ${x.shape}`);
    x.dispose();
  }
  assert.deepEqual(said, []);
  if (SEVERAL[name] === undefined) assert.equal(dynamic.stats.traces, 1, name);
  dynamic.dispose();
  fixed.dispose();
  net.dispose();
}

function withoutType(name: string): Record<string, unknown> {
  const { type: _, ...rest } = smallOptions(name);
  return rest;
}
