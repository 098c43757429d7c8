import assert from "node:assert/strict";
import { type Scalar, tf } from "../../../core/engine/tf.ts";
import { buildNetwork } from "../../../core/nn/mod.ts";
import { loadPlugins } from "../../../core/plugins.ts";
import { ARCH_REGISTRY } from "../../../core/registry.ts";
import { forEachEngine } from "../../core/engine/_engines.ts";
import { nhwc } from "../../core/nn/_parity.ts";
import { images, smallOptions } from "./_nets.ts";

await loadPlugins();

Deno.test("the scan finds the archs", () => {
  for (const type of ["EDSR", "MSRResNet", "RCAN", "RRDBNet"]) {
    assert(ARCH_REGISTRY.find(type), type);
  }
});

await forEachEngine(
  "every arch gives the right shape, finite gradients, and leaves no tensor behind",
  async (_engine, test) => {
    for (const { name, options } of ARCH_REGISTRY.entries()) {
      await test.step(name, async () => {
        assert(options, "an arch says what its options are");
        const block = smallOptions(name);
        const none = tf.memory().numTensors;
        const net = buildNetwork(block, 1);
        const [h, w] = [5, 6].map((size) => size * net.sizeMultiple) as [number, number];
        const x = nhwc(images(2, 3, h, w));
        const before = tf.memory().numTensors;

        const y = tf.tidy(() => net.forward(x));
        const scale = Number(block.upscale ?? block.scale ?? 1);
        assert.deepEqual(y.shape, [2, h * scale, w * scale, 3]);
        assert(x.isDisposed === false, "arguments are borrowed");
        y.dispose();

        const parameters = net.namedParameters();
        const { value, grads } = tf.variableGrads(
          () => tf.mean(tf.square(net.forward(x))) as Scalar,
          [...parameters.values()].map((parameter) => parameter.value),
        );
        assert(Number.isFinite((await value.data())[0]));
        value.dispose();
        for (const [key, parameter] of parameters) {
          const gradient = grads[parameter.value.name];
          assert(gradient, `${key} has no gradient`);
          assert.deepEqual(gradient.shape, parameter.value.shape);
          const data = await gradient.data();
          assert(data.every(Number.isFinite), `${key} has an infinite gradient`);
          assert(data.some((element) => element !== 0), `${key} does not matter`);
          gradient.dispose();
        }
        assert.equal(tf.memory().numTensors, before);
        x.dispose();
        net.dispose();
        assert.equal(tf.memory().numTensors, none);
      });
    }
  },
);
