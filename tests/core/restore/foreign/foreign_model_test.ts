import assert from "node:assert/strict";
import { join } from "node:path";
import { target as frozen } from "../../../../core/export/frozen/mod.ts";
import { target as tfjs } from "../../../../core/export/tfjs/mod.ts";
import { target as savedmodel } from "../../../../core/export/savedmodel/mod.ts";
import { AttrType, DType } from "../../../../core/engine/native/dtypes.ts";
import { type DefNode, encodeGraph, typeAttribute } from "../../../../core/export/graph_def/mod.ts";
import { Message } from "../../../../core/protobuf/writer.ts";
import { ONNXRUNTIME } from "../../../../core/runtimes/onnxruntime.ts";
import { fetchWheel } from "../../../../core/runtimes/wheel.ts";
import { loadModel } from "../../../../core/restore/model.ts";
import { engineTest, recordedArch } from "../../export/_recorded.ts";

const [width, height] = [29, 23];
const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 7919) % 251);
const picture = { width, height, channels: 3, data } as const;

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

engineTest("a SavedModel restores pictures like the weights that it was made of", async () => {
  await inFolder(async (folder) => {
    using recorded = await recordedArch("SRVGGNetCompact");
    const { scale } = recorded.graph;
    await savedmodel.write(recorded.graph, folder, {});
    const expected = await recorded.forward({
      shape: [1, height, width, 3],
      data: Float32Array.from(data, (value) => value / 255),
    });
    const levels = Uint8Array.from(
      Uint8ClampedArray.from(expected.data, (value) => value * 255),
    );
    const said: string[] = [];
    const source = `savedmodel:${folder}/SRVGGNetCompact`;
    await using model = await loadModel(source, { say: (line) => void said.push(line) });
    assert.equal(model.scale, scale);
    assert.equal(model.name, "SRVGGNetCompact");
    assert.match(said.join(), /SavedModel, run as it is by TensorFlow: .*samples 0-1, any size/);
    const whole = await model.restore(picture);
    let most = 0;
    levels.forEach((value, i) => most = Math.max(most, Math.abs(value - whole.data[i]!)));
    assert.ok(most <= 1, `${most}`);
    const transparent = await model.restore({
      width: 4,
      height: 3,
      channels: 4,
      data: new Uint8Array(48).fill(9),
    });
    assert.deepEqual([transparent.width, transparent.channels], [4 * scale, 4]);
  });
});

engineTest("models of other programs and weights make a chain", async () => {
  await inFolder(async (folder) => {
    using recorded = await recordedArch("DnCNN");
    await frozen.write(recorded.graph, folder, {});
    await Deno.mkdir(join(folder, "js"));
    const first = `frozen:${join(folder, "DnCNN.pb")}`;
    await tfjs.write(recorded.graph, join(folder, "js"), {});
    const second = `tfjs:${join(folder, "js")}`;
    await using model = await loadModel([first, second], { say: () => {} });
    const notes: string[] = [];
    const made = await model.restore(picture, {
      tile: 8,
      tilePad: 2,
      say: (line) => void notes.push(line),
    });
    assert.deepEqual([made.width, made.height, model.stages.length], [width, height, 2]);
    assert.ok(
      notes.some((note) => note.startsWith(`how far ${first} looks is not known`)),
      `${notes}`,
    );
  });
});

/** A blur of 3x3 pixels for images of `shape`. */
function blur(shape: number[]): Uint8Array {
  const [T] = [typeAttribute("T", DType.FLOAT)];
  const strides = { name: "strides", type: AttrType.INT, value: [1, 1, 1, 1] };
  const ksize = { name: "ksize", type: AttrType.INT, value: [1, 3, 3, 1] };
  const padding = { name: "padding", type: AttrType.STRING, value: "SAME" };
  const nodes: DefNode[] = [
    {
      name: "x",
      op: "Placeholder",
      inputs: [],
      attributes: [
        typeAttribute("dtype", DType.FLOAT),
        { name: "shape", type: AttrType.SHAPE, value: shape },
      ],
    },
    { name: "y", op: "AvgPool", inputs: ["x"], attributes: [T, strides, ksize, padding] },
  ];
  return encodeGraph({ nodes, input: "x", output: "y" }, "it.pb").encode();
}

engineTest(
  "a model for one size gives what one for all sizes gives, in tiles of that size",
  async () => {
    await inFolder(async (folder) => {
      const [any, fixed] = [join(folder, "any.pb"), join(folder, "fixed.pb")];
      await Deno.writeFile(any, blur([-1, -1, -1, 3]));
      await Deno.writeFile(fixed, blur([1, 12, 20, 3]));
      const notes: string[] = [];
      const say = (line: string) => void notes.push(line);
      await using first = await loadModel(`frozen:${any}`, { say });
      await using second = await loadModel(`frozen:${fixed}`, { say });
      const whole = await first.restore(picture);
      for (const tile of ["auto", 5, 0] as const) {
        const tiled = await second.restore(picture, { tile, say });
        assert.deepEqual(tiled.data, whole.data);
      }
      assert.match(notes.join("\n"), /20x12 pixels alone/);
      // What is smaller than the model's size is enlarged to it, and cut off.
      const small = {
        width: 5,
        height: 4,
        channels: 1,
        data: new Uint8Array(20).fill(77),
      } as const;
      const made = await second.restore(small);
      assert.deepEqual([made.width, made.height], [5, 4]);
      assert.deepEqual([...made.data], new Array(20).fill(77));
    });
  },
);

/** An ONNX file of one op, Relu, for RGB pictures; fields of onnx/onnx.proto. */
function relu(): Uint8Array {
  const sizes = ["n", 3, "h", "w"].map((size) =>
    typeof size === "number" ? new Message().int(1, size) : new Message().bytes(2, size)
  );
  const shape = new Message();
  for (const size of sizes) shape.bytes(1, size);
  const type = new Message().bytes(1, new Message().int(1, 1).bytes(2, shape));
  const port = (name: string) => new Message().bytes(1, name).bytes(2, type);
  const node = new Message().bytes(1, "x").bytes(2, "y").bytes(4, "Relu");
  const graph = new Message().bytes(1, node).bytes(2, "it").bytes(11, port("x"))
    .bytes(12, port("y"));
  return new Message().int(1, 8).bytes(7, graph).bytes(8, new Message().bytes(1, "").int(2, 17))
    .encode();
}

engineTest("an ONNX file restores pictures, in ONNX Runtime", async (test) => {
  const missing = await fetchWheel(ONNXRUNTIME, { fetch: false }).then(() => undefined, String);
  if (missing !== undefined) {
    await test.step({ name: `needs ONNX Runtime: ${missing}`, ignore: true, fn: () => {} });
    return;
  }
  await inFolder(async (folder) => {
    const path = join(folder, "relu.onnx");
    await Deno.writeFile(path, relu());
    const said: string[] = [];
    await using model = await loadModel(`onnx:${path}`, { say: (line) => void said.push(line) });
    assert.match(said[0]!, /run as it is by ONNX Runtime: keeps the size, RGB to RGB, samples 0-1/);
    assert.deepEqual((await model.restore(picture)).data, data);
  });
});

engineTest("a model that is not there is said by its path", async () => {
  await inFolder(async (folder) => {
    const source = `frozen:${join(folder, "none.pb")}`;
    await assert.rejects(loadModel(source), {
      message: `${folder}/none.pb: there is no such file or folder`,
      exitCode: 4,
    });
  });
});
