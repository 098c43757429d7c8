/** Tests of the intermediate form: what networks compute, for images of all sizes. */
import assert from "node:assert/strict";
import { tf } from "../../../core/engine/tf.ts";
import { ExitCode, UserError } from "../../../core/errors.ts";
import { relu, sigmoid } from "../../../core/nn/mod.ts";
import { difference, images, recordedSketch } from "./_archs.ts";
import { interpret } from "./_interpret.ts";
import { engineTest, recordedArch } from "./_recorded.ts";

engineTest("small images that a network computes in another way are below minSize", async () => {
  // A max pool of 7 pixels, and mirroring of up to 3 pixels.
  for (const [name, least] of [["OmniSR", 13], ["SwinIR", 3], ["SRVGGNetCompact", 1]] as const) {
    using recorded = await recordedArch(name);
    assert.equal(recorded.graph.minSize, least, name);
  }
});

engineTest("windows may have any side", async () => {
  // 43 is padded to 48 by windows of 6, and not to 45: only some sizes tell 6 from 3.
  using recorded = await recordedArch("SwinIR", { window_size: 6, img_size: 24, embed_dim: 4 });
  const x = images([2, 43, 29, 3], 1);
  assert.ok(difference(interpret(recorded.graph, x), await recorded.forward(x)) < 3e-6);
});

engineTest("the same network is recorded as the same graph", async () => {
  using first = await recordedArch("SwinIR");
  using second = await recordedArch("SwinIR");
  assert.deepEqual(first.graph, second.graph);
});

engineTest("layers and parameters keep their names", async () => {
  using recorded = await recordedArch("SRVGGNetCompact");
  const { nodes, arch, scale, parameters } = recorded.graph;
  const convolutions = nodes.filter(({ op }) => op === "Conv2D");
  assert.deepEqual(convolutions.map(({ layer }) => layer), [
    "body.0",
    "body.2",
    "body.4",
    "body.6",
  ]);
  const keys = nodes.flatMap(({ constant }) => constant?.kind === "fixed" ? constant.parameter : [])
    .filter((key) => key !== undefined);
  assert.deepEqual(keys.slice(0, 3), ["body.0.weight", "body.0.bias", "body.2.weight"]);
  assert.deepEqual([arch, scale, parameters > 0], ["SRVGGNetCompact", 2, true]);
});

const isRefusal = (what: RegExp) => (error: unknown) =>
  error instanceof UserError && error.exitCode === ExitCode.DATA && what.test(error.message);

engineTest("networks that are another one at each size are refused", async () => {
  await assert.rejects(
    recordedSketch(3, () => ({}), (x) => x.shape[1] > 50 ? relu(x) : sigmoid(sigmoid(x))),
    isRefusal(
      /^sketch\.pth: Sketch\d+ cannot be exported for images of all sizes: .* another course/,
    ),
  );
  await assert.rejects(
    recordedSketch(3, () => ({}), (x) => tf.mul(x, Math.sqrt(x.shape[1]))),
    isRefusal(/a constant of the network depends on them in a way of its own/),
  );
});

engineTest("counting works at any length", async () => {
  using recorded = await recordedSketch(3, () => ({}), (x) => {
    const [, h, w] = x.shape;
    const rows = tf.cast(tf.range(0, h, 1, "int32"), "float32");
    const columns = tf.tensor1d(Float32Array.from({ length: w }, (_, i) => i));
    return tf.add(tf.add(x, tf.reshape(rows, [1, h, 1, 1])), tf.reshape(columns, [1, 1, w, 1]));
  });
  const { nodes } = recorded.graph;
  assert.ok(nodes.some(({ op }) => op === "Range"));
  assert.ok(nodes.some(({ constant }) => constant?.kind === "range"));
  for (const shape of [[7, 1, 2, 3], [1, 40, 3, 3]] as const) {
    const x = images(shape, 1);
    assert.ok(difference(interpret(recorded.graph, x), await recorded.forward(x)) < 1e-6);
  }
});
