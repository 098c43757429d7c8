/** The whole degradation: against PyTorch without noise, and what has to hold with it. */
import assert from "node:assert/strict";
import {
  type DegradationPlan,
  SecondOrderDegradation,
  secondOrderOptions,
  type SecondOrderSettings,
  usmSharp,
} from "../../../core/degrade/mod.ts";
import { type Tensor, type Tensor4D, tf } from "../../../core/engine/tf.ts";
import { nhwc } from "../nn/_parity.ts";
import { onEngine } from "./_engine.ts";
import { X4PLUS } from "./_options.ts";
import { kernelsOf, own, ownTensor } from "./_parity.ts";

const options = secondOrderOptions(X4PLUS);
const settings: SecondOrderSettings = { scale: 4, gtSize: 32, sharpen: "none", queueSize: 0 };

/** The pictures and kernels of the golden chains. */
function inputs() {
  const kernels = (key: string) => kernelsOf(ownTensor("chain.safetensors", key));
  return {
    gt: nhwc(ownTensor("chain.safetensors", "gt")),
    kernel1: kernels("kernel1"),
    kernel2: kernels("kernel2"),
    sincKernel: kernels("sinc_kernel"),
  };
}

/** Whole levels of 255, in PyTorch's order. */
async function levelsOf(x: Tensor4D): Promise<number[]> {
  const planes = tf.tidy(() => tf.transpose(x, [0, 3, 1, 2]));
  const levels = Array.from(await planes.data(), (v) => v * 255);
  tf.dispose([x, planes]);
  const rounded = levels.map(Math.round);
  levels.forEach((v, i) => assert(Math.abs(v - rounded[i]!) < 1e-4, `${v} is no whole level`));
  return rounded;
}

async function valuesOf(x: Tensor): Promise<number[]> {
  const values = Array.from(await x.data());
  x.dispose();
  return values;
}

onEngine(
  "without noise the steps of a plan give the pixels of PyTorch, in every order and mode",
  async () => {
    using degradation = new SecondOrderDegradation(options, settings);
    const { gt, ...kernels } = inputs();
    assert.equal(own.chain.length, 4);
    for (const { plan, key } of own.chain) {
      const lq = await degradation.degrade(gt, kernels, plan, { seed: 0, iter: 1 });
      assert.deepEqual(lq.shape, [2, 16, 18, 3]);
      const got = await levelsOf(lq);
      const want = Array.from(
        ownTensor("chain.safetensors", key).data as Float32Array,
        (v) => Math.round(v * 255),
      );
      // A value halfway between two levels may fall to either side; a whole block that is off would be more.
      const off = want.filter((level, i) => level !== got[i]);
      assert(off.length <= 3, `${key}: ${off.length} of ${want.length} levels differ`);
      want.forEach((level, i) => assert(Math.abs(level - got[i]!) <= 1, `${key}: ${i}`));
    }
    tf.dispose([gt, ...Object.values(kernels)]);
  },
);

onEngine("compiled steps give the pixels of plain ones, with noise of both kinds", async () => {
  using compiled = new SecondOrderDegradation(options, settings);
  using plain = new SecondOrderDegradation(options, { ...settings, eager: true });
  const { gt, ...kernels } = inputs();
  const key = { seed: 3, iter: 5 };
  for (const [kind, i] of [["gaussian", 0], ["poisson", 3]] as const) {
    const { plan } = own.chain[i]!;
    const noise = { kind, amount: [9, 2], gray: [true, false] };
    const noisy: DegradationPlan = { ...plan, noise, noise2: noise };
    const results = await Promise.all(
      [compiled, plain].map(async (d) => await levelsOf(await d.degrade(gt, kernels, noisy, key))),
    );
    const [a, b] = results as [number[], number[]];
    const off = a.filter((level, j) => level !== b[j]);
    assert(off.length < a.length / 100, `${kind}: ${off.length} of ${a.length} differ`);
    assert.equal(compiled.forms > 0, tf.getBackend() === "tensorflow");
    assert.equal(plain.forms, 0);
  }
  tf.dispose([gt, ...Object.values(kernels)]);
});

