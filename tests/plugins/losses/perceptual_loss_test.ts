import assert from "node:assert/strict";
import { compile } from "../../../core/engine/compile.ts";
import { type Tensor4D, tf } from "../../../core/engine/tf.ts";
import { UserError } from "../../../core/errors.ts";
import type { TypedOptions } from "../../../core/options/types.ts";
import { LOSS_REGISTRY } from "../../../core/registry.ts";
import type { StateDict } from "../../../core/weights/state_dict.ts";
import {
  PerceptualLoss,
  type PerceptualLossOptions,
} from "../../../plugins/losses/perceptual_loss.ts";
import { testEngine } from "../../core/engine/_engines.ts";
import { assertNear, nhwc, parityCases, parityTensors } from "../../core/optim/_parity.ts";
import { formula } from "../../core/nets/_weights.ts";

const engine = await testEngine();
globalThis.addEventListener("unload", () => void engine.dispose());

interface Ref {
  readonly file: string;
  readonly key: string;
}
interface Outputs {
  readonly percep: { readonly value: number | null };
  readonly style: { readonly value: number | null };
  readonly grad_x: Ref;
}
type Config = TypedOptions & PerceptualLossOptions;

const cases = parityCases<Config, Outputs>("loss").filter((c) =>
  c.config.type === "PerceptualLoss"
);

function head(): StateDict {
  return parityTensors("loss/vgg19_head.safetensors");
}

function tensor({ file, key }: Ref): Tensor4D {
  const { data, shape } = nhwc(parityTensors(file).get(key)!);
  return tf.tensor4d(data, shape);
}

async function built(options: PerceptualLossOptions, weights = head()): Promise<PerceptualLoss> {
  const loss = new PerceptualLoss(options, { weights });
  await loss.prepare();
  return loss;
}

/** Two random pictures. */
function pictures(h = 16, w = 12): [Tensor4D, Tensor4D] {
  const one = (seed: number): Tensor4D =>
    tf.tensor4d(formula([1, h, w, 3], seed, 0.5).data as Float32Array, [1, h, w, 3]).add(0.5);
  return [one(1), one(2)];
}

Deno.test("the stored cases cover style and the Frobenius norm", () => {
  assert.ok(cases.some((c) => c.outputs.style.value !== null));
  assert.ok(cases.some((c) => c.config.criterion === "fro"));
});

for (const c of cases) {
  Deno.test(`${c.name}: both parts and the gradient are BasicSR's`, async () => {
    const { type, ...block } = c.config;
    const options = LOSS_REGISTRY.get(type).options!.parse(
      block,
    ) as unknown as PerceptualLossOptions;
    const loss = await built(options);
    const [x, gt] = [tensor(c.inputs["x"]!), tensor(c.inputs["gt"]!)];
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const parts = loss.components(x, gt);
      for (const name of ["percep", "style"] as const) {
        const want = c.outputs[name].value;
        if (want === null) assert.equal(parts[name], undefined, name);
        else assertNear(parts[name]!.dataSync(), [want], c.tolerance[name]!, name);
      }
      const gradient = tf.grad((y) => loss.forward(y as Tensor4D, gt))(x);
      const want = nhwc(parityTensors(c.outputs.grad_x.file).get(c.outputs.grad_x.key)!);
      assertNear(gradient.dataSync(), want.data, c.tolerance["grad_x"]!, "gradient");
    });
    assert.equal(tf.memory().numTensors, before);
    tf.dispose([x, gt]);
    loss.dispose();
  });
}

Deno.test("l2 is the mean square of the features' difference", async () => {
  const loss = await built({
    layer_weights: { conv1_1: 2 },
    criterion: "l2",
    use_input_norm: false,
  });
  const [x, y] = pictures();
  tf.tidy(() => {
    const weight = head().get("features.0.weight")!;
    const filter = tf.transpose(
      tf.tensor4d(weight.data as Float32Array, weight.shape as [number, number, number, number]),
      [2, 3, 1, 0],
    ) as Tensor4D;
    const want = tf.mul(
      tf.mean(tf.square(tf.conv2d(tf.sub(x, y) as Tensor4D, filter, 1, "same"))),
      2,
    );
    assertNear(loss.forward(x, y).dataSync(), want.dataSync(), { rtol: 1e-4 }, "l2");
  });
  tf.dispose([x, y]);
  loss.dispose();
});

