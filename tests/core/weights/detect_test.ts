import assert from "node:assert/strict";
import { ExitCode, UserError } from "../../../core/errors.ts";
import { withInitSeed } from "../../../core/nn/mod.ts";
import { loadPlugins } from "../../../core/plugins.ts";
import { ARCH_REGISTRY } from "../../../core/registry.ts";
import { detectNetwork } from "../../../core/weights/detect.ts";
import { countOf, exactSqrt } from "../../../core/weights/signature.ts";
import type { StateDict } from "../../../core/weights/state_dict.ts";

await loadPlugins();

/** Weights as a file of the network would hold them, all zeros. */
function fileOf(type: string, options: Record<string, unknown>): StateDict {
  const { value: Arch, options: schema } = ARCH_REGISTRY.get(type);
  const net = withInitSeed(0, () => new Arch(schema!.parse(options)));
  return new Map(
    [...net.stateShapes()].map(([name, shape]) => {
      const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
      return [name, { shape, dtype: "F32" as const, data }];
    }),
  );
}

const EDSR = { num_in_ch: 3, num_out_ch: 3, num_feat: 8, num_block: 2, upscale: 3 };

Deno.test("detectNetwork() finds arch, options and traits by the tensors alone", () => {
  const { type, options, scale, inputChannels, parameters, weights } = detectNetwork(
    fileOf("EDSR", EDSR),
  );
  assert.equal(type, "EDSR");
  for (const [key, value] of Object.entries(EDSR)) assert.equal(options[key], value, key);
  assert.deepEqual([scale, inputChannels], [3, 3]);
  assert.equal(parameters, [...weights.values()].reduce((sum, { data }) => sum + data.length, 0));
});

Deno.test("a file that is nearly right is told as what, and what is missing, unexpected and of another shape", () => {
  const dict = fileOf("EDSR", EDSR);
  dict.delete("body.1.conv2.bias");
  dict.set("body.1.conv3.bias", dict.get("body.0.conv1.bias")!);
  dict.set("conv_last.bias", { shape: [5], dtype: "F32", data: new Float32Array(5) });
  assert.throws(() => detectNetwork(dict), (error: unknown) => {
    assert(error instanceof UserError);
    assert.equal(error.exitCode, ExitCode.DATA);
    assert.match(error.message, /^the weights look like .*EDSR/);
    assert.match(error.message, /1 missing in the file:\n {2}"body\.1\.conv2\.bias"/);
    assert.match(error.message, /1 unexpected in the file:\n {2}"body\.1\.conv3\.bias"/);
    assert.match(error.message, /1 of another shape:\n {2}"conv_last\.bias"/);
    return true;
  });
});

Deno.test("a file of no known network is told by some of its names, and what would be known", () => {
  const dict: StateDict = new Map([["encoder.q", {
    shape: [2],
    dtype: "F32",
    data: new Float32Array(2),
  }]]);
  assert.throws(() => detectNetwork(dict), (error: unknown) => {
    assert(error instanceof UserError);
    assert.match(
      error.message,
      /no known network has tensors of these names:\n {2}"encoder\.q" \[2\]/,
    );
    assert.match(error.message, /recognised are .*EDSR.*RRDBNet/);
    return true;
  });
});

Deno.test("every arch for pictures registers a signature that finds its default network again", () => {
  // Feature networks hold weights of others under names of their own; VGG's layers are chosen by the user.
  const without = new Set(["VGGFeatureExtractor", "InceptionV3"]);
  for (const { name, weights } of ARCH_REGISTRY.entries()) {
    assert(weights !== undefined || without.has(name), `${name} has no signature`);
  }
});

Deno.test("countOf() counts numbered names, gaps included", () => {
  const tensor = { shape: [1], dtype: "F32" as const, data: new Float32Array(1) };
  const dict: StateDict = new Map(
    ["body.0.a", "body.10.a", "body.2.b", "bodyx.99.a"].map((k) => [k, tensor]),
  );
  assert.equal(countOf(dict, "body.*.a"), 11);
  assert.equal(countOf(dict, "body.*.b"), 3);
  assert.equal(countOf(dict, "tail.*."), 0);
  assert.throws(() => exactSqrt(8), RangeError);
});
