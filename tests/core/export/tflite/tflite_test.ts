import assert from "node:assert/strict";
import { join } from "node:path";
import { target } from "../../../../core/export/tflite/mod.ts";
import { ExitCode, UserError } from "../../../../core/errors.ts";
import type { ExportPrecision } from "../../../../core/export/target.ts";
import type { ImageTensor } from "../../../../core/runtimes/types.ts";
import { liteRt, MISSING } from "../../runtimes/_litert.ts";
import { difference } from "../_archs.ts";
import { engineTest, recordedArch } from "../_recorded.ts";

/** A picture that is smooth, as pictures are. */
function picture(n: number, h: number, w: number, c: number): ImageTensor {
  const data = Float32Array.from({ length: n * h * w * c }, (_, i) => {
    const x = Math.floor(i / c) % w, y = Math.floor(i / c / w);
    return 0.5 + 0.3 * Math.sin(x / 5 + i % c) + 0.2 * Math.cos(y / 7);
  });
  return { shape: [n, h, w, c], data };
}

/** Writes, and hands over folder and names. */
async function written(
  arch: string,
  precision: ExportPrecision,
  use: (folder: string, file: string, notes: readonly string[]) => Promise<void>,
  forwardTo?: (forward: (x: ImageTensor) => Promise<ImageTensor>, channels: number) => void,
): Promise<void> {
  using recorded = await recordedArch(arch);
  const folder = await Deno.makeTempDir();
  try {
    const { inputChannels } = recorded.graph;
    const calibration = [picture(1, 40, 36, inputChannels), picture(1, 24, 48, inputChannels)];
    const { model, files, notes } = await target.write(recorded.graph, folder, {
      precision,
      calibration: precision === "int8" ? calibration : undefined,
    });
    assert.deepEqual(files, [`${arch}.tflite`, "README.md"]);
    forwardTo?.((x) => recorded.forward(x), inputChannels);
    await use(folder, model, notes);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function differences(arch: string, precision: ExportPrecision): Promise<number> {
  let forward!: (x: ImageTensor) => Promise<ImageTensor>, channels!: number;
  let worst = 0;
  await written(arch, precision, async (folder, file) => {
    await using model = await liteRt().open(join(folder, file));
    assert.equal(model.inputChannels, channels);
    assert.equal(model.fixedSize, undefined);
    for (const [n, h, w] of [[1, 24, 32], [2, 33, 19]] as const) {
      const x = picture(n, h, w, channels);
      worst = Math.max(worst, difference(await model.run(x), await forward(x)));
    }
  }, (given, count) => [forward, channels] = [given, count]);
  return worst;
}

// One that pads and crops, one with attention, one with windows and rolled images.
for (const arch of ["RRDBNet", "NAFNet", "RCAN", "SwinIR"]) {
  engineTest(`${arch} in LiteRT is what it is here, at all sizes`, async () => {
    const worst = await differences(arch, "fp32");
    assert.ok(worst < 1e-5, String(worst));
  }, MISSING);
}

engineTest("float16 weights change little, and something", async () => {
  const worst = await differences("RRDBNet", "fp16");
  assert.ok(worst > 1e-6 && worst < 2e-3, String(worst));
}, MISSING);

for (const arch of ["EDSR", "SRVGGNetCompact", "DRUNet"]) {
  engineTest(`${arch} in int8 keeps the picture`, async () => {
    const worst = await differences(arch, "int8");
    assert.ok(worst > 1e-5 && worst < 0.05, String(worst));
  }, MISSING);
}

engineTest("int8 says what it was calibrated with, and has all convolutions of EDSR", async () => {
  await written("EDSR", "int8", async (folder, _, notes) => {
    assert.match(
      notes.join(),
      /^(\d+) of \1 convolutions are in int8; .* 2 of 2 pictures\.$/,
    );
    assert.ok((await Deno.readTextFile(join(folder, "README.md"))).includes(notes[0]!));
  });
});

engineTest("int8 without pictures says what to give", async () => {
  using recorded = await recordedArch("EDSR");
  await assert.rejects(
    target.write(recorded.graph, "/nowhere", { precision: "int8" }),
    (error) =>
      error instanceof UserError && error.exitCode === ExitCode.USAGE &&
      error.message.includes("--calibrate DIR"),
  );
});

engineTest("the same network gives the same bytes", async () => {
  const all: Uint8Array[] = [];
  for (let i = 0; i < 2; i++) {
    await written("EDSR", "int8", async (folder, file) => {
      all.push(await Deno.readFile(join(folder, file)));
    });
  }
  assert.deepEqual(all[0], all[1]);
});

engineTest("the README has the sizes of the network, and lines to run", async () => {
  await written("EDSR", "fp32", async (folder, file) => {
    const text = await Deno.readTextFile(join(folder, "README.md"));
    assert.match(text, /`lq` \| \[n, h, w, 3\]/);
    assert.ok(text.includes(`Interpreter("${file}"`) && text.includes("resize_tensor_input"));
    assert.ok(text.includes("resizeInput(0, intArrayOf(1, height, width, 3))"));
  });
});