Deno.test("equal images have loss 0 and gradient 0 with every criterion", async () => {
  const [x, y] = pictures();
  for (const criterion of ["l1", "l2", "fro"] as const) {
    const loss = await built({ layer_weights: { relu2_1: 1 }, criterion, style_weight: 1 });
    tf.tidy(() => {
      assert.ok(loss.forward(x, x).dataSync()[0]! < 1e-12);
      const gradient = tf.grad((z) => loss.forward(z as Tensor4D, x))(x).dataSync();
      assert.ok(gradient.every((v) => v === 0), criterion);
    });
    loss.dispose();
  }
  tf.dispose([x, y]);
});

Deno.test("compiled once it gives the same and leaves no tensor behind", async () => {
  const loss = await built({ layer_weights: { conv1_2: 1 }, style_weight: 2 });
  const [x, y] = pictures();
  const step = compile((pred: Tensor4D, target: Tensor4D) => {
    const { value, grad } = tf.valueAndGrad((z) => loss.forward(z as Tensor4D, target))(pred);
    return { value, grad };
  });
  const eager = tf.tidy(() =>
    [
      loss.forward(x, y).dataSync()[0]!,
      tf.grad((z) => loss.forward(z as Tensor4D, y))(x).dataSync(),
    ] as const
  );
  let tensors: number | undefined;
  for (let i = 0; i < 3; i++) {
    const { value, grad } = await step(x, y);
    assertNear(await value.data(), [eager[0]], { rtol: 1e-4 }, "value");
    assertNear(await grad.data(), eager[1], { rel_to_max: 1e-4 }, "gradient");
    tf.dispose([value, grad]);
    if (i === 0) tensors = tf.memory().numTensors;
  }
  assert.equal(tf.memory().numTensors, tensors);
  assert.ok(step.stats.traces <= 1);
  step.dispose();
  tf.dispose([x, y]);
  loss.dispose();
});

Deno.test("without weights the message says what to put where; used too early it says so", async () => {
  const folder = Deno.cwd();
  const empty = await Deno.makeTempDir();
  const cache = Deno.env.get("DENOSR_CACHE");
  try {
    Deno.chdir(empty);
    Deno.env.set("DENOSR_CACHE", empty);
    const loss = new PerceptualLoss({ layer_weights: { conv5_4: 1 } });
    await assert.rejects(loss.prepare(), (error) => {
      assert.ok(error instanceof UserError);
      assert.match(error.message, /PerceptualLoss: weights are missing: vgg19-dcbb9e9d\.pth/);
      assert.match(error.message, /deno task zoo fetch vgg19/);
      assert.match(error.message, /experiments\/pretrained_models\/vgg19-dcbb9e9d\.pth/);
      return true;
    });
    const [x, y] = pictures();
    assert.throws(() => loss.forward(x, y), /call prepare\(\) before/);
    tf.dispose([x, y]);
  } finally {
    Deno.chdir(folder);
    if (cache === undefined) Deno.env.delete("DENOSR_CACHE");
    else Deno.env.set("DENOSR_CACHE", cache);
    await Deno.remove(empty, { recursive: true });
  }
});

Deno.test("wrong options are refused by their keys", () => {
  const make = (options: PerceptualLossOptions) => () => new PerceptualLoss(options);
  assert.throws(make({ layer_weights: {} }), /^RangeError: layer_weights names no layer/);
  assert.throws(
    make({ layer_weights: { conv1_3: 1 } }),
    /layer_weights: "conv1_3" is no layer of vgg19/,
  );
  assert.throws(
    make({ layer_weights: { conv1_1: 1 }, perceptual_weight: 0 }),
    /perceptual_weight and style_weight are both 0/,
  );
  const { options } = LOSS_REGISTRY.get("PerceptualLoss");
  assert.throws(() => options!.parse({ layer_weights: { conv1_1: 1 }, criterion: "l3" }));
  assert.throws(() => options!.parse({ layer_weights: { conv1_1: 1 }, weights: {} }), /weights/);
});
