import assert from "node:assert/strict";
import { join } from "node:path";
import { target as frozen } from "../../../../core/export/frozen/mod.ts";
import { target as savedmodel } from "../../../../core/export/savedmodel/mod.ts";
import type { Target } from "../../../../core/export/target.ts";
import { tensorflow } from "../../../../core/runtimes/tensorflow.ts";
import { difference, images } from "../_archs.ts";
import { engineTest, recordedArch } from "../_recorded.ts";
import { written } from "../_written.ts";

const python = Deno.env.get("DENOSR_TEST_TENSORFLOW");

/** Writes, opens in TensorFlow, and compares at two sizes with what the network itself gives. */
async function check(target: Target, arch: string, version?: number): Promise<void> {
  using recorded = await recordedArch(arch);
  const { graph } = recorded;
  await written(target, graph, { version }, async (folder, { model: path, files }) => {
    const runtime = await tensorflow();
    await using model = await runtime.open(join(folder, path));
    assert.equal(model.inputChannels, graph.inputChannels);
    assert.equal(model.fixedSize, undefined);
    for (const [n, h, w] of [[1, 24, 40], [2, 19, 13]] as const) {
      const x = images([n, h, w, graph.inputChannels], 1);
      assert.ok(difference(await model.run(x), await recorded.forward(x)) < 1e-5, `${n} ${h} ${w}`);
    }
    for (const file of files) assert.ok((await Deno.stat(join(folder, file))).isFile);
    const readme = await Deno.readTextFile(join(folder, "README.md"));
    assert.match(readme, new RegExp(`the network ${arch}`, "i"));
  });
}

engineTest("a SavedModel computes what the network does, in TensorFlow", async () => {
  await check(savedmodel, "SPAN", 3);
  await check(savedmodel, "NAFNet");
});

engineTest("a frozen graph computes what the network does, in TensorFlow", async () => {
  await check(frozen, "DnCNN");
});

engineTest("the same network gives the same bytes", async () => {
  const read = async (target: Target) => {
    using recorded = await recordedArch("SRVGGNetCompact");
    return await written(
      target,
      recorded.graph,
      {},
      (folder, { files }) => Deno.readFile(join(folder, files[0]!)),
    );
  };
  for (const target of [savedmodel, frozen]) {
    assert.deepEqual(await read(target), await read(target));
  }
});

engineTest("a SavedModel lies in folders for its name and version", async () => {
  using recorded = await recordedArch("SPAN");
  await written(savedmodel, recorded.graph, { version: 12 }, async (folder, { model, files }) => {
    assert.equal(model, "SPAN");
    assert.deepEqual(files, ["SPAN/12/saved_model.pb", "README.md"]);
    assert.ok((await Deno.stat(join(folder, "SPAN/12/variables"))).isDirectory);
  });
});

engineTest("Python's TensorFlow takes the SavedModel's signature", async () => {
  using recorded = await recordedArch("EDSR");
  await written(savedmodel, recorded.graph, {}, async (folder) => {
    const x = images([1, 9, 11, 3], 1);
    await Deno.writeFile(join(folder, "x.bin"), new Uint8Array(x.data.buffer as ArrayBuffer));
    const program = `
import numpy as np, sys, tensorflow as tf
restore = tf.saved_model.load("EDSR/1").signatures["serving_default"]
assert restore.structured_input_signature[1]["lq"].shape.as_list() == [None, None, None, 3]
x = np.fromfile("x.bin", np.float32).reshape(1, 9, 11, 3)
restore(lq=tf.constant(x))["sr"].numpy().tofile("y.bin")
`;
    const { success, stderr } = await new Deno.Command(python!, {
      args: ["-c", program],
      cwd: folder,
      env: { TF_CPP_MIN_LOG_LEVEL: "3" },
    }).output();
    assert.ok(success, new TextDecoder().decode(stderr));
    const expected = await recorded.forward(x);
    const y = new Float32Array((await Deno.readFile(join(folder, "y.bin"))).buffer);
    assert.ok(difference({ shape: expected.shape, data: y }, expected) < 1e-5);
  });
}, python ? "" : " (skipped: DENOSR_TEST_TENSORFLOW names no Python with tensorflow)");
