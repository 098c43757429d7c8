import assert from "node:assert/strict";
import { tfjsRuntime } from "../../../core/runtimes/tfjs.ts";

type Json = Record<string, unknown>;

const type = (name: string) => ({ type: `DT_${name}` });

/** A model by hand: `lq`, channels in any number, times 2; `more` replaces parts of it. */
function model({ dtype = "FLOAT", outputs = ["sr"], op = "Mul" } = {}): Json {
  const dim = ["-1", "-1", "-1", "3"].map((size) => ({ size }));
  return {
    format: "graph-model",
    modelTopology: {
      node: [
        { name: "lq", op: "Placeholder", attr: { dtype: type(dtype), shape: { shape: { dim } } } },
        { name: "two", op: "Const", attr: { dtype: type("FLOAT"), value: {} } },
        ...outputs.map((name) => ({ name, op, input: ["lq", "two"], attr: { T: type("FLOAT") } })),
      ],
      versions: { producer: 1, minConsumer: 1 },
    },
    weightsManifest: [{
      paths: ["weights.bin"],
      weights: [{ name: "two", shape: [], dtype: "float32" }],
    }],
  };
}

async function inFolder(json: Json | string, fn: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const text = typeof json === "string" ? json : JSON.stringify(json);
    await Deno.writeTextFile(`${folder}/model.json`, text);
    await Deno.writeFile(`${folder}/weights.bin`, new Uint8Array(Float32Array.of(2).buffer));
    await fn(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a graph model of somebody else's is opened by its folder or file, and calls may overlap", async () => {
  const runtime = await tfjsRuntime();
  assert.match(runtime.version, /^4\.\d+\.\d+$/);
  await inFolder(model(), async (folder) => {
    for (const path of [folder, `${folder}/model.json`]) {
      await using opened = await runtime.open(path);
      assert.equal(opened.inputChannels, 3);
      assert.equal(opened.fixedSize, undefined);
      const images = [1, 2].map((n) => ({
        shape: [n, 1, 2, 3] as const,
        data: Float32Array.from({ length: 6 * n }, (_, i) => i + n),
      }));
      const results = await Promise.all(images.map((image) => opened.run(image)));
      for (const [i, { shape, data }] of results.entries()) {
        assert.deepEqual(shape, images[i]!.shape);
        assert.deepEqual(data, images[i]!.data.map((value) => 2 * value));
      }
    }
  });
});

Deno.test("what is no graph model for images is refused with its file and a reason", async () => {
  const runtime = await tfjsRuntime({ backend: "cpu" });
  const bad = (change: Json) => ({ ...model(), ...change });
  const manifest = (path: string) => [{ paths: [path], weights: [] }];
  const refusals: readonly [Json | string, RegExp][] = [
    ["{", /model\.json: this is no JSON/],
    [{ format: "layers-model", modelTopology: {} }, /layers model, of which the weights alone/],
    [{ modelTopology: { model_config: {} } }, /layers model/],
    [{ a: 1 }, /no graph model of TensorFlow\.js/],
    [bad({ weightsManifest: undefined }), /has no weightsManifest/],
    [bad({ weightsManifest: manifest("gone.bin") }), /weights gone\.bin is missing/],
    [bad({ weightsManifest: manifest("../weights.bin") }), /unusual name "\.\.\/weights\.bin"/],
    [bad({ weightsManifest: manifest("/etc/passwd") }), /unusual name/],
    [model({ dtype: "INT32" }), /its input lq is int32, not float32/],
    [model({ outputs: ["a", "b"] }), /it gives 2 outputs \(a, b\)/],
  ];
  for (const [json, message] of refusals) {
    await inFolder(json, async (folder) => {
      await assert.rejects(runtime.open(folder), { name: "UserError", exitCode: 4, message });
    });
  }
  await assert.rejects(runtime.open("nowhere"), { message: /nowhere: no such file/ });
});

Deno.test("an op that TensorFlow.js does not know is said, and the model stays usable", async () => {
  const runtime = await tfjsRuntime({ backend: "cpu" });
  await inFolder(model({ op: "Frobnicate" }), async (folder) => {
    await using opened = await runtime.open(folder);
    const image = { shape: [1, 1, 1, 3] as const, data: new Float32Array(3) };
    for (let i = 0; i < 2; i++) {
      await assert.rejects(opened.run(image), { message: /refuses the model: .*Frobnicate/ });
    }
  });
});
