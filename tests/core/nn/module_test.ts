import assert from "node:assert/strict";
import { type Tensor, type Tensor4D, tf } from "../../../core/engine/tf.ts";
import { ExitCode, UserError } from "../../../core/errors.ts";
import {
  Buffer,
  constant,
  Conv2d,
  copyParameters,
  Identity,
  Linear,
  Module,
  ModuleList,
  Parameter,
  PReLU,
  ReLU,
  Sequential,
} from "../../../core/nn/mod.ts";
import type { StateDict } from "../../../core/weights/state_dict.ts";
import { forEachEngine, testEngine } from "../engine/_engines.ts";

class Inner extends Module<Tensor> {
  readonly act = new PReLU(2);
  readonly scale = new Parameter([2], constant(1)); // a child comes first, but own parameters lead in PyTorch
  readonly note = "not a child";

  override forward(x: Tensor): Tensor {
    return tf.mul(this.act.forward(x), this.scale.value);
  }
}

class Outer extends Module<Tensor> {
  readonly count = new Buffer([], constant(7), { dtype: "I64" });
  readonly mean = new Buffer([2], constant(0.5));
  readonly derived = new Buffer([2], constant(3), { persistent: false });
  readonly head = new Linear(2, 2, { bias: false });
  readonly body = new ModuleList([new Inner(), new Inner()]);
  readonly tail = new Sequential(new Linear(2, 2), new ReLU(), undefined, new Linear(2, 1));
  readonly gain = new Parameter([1], constant(2));

  override forward(x: Tensor): Tensor {
    let y = this.head.forward(tf.sub(x, this.mean.value));
    for (const inner of this.body) y = inner.forward(y);
    return tf.mul(this.tail.forward(y), this.gain.value);
  }
}

const KEYS = [
  "gain",
  "count",
  "mean",
  "head.weight",
  "body.0.scale",
  "body.0.act.weight",
  "body.1.scale",
  "body.1.act.weight",
  "tail.0.weight",
  "tail.0.bias",
  "tail.3.weight",
  "tail.3.bias",
];

async function withEngine(fn: () => Promise<void>): Promise<void> {
  const engine = await testEngine();
  try {
    await fn();
  } finally {
    await engine.dispose();
  }
}

Deno.test("state dicts list own parameters, own buffers, then children, as PyTorch does", () =>
  withEngine(async () => {
    const net = new Outer();
    const dict = await net.stateDict();
    assert.deepEqual([...dict.keys()], KEYS);
    assert.deepEqual(dict.get("count"), { shape: [], dtype: "I64", data: BigInt64Array.of(7n) });
    assert.deepEqual(
      [...net.namedParameters().keys()],
      KEYS.filter((key) => key !== "count" && key !== "mean"),
    );
    assert.deepEqual([...net.namedBuffers().keys()], ["count", "mean", "derived"]);
    assert.equal(net.numParameters(), 1 + 4 + 4 * 2 + 6 + 3);
  }));

Deno.test("parameters can be named and counted without an engine", () => {
  assert.equal(new Conv2d(3, 64, 3).numParameters(), 1792);
});

Deno.test("a shared parameter counts once and has all of its keys in the state dict", () =>
  withEngine(async () => {
    const shared = new Linear(2, 2);
    const net = new Sequential(shared, shared);
    assert.equal(net.numParameters(), 6);
    assert.deepEqual([...(await net.stateDict()).keys()], [
      "0.weight",
      "0.bias",
      "1.weight",
      "1.bias",
    ]);
  }));

await forEachEngine("state dicts survive a round trip", async () => {
  const a = new Outer(), b = new Outer();
  const dict = await a.stateDict();
  assert.notDeepEqual(await b.stateDict(), dict);
  assert.deepEqual(b.loadStateDict(dict), { missing: [], unexpected: [], mismatched: [] });
  assert.deepEqual(await b.stateDict(), dict);
});

