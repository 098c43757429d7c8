import assert from "node:assert/strict";
import type { RawImage } from "../../../core/data/image.ts";
import { decodePng } from "../../../core/data/png.ts";
import { ExitCode, UserError } from "../../../core/errors.ts";
import { calculateNiqe, niqeRecipe } from "../../../core/metrics/niqe.ts";
import { Rng } from "../../../core/random.ts";
import { parityCases, parityPath } from "../data/_parity.ts";

interface NiqeRow {
  readonly file: string;
  readonly crop_border: number;
  readonly convert_to?: "y" | "gray";
  readonly niqe: number;
  readonly niqe_plane_in_float64: number;
  readonly atol: number;
}

const table = parityCases("metric").find((c) => c.name === "metric/niqe")!.outputs
  .table as unknown as readonly NiqeRow[];

function noise(width: number, height: number): RawImage & { data: Uint8Array } {
  const rng = new Rng(4);
  const data = Uint8Array.from({ length: width * height * 3 }, () => 64 + rng.int(128));
  return { width, height, channels: 3, data };
}

Deno.test("calculateNiqe() gives BasicSR's numbers for every stored row", async () => {
  assert.ok(table.some((r) => r.crop_border > 0) && table.some((r) => r.convert_to === "gray"));
  for (const row of table) {
    const image = await decodePng(await Deno.readFile(parityPath(row.file)), row.file);
    const got = calculateNiqe(image, { cropBorder: row.crop_border, convertTo: row.convert_to });
    // BasicSR's own plane is float32; computed in float64 it gives the second number, which is nearer.
    const off = Math.min(Math.abs(got - row.niqe), Math.abs(got - row.niqe_plane_in_float64));
    assert.ok(off <= row.atol, `${row.file} crop ${row.crop_border} ${row.convert_to}: ${got}`);
  }
});

Deno.test("calculateNiqe() leaves out what does not fill a block, and crop_border", () => {
  const whole = noise(200, 110);
  const want = calculateNiqe(whole);
  const rim = { ...whole, data: whole.data.slice() };
  for (let x = 0; x < 200; x++) rim.data.fill(255, (109 * 200 + x) * 3, (109 * 200 + x) * 3 + 3);
  assert.equal(calculateNiqe(rim), want);
  assert.notEqual(calculateNiqe(whole, { cropBorder: 3 }), want);
});

Deno.test("calculateNiqe() of gray and of three equal channels agree with convert_to gray", () => {
  const color = noise(200, 100);
  const gray: RawImage = {
    width: 200,
    height: 100,
    channels: 1,
    data: color.data.filter((_, i) => i % 3 === 0),
  };
  const triple = { ...color, data: color.data.map((_, i) => color.data[i - i % 3]!) };
  assert.equal(calculateNiqe(triple, { convertTo: "gray" }), calculateNiqe(gray));
});

Deno.test("calculateNiqe() of a single colour is NaN", () => {
  const flat: RawImage = { width: 192, height: 96, channels: 1, data: new Uint8Array(192 * 96) };
  assert.ok(Number.isNaN(calculateNiqe(flat)));
});

Deno.test("calculateNiqe() refuses small, deep and transparent images", () => {
  const refused = (image: RawImage, cropBorder: number, pattern: RegExp) =>
    assert.throws(() => calculateNiqe(image, { cropBorder }), (error) => {
      assert.ok(error instanceof UserError);
      assert.equal(error.exitCode, ExitCode.DATA);
      assert.match(error.message, pattern);
      return true;
    });
  refused(noise(192, 96), 1, /two blocks of 96x96 pixels .* received 190x94/);
  refused(noise(40, 40), 20, /nothing is left/);
  refused({ width: 1, height: 1, channels: 1, data: new Uint16Array(1) }, 0, /has 16 bits/);
  refused({ width: 1, height: 1, channels: 4, data: new Uint8Array(4) }, 0, /has 4 channels/);
});

Deno.test("niqeRecipe() says how the plane was made", () => {
  assert.equal(niqeRecipe({ cropBorder: 4 }), "Y (BT.601), crop 4, blocks of 96x96, 8 bit");
  assert.match(niqeRecipe({ convertTo: "gray" }), /^gray \(cv2\), crop 0/);
});
