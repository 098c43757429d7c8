import assert from "node:assert/strict";
import { WeightsFileError } from "../../../core/weights/errors.ts";
import {
  looksLikeTfjsModel,
  parseTfjsModel,
  readTfjsLayers,
} from "../../../core/weights/tfjs_layers.ts";
import { bytesOf, raw } from "./_build.ts";

interface Weight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype?: string;
  readonly quantization?: Readonly<Record<string, unknown>>;
}

function json(
  weights: readonly Weight[],
  more: Readonly<Record<string, unknown>> = {},
): Uint8Array {
  return bytesOf(JSON.stringify({
    format: "layers-model",
    modelTopology: { model_config: { class_name: "Model" } },
    weightsManifest: [{
      paths: ["group1-shard1of1.bin"],
      weights: weights.map((weight) => ({ dtype: "float32", ...weight })),
    }],
    ...more,
  }));
}

function read(weights: readonly Weight[], ...data: readonly ArrayBufferView[]) {
  return readTfjsLayers(parseTfjsModel(json(weights)), [bytesOf(...data.map(raw))]);
}

function fails(kind: string, message: RegExp, run: () => unknown): void {
  assert.throws(
    run,
    (error) =>
      error instanceof WeightsFileError && error.kind === kind && message.test(error.message),
  );
}

Deno.test("readTfjsLayers() turns filters and matrices as PyTorch has them", () => {
  // kernel[y][x][i][o] holds 1000y + 100x + 10i + o.
  const kernel: number[] = [], transposed: number[] = [];
  for (let y = 0; y < 2; y++) {
    for (let x = 0; x < 3; x++) {
      for (let a = 0; a < 2; a++) {
        for (let b = 0; b < 4; b++) kernel.push(1000 * y + 100 * x + 10 * a + b);
      }
    }
  }
  transposed.push(...kernel);
  const got = read(
    [
      { name: "body.0.conv1/kernel", shape: [2, 3, 2, 4] },
      { name: "body.0.conv1/bias", shape: [4] },
      { name: "up/kernel", shape: [2, 3, 2, 4] },
      { name: "block/dw/depthwise_kernel:0", shape: [2, 3, 2, 4] },
      { name: "fc/kernel", shape: [2, 3] },
    ],
    Float32Array.from(kernel),
    Float32Array.of(1, 2, 3, 4),
    Float32Array.from(transposed),
    Float32Array.from(kernel),
    Float32Array.of(1, 2, 3, 4, 5, 6),
  );
  assert.deepEqual([...got.keys()], [
    "body.0.conv1.weight",
    "body.0.conv1.bias",
    "up.weight",
    "block.dw.weight",
    "fc.weight",
  ]);
  const at = (name: string, index: readonly number[]) => {
    const { shape, data } = got.get(name)!;
    return data[index.reduce((sum, n, axis) => sum * shape[axis]! + n, 0)];
  };
  assert.deepEqual(got.get("body.0.conv1.weight")!.shape, [4, 2, 2, 3]);
  assert.equal(at("body.0.conv1.weight", [3, 1, 1, 2]), 1213);
  assert.equal(at("body.0.conv1.weight", [1, 0, 0, 2]), 201);
  assert.deepEqual(got.get("block.dw.weight")!.shape, [8, 1, 2, 3]);
  // Channel 1, second of its filters: number 1 * 4 + 1.
  assert.equal(at("block.dw.weight", [5, 0, 1, 2]), 1211);
  assert.deepEqual(got.get("fc.weight"), {
    shape: [3, 2],
    dtype: "F32",
    data: Float32Array.of(1, 4, 2, 5, 3, 6),
  });
});

Deno.test("readTfjsLayers() expands what is quantized", () => {
  const got = read(
    [
      { name: "a/bias", shape: [2], quantization: { dtype: "uint8", scale: 0.5, min: -1 } },
      { name: "b/bias", shape: [1], quantization: { dtype: "uint16", scale: 2, min: 1 } },
      { name: "c/bias", shape: [1], quantization: { dtype: "float16" } },
      { name: "d/bias", shape: [1], dtype: "int32" },
    ],
    Uint8Array.of(0, 255),
    Uint16Array.of(65535),
    Float16Array.of(1.5),
    Int32Array.of(-7),
  );
  assert.deepEqual([...got.values()].map(({ data }) => [...data]), [
    [-1, 126.5],
    [131071],
    [1.5],
    [-7],
  ]);
});

