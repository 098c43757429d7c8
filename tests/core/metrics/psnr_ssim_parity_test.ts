import assert from "node:assert/strict";
import { toFloat } from "../../../core/data/convert.ts";
import type { RawImage } from "../../../core/data/image.ts";
import { decodePng } from "../../../core/data/png.ts";
import { calculatePsnr, calculatePsnrPt } from "../../../core/metrics/psnr.ts";
import { calculateSsim, calculateSsimPt } from "../../../core/metrics/ssim.ts";
import { chwImage, parityCases, parityPath, parityTensor, type Row } from "../data/_parity.ts";

const cases = parityCases("metric").filter((c) => c.inputs["img2"] !== undefined);

async function png(file: string): Promise<RawImage> {
  return await decodePng(await Deno.readFile(parityPath(file)), file);
}

function near(got: number, want: number | "inf" | undefined, atol: number, what: string): void {
  if (want === undefined) return;
  if (want === "inf") assert.equal(got, Infinity, what);
  else assert.ok(Math.abs(got - want) <= atol, `${what}: got ${got}, want ${want}`);
}

const options = (row: Row) => ({ cropBorder: row.crop_border, testYChannel: row.test_y_channel });

Deno.test("PSNR and SSIM of 8-bit images give BasicSR 1.4.2's numbers in every stored case", async () => {
  const pairs = cases.filter((c) => c.inputs["img"]!.file.endsWith(".png"));
  assert.ok(pairs.length >= 3);
  for (const c of pairs) {
    const a = await png(c.inputs["img"]!.file), b = await png(c.inputs["img2"]!.file);
    const fa = toFloat(a), fb = toFloat(b);
    for (const row of c.outputs.table) {
      const what = `${c.name} crop ${row.crop_border} y ${row.test_y_channel}`;
      near(calculatePsnr(a, b, options(row)), row.psnr, 1e-4, `${what} psnr`);
      near(calculateSsim(a, b, options(row)), row.ssim, 1e-5, `${what} ssim`);
      const psnrPt = row.psnr_pt as number | undefined, ssimPt = row.ssim_pt as number | undefined;
      near(calculatePsnrPt(fa, fb, options(row)), psnrPt, 1e-3, `${what} psnr_pt`);
      near(calculateSsimPt(fa, fb, options(row)), ssimPt, 1e-5, `${what} ssim_pt`);
    }
  }
});

Deno.test("the _pt variants give BasicSR 1.4.2's numbers on float batches", () => {
  const c = cases.find((c) => c.name === "metric/batch_pt")!;
  const { img, img2 } = c.inputs;
  for (const row of c.outputs.table) {
    for (let n = 0; n < parityTensor(img!).shape[0]!; n++) {
      const a = chwImage(img!, n), b = chwImage(img2!, n);
      const [psnr, ssim] = [row.psnr_pt, row.ssim_pt].map((v) => (v as number[])[n]);
      near(calculatePsnrPt(a, b, options(row)), psnr, 1e-3, "psnr_pt");
      near(calculateSsimPt(a, b, options(row)), ssim, 1e-5, "ssim_pt");
    }
  }
});
