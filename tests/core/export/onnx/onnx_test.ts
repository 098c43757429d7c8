import assert from "node:assert/strict";
import { join } from "node:path";
import { tf } from "../../../../core/engine/tf.ts";
import { ExitCode } from "../../../../core/errors.ts";
import { onnxFile, target } from "../../../../core/export/onnx/mod.ts";
import type { ExportGraph } from "../../../../core/export/graph.ts";
import type { TargetOptions } from "../../../../core/export/target.ts";
import { Fields } from "../../../../core/protobuf/reader.ts";
import type { ImageTensor } from "../../../../core/runtimes/types.ts";
import { MISSING, onnxRuntime } from "../../runtimes/_onnxruntime.ts";
import { difference, images, recordedSketch } from "../_archs.ts";
import { engineTest, recordedArch } from "../_recorded.ts";
import { conv, FLOAT, H, N, Sketch, sketch, W } from "../_sketch.ts";
import { written as writtenBy } from "../_written.ts";
import { TENSORRT_OPERATORS } from "./_tensorrt.ts";

/** A Python with the package `onnx`, whose own checker looks at the files. */
const python = Deno.env.get("DENOSR_TEST_ONNX");

/** Archs that together use what archs use, with their transpositions in NCHW. */
const ARCHS = {
  SRVGGNetCompact: 0,
  NAFNet: 0,
  DRUNet: 0,
  RRDBNet: 0,
  SwinIR: 8,
};

/** Writes for `use`, which gets the file's path; there is nothing in the folder but what is named. */
function written<T>(
  graph: ExportGraph,
  options: TargetOptions,
  use: (path: string, folder: string) => Promise<T>,
): Promise<T> {
  return writtenBy(target, graph, options, (folder, { model, files }) => {
    const there = [...Deno.readDirSync(folder)].map(({ name }) => name);
    assert.deepEqual(there.sort(), files.toSorted());
    return use(join(folder, model), folder);
  });
}

engineTest(
  "networks consist of operators that TensorRT lists, convolutional ones of no transposition",
  async () => {
    for (const [arch, transpositions] of Object.entries(ARCHS)) {
      using recorded = await recordedArch(arch);
      const { nodes } = onnxFile(recorded.graph, {}).model;
      for (const { op } of nodes) assert.ok(TENSORRT_OPERATORS.has(op), `${arch}: ${op}`);
      const found = nodes.filter(({ op }) => op === "Transpose").length;
      assert.ok(found <= transpositions, `${arch}: ${found} transpositions`);
      const { nodes: inside } =
        onnxFile(recorded.graph, { layout: "nhwc", precision: "fp16" }).model;
      for (const { op } of inside) assert.ok(TENSORRT_OPERATORS.has(op), `${arch}: ${op}`);
    }
  },
);

engineTest("exports compute in ONNX Runtime what the network does", async (test) => {
  const cases = [["fp32", "nchw", 1e-5], ["fp16", "nhwc", 5e-3]] as const;
  for (const arch of ["RRDBNet", "SwinIR", "DRUNet"]) {
    await test.step(arch, async () => {
      using recorded = await recordedArch(arch);
      const { graph } = recorded;
      const sizes = [[1, 16, 24], [2, 13, 19]] as const;
      const inputs = sizes.map(([n, h, w]) => images([n, h, w, graph.inputChannels], 1));
      const expected: ImageTensor[] = [];
      for (const input of inputs) expected.push(await recorded.forward(input));
      for (const [precision, layout, most] of cases) {
        await written(graph, { precision, layout }, async (path) => {
          await using model = await onnxRuntime().open(path);
          assert.equal(model.inputChannels, graph.inputChannels);
          assert.equal(model.outputChannels, graph.outputChannels);
          assert.equal(model.fixedSize, undefined);
          for (const [i, input] of inputs.entries()) {
            const found = difference(await model.run(input), expected[i]!);
            assert.ok(found < most, `${precision} ${layout}: ${found}`);
          }
        });
      }
    });
  }
}, MISSING);

engineTest("float16 does not round where pixels are", async () => {
  using recorded = await recordedSketch(3, () => ({}), (x) => {
    const w = x.shape[2];
    // 1500.75 would become 1501.
    const place = tf.floor(tf.add(tf.cast(tf.range(0, w, 1, "int32"), "float32"), 0.75));
    return tf.gather(x, tf.cast(place, "int32"), 2);
  });
  const input = images([1, 2, 1600, 3], 1);
  const expected = await recorded.forward(input);
  await written(recorded.graph, { precision: "fp16" }, async (path) => {
    await using model = await onnxRuntime().open(path);
    assert.ok(difference(await model.run(input), expected) < 5e-3);
  });
}, MISSING);