onEngine(
  "run() gives the same batches for the same seed and iteration, and others for others",
  async () => {
    using degradation = new SecondOrderDegradation(options, { ...settings, eager: true });
    const given = inputs();
    const run = async (seed: number, iter: number) => {
      const { lq, gt, gtUsm } = await degradation.run(given, { seed, iter });
      assert.deepEqual([lq.shape, gt.shape, gtUsm], [[2, 8, 8, 3], [2, 32, 32, 3], undefined]);
      return JSON.stringify([await levelsOf(lq), await valuesOf(gt)]);
    };
    const [a, b, c, d] = [await run(1, 1), await run(1, 2), await run(2, 1), await run(1, 1)];
    assert.equal(d, a);
    assert.equal(new Set([a, b, c]).size, 3);
    tf.dispose(Object.values(given));
  },
);

onEngine(
  "run() sharpens what the settings say, and the pool mixes before it sharpens again",
  async () => {
    const given = inputs();
    const first = (x: Tensor4D) => tf.slice(x, [0, 0, 0, 0], [2, 64, 64, 3]);
    const square = { ...given, gt: first(given.gt) };
    const sharp = await valuesOf(tf.tidy(() => usmSharp(square.gt)));
    const plain = await valuesOf(tf.clone(square.gt));
    // All of the picture is the crop, so that nothing is cut off.
    const whole = { ...settings, gtSize: 64, eager: true };
    const lqs: string[] = [];
    for (const sharpen of ["none", "source", "gt"] as const) {
      using degradation = new SecondOrderDegradation(options, { ...whole, sharpen, queueSize: 2 });
      const key = { seed: 1, iter: 1 };
      const { lq, gt, gtUsm } = await degradation.run(square, key);
      lqs.push(String(await valuesOf(lq)));
      assert.deepEqual(await valuesOf(gt), sharpen === "gt" ? sharp : plain);
      if (gtUsm) assert.deepEqual(await valuesOf(gtUsm), sharp);
      assert.equal(gtUsm !== undefined, sharpen === "source");
      assert.equal(degradation.pool!.count, 2);
      const again = await degradation.run(square, { seed: 1, iter: 2 });
      // The pool holds the first batch alone, in whatever order it comes.
      const pictures = (values: number[]) =>
        [values.slice(0, values.length / 2), values.slice(values.length / 2)].map(String).sort();
      assert.deepEqual(
        pictures(await valuesOf(tf.clone(again.gt))),
        pictures(sharpen === "gt" ? sharp : plain),
      );
      if (again.gtUsm) {
        const resharpened = await valuesOf(tf.tidy(() => usmSharp(again.gt)));
        assert.deepEqual(await valuesOf(tf.clone(again.gtUsm)), resharpened);
      }
      tf.dispose(Object.values(again) as Tensor[]);
    }
    const [none, source, gt] = lqs;
    assert.equal(source, gt, "both are made of the sharpened picture");
    assert.notEqual(none, gt);
    tf.dispose([...Object.values(given), square.gt]);
  },
);

onEngine("many batches need few forms", async () => {
  using degradation = new SecondOrderDegradation(options, settings);
  const given = inputs();
  for (let iter = 1; iter <= 24; iter++) {
    const { lq, gt } = await degradation.run(given, { seed: 4, iter });
    tf.dispose([lq, gt]);
  }
  // Four for each size of canvas, four at the end, one for the crop; none where nothing is compiled.
  assert(degradation.forms <= 4 * 8 + 5, `${degradation.forms} forms`);
  tf.dispose(Object.values(given));
});

onEngine("sizes that do not fit are refused by the option's name", async () => {
  assert.throws(
    () => new SecondOrderDegradation(options, { ...settings, gtSize: 30 }),
    /^RangeError: gt_size must be a multiple of scale 4, received 30/,
  );
  const given = inputs(), key = { seed: 1, iter: 1 };
  using large = new SecondOrderDegradation(options, { ...settings, gtSize: 68 });
  await assert.rejects(large.run(given, key), /^RangeError: gt_size 68 is larger than .* 64x72/);
  using odd = new SecondOrderDegradation(options, { ...settings, scale: 5, gtSize: 30 });
  await assert.rejects(odd.run(given, key), /^RangeError: scale 5 does not divide .* 64x72/);
  tf.dispose(Object.values(given));
});