Deno.test("readTfjsLayers() knows PReLU and normalisations", () => {
  const got = read(
    [
      { name: "act/alpha", shape: [1, 1, 2] },
      { name: "bn/gamma", shape: [1] },
      { name: "bn/beta", shape: [1] },
      { name: "bn/moving_mean", shape: [1] },
      { name: "bn/moving_variance", shape: [1] },
    ],
    Float32Array.of(1, 2, 3, 4, 5, 6),
  );
  assert.deepEqual([...got].map(([name, { shape, data }]) => [name, shape, [...data]]), [
    ["act.weight", [2], [1, 2]],
    ["bn.weight", [1], [3]],
    ["bn.bias", [1], [4]],
    ["bn.running_mean", [1], [5]],
    ["bn.running_var", [1], [6]],
  ]);
  fails(
    "unsupported",
    /slopes of shape \[2, 1, 1\]/,
    () => read([{ name: "act/alpha", shape: [2, 1, 1] }], Float32Array.of(1, 2)),
  );
});

Deno.test("readTfjsLayers() lists the layers of a model that it cannot place", () => {
  const weights = ["F_m1/kernel", "RDB1/conv1/filter", "lstm/recurrent_kernel"];
  fails(
    "unsupported",
    /its layers are "F_m1", "RDB1\/conv1", "lstm"/,
    () => read(weights.map((name) => ({ name, shape: [1] })), new Float32Array(3)),
  );
  fails(
    "unsupported",
    /neither a dense layer nor a convolution of images/,
    () => read([{ name: "c3d/kernel", shape: [1, 1, 1, 1, 1] }], Float32Array.of(1)),
  );
});

Deno.test("readTfjsLayers() refuses shards of another length and names that come twice", () => {
  const bias = { name: "a/bias", shape: [2] };
  fails(
    "damaged",
    /wants 8 bytes of weights in group 0, but its shards have 4/,
    () => read([bias], Float32Array.of(1)),
  );
  fails("damaged", /two variables for "a\.bias"/, () => read([bias, bias], new Float32Array(4)));
});

Deno.test("parseTfjsModel() refuses shards outside of the model's folder", () => {
  for (
    const path of [
      ...["../a.bin", "/etc/passwd", "a/../../b", "..", "", ".", "a//b", "a\\b", "C:a", "a\0b"],
      ...["http://x/a.bin", "file:///a", 7, "x".repeat(2000)],
    ]
  ) {
    fails(
      "refused",
      /no file below its folder/,
      () => parseTfjsModel(json([], { weightsManifest: [{ paths: [path], weights: [] }] })),
    );
  }
  const { groups } = parseTfjsModel(
    json([], { weightsManifest: [{ paths: ["w/a..b.bin"], weights: [] }] }),
  );
  assert.deepEqual(groups, [["w/a..b.bin"]]);
});

Deno.test("parseTfjsModel() refuses graph models, odd types and lies about sizes, at once", () => {
  const started = performance.now();
  fails("unsupported", /graph model/, () => parseTfjsModel(json([], { format: "graph-model" })));
  fails(
    "unsupported",
    /graph model/,
    () => parseTfjsModel(json([], { modelTopology: { node: [] }, format: undefined })),
  );
  fails(
    "unsupported",
    /dtype "string"/,
    () => parseTfjsModel(json([{ name: "a/bias", shape: [1], dtype: "string" }])),
  );
  fails(
    "unsupported",
    /quantized in an unknown way/,
    () => parseTfjsModel(json([{ name: "a/bias", shape: [1], quantization: { dtype: "int4" } }])),
  );
  fails(
    "damaged",
    /overflow/,
    () => parseTfjsModel(json([{ name: "a/bias", shape: [2 ** 40, 2 ** 40] }])),
  );
  for (const shape of [[-1], [1.5], ["1"], Array(9).fill(1)]) {
    fails(
      "damaged",
      /without name or shape/,
      () => parseTfjsModel(json([{ name: "a/bias", shape: shape as number[] }])),
    );
  }
  fails("damaged", /no weightsManifest/, () => parseTfjsModel(json([], { weightsManifest: {} })));
  fails("damaged", /group without paths/, () => parseTfjsModel(json([], { weightsManifest: [0] })));
  fails("damaged", /is not JSON/, () => parseTfjsModel(bytesOf('{"weightsManifest":')));
  const huge = parseTfjsModel(json([{ name: "a/bias", shape: [2 ** 40] }]));
  fails("damaged", /wants 4398046511104 bytes/, () => readTfjsLayers(huge, [new Uint8Array(4)]));
  assert.ok(performance.now() - started < 500);
});

Deno.test("looksLikeTfjsModel() tells model.json from other JSON", () => {
  assert.ok(looksLikeTfjsModel(json([])));
  assert.ok(!looksLikeTfjsModel(bytesOf('{"a": 1}')));
  assert.ok(!looksLikeTfjsModel(bytesOf('["weightsManifest"]')));
});
