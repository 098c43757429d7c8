import assert from "node:assert/strict";
import { bgr2ycbcr, rgb2ycbcr, ycbcr2bgr, ycbcr2rgb } from "../../../core/data/color.ts";
import { toRaw8 } from "../../../core/data/convert.ts";
import type { FloatImage, RawImage } from "../../../core/data/image.ts";
import { imresize } from "../../../core/data/resize.ts";
import {
  applyAugmentation,
  applyAugmentationToFlow,
  modCrop,
} from "../../../core/data/transforms.ts";
import { chwImage, type ParityCase, parityCases, parityImage, parityTensor } from "./_parity.ts";

type Any = FloatImage | RawImage;

function floats(image: Any): FloatImage {
  return { ...image, data: Float32Array.from(image.data) };
}

function swapRedBlue<T extends Any>(image: T): T {
  const data = image.data.slice();
  for (let i = 0; i < data.length; i += 3) {
    data[i] = image.data[i + 2]!;
    data[i + 2] = image.data[i]!;
  }
  return { ...image, data };
}

/** What our functions make of a case, by the names of its outputs. */
function run(c: ParityCase): Record<string, Any> {
  const { config } = c;
  const image = (name = "img"): Any => parityImage(c.inputs[name]!);
  switch (config.fn) {
    case "imresize":
      return { output: imresize(floats(image()), config.scale, config.antialiasing) };
    case "rgb2ycbcr":
      return { output: rgb2ycbcr(image(), config.y_only) };
    case "bgr2ycbcr":
      return { output: bgr2ycbcr(image(), config.y_only) };
    case "ycbcr2rgb":
      return { output: ycbcr2rgb(image()) };
    case "ycbcr2bgr":
      return { output: ycbcr2bgr(image()) };
    case "mod_crop":
      return { output: modCrop(image(), config.scale) };
    case "augment":
      return {
        a: applyAugmentation(image("a"), config),
        b: applyAugmentation(image("b"), config),
        flow: applyAugmentationToFlow(floats(image("flow")), config),
      };
    case "tensor2img": {
      const out = toRaw8(chwImage(c.inputs["tensor"]!), config.min_max);
      return { output: config.rgb2bgr && out.channels === 3 ? swapRedBlue<RawImage>(out) : out };
    }
  }
  throw new Error(`no function for ${c.name}`);
}

const cases = parityCases("imgproc");

Deno.test("image functions give the numbers of BasicSR 1.4.2 in every stored case", () => {
  let ran = 0;
  for (const c of cases) {
    // These two work on batches in PyTorch's layout and have their own tests below.
    if (c.config.fn === "rgb2ycbcr_pt" || c.config.fn === "img2tensor") continue;
    for (const [name, got] of Object.entries(run(c))) {
      const want = parityTensor(c.outputs[name]!);
      const { atol, rtol } = c.tolerance[name]!;
      assert.deepEqual([got.height, got.width], want.shape.slice(0, 2), c.name);
      assert.equal(got.data.length, want.data.length, c.name);
      for (let i = 0; i < want.data.length; i++) {
        const error = Math.abs(got.data[i]! - want.data[i]!);
        assert.ok(
          error <= atol + rtol * Math.abs(want.data[i]!),
          `${c.name} ${name}[${i}]: got ${got.data[i]}, want ${want.data[i]}`,
        );
      }
    }
    ran++;
  }
  assert.ok(ran >= 60, `only ${ran} cases ran`);
});

Deno.test("rgb2ycbcr() on floats gives the numbers of BasicSR's rgb2ycbcr_pt", () => {
  for (const c of cases.filter((c) => c.config.fn === "rgb2ycbcr_pt")) {
    const n = parityTensor(c.inputs["img"]!).shape[0]!;
    for (let k = 0; k < n; k++) {
      const got = rgb2ycbcr(chwImage(c.inputs["img"]!, k), c.config.y_only);
      const want = chwImage(c.outputs["output"]!, k);
      want.data.forEach((v, i) => assert.ok(Math.abs(v - got.data[i]!) < 1e-6, c.name));
    }
  }
});

Deno.test("images stay RGB and HWC where BasicSR's img2tensor turns BGR and HWC around", () => {
  const c = cases.find((c) => c.config.fn === "img2tensor")!;
  const ours = swapRedBlue(parityImage(c.inputs["img"]!)); // the same file, read as RGB
  assert.deepEqual([...ours.data], [...chwImage(c.outputs["output"]!).data]);
});