Deno.test("strict loading names what does not fit, and changes nothing", () =>
  withEngine(async () => {
    const net = new Outer();
    const before = await net.stateDict();
    const dict: StateDict = new Map(before);
    dict.delete("gain");
    dict.set("gian", { shape: [1], dtype: "F32", data: Float32Array.of(9) });
    dict.set("mean", { shape: [3], dtype: "F32", data: Float32Array.of(1, 2, 3) });
    dict.set("head.weight", { shape: [2, 2], dtype: "F32", data: new Float32Array(4) });
    assert.throws(() => net.loadStateDict(dict), (error: unknown) => {
      assert(error instanceof UserError);
      assert.equal(error.exitCode, ExitCode.DATA);
      for (const part of ["Outer", "gain", "gian", "mean", "[2]", "[3]"]) {
        assert(error.message.includes(part), `${part} in ${error.message}`);
      }
      return true;
    });
    assert.deepEqual(await net.stateDict(), before);

    const found = net.loadStateDict(dict, { strict: false });
    assert.deepEqual(found.missing, ["gain"]);
    assert.deepEqual(found.unexpected, ["gian"]);
    assert.deepEqual(found.mismatched, [{ name: "mean", want: [2], got: [3] }]);
    const after = await net.stateDict();
    assert.deepEqual(after.get("head.weight")!.data, new Float32Array(4));
    assert.deepEqual(after.get("mean"), before.get("mean"));
    assert.deepEqual(after.get("gain"), before.get("gain"));
  }));

Deno.test("loading takes float64 and integers", () =>
  withEngine(async () => {
    const net = new Outer();
    const dict = await net.stateDict();
    dict.set("count", { shape: [], dtype: "I64", data: BigInt64Array.of(41n) });
    dict.set("gain", { shape: [1], dtype: "F64", data: Float64Array.of(0.5) });
    net.loadStateDict(dict);
    assert.deepEqual([...(await net.count.read()).data], [41n]);
    assert.deepEqual([...(await net.gain.read()).data], [0.5]);
    assert.throws(() => net.gain.write([1, 2]), /shape \[1\] cannot take 2/);
  }));

Deno.test("an array of modules is refused, since its parameters would be lost", () => {
  class Wrong extends Module<Tensor> {
    readonly convs = [new Conv2d(3, 3, 3)];
    override forward(x: Tensor): Tensor {
      return x;
    }
  }
  assert.throws(() => new Wrong().parameters(), /Wrong.convs .* use ModuleList or Sequential/);
});

Deno.test("train and eval reach all modules", () => {
  const net = new Outer();
  assert(net.training && net.body.at(1).act.training);
  assert.equal(net.eval(), net);
  assert(!net.training && !net.body.at(1).act.training && [...net.tail].every((m) => !m.training));
  net.train();
  assert(net.body.at(0).training);
});

Deno.test("requiresGrad freezes and thaws the variables", () =>
  withEngine(() => {
    const net = new Linear(2, 2);
    const made = net.weight.value;
    net.requiresGrad(false);
    assert(!made.trainable && !net.bias!.value.trainable && !net.weight.requiresGrad);
    net.requiresGrad();
    assert(made.trainable && net.bias!.value.trainable);
    assert(!new Outer().mean.value.trainable, "buffers are never trained");
    return Promise.resolve();
  }));

await forEachEngine("copyParameters copies, and the copy then goes its own way", async () => {
  const from = new Outer(), to = new Outer();
  from.mean.write([1, 2]);
  copyParameters(from, to);
  const copied = await to.stateDict();
  assert.deepEqual(copied, await from.stateDict());
  from.gain.write([99]);
  from.gain.value.assign(tf.tensor1d([98]));
  assert.deepEqual(await to.stateDict(), copied);
  assert.throws(() => copyParameters(from, new Linear(2, 2)), /only one of them has/);
});

await forEachEngine("dispose releases every tensor, and tidy leaves parameters alone", () => {
  const before = tf.memory().numTensors;
  const net = new Outer();
  tf.tidy(() => void net.forward(tf.ones([3, 2]))); // makes the parameters inside of a tidy
  const made = tf.memory().numTensors;
  assert(made > before);
  tf.tidy(() => void net.forward(tf.ones([3, 2])));
  assert.equal(tf.memory().numTensors, made, "they outlive it");
  net.dispose();
  net.dispose();
  assert.equal(tf.memory().numTensors, before);
});

Deno.test("an empty Sequential and Identity return their input as a new tensor", () =>
  withEngine(async () => {
    const x = tf.ones([1, 2, 2, 1]) as Tensor4D;
    for (const net of [new Sequential(), new Identity()]) {
      const y = net.forward(x);
      assert.notEqual(y, x);
      assert.deepEqual([...await y.data()], [1, 1, 1, 1]);
    }
    assert.throws(() => new ModuleList().forward(), /cannot be called/);
    assert.throws(() => new ModuleList([new ReLU()]).at(1), /no module 1 of 1/);
  }));
