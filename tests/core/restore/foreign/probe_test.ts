import assert from "node:assert/strict";
import { ExitCode, UserError } from "../../../../core/errors.ts";
import { probe } from "../../../../core/restore/foreign/probe.ts";
import type { ImageTensor, RuntimeModel } from "../../../../core/runtimes/types.ts";

const SPEC = { kind: "onnx", path: "it.onnx" } as const;

/** A model that enlarges by repeating pixels, and does `pixel` to each sample. */
function model(
  options: {
    scale?: number;
    multiple?: number;
    outputs?: number;
    pixel?: (value: number) => number;
    fits?: (h: number, w: number) => readonly [number, number];
  } & Partial<RuntimeModel>,
): RuntimeModel & { readonly sizes: string[] } {
  const { scale = 1, multiple = 1, outputs, pixel = (value) => value, fits, ...facts } = options;
  const sizes: string[] = [];
  return {
    ...facts,
    sizes,
    run({ shape: [n, h, w, c], data }: ImageTensor): Promise<ImageTensor> {
      sizes.push(`${h}x${w}`);
      if (h % multiple || w % multiple) {
        throw new UserError(`it.onnx: not divisible by ${multiple}`, ExitCode.DATA);
      }
      const [oh, ow] = fits?.(h, w) ?? [h * scale, w * scale];
      const out = outputs ?? c;
      const made = new Float32Array(n * oh * ow * out);
      for (let y = 0, i = 0; y < oh; y++) {
        for (let x = 0; x < ow; x++) {
          const from = (Math.floor(y / scale) * w + Math.floor(x / scale)) * c;
          for (let o = 0; o < out; o++) made[i++] = pixel(data[from + o % c]!);
        }
      }
      return Promise.resolve({ shape: [n, oh, ow, out], data: made });
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

Deno.test("probe() finds scale, channels and the multiple of sizes", async () => {
  const traits = await probe(model({ scale: 4, inputChannels: 3 }), SPEC);
  assert.deepEqual(traits, {
    scale: 4,
    inputChannels: 3,
    outputChannels: 3,
    multiple: 1,
    inputRange: "0-1",
    outputRange: "0-1",
  });
  const eighth = model({ multiple: 8, outputs: 1 });
  assert.equal((await probe(eighth, SPEC)).multiple, 8);
  assert.equal((await probe(eighth, SPEC)).outputChannels, 1);
  assert.deepEqual(eighth.sizes.slice(0, 4), ["33x35", "34x38", "36x44", "40x56"]);
  const sixteenth = model({ fits: (h, w) => [h - h % 16, w - w % 16] });
  assert.equal((await probe(sixteenth, SPEC)).multiple, 16);
});

Deno.test("probe() tries gray where the file does not say, and the only size where it does", async () => {
  const gray = model({});
  const run = gray.run;
  gray.run = (images) =>
    images.shape[3] === 1 ? run(images) : Promise.reject(new UserError("no", ExitCode.DATA));
  assert.equal((await probe(gray, SPEC)).inputChannels, 1);
  const fixed = model({ fixedSize: [48, 80], scale: 2 });
  assert.equal((await probe(fixed, SPEC)).scale, 2);
  assert.ok(fixed.sizes.every((size) => size === "48x80"));
});

Deno.test("probe() finds in which numbers samples are", async () => {
  const levels = model({ pixel: (value) => Math.round(Math.min(255, Math.max(0, value + 20))) });
  const found = await probe(levels, SPEC);
  assert.deepEqual([found.inputRange, found.outputRange], ["0-255", "0-255"]);
  const centred = model({ pixel: (value) => value > 2 ? 2 : value > 0.3 ? value - 0.2 : value });
  assert.equal((await probe(centred, SPEC)).inputRange, "-1-1");
  const mixed = model({ pixel: (value) => Math.round(value) / 255 });
  const both = await probe(mixed, SPEC);
  assert.deepEqual([both.inputRange, both.outputRange], ["0-255", "0-1"]);
  // A small residue does not make another range of it.
  const plain = model({ pixel: (value) => value + 0.03 });
  assert.equal((await probe(plain, SPEC)).inputRange, "0-1");
  const given = await probe(levels, { ...SPEC, range: "0-1" });
  assert.equal(given.inputRange, "0-1");
});

Deno.test("probe() says why a model is none for pictures", async () => {
  const cases: [RuntimeModel, RegExp][] = [
    [model({ inputChannels: 4 }), /^UserError: onnx:it\.onnx: it takes 4 channels; pictures have/],
    [model({ outputs: 2 }), /it gives 2 channels/],
    [model({ multiple: 7 * 128 }), /none of the pictures that were tried: not divisible by 896/],
    [model({ fits: (h, w) => [h - 2, w - 2] }), /makes 62x190, which is no whole multiple/],
  ];
  for (const [one, expected] of cases) await assert.rejects(probe(one, SPEC), expected);
});
