import assert from "node:assert/strict";
import { type Scalar, type Tensor, type Tensor4D, tf } from "../../../core/engine/tf.ts";
import type { GanLossLike } from "../../../core/nn/loss.ts";
import type { TypedOptions } from "../../../core/options/types.ts";
import { LOSS_REGISTRY } from "../../../core/registry.ts";
import { GANFeatLoss, GANLoss, MultiScaleGANLoss } from "../../../plugins/losses/gan_loss.ts";
import { forEachEngine } from "../../core/engine/_engines.ts";
import { channelsLast } from "../../core/nn/_parity.ts";
import { assertNear, parityCases, parityTensors } from "../../core/optim/_parity.ts";
import { near, wave } from "./_waves.ts";

interface Ref {
  readonly file: string;
  readonly key: string;
}
interface Config extends TypedOptions {
  readonly target_is_real: boolean;
  readonly is_disc: boolean;
}
interface Outputs {
  readonly value: { readonly value: number };
  readonly grad_input?: Ref;
}

const cases = parityCases<Config, Outputs>("loss").filter(({ config }) =>
  config.type === "GANLoss" || config.type === "MultiScaleGANLoss"
);

await forEachEngine("adversarial losses have BasicSR's values and gradients", async (_, test) => {
  assert.equal(cases.length, 30);
  for (const { name, config, inputs, outputs, tolerance } of cases) {
    await test.step(name, () => {
      const before = tf.memory().numTensors;
      const tensor = (ref: Ref) => channelsLast(parityTensors(ref.file).get(ref.key)!);
      const { type, target_is_real, is_disc, ...options } = config;
      const entry = LOSS_REGISTRY.get(type);
      const loss = new entry.value(entry.options!.parse(options)) as GanLossLike;
      tf.tidy(() => {
        const given = Object.values(inputs).map(tensor);
        const one = type === "GANLoss";
        const of = (...x: Tensor[]): Scalar =>
          loss.forward(one ? x[0]! : x, target_is_real, is_disc);
        const value = of(...given).dataSync(), gradients = tf.grads(of)(given);
        assertNear(value, [outputs.value.value], tolerance["value"]!, "value");
        if (outputs.grad_input === undefined) return;
        const want = tensor(outputs.grad_input).dataSync();
        assertNear(gradients[0]!.dataSync(), want, tolerance["grad_input"]!, "gradient");
      });
      assert.equal(tf.memory().numTensors, before);
    });
  }
});

await forEachEngine("adversarial losses stay finite for large logits", async () => {
  const x = tf.tensor2d([[200], [-200]]);
  for (const gan_type of ["vanilla", "wgan_softplus"] as const) {
    const loss = new GANLoss({ gan_type });
    // log(1 + e²⁰⁰) = 200, log(1 + e⁻²⁰⁰) = 0.
    await near(loss.forward(x, true, true), [100], 1e-4, gan_type);
    const gradient = tf.grad((x) => loss.forward(x, true, true))(x);
    await near(gradient, [0, -0.5], 1e-6, gan_type);
  }
});

await forEachEngine("of several scales the last layer of each counts", async () => {
  const loss = new MultiScaleGANLoss({ gan_type: "wgan", loss_weight: 0.5 });
  const [one, two, four] = [1, 2, 4].map((v) => tf.fill([2, 1], v)) as [Tensor, Tensor, Tensor];
  await near(loss.forward([[one, two], four], true), [-0.5 * 3], 1e-6, "list");
  await near(loss.forward([[one, two], four], true, true), [-3], 1e-6, "discriminator");
  await near(loss.forward(four, true), [-2], 1e-6, "one");
  assert.throws(() => new GANLoss({ gan_type: "wgan" }).forward([one], true), /MultiScaleGANLoss/);
});

await forEachEngine("features are compared layer by layer, but for the logits", async () => {
  const [zero, one, three] = [0, 1, 3].map((v) => tf.fill([1, 2, 2, 1], v)) as [
    Tensor4D,
    Tensor4D,
    Tensor4D,
  ];
  const loss = new GANFeatLoss({ loss_weight: 10 });
  const fake = [[one, three, three], [three, zero]], real = [[zero, one, zero], [zero, three]];
  // (1 + 2) and 3, averaged.
  await near(loss.forward(fake, real), [30], 1e-5, "l1");
  const l2 = new GANFeatLoss({ criterion: "l2", reduction: "sum" });
  await near(l2.forward(fake, real), [(4 * (1 + 4) + 4 * 9) / 2], 1e-5, "l2");
  const x = wave([1, 2, 2, 1], (i) => i + 1);
  const [ofFake, ofReal] = tf.grads((fake, real) => {
    const features = loss.forward([[fake as Tensor4D, zero]], [[
      tf.mul(real, 2) as Tensor4D,
      zero,
    ]]);
    return tf.add(features, tf.sum(real)) as Scalar;
  })([x, tf.square(x)]);
  await near(ofFake!, [-2.5, -2.5, -2.5, -2.5], 1e-6, "fake");
  await near(ofReal!, [1, 1, 1, 1], 1e-6, "real features are constants");
});

Deno.test("the options of adversarial losses are checked", () => {
  const { options } = LOSS_REGISTRY.get("GANLoss");
  assert.deepEqual(options!.parse({ gan_type: "lsgan" }), {
    gan_type: "lsgan",
    real_label_val: 1,
    fake_label_val: 0,
    loss_weight: 1,
  });
  assert.throws(() => options!.parse({}), /gan_type/);
  assert.throws(() => options!.parse({ gan_type: "ragan" }), /vanilla/);
  assert.throws(() => LOSS_REGISTRY.get("GANFeatLoss").options!.parse({ criterion: "fro" }));
});
