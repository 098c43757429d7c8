import assert from "node:assert/strict";
import { toFloat } from "../../../core/data/convert.ts";
import { decodePng } from "../../../core/data/png.ts";
import type { RawImage } from "../../../core/data/image.ts";
import { bicubicBaseline } from "../../../core/metrics/bicubic.ts";
import { calculatePsnr } from "../../../core/metrics/psnr.ts";

const demo = new URL("../../data/demo/val/", import.meta.url).pathname;

async function image(file: string): Promise<RawImage> {
  return await decodePng(await Deno.readFile(demo + file), file);
}

Deno.test("bicubicBaseline() of the demo pictures has the size of GT and a plausible PSNR", async () => {
  for (const [scale, least] of [[2, 28], [4, 22]] as const) {
    for (const name of ["astronaut_face", "shuttle", "suit_badge"]) {
      const gt = await image(`gt/${name}.png`);
      const lq = toFloat(await image(`lq_x${scale}/${name}.png`));
      const psnr = calculatePsnr(bicubicBaseline(lq, scale, gt), gt, { cropBorder: scale });
      assert.ok(psnr > least && psnr < 45, `${name} x${scale}: ${psnr}`);
    }
  }
});

Deno.test("bicubicBaseline() with scale 1 is LQ rounded, and cuts to the size asked for", () => {
  const data = Float32Array.of(0, 0.5, 1.2, -3, 0.25, 1);
  const lq = { width: 3, height: 2, channels: 1, data };
  assert.deepEqual([...bicubicBaseline(lq, 1).data], [0, 128, 255, 0, 64, 255]);
  assert.deepEqual([...bicubicBaseline(lq, 1, { width: 2, height: 1 }).data], [0, 128]);
  assert.throws(() => bicubicBaseline(lq, 1, { width: 4, height: 1 }), RangeError);
});