engineTest("the file says what it takes and gives, and where it comes from", async () => {
  using recorded = await recordedArch("SRVGGNetCompact");
  await written(recorded.graph, {}, async (path) => {
    // onnx.proto: ModelProto, GraphProto, ValueInfoProto, TypeProto, TensorShapeProto
    const model = new Fields(await Deno.readFile(path), "the model");
    assert.equal(model.int(1), 8);
    assert.equal(model.string(2), "DenoSR");
    assert.equal(model.message(8, "the opset").int(2), 17);
    const graph = model.message(7, "the graph");
    const port = (field: number) => {
      const value = graph.message(field, "a port");
      const tensor = value.message(2, "a type").message(1, "a tensor");
      const sizes = tensor.message(2, "a shape").messages(1, "a size");
      return [
        value.string(1),
        tensor.int(1),
        ...sizes.map((size) => size.has(1) ? size.int(1) : size.string(2)),
      ];
    };
    assert.deepEqual(port(11), ["lq", 1, "n", 3, "h", "w"]);
    assert.deepEqual(port(12), ["sr", 1, "n", 3, "2*h", "2*w"]);
    const names = graph.messages(5, "a tensor").map((tensor) => tensor.string(8));
    assert.ok(names.includes("body.0.weight"), names.join());
    const metadata = new Map(
      model.messages(14, "an entry").map((entry) => [entry.string(1), entry.string(2)]),
    );
    assert.equal(metadata.get("arch"), "SRVGGNetCompact");
    assert.equal(metadata.get("scale"), "2");
    assert.equal(metadata.get("source"), "SRVGGNetCompact.safetensors");
  });
});

engineTest("the same network gives the same bytes, half of them in float16", async () => {
  const bytes = async (precision: "fp32" | "fp16") => {
    using recorded = await recordedArch("RRDBNet");
    return await written(recorded.graph, { precision }, (path) => Deno.readFile(path));
  };
  const whole = await bytes("fp32");
  assert.deepEqual(await bytes("fp32"), whole);
  assert.ok((await bytes("fp16")).length < 0.75 * whole.length);
});

engineTest(
  "README.md has the line for TensorRT with the names and the order of axes of the model",
  async () => {
    using recorded = await recordedArch("SRVGGNetCompact");
    const readme = (layout: "nchw" | "nhwc", precision: "fp32" | "fp16") =>
      written(
        recorded.graph,
        { layout, precision },
        (_, folder) => Deno.readTextFile(join(folder, "README.md")),
      );
    const first = await readme("nchw", "fp32");
    assert.match(first, /trtexec --onnx=SRVGGNetCompact\.onnx \\\n {2}--minShapes=lq:1x3x64x64 \\/);
    assert.match(first, /--maxShapes=lq:1x3x512x512 \\\n {2}--saveEngine=SRVGGNetCompact\.engine/);
    assert.match(first, /`\[n, 3, 2·h, 2·w\]`/);
    const last = await readme("nhwc", "fp16");
    assert.match(last, /--optShapes=lq:1x256x256x3 \\/);
    assert.match(last, /--fp16 --saveEngine/);
  },
);

Deno.test("an op without a row is refused with its layer and its arch", async () => {
  const graph = sketch(3, (s) => s.op("Lgamma", [s.x], [N, H, W, 3], { T: FLOAT }));
  await assert.rejects(
    () => written(graph, {}, async () => {}),
    (error: Error & { exitCode?: number }) => {
      assert.match(
        error.message,
        /Sketch cannot be exported to ONNX.*\n {2}Lgamma, used by body\.0/,
      );
      assert.equal(error.exitCode, ExitCode.DATA);
      return true;
    },
  );
});

Deno.test("weights that float16 cannot hold are refused in float16 alone", () => {
  const s = new Sketch(1);
  const weights = s.fixed(Float32Array.of(70_000), [1, 1, 1, 1]);
  const graph = s.graph(s.op("Conv2D", [s.x, weights], [N, H, W, 1], conv()));
  assert.throws(() => onnxFile(graph, { precision: "fp16" }), /weights that float16 cannot hold/);
  onnxFile(graph, {});
});

const CHECK = `
import onnx, sys
for path in sys.argv[1:]:
    onnx.checker.check_model(path, full_check=True)
    onnx.shape_inference.infer_shapes(onnx.load(path), check_type=True, strict_mode=True, data_prop=True)
`;

engineTest("the checker of ONNX passes them", async () => {
  for (const arch of Object.keys(ARCHS)) {
    using recorded = await recordedArch(arch);
    for (const precision of ["fp32", "fp16"] as const) {
      await written(recorded.graph, { precision }, async (path) => {
        const { success, stderr } = await new Deno.Command(python!, { args: ["-c", CHECK, path] })
          .output();
        assert.ok(success, new TextDecoder().decode(stderr));
      });
    }
  }
}, python ? "" : " (skipped: DENOSR_TEST_ONNX names no Python with onnx)");
