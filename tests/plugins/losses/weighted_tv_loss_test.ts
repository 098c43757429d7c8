import assert from "node:assert/strict";
import { type Scalar, type Tensor4D, tf } from "../../../core/engine/tf.ts";
import type { TypedOptions } from "../../../core/options/types.ts";
import { LOSS_REGISTRY } from "../../../core/registry.ts";
import { WeightedTVLoss } from "../../../plugins/losses/weighted_tv_loss.ts";
import { testEngine } from "../../core/engine/_engines.ts";
import { assertNear, nhwc, parityCases, parityTensors } from "../../core/optim/_parity.ts";
import { near, wave } from "./_waves.ts";

await testEngine();

interface Ref {
  readonly file: string;
  readonly key: string;
}
interface Outputs {
  readonly value: { readonly value: number };
  readonly grad_pred: Ref;
}

const cases = parityCases<TypedOptions, Outputs>("loss").filter(({ config }) =>
  config.type === "WeightedTVLoss"
);

Deno.test("there are six parity cases of WeightedTVLoss", () => assert.equal(cases.length, 6));

for (const { name, config, inputs, outputs, tolerance } of cases) {
  Deno.test(`${name}: value and gradient are BasicSR's`, () => {
    const tensor = (ref: Ref) => nhwc(parityTensors(ref.file).get(ref.key)!);
    const { type, ...options } = config;
    const entry = LOSS_REGISTRY.get(type);
    const loss = new entry.value(entry.options!.parse(options)) as WeightedTVLoss;
    tf.tidy(() => {
      const [pred, weight] = ["pred", "weight"].map((key) => {
        const ref = inputs[key];
        if (ref === undefined) return undefined;
        const { data, shape } = tensor(ref);
        return tf.tensor4d(data, shape);
      });
      const of = (x: Tensor4D): Scalar => loss.forward(x, undefined, weight);
      const value = of(pred!), gradient = tf.grad(of as never)(pred!);
      assertNear(value.dataSync(), [outputs.value.value], tolerance["value"]!, "value");
      const want = tensor(outputs.grad_pred).data;
      assertNear(gradient.dataSync(), want, tolerance["grad_pred"]!, "gradient");
    });
  });
}

Deno.test("the variation of a ramp is its slope, and of a constant 0 with gradient 0", async () => {
  const loss = new WeightedTVLoss({ loss_weight: 2 });
  await near(loss.forward(wave([1, 2, 3, 1], (i) => i)), [2 * (3 + 1)], 1e-6, "ramp");
  const gradient = tf.grad((x) => loss.forward(x as Tensor4D))(tf.ones([1, 2, 3, 1]));
  await near(gradient, [0, 0, 0, 0, 0, 0], 0, "gradient of a constant");
  assert.throws(() => LOSS_REGISTRY.get("WeightedTVLoss").options!.parse({ reduction: "none" }));
});
