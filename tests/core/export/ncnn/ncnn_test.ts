/** Tests of whole networks as ncnn models: the files, and what ncnn itself makes of them. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { target } from "../../../../core/export/ncnn/mod.ts";
import { ncnnModel } from "../../../../core/export/ncnn/write.ts";
import { missingLayers } from "../../../../core/export/ncnn/programs.ts";
import { parseNcnnParam } from "../../../../core/weights/ncnn_param.ts";
import { readNcnnBin } from "../../../../core/weights/ncnn_bin.ts";
import { HAS_NCNN, MISSING as NCNN_MISSING } from "../../runtimes/_ncnn.ts";
import { engineTest, recordedArch } from "../_recorded.ts";
import { written } from "../_written.ts";
import { compared } from "./_ncnn.ts";

/** What each has that no other has. */
const NETWORKS = {
  SRVGGNetCompact: "PReLU, nearest neighbours",
  RRDBNet: "pixels into channels, padding by mirrored pixels",
  NAFNet: "depthwise convolutions, layer norms, attention, padding by zeros",
  DRUNet: "transposed convolutions, a map of noise",
  FFDNet: "pooling, a map of noise, padding by repeated pixels",
  RealPLKSR: "group norms, Mish, parts of channels",
  SPAN: "sigmoids of maps",
};

/** What is left out where ncnn is missing. */
const MISSING = NCNN_MISSING.replace("skipped", "numbers skipped");

/** A size that is a multiple of 8, and one that is a multiple of nothing. */
const SIZES = [[1, 16, 24], [2, 13, 11]] as const;

for (const [name, what] of Object.entries(NETWORKS)) {
  engineTest(
    `${name} (${what}): layers are those of all programs, numbers our engine's${MISSING}`,
    async () => {
      using recorded = await recordedArch(name);
      const { types } = ncnnModel(recorded.graph, "half");
      assert.deepEqual(missingLayers(types), []);
      if (!HAS_NCNN) return;
      await compared(recorded, "fp32", SIZES, 1e-4);
      if (name === "RRDBNet") await compared(recorded, "fp16", SIZES.slice(1), 2e-2);
    },
  );
}

engineTest(
  "the folder is laid out for Upscayl, and the same network gives the same bytes",
  async () => {
    using recorded = await recordedArch("EDSR");
    await written(
      target,
      recorded.graph,
      { precision: "fp16" },
      async (folder, { model, files, notes }) => {
        assert.equal(model, "models/EDSR-x2.param");
        assert.deepEqual(files, [model, "models/EDSR-x2.bin", "README.md"]);
        assert.deepEqual(notes, ["named EDSR-x2, for Upscayl reads the scale in the name"]);
        const [param, bin] = [
          await Deno.readFile(join(folder, model)),
          await Deno.readFile(join(folder, files[1]!)),
        ];
        const again = ncnnModel(recorded.graph, "half");
        assert.equal(new TextDecoder().decode(param), again.param);
        assert.deepEqual(
          bin,
          new Uint8Array(await new Blob([...again.bin] as BlobPart[]).arrayBuffer()),
        );
        // Our own reader takes every weight of the file, and nothing is left.
        const layers = parseNcnnParam(param);
        assert.equal(readNcnnBin(layers, bin).filter(({ role }) => role === "weight").length, 7);
        assert.match(again.param, /^7767517\n\d+ \d+\nInput data 0 1 data\n/);
        assert.match(again.param, / output( \S+)*\n$/);
        const text = await Deno.readTextFile(join(folder, "README.md"));
        assert.match(text, /select the folder `models`/);
        assert.match(text, /-m models -n EDSR-x2 -s 2/);
      },
    );
  },
);

engineTest(
  "what ncnn has no layers for is refused with the arch, the ops and the layers",
  async () => {
    using recorded = await recordedArch("SwinIR");
    assert.throws(
      () => ncnnModel(recorded.graph, "half"),
      /SwinIR\.safetensors: SwinIR cannot be exported to ncnn, which has nothing for:\n {2}.*Transpose, used by layers\./s,
    );
  },
);

engineTest(
  "a network of one channel is said to be none for programs of colour pictures",
  async () => {
    using recorded = await recordedArch("DnCNN");
    await written(target, recorded.graph, { precision: "fp16" }, async (folder, { notes }) => {
      assert.match(notes.join("\n"), /take networks of three channels alone/);
      const text = await Deno.readTextFile(join(folder, "README.md"));
      assert.match(text, /These programs cannot run it: they hand three channels/);
      assert.doesNotMatch(text, /-m models/);
    });
  },
);
