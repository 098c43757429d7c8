/** Tests of training steps of a real network: compiled as eager, and in low precision. */
import assert from "node:assert/strict";
import { compile } from "../../../core/engine/compile.ts";
import type { Precision } from "../../../core/engine/engine.ts";
import { EMULATE } from "../../../core/engine/native/precisions.ts";
import { seedRandomOps } from "../../../core/engine/random_ops.ts";
import { type Scalar, type Tensor4D, tf } from "../../../core/engine/tf.ts";
import { buildNetwork } from "../../../core/nn/mod.ts";
import { buildOptimizer } from "../../../core/optim/build.ts";
import { gradientStep, readLosses } from "../../../core/optim/gradient_step.ts";
import { Rng } from "../../../core/random.ts";
import "../../../plugins/archs/edsr_arch.ts";
import { forEachEngine } from "../engine/_engines.ts";

function image(shape: [number, number, number, number], key: string): Tensor4D {
  const rng = new Rng(7, key);
  const size = shape.reduce((a, b) => a * b, 1);
  return tf.tensor4d(Float32Array.from({ length: size }, () => rng.float()), shape);
}

/** Losses of `steps` steps of a small EDSR, then all its weights. */
async function train(
  options: { readonly eager?: boolean; readonly precision?: Precision },
  steps = 20,
): Promise<{ losses: number[]; weights: number[] }> {
  const net = buildNetwork(
    { type: "EDSR", num_in_ch: 3, num_out_ch: 3, num_feat: 8, num_block: 2, upscale: 2 },
    3,
  );
  const optimizer = buildOptimizer({ type: "Adam", lr: 1e-3 }, net.namedParameters());
  const step = compile(
    (lq: Tensor4D, gt: Tensor4D, scalars: readonly Scalar[]) =>
      gradientStep(optimizer, scalars, () => ({
        l_pix: tf.mean(tf.abs(tf.sub(net.forward(lq) as Tensor4D, gt))) as Scalar,
      })).losses,
    options,
  );
  const losses: number[] = [];
  for (let i = 0; i < steps; i++) {
    const lq = image([2, 6, 6, 3], `lq${i % 4}`), gt = image([2, 12, 12, 3], `gt${i % 4}`);
    seedRandomOps(1, i);
    losses.push((await readLosses(await step(lq, gt, optimizer.nextScalars())))["l_pix"]!);
    tf.dispose([lq, gt]);
  }
  const weights: number[] = [];
  for (const { value } of net.parameters()) weights.push(...await value.data());
  step.dispose();
  optimizer.dispose();
  net.dispose();
  assert.equal(tf.memory().numTensors, 0);
  return { losses, weights };
}

await forEachEngine(
  "20 steps of EDSR give the same losses compiled and eager, to 1e-5",
  async () => {
    const compiled = await train({}), eager = await train({ eager: true });
    compiled.losses.forEach((loss, i) => {
      const other = eager.losses[i]!;
      assert.ok(Math.abs(loss - other) <= 1e-5 * other, `step ${i + 1}: ${loss} not ${other}`);
    });
    assert.ok(eager.losses.at(-1)! < eager.losses[0]!, "it learned nothing");
    // Adam divides by roots of what may be rounding alone: single weights differ more than losses, all of them do not.
    const distance = Math.hypot(...compiled.weights.map((w, i) => w - eager.weights[i]!));
    assert.ok(distance <= 1e-5 * Math.hypot(...eager.weights), `the weights are ${distance} apart`);
  },
);

await forEachEngine("bfloat16 learns as float32 does, to 2 %", async (engine) => {
  if (engine.name !== "native") {
    await assert.rejects(() => train({ precision: "bf16" }), /computes in fp32 only/);
    tf.disposeVariables();
    return;
  }
  const old = Deno.env.get(EMULATE);
  Deno.env.set(EMULATE, "1");
  try {
    const full = await train({}), low = await train({ precision: "bf16" });
    low.losses.forEach((loss, i) => {
      const other = full.losses[i]!;
      assert.ok(Math.abs(loss - other) <= 0.02 * other, `step ${i + 1}: ${loss} not ${other}`);
    });
    assert.notDeepEqual(low.losses, full.losses);
  } finally {
    if (old === undefined) Deno.env.delete(EMULATE);
    else Deno.env.set(EMULATE, old);
  }
});
