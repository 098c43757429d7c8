import assert from "node:assert/strict";
import { type Scalar, type Tensor, tf } from "../../../core/engine/tf.ts";
import { LayerNorm } from "../../../core/nn/mod.ts";
import { forEachEngine } from "../engine/_engines.ts";

// With PyTorch 2.15 in float64: y = F.layer_norm(x), loss = sum(y·cos(0, 1, 2, …)), its gradients, and as `second` the
// gradient of sum(dx²), for x = 2·sin(1.7·i + 0.3), weight (1, -0.5, 2), bias (0.1, 0.2, 0.3), eps 0.01.
const WANT = {
  y: [
    0.2191822,
    -0.3782007,
    -2.251167,
    -1.305028,
    -0.204344,
    1.49268,
    -0.9125895,
    0.372544,
    3.015355,
    0.7642462,
    0.9036403,
    1.786069,
  ],
  loss: [0.319853],
  dx: [
    0.8446497,
    -0.4822603,
    -0.3623894,
    -0.01795735,
    -0.1316562,
    0.1496135,
    0.2849073,
    -0.3946889,
    0.1097816,
    -0.455391,
    0.02120851,
    0.4341825,
  ],
  weight: [-0.06732351, 1.016859, 0.5057356],
  bias: [0.05904753, -0.1985106, -0.273559],
  second: [
    -0.4238612,
    -0.5001791,
    0.9240403,
    0.03797968,
    0.08121613,
    -0.1191958,
    0.2038717,
    -0.09736564,
    -0.106506,
    -0.4811295,
    0.3594208,
    0.1217087,
  ],
};

await forEachEngine("LayerNorm gives PyTorch's values and gradients", async () => {
  const norm = new LayerNorm(3, { eps: 0.01 });
  norm.weight.write([1, -0.5, 2]);
  norm.bias!.write([0.1, 0.2, 0.3]);
  const numbers = (f: (i: number) => number) =>
    tf.tensor4d(Array.from({ length: 12 }, (_, i) => f(i)), [1, 2, 2, 3]);
  const x = numbers((i) => 2 * Math.sin(1.7 * i + 0.3));
  const factors = numbers(Math.cos);
  const loss = (t: Tensor) => tf.sum(tf.mul(norm.forward(t), factors)) as Scalar;
  const variables = norm.parameters().map(({ value }) => value);
  const { value, grads } = tf.variableGrads(() => loss(x), variables);
  const dx = tf.grad(loss);
  near(await norm.forward(x).data(), WANT.y, "y");
  near(await value.data(), WANT.loss, "loss");
  near(await dx(x).data(), WANT.dx, "dx");
  near(await grads[norm.weight.value.name]!.data(), WANT.weight, "weight");
  near(await grads[norm.bias!.value.name]!.data(), WANT.bias, "bias");
  const second = tf.grad((t: Tensor) => tf.sum(tf.square(dx(t))) as Scalar);
  near(await second(x).data(), WANT.second, "second");
});

Deno.test("LayerNorm has PyTorch's keys, and no bias where none is wanted", () => {
  assert.deepEqual([...new LayerNorm(4).namedParameters().keys()], ["weight", "bias"]);
  assert.deepEqual([...new LayerNorm(4, { bias: false }).namedParameters().keys()], ["weight"]);
});

function near(got: ArrayLike<number>, want: readonly number[], what: string): void {
  assert.equal(got.length, want.length, what);
  want.forEach((w, i) =>
    assert(Math.abs(got[i]! - w) < 1e-5, `${what}[${i}] is ${got[i]}, not ${w}`)
  );
}
