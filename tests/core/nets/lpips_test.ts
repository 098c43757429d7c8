import assert from "node:assert/strict";
import { type Tensor4D, tf } from "../../../core/engine/tf.ts";
import { LPIPS, LPIPS_NETS, type LpipsNet } from "../../../core/nets/lpips.ts";
import type { StateDict, StateTensor } from "../../../core/weights/state_dict.ts";
import { AlexNetFeatures } from "../../../core/nets/alexnet.ts";
import { SqueezeNetFeatures } from "../../../core/nets/squeezenet.ts";
import { vggLayers } from "../../../core/nets/vgg.ts";
import { testEngine } from "../engine/_engines.ts";
import { nhwc } from "../nn/_parity.ts";
import { formula, shapesOf, weightsFor } from "./_weights.ts";

const engine = await testEngine();
globalThis.addEventListener("unload", () => void engine.dispose());

// lpips 0.1.4 (PyTorch 2.15, CPU) with the weights and images of `_weights.ts`, normalize=True: distances; the gradient of
// their sum by the first batch: its absolute sum, and elements (n, c, y, x) 0 0 10 10, 1 2 40 33, 0 1 74 82.
const GOLDEN: Record<LpipsNet, { d: number[]; g: number[]; gabs: number }> = {
  alex: {
    d: [0.4513808488845825, 0.47273486852645874],
    g: [0.0003400758723728359, -7.263348379638046e-05, -4.0993028960656375e-05],
    gabs: 7.784660816192627,
  },
  vgg: {
    d: [0.4234430193901062, 0.42795220017433167],
    g: [-3.4068329114234075e-05, -0.00018328928854316473, 4.99197358294623e-06],
    gabs: 2.876047134399414,
  },
  squeeze: {
    d: [0.4044826030731201, 0.4155026376247406],
    g: [-0.00016307442274410278, 4.498443377087824e-5, 9.782077540876344e-5],
    gabs: 5.516063213348389,
  },
};
const CHANNELS = {
  alex: [64, 192, 384, 256, 256],
  vgg: [64, 128, 256, 512, 512],
  squeeze: [64, 128, 256, 384, 384, 512, 512],
};

/** Shapes of torchvision's `features`. */
function trunkShapes(net: LpipsNet): Map<string, readonly number[]> {
  if (net === "alex") return shapesOf(new AlexNetFeatures());
  if (net === "squeeze") return shapesOf(new SqueezeNetFeatures());
  const shapes = new Map<string, readonly number[]>();
  let channels = 3;
  for (const [i, name] of vggLayers("vgg16").entries()) {
    if (!name.startsWith("conv")) continue;
    const out = [64, 128, 256, 512, 512][Number(name[4]) - 1]!;
    shapes.set(`features.${i}.weight`, [out, channels, 3, 3]).set(`features.${i}.bias`, [out]);
    channels = out;
  }
  return shapes;
}

/** The two files that a network is loaded from. */
function files(net: LpipsNet): [network: StateDict, layers: StateDict] {
  const layers: StateDict = new Map(CHANNELS[net].map((c, i) => {
    const { data, ...rest } = formula([1, c, 1, 1], 1000 + i, 0.5);
    return [`lin${i}.model.1.weight`, { ...rest, data: (data as Float32Array).map(Math.abs) }];
  }));
  return [weightsFor(trunkShapes(net)), layers];
}

function image(seed: number): Tensor4D {
  const { data, ...rest }: StateTensor = formula([2, 3, 75, 83], seed, 0.5);
  return nhwc({ ...rest, data: (data as Float32Array).map((v) => v + 0.5) });
}

function near(got: number, want: number, rtol: number, what: string): void {
  assert.ok(Math.abs(got - want) <= rtol * Math.abs(want), `${what}: ${got}, want ${want}`);
}

for (const type of LPIPS_NETS) {
  Deno.test(`LPIPS with ${type} gives the package's distances and gradients`, async () => {
    const net = new LPIPS(type);
    net.load(...files(type));
    assert.ok(net.parameters().every(({ requiresGrad }) => !requiresGrad));
    const a = image(991), b = image(992);
    const before = tf.memory().numTensors;
    const d = tf.tidy(() => net.forward(a, b));
    const want = GOLDEN[type];
    assert.deepEqual(d.shape, [2]);
    for (const [i, v] of (await d.data()).entries()) near(v, want.d[i]!, 1e-4, `distance ${i}`);
    const g = tf.tidy(() => tf.grad((x) => tf.sum(net.distanceTo(x as Tensor4D, b)))(a));
    const data = await g.data() as Float32Array;
    const at = (n: number, c: number, y: number, x: number) =>
      data[((n * 75 + y) * 83 + x) * 3 + c]!;
    near(data.reduce((s, v) => s + Math.abs(v), 0), want.gabs, 1e-3, "gradient, absolute sum");
    const largest = data.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
    for (const [i, v] of [at(0, 0, 10, 10), at(1, 2, 40, 33), at(0, 1, 74, 82)].entries()) {
      assert.ok(Math.abs(v - want.g[i]!) <= 1e-3 * largest, `gradient ${i}: ${v}, ${want.g[i]}`);
    }
    tf.dispose([d, g]);
    assert.equal(tf.memory().numTensors, before);
    tf.dispose([a, b]);
    net.dispose();
  });
}

Deno.test("LPIPS of equal images is 0 with a finite gradient, black ones too; small ones are refused", () => {
  const net = new LPIPS("alex");
  net.load(...files("alex"));
  tf.tidy(() => {
    const x = tf.zeros([1, 31, 40, 3]) as Tensor4D;
    assert.equal(net.forward(x, x).dataSync()[0], 0);
    const g = tf.grad((y) => tf.sum(net.distanceTo(y as Tensor4D, x)))(x);
    assert.ok(g.dataSync().every((v) => v === 0));
    const small = tf.zeros([1, 30, 40, 3]) as Tensor4D;
    assert.throws(() => net.forward(small, small), /needs 31x31 pixels at least, received 40x30/);
    assert.throws(() => net.forward(x, small), /images of one shape/);
  });
  net.dispose();
});
