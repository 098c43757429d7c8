/** Tests of the larger ops that are found in networks. */
import assert from "node:assert/strict";
import { type CompositeName, COMPOSITES, withComposites } from "../../../core/export/composites.ts";
import { attribute } from "../../../core/export/graph.ts";
import { type Tensor4D, tf } from "../../../core/engine/tf.ts";
import {
  gelu,
  LayerNorm,
  type Module,
  pixelShuffle,
  pixelUnshuffle,
  PReLU,
  relu,
} from "../../../core/nn/mod.ts";
import { difference, images, recordedSketch } from "./_archs.ts";
import { interpret } from "./_interpret.ts";
import { engineTest } from "./_recorded.ts";

/** Ops, without constants, after `names` were looked for; checks that the numbers are the same. */
async function found<Layers extends Record<string, Module>>(
  names: readonly CompositeName[],
  channels: number,
  make: () => Layers,
  forward: (x: Tensor4D, layers: Layers) => Tensor4D,
): Promise<{ readonly ops: string[]; attribute(op: string, name: string): unknown }> {
  using recorded = await recordedSketch(channels, make, forward);
  const graph = withComposites(recorded.graph, names);
  for (const shape of [[1, 9, 12, channels], [8, 5, 6, channels]] as const) {
    const x = images(shape, shape[0]);
    x.data.forEach((value, i) => x.data[i] = 8 * value - 4);
    const worst = difference(interpret(graph, x), await recorded.forward(x));
    assert.ok(worst < 2e-6, String(worst));
  }
  const nodes = graph.nodes.filter(({ op }) => op !== "Const");
  return {
    ops: nodes.map(({ op }) => op),
    attribute: (op, name) => attribute(nodes.find((node) => node.op === op)!, name),
  };
}

engineTest("PRelu, of one slope or one for each channel", async () => {
  for (const slopes of [1, 3]) {
    const { ops } = await found(
      ["PRelu"],
      3,
      () => ({ act: new PReLU(slopes) }),
      (x, o) => o.act.forward(x) as Tensor4D,
    );
    assert.deepEqual(ops, ["Placeholder", "PRelu"]);
  }
  // The other way to write it.
  const { ops } = await found(
    ["PRelu"],
    3,
    () => ({}),
    (x) => tf.add(relu(x), tf.mul(tf.sub(x, tf.abs(x)), tf.tensor1d([0.1, 0.2, 0.3]))),
  );
  assert.deepEqual(ops, ["Placeholder", "PRelu"]);
});

engineTest("Gelu", async () => {
  assert.deepEqual((await found(["Gelu"], 3, () => ({}), gelu)).ops, ["Placeholder", "Gelu"]);
  // An approximation is another function.
  const approximate = await found(
    ["Gelu"],
    3,
    () => ({}),
    (x) => tf.mul(x, tf.add(tf.mul(tf.erf(tf.mul(x, 0.7)), 0.5), 0.5)),
  );
  assert.ok(!approximate.ops.includes("Gelu"));
});

engineTest("LayerNorm, with and without bias, and without anything", async () => {
  for (const bias of [true, false]) {
    const { ops, attribute } = await found(
      ["LayerNorm"],
      6,
      () => ({ norm: new LayerNorm(6, { eps: 0.01, bias }) }),
      (x, o) => o.norm.forward(x),
    );
    assert.deepEqual(ops, ["Placeholder", "LayerNorm"]);
    assert.equal(attribute("LayerNorm", "epsilon"), Math.fround(0.01));
  }
  const plain = await found(["LayerNorm"], 6, () => ({}), (x) => {
    const centred = tf.sub(x, tf.mean(x, -1, true));
    return tf.mul(centred, tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), 0.1)));
  });
  assert.deepEqual(plain.ops, ["Placeholder", "LayerNorm"]);
  // Over another axis it is another norm.
  const rows = await found(["LayerNorm"], 6, () => ({}), (x) => {
    const centred = tf.sub(x, tf.mean(x, 1, true));
    return tf.mul(centred, tf.rsqrt(tf.add(tf.mean(tf.square(centred), 1, true), 0.1)));
  });
  assert.ok(!rows.ops.includes("LayerNorm"));
});

engineTest("PixelUnshuffle and SpaceToDepth, of whole blocks", async () => {
  const whole = (x: Tensor4D) =>
    tf.image.resizeNearestNeighbor(x, [x.shape[1] * 4, x.shape[2] * 2]);
  const names = ["PixelUnshuffle", "SpaceToDepth"] as const;
  for (const channels of [1, 3]) {
    const { ops, attribute } = await found(
      names,
      channels,
      () => ({}),
      (x) =>
        tf.slice(pixelUnshuffle(whole(x), 2), [0, 0, 0, 0], [x.shape[0], x.shape[1], -1, channels]),
    );
    assert.deepEqual(ops, ["Placeholder", "ResizeNearestNeighbor", "PixelUnshuffle", "Slice"]);
    assert.equal(attribute("PixelUnshuffle", "block_size"), 2);
  }
  const shuffled = await found(names, 4, () => ({}), (x) => pixelUnshuffle(pixelShuffle(x, 2), 2));
  assert.ok(shuffled.ops.includes("PixelUnshuffle"));
});

engineTest("nothing is replaced that was not asked for", async () => {
  using recorded = await recordedSketch(
    3,
    () => ({ act: new PReLU() }),
    (x, o) => gelu(o.act.forward(x) as Tensor4D),
  );
  assert.equal(withComposites(recorded.graph, []), recorded.graph);
  const ops = withComposites(recorded.graph, ["Gelu"]).nodes.map(({ op }) => op);
  assert.ok(ops.includes("Gelu") && !ops.includes("PRelu"));
  const all = withComposites(recorded.graph, COMPOSITES).nodes.map(({ op }) => op);
  assert.ok(all.includes("Gelu") && all.includes("PRelu"));
});
