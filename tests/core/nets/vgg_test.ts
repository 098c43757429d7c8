import assert from "node:assert/strict";
import { type Tensor4D, tf } from "../../../core/engine/tf.ts";
import {
  VGGFeatureExtractor,
  type VGGFeatureExtractorOptions,
  vggLayers,
  type VggType,
} from "../../../core/nets/vgg.ts";
import type { StateDict } from "../../../core/weights/state_dict.ts";
import { testEngine } from "../engine/_engines.ts";
import { nhwc } from "../nn/_parity.ts";
import { formula, shapesOf, weightsFor } from "./_weights.ts";

const engine = await testEngine();
globalThis.addEventListener("unload", () => void engine.dispose());

/** Mean, and elements 0, 7 and the last in NCHW order, of a layer's output. */
type Golden = readonly [shape: readonly number[], mean: number, elements: readonly number[]];

// BasicSR 1.4.2 (PyTorch 2.15, CPU) with the weights of `_weights.ts` under its own keys, and the image of tensor 55.
const GOLDEN: readonly (readonly [VGGFeatureExtractorOptions, Record<string, Golden>])[] = [
  [{ vgg_type: "vgg11_bn", layer_name_list: ["conv1_1", "bn2_1", "relu2_1", "conv3_1"] }, {
    conv1_1: [[1, 64, 20, 24], 0.05111254006624222, [-1.07532418, -1.24158704, 1.32227802]],
    bn2_1: [[1, 128, 10, 12], -0.27958953380584717, [1.44045937, -2.78780651, -7.35461235]],
    relu2_1: [[1, 128, 10, 12], 1.615085244178772, [1.44045937, 0, 0]],
    conv3_1: [[1, 256, 5, 6], -0.10529879480600357, [3.50553823, 7.70652342, 0.854539871]],
  }],
  [
    {
      vgg_type: "vgg13",
      layer_name_list: ["conv1_2", "pool2"],
      range_norm: true,
      pooling_stride: 1,
    },
    {
      conv1_2: [[1, 64, 20, 24], 0.08799377828836441, [1.53971088, 3.47738147, 2.2192235]],
      pool2: [[1, 128, 18, 22], 1.6435515880584717, [4.63097715, 4.34684896, 2.99860811]],
    },
  ],
  [
    {
      vgg_type: "vgg16",
      layer_name_list: ["conv2_1", "relu3_1"],
      use_input_norm: false,
      remove_pooling: true,
    },
    {
      conv2_1: [[1, 128, 20, 24], 0.05641144514083862, [0.557533085, -0.012857287, -1.19294894]],
      relu3_1: [[1, 256, 20, 24], 0.4069262742996216, [0.340528369, 0.164215624, 0.292494923]],
    },
  ],
];

/** Weights under BasicSR's keys, given torchvision's names. */
function torchvisionWeights(net: VGGFeatureExtractor, type: VggType): StateDict {
  const shapes = shapesOf(net);
  shapes.delete("mean");
  shapes.delete("std");
  const layers = vggLayers(type);
  return new Map([...weightsFor(shapes)].map(([key, tensor]) => {
    const [, layer, rest] = key.split(".") as [string, string, string];
    return [`features.${layers.indexOf(layer)}.${rest}`, tensor];
  }));
}

for (const [options, want] of GOLDEN) {
  Deno.test(`VGGFeatureExtractor gives BasicSR's features: ${JSON.stringify(options)}`, async () => {
    const net = new VGGFeatureExtractor(options);
    const weights = torchvisionWeights(net, options.vgg_type!);
    // What a whole file holds besides is passed over.
    weights.set("classifier.0.bias", formula([2], 1, 1));
    weights.set("features.1.num_batches_tracked", {
      shape: [],
      dtype: "I64",
      data: BigInt64Array.of(3n),
    });
    net.loadTorchvision(weights);
    const { data, ...rest } = formula([1, 3, 20, 24], 55, 0.5);
    const x = nhwc({ ...rest, data: (data as Float32Array).map((v) => v + 0.5) });
    const before = tf.memory().numTensors;
    const features = tf.tidy(() => net.forward(x));
    assert.deepEqual(Object.keys(features), Object.keys(want), "in the network's order");
    assert.equal(tf.memory().numTensors, before + Object.keys(want).length);
    for (const [name, [shape, mean, elements]] of Object.entries(want)) {
      const nchw = tf.tidy(() => tf.transpose(features[name]!, [0, 3, 1, 2]));
      assert.deepEqual(nchw.shape, shape, name);
      const got = await nchw.data() as Float32Array;
      const near = (v: number, w: number) =>
        assert.ok(Math.abs(v - w) <= 1e-4 + 1e-4 * Math.abs(w), `${name}: ${v}, want ${w}`);
      near(got.reduce((s, v) => s + v, 0) / got.length, mean);
      elements.forEach((w, i) => near(got[[0, 7, got.length - 1][i]!]!, w));
      nchw.dispose();
    }
    tf.dispose([x, features]);
    net.dispose();
  });
}

Deno.test("vggLayers() has torchvision's indices", () => {
  // torchvision: vgg19().features[34] is the last convolution, vgg19_bn().features[49].
  assert.equal(vggLayers("vgg19").indexOf("conv5_4"), 34);
  assert.equal(vggLayers("vgg19_bn").indexOf("conv5_4"), 49);
  assert.equal(vggLayers("vgg19").length, 37);
  assert.equal(vggLayers("vgg11")[3], "conv2_1");
});

Deno.test("a whole VGG19 has the parameters of torchvision's features, with BasicSR's keys, and is frozen", () => {
  const net = new VGGFeatureExtractor({ layer_name_list: ["relu5_4"] });
  assert.equal(net.numParameters(), 20_024_384);
  const keys = [...shapesOf(net).keys()];
  assert.ok(keys.includes("vgg_net.conv5_4.weight") && keys.includes("mean"));
  assert.ok(net.parameters().every(({ requiresGrad }) => !requiresGrad));
  const trained = new VGGFeatureExtractor({ layer_name_list: ["conv1_1"], requires_grad: true });
  assert.ok(trained.parameters().every(({ requiresGrad }) => requiresGrad));
});

Deno.test("VGGFeatureExtractor takes gray images where it normalises, as BasicSR does", () => {
  const net = new VGGFeatureExtractor({ layer_name_list: ["conv1_1"] });
  net.materialize();
  tf.tidy(() => {
    const gray = tf.fill([1, 6, 5, 1], 0.3) as Tensor4D;
    const triple = tf.fill([1, 6, 5, 3], 0.3) as Tensor4D;
    const [a, b] = [gray, triple].map((x) => net.forward(x)["conv1_1"]!.dataSync());
    assert.deepEqual(a, b);
  });
  net.dispose();
});

Deno.test("layers that do not exist, or not without poolings, are refused; so are missing weights", () => {
  const make = (options: VGGFeatureExtractorOptions) => () => new VGGFeatureExtractor(options);
  assert.throws(
    make({ layer_name_list: ["conv3_4"], vgg_type: "vgg16" }),
    /no layer of vgg16, which has conv1_1/,
  );
  assert.throws(make({ layer_name_list: ["pool2"], remove_pooling: true }), /without poolings/);
  assert.throws(make({ layer_name_list: [] }), /must name one layer/);
  const net = new VGGFeatureExtractor({ layer_name_list: ["conv1_1"] });
  assert.throws(() => net.loadTorchvision(new Map()), /vgg_net\.conv1_1\.weight/);
});
