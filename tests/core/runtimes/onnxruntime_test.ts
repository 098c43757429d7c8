import assert from "node:assert/strict";
import { join } from "node:path";
import {
  type ElementKind,
  encodeModel,
  type OnnxValueInfo,
} from "../../../core/export/onnx/model.ts";
import { ExitCode } from "../../../core/errors.ts";
import type { Runtime, RuntimeModel } from "../../../core/runtimes/types.ts";
import { ortTest } from "./_onnxruntime.ts";

type Shape = OnnxValueInfo["shape"];

/** A model that doubles its input, or does something else to it. */
function doubling(
  input: Shape,
  output: Shape = input,
  kind: ElementKind = "float32",
  more: readonly OnnxValueInfo[] = [],
  op = "Add",
): Uint8Array {
  const inputs = op === "Add" ? ["x", "x"] : ["x"];
  const parts = encodeModel({
    name: "doubling",
    description: "",
    version: "0",
    nodes: [{ name: "y", op, inputs, outputs: ["y"], attributes: {} }],
    tensors: new Map(),
    inputs: [{ name: "x", kind, shape: input }, ...more],
    outputs: [{ name: "y", kind, shape: output }],
    metadata: {},
  });
  return new Uint8Array(parts.flatMap((part) => [...part]));
}

async function opened(
  runtime: Runtime,
  bytes: Uint8Array,
  test: (model: RuntimeModel) => Promise<void> | void,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "model.onnx");
    await Deno.writeFile(path, bytes);
    await using model = await runtime.open(path);
    await test(model);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const numbers = (count: number) => Float32Array.from({ length: count }, (_, i) => i / 16);

ortTest(
  "a model of others' is taken by its order of axes, its sizes and its batch",
  async (runtime) => {
    await opened(runtime, doubling(["n", 3, "h", "w"]), async (model) => {
      assert.equal(model.inputChannels, 3);
      assert.equal(model.fixedSize, undefined);
      assert.equal(model.maxBatch, undefined);
      const data = numbers(2 * 4 * 5 * 3);
      const { shape, data: twice } = await model.run({ shape: [2, 4, 5, 3], data });
      assert.deepEqual(shape, [2, 4, 5, 3]);
      assert.deepEqual(twice, data.map((value) => 2 * value));
    });
    await opened(runtime, doubling([1, 16, 24, 4]), async (model) => {
      assert.equal(model.outputChannels, 4);
      assert.deepEqual(model.fixedSize, [16, 24]);
      assert.equal(model.maxBatch, 1);
      const data = numbers(16 * 24 * 4);
      const { data: twice } = await model.run({ shape: [1, 16, 24, 4], data });
      assert.deepEqual(twice, data.map((value) => 2 * value));
    });
  },
);

ortTest("where neither axis tells the channels, they come first", async (runtime) => {
  await opened(runtime, doubling(["a", "b", "c", "d"]), async (model) => {
    assert.equal(model.inputChannels, undefined);
    const data = numbers(2 * 3 * 3);
    assert.deepEqual((await model.run({ shape: [1, 2, 3, 3], data })).shape, [1, 2, 3, 3]);
  });
});

ortTest("bytes are rounded on their way in, and come out as float32", async (runtime) => {
  const half: Shape = [1, 1, "h", "w"];
  await opened(runtime, doubling(half, half, "uint8", [], "Identity"), async (model) => {
    const data = Float32Array.of(-3, 1.4, 1.6, 300);
    const { data: same } = await model.run({ shape: [1, 2, 2, 1], data });
    assert.deepEqual(same, Float32Array.of(0, 1, 2, 255));
  });
});

ortTest("float16 goes in and comes out as float32", async (runtime) => {
  await opened(runtime, doubling([1, 1, "h", "w"], undefined, "float16"), async (model) => {
    const data = Float32Array.of(0, 0.1, 0.25, 1);
    const { data: twice } = await model.run({ shape: [1, 2, 2, 1], data });
    assert.deepEqual(twice, data.map((value) => 2 * Math.f16round(value)));
  });
});

ortTest(
  "calls that overlap do not disturb each other, and end before the model is closed",
  async (runtime) => {
    await opened(runtime, doubling(["n", 3, "h", "w"]), async (model) => {
      const calls = [1, 2, 3].map((value) =>
        model.run({ shape: [1, 8, 8, 3], data: new Float32Array(192).fill(value) })
      );
      const closed = model[Symbol.asyncDispose]();
      const results = await Promise.all(calls);
      results.forEach(({ data }, i) => assert.ok(data.every((value) => value === 2 * (i + 1))));
      await closed;
      await assert.rejects(
        () => model.run({ shape: [1, 8, 8, 3], data: new Float32Array(192) }),
        /the model was closed/,
      );
    });
  },
);

ortTest("images that a model does not take are refused", async (runtime) => {
  await opened(runtime, doubling([1, 3, 8, 8]), async (model) => {
    const of = (...shape: [number, number, number, number]) =>
      model.run({ shape, data: new Float32Array(shape.reduce((a, b) => a * b)) });
    await assert.rejects(() => of(1, 8, 8, 1), /takes images of 3 channels, not 1/);
    await assert.rejects(() => of(2, 8, 8, 3), /takes 1 images at a time, not 2/);
    await assert.rejects(() => of(1, 8, 9, 3), /takes images of 8x8 alone, not 9x8/);
  });
});

ortTest("models that are not for images are refused, with what they take", async (runtime) => {
  const refused = async (bytes: Uint8Array, message: RegExp) => {
    await assert.rejects(
      () => opened(runtime, bytes, () => {}),
      (error: Error & { exitCode?: number }) => {
        assert.match(error.message, message);
        assert.equal(error.exitCode, ExitCode.DATA);
        return true;
      },
    );
  };
  const sigma: OnnxValueInfo = { name: "sigma", kind: "float32", shape: [1] };
  const image: Shape = [1, 3, "h", "w"];
  await refused(
    doubling(image, image, "float32", [sigma]),
    /takes 2 inputs \("x", "sigma"\), a network for images takes one/,
  );
  await refused(
    doubling(image, image, "int64"),
    /takes "x" int64 \[1, 3, any, any\], an image is float32, float16 or uint8 with four axes/,
  );
  await refused(doubling([3, "h", "w"]), /takes "x" float32 \[3, any, any\]/);
  await refused(doubling([1, 3, 64, "w"]), /of which one side alone is fixed/);
  await refused(new TextEncoder().encode("no model"), /cannot be loaded by ONNX Runtime [\d.]+: /);
});
