import assert from "node:assert/strict";
import { type Scalar, type Tensor4D, tf } from "../../../core/engine/tf.ts";
import { localWeights, refinedArtifactMap } from "../../../core/losses/ldl.ts";
import { testEngine } from "../engine/_engines.ts";
import { assertNear, nhwc, parityCases, parityTensors } from "../optim/_parity.ts";

await testEngine();

interface Ref {
  readonly file: string;
  readonly key: string;
}

const cases = parityCases<{ readonly fn?: string; readonly ksize: number }, { readonly map: Ref }>(
  "loss",
).filter(({ config }) => config.fn === "get_refined_artifact_map");

for (const { name, config, inputs, outputs, tolerance } of cases) {
  Deno.test(`${name}: the map is BasicSR's, and its gradient finite`, async () => {
    const read = (ref: Ref) => nhwc(parityTensors(ref.file).get(ref.key)!);
    const [gt, output, ema] = ["gt", "output", "ema"].map((key) => {
      const { data, shape } = read(inputs[key]!);
      return tf.tensor4d(data, shape);
    }) as [Tensor4D, Tensor4D, Tensor4D];
    const before = tf.memory().numTensors;
    const map = tf.tidy(() => refinedArtifactMap(gt, output, ema, config.ksize));
    assertNear(await map.data(), read(outputs.map).data, tolerance["map"]!, "map");
    const gradient = tf.grad((x) =>
      tf.sum(refinedArtifactMap(gt, x as Tensor4D, ema, config.ksize)) as Scalar
    )(output);
    const slopes = await gradient.data();
    assert(slopes.every(Number.isFinite) && slopes.some((v) => v !== 0));
    tf.dispose([map, gradient]);
    assert.equal(tf.memory().numTensors, before);
  });
}

Deno.test("there are parity cases of the map", () => assert(cases.length >= 1));

Deno.test("the local variance is that of the window, with the border mirrored", async () => {
  const x = tf.tensor4d([100, 101, 104], [1, 1, 3, 1]);
  const tall = tf.concat([x, x, x], 1) as Tensor4D;
  // Columns 101 100 101, 100 101 104, 101 104 101, three times each.
  const want = [0.25, 3.25, 2.25];
  assertNear(await localWeights(tall, 3).data(), [want, want, want].flat(), { atol: 1e-4 }, "");
});

Deno.test("equal images have no artifacts, and a gradient that is a number", async () => {
  const x = tf.ones([1, 8, 8, 3]) as Tensor4D;
  const gradient = tf.grad((y) => tf.sum(refinedArtifactMap(x, y as Tensor4D, x, 7)) as Scalar)(x);
  assert((await gradient.data()).every((v) => v === 0));
});
