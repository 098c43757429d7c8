import assert from "node:assert/strict";
import { compile } from "../../../core/engine/compile.ts";
import { type Scalar, type Tensor4D, tf } from "../../../core/engine/tf.ts";
import { gradientPenalty, r1Penalty, slopePenalty } from "../../../core/losses/penalties.ts";
import { Conv2d, type Image, Module } from "../../../core/nn/mod.ts";
import { testEngine } from "../engine/_engines.ts";
import { assertNear, nhwc, parityCases, parityTensors, withPrefix } from "../optim/_parity.ts";

await testEngine();

const fixture = withPrefix(parityTensors("loss/gan.safetensors"), "r1/");

/** The critic of the fixture. */
class Critic extends Module<Image> {
  readonly 0 = new Conv2d(3, 6, 3, { stride: 2, padding: 1 });
  readonly 2 = new Conv2d(6, 1, 3, { padding: 0 });

  override forward(x: Image): Image {
    return this[2].forward(tf.softplus(this[0].forward(x)));
  }
}

function critic(): Critic {
  const net = new Critic();
  const own = [...fixture].filter(([key]) => /^[02]\.(weight|bias)$/.test(key));
  net.loadStateDict(new Map(own));
  return net;
}

function image(): Tensor4D {
  const { data, shape } = nhwc(fixture.get("image")!);
  return tf.tensor4d(data, shape);
}

/** The penalty, and its gradients by both weights in PyTorch's layout. */
async function differentiated(
  net: Critic,
  penalty: (net: Critic, x: Tensor4D) => Scalar,
  eager: boolean,
): Promise<{ value: number; gradients: Float32Array[] }> {
  const weights = [net[0].weight, net[2].weight];
  const run = compile((x: Tensor4D) => {
    const { value, grads } = tf.variableGrads(
      () => penalty(net, x),
      weights.map(({ value }) => value),
    );
    return { value, grads: weights.map(({ value }) => grads[value.name]!) };
  }, { eager });
  const { value, grads } = await run(image());
  run.dispose();
  const gradients: Float32Array[] = [];
  for (const [i, weight] of weights.entries()) {
    // Writing the gradient into the parameter and reading it back undoes the device's layout.
    weight.value.assign(grads[i] as never);
    gradients.push((await weight.read()).data as Float32Array);
  }
  return { value: (await value.data())[0]!, gradients };
}

for (const eager of [true, false]) {
  const how = eager ? "eager" : "compiled";
  Deno.test(`R1 and its gradients are BasicSR's, ${how}`, async () => {
    const [c] = parityCases<unknown, { readonly value: { readonly value: number } }>("loss")
      .filter(({ name }) => name === "loss/r1_penalty");
    const { value, gradients } = await differentiated(
      critic(),
      (net, x) => r1Penalty((x) => net.forward(x), x),
      eager,
    );
    const { outputs, tolerance } = c!;
    assertNear([value], [outputs.value.value], tolerance["value"]!, "value");
    for (const [i, key] of [[0, "grad/0.weight"], [1, "grad/2.weight"]] as const) {
      const want = fixture.get(key)!.data as Float32Array;
      assertNear(gradients[i]!, want, tolerance[key]!, key);
    }
  });
}

// With PyTorch 2.15 in float64, for the critic of the fixture at the image itself (both ends of the way are the same), with
// the weight cos²(i) + 0.1: the penalty, the length of its gradient by 0.weight, and the sums of the gradients by both
// weights times sin(0, 1, 2, …).
const WANT = [
  ["channels", false, [0.3644185, 0.2231285, -0.08496584, 0.1702388]],
  ["channels", true, [0.9663874, 0.3016263, -0.08047092, 0.2516442]],
  ["sample", false, [16.85751, 26.3159, 0.9676305, -24.11787]],
  ["sample", true, [10.57377, 18.44425, 1.686495, -17.59071]],
] as const;

for (const [over, weighted, want] of WANT) {
  const how = `${over}${weighted ? ", weighted" : ""}`;
  Deno.test(`the gradient penalty and its gradients are PyTorch's, ${how}`, async () => {
    const numbers = Array.from({ length: 160 }, (_, i) => Math.cos(i) ** 2 + 0.1);
    const { value, gradients } = await differentiated(
      critic(),
      (net, x) => {
        const weight = weighted ? tf.tensor4d(numbers, [2, 10, 8, 1]) : undefined;
        return gradientPenalty((x) => net.forward(x), x, x, { over, weight });
      },
      false,
    );
    const along = (g: Float32Array) => g.reduce((sum, v, i) => sum + v * Math.sin(i), 0);
    const [first, second] = gradients as [Float32Array, Float32Array];
    const got = [value, Math.hypot(...first), along(first), along(second)];
    assertNear(got, [...want], { atol: 1e-6, rtol: 1e-4 }, how);
  });
}

Deno.test("the gradient penalty is taken between both images, and finite where nothing slopes", async () => {
  const real = tf.ones([64, 1, 1, 1]) as Tensor4D, fake = tf.zeros([64, 1, 1, 1]) as Tensor4D;
  let seen: Tensor4D | undefined;
  const penalty = gradientPenalty(
    (x) => {
      seen = tf.keep(tf.clone(x));
      return tf.mul(x, 3);
    },
    real,
    fake,
  );
  assertNear(await penalty.data(), [4], { atol: 1e-6 }, "slope 3");
  const shares = await seen!.data();
  assert(shares.every((share) => share >= 0 && share <= 1));
  assert(Math.max(...shares) - Math.min(...shares) > 0.5, "each image has a point of its own");
  const flat = tf.grad((x) => slopePenalty(x as Tensor4D))(fake);
  assert((await flat.data()).every((v) => v === 0));
});
