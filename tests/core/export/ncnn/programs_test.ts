/** Tests of the names that Upscayl reads scales from, and of the layers that programs have. */
import assert from "node:assert/strict";
import {
  missingLayers,
  nameWithScale,
  scaleInName,
} from "../../../../core/export/ncnn/programs.ts";

Deno.test("scaleInName() looks as Upscayl does: the first scale that it finds, else 4", () => {
  assert.deepEqual(
    ["x2plus", "4x-UltraSharp", "RCAN_small_x2", "foo", "netx16", "1x_clean", "8x-x3"].map(
      scaleInName,
    ),
    [2, 4, 2, 4, 1, 1, 3],
  );
});

Deno.test("nameWithScale() leaves names that say the scale, and adds it to others", () => {
  assert.equal(nameWithScale("realesrgan-x4plus", 4, "RRDBNet"), "realesrgan-x4plus");
  assert.equal(
    nameWithScale("realesr-animevideov3", 4, "SRVGGNetCompact"),
    "realesr-animevideov3-x4",
  );
  assert.equal(nameWithScale("4x-sharp", 4, "RRDBNet"), "4x-sharp");
  assert.equal(nameWithScale("dncnn", 1, "DnCNN"), "dncnn-x1");
});

Deno.test("nameWithScale() takes the arch where the name says another scale", () => {
  assert.equal(nameWithScale("net_x2_then_more", 4, "EDSR"), "EDSR-x4");
});

Deno.test("missingLayers() names what Real-ESRGAN's programs are built without", () => {
  assert.deepEqual(missingLayers(["Convolution", "Sigmoid", "Pooling3D", "Softmax"]), [
    "Sigmoid",
    "Softmax",
  ]);
});
