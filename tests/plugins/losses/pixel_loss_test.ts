import assert from "node:assert/strict";
import { type Tensor4D, tf } from "../../../core/engine/tf.ts";
import type { Loss } from "../../../core/nn/loss.ts";
import type { TypedOptions } from "../../../core/options/types.ts";
import { LOSS_REGISTRY } from "../../../core/registry.ts";
import { CharbonnierLoss, L1Loss, MSELoss } from "../../../plugins/losses/pixel_loss.ts";
import { testEngine } from "../../core/engine/_engines.ts";
import { assertNear, nhwc, parityCases, parityTensors } from "../../core/optim/_parity.ts";

await testEngine();

interface Ref {
  readonly file: string;
  readonly key: string;
}
interface Outputs {
  readonly value: Ref | { readonly value: number };
  readonly grad_pred: Ref;
}

const NAMES = ["L1Loss", "MSELoss", "CharbonnierLoss"];

/** The loss (or its map) and the gradient of its sum by `pred`. */
function valueAndGradient(
  loss: Loss,
  pred: Tensor4D,
  target: Tensor4D,
  weight?: Tensor4D,
): { value: Float32Array; gradient: Float32Array } {
  return tf.tidy(() => {
    const value = loss.forward(pred, target, weight);
    const gradient = tf.grad((x) => tf.sum(loss.forward(x as Tensor4D, target, weight)))(pred);
    return {
      value: value.dataSync() as Float32Array,
      gradient: gradient.dataSync() as Float32Array,
    };
  });
}

for (const c of parityCases<TypedOptions, Outputs>("loss")) {
  if (!NAMES.includes(c.config.type)) continue;
  Deno.test(`${c.name}: value and gradient are BasicSR's`, () => {
    const tensor = (ref: Ref) => nhwc(parityTensors(ref.file).get(ref.key)!);
    const { type, ...options } = c.config;
    const entry = LOSS_REGISTRY.get(type);
    const loss = new entry.value(entry.options!.parse(options)) as Loss;
    const input = (name: string) => {
      const ref = c.inputs[name];
      if (ref === undefined) return undefined;
      const { data, shape } = tensor(ref);
      return tf.tensor4d(data, shape);
    };
    const [pred, target] = [input("pred")!, input("target")!];
    const weight = input("weight");
    assert.equal(weight !== undefined, c.name.includes("_weight"));
    const { value, gradient } = valueAndGradient(loss, pred, target, weight);
    tf.dispose([pred, target, weight ?? []]);
    const want = c.outputs.value;
    assertNear(
      value,
      "value" in want ? [want.value] : tensor(want).data,
      c.tolerance["value"]!,
      "value",
    );
    assertNear(gradient, tensor(c.outputs.grad_pred).data, c.tolerance["grad_pred"]!, "gradient");
  });
}

Deno.test("where both images agree, the gradient is 0 for all three losses", () => {
  const x = tf.tensor4d([0.5, -1, 0, 2], [1, 2, 2, 1]);
  for (const loss of [new L1Loss(), new MSELoss(), new CharbonnierLoss()]) {
    assert.deepEqual([...valueAndGradient(loss, x, x).gradient].map(Math.abs), [0, 0, 0, 0]);
  }
  x.dispose();
});

Deno.test("losses leave no tensors behind", () => {
  const x = tf.ones([1, 2, 2, 1]) as Tensor4D;
  const y = tf.zeros([1, 2, 2, 1]) as Tensor4D;
  const before = tf.memory().numTensors;
  for (const loss of [new L1Loss(), new MSELoss(), new CharbonnierLoss()]) {
    valueAndGradient(loss, x, y, x);
  }
  assert.equal(tf.memory().numTensors, before);
  tf.dispose([x, y]);
});

Deno.test("losses refuse shapes that do not fit together", () => {
  const x = tf.zeros([1, 2, 2, 3]) as Tensor4D;
  const y = tf.zeros([1, 4, 4, 3]) as Tensor4D;
  const weight = tf.zeros([1, 2, 2, 2]) as Tensor4D;
  assert.throws(
    () => new L1Loss().forward(x, y),
    /gave \[1, 2, 2, 3\], but the target is \[1, 4, 4, 3\]/,
  );
  assert.throws(() => new L1Loss().forward(x, x, weight), /the weight \[1, 2, 2, 2\] must have/);
  tf.dispose([x, y, weight]);
});

Deno.test("the options of losses are checked", () => {
  const { options } = LOSS_REGISTRY.get("CharbonnierLoss");
  assert.deepEqual(options!.parse({}), { loss_weight: 1, reduction: "mean", eps: 1e-12 });
  assert.throws(() => options!.parse({ eps: 0 }));
  assert.throws(() => options!.parse({ reduction: "max" }));
  assert.throws(() => options!.parse({ losss_weight: 1 }), /losss_weight/);
});
