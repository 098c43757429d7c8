import assert from "node:assert/strict";
import { tf } from "../../../core/engine/tf.ts";
import { buildNetwork } from "../../../core/nn/mod.ts";
import { DnCNN } from "../../../plugins/archs/dncnn_arch.ts";
import { testEngine } from "../../core/engine/_engines.ts";
import { nhwc } from "../../core/nn/_parity.ts";
import { countParameters, images } from "./_nets.ts";

// Counts of spandrel's constructor; the first is that of the published networks for one noise level.
Deno.test("DnCNN has as many parameters as KAIR's", () => {
  assert.equal(countParameters("DnCNN", { act_mode: "R" }), 555_137);
  assert.equal(countParameters("DnCNN", { in_nc: 3, out_nc: 3, nb: 20, act_mode: "R" }), 668_227);
  assert.equal(countParameters("DnCNN", {}), 557_057);
});

Deno.test("DnCNN has KAIR's keys", () => {
  const keys = (options: ConstructorParameters<typeof DnCNN>[0]): string[] => {
    const net = new DnCNN({ nb: 3, ...options });
    const layers = [...net.namedParameters().keys()].map((key) => key.replace(/\.\w+$/, ""));
    return [...new Set(layers)];
  };
  assert.deepEqual(keys({}), ["model.0", "model.2", "model.3", "model.5"]);
  assert.deepEqual(keys({ act_mode: "L" }), ["model.0", "model.2", "model.4"]);
});

Deno.test("DnCNN takes off what it finds, FDnCNN gives it", async () => {
  const engine = await testEngine();
  try {
    for (const [mode, factor] of [["DnCNN", -1], ["FDnCNN", 1]] as const) {
      const net = buildNetwork({ type: "DnCNN", nc: 2, nb: 2, act_mode: "R", mode }, 0);
      for (const [key, parameter] of net.namedParameters()) {
        const value = key === "model.2.bias" ? 0.25 : 0;
        parameter.write(new Float32Array(parameter.size).fill(value));
      }
      const x = nhwc(images(1, 1, 3, 2));
      const want = mode === "DnCNN" ? tf.sub(x, 0.25) : tf.fill(x.shape, 0.25 * factor);
      assert.deepEqual(await net.forward(x).data(), await want.data());
    }
  } finally {
    await engine.dispose();
  }
});

Deno.test("DnCNN refuses noise with other channels than the image", () => {
  assert.throws(
    () => new DnCNN({ in_nc: 2, out_nc: 1 }),
    /^RangeError: out_nc must be in_nc \(2\) with mode DnCNN, received 1/,
  );
  assert.equal(new DnCNN({ in_nc: 2, out_nc: 1, mode: "FDnCNN" }).training, true);
});
