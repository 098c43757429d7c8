import assert from "node:assert/strict";
import { seedRandomOps } from "../../../core/engine/random_ops.ts";
import { buildNetwork } from "../../../core/nn/mod.ts";
import { RealPLKSR } from "../../../plugins/archs/realplksr_arch.ts";
import { testEngine } from "../../core/engine/_engines.ts";
import { nhwc } from "../../core/nn/_parity.ts";
import { countParameters, images, randomize } from "./_nets.ts";

// Counts of spandrel's constructor.
Deno.test("RealPLKSR has as many parameters as its origin", () => {
  assert.equal(countParameters("RealPLKSR", {}), 7_389_680);
  assert.equal(countParameters("RealPLKSR", { dysample: true }), 7_402_243);
  assert.equal(countParameters("RealPLKSR", { layer_norm: true, upscaling_factor: 2 }), 7_368_908);
});

Deno.test("RealPLKSR drops whole channels while training, and nothing else", async () => {
  const engine = await testEngine();
  try {
    const size = { dim: 8, n_blocks: 0, upscaling_factor: 1, dropout: 0.5 };
    const net = buildNetwork({ type: "RealPLKSR", ...size }, 0);
    randomize(net);
    const x = nhwc(images(1, 3, 4, 4));
    const output = async (): Promise<Float32Array> => await net.forward(x).data() as Float32Array;
    seedRandomOps("a");
    const first = await output(), second = await output();
    assert.notDeepEqual(first, second);
    net.eval();
    assert.deepEqual(await output(), await output());
  } finally {
    await engine.dispose();
  }
});

Deno.test("RealPLKSR refuses groups that do not divide the channels, and an empty share", () => {
  assert.throws(
    () => new RealPLKSR({ dim: 6, norm_groups: 4 }),
    /^RangeError: norm_groups must divide dim \(6\), received 4/,
  );
  assert.throws(
    () => new RealPLKSR({ dim: 4, split_ratio: 0.1 }),
    /^RangeError: split_ratio 0.1 leaves none of 4 channels/,
  );
});
