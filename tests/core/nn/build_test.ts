import assert from "node:assert/strict";
import { tf } from "../../../core/engine/tf.ts";
import { ExitCode, UserError } from "../../../core/errors.ts";
import { buildNetwork, Conv2d, type Image, Module } from "../../../core/nn/mod.ts";
import { z } from "../../../core/options/zod.ts";
import { ARCH_REGISTRY } from "../../../core/registry.ts";
import { forEachEngine } from "../engine/_engines.ts";

class TinyNet extends Module<Image> {
  readonly conv: Conv2d;

  constructor(readonly options: { readonly width: number; readonly depth: number }) {
    super();
    if (options.width === 13) throw new RangeError("width 13 is unlucky");
    if (options.width === 14) throw new TypeError("a defect");
    this.conv = new Conv2d(1, options.width, 3);
  }

  override forward(x: Image): Image {
    return this.conv.forward(x);
  }
}
ARCH_REGISTRY.register({
  options: z.strictObject({ width: z.int(), depth: z.int().default(4) }),
})(TinyNet);

await forEachEngine("buildNetwork fills in defaults and draws from the seed", async () => {
  const build = (seed: number): Module<Image> =>
    buildNetwork(Object.freeze({ type: "TinyNet", width: 2 }), seed);
  const before = tf.memory().numTensors;
  const net = build(3);
  assert.equal(tf.memory().numTensors, before + 2, "the tensors are there at once");
  assert.deepEqual((net as unknown as TinyNet).options, { width: 2, depth: 4 });
  assert.deepEqual(await build(3).stateDict(), await net.stateDict());
  assert.notDeepEqual(await build(4).stateDict(), await net.stateDict());
});

Deno.test("buildNetwork names what is wrong with the options", () => {
  const fails = (options: Record<string, unknown>, message: RegExp): void => {
    assert.throws(() => buildNetwork({ type: "TinyNet", ...options }, 0, "network_g"), (error) => {
      assert(error instanceof UserError, `${error}`);
      assert.equal(error.exitCode, ExitCode.USAGE);
      assert.match(error.message, message);
      return true;
    });
  };
  fails({ type: "TinyNte" }, /network_g\.type "TinyNte" is unknown, did you mean "TinyNet"/);
  fails({}, /network_g\.width/);
  fails({ width: 2, heigth: 1 }, /network_g.*heigth/);
  fails({ width: 13 }, /network_g\.width 13 is unlucky/);
  assert.throws(() => buildNetwork({ type: "TinyNet", width: 14 }, 0), TypeError, "defects pass");
});
