/**
 * Makes the picture in the README from a finished demo run: bicubic, restored, original, side by side.
 *
 *   deno run --allow-read --allow-write=docs docs/before_after.ts
 *
 * @module
 */
import { crop } from "../core/data/transforms.ts";
import { toFloat, toRaw8 } from "../core/data/convert.ts";
import type { FloatImage, RawImage } from "../core/data/image.ts";
import { decodePng, encodePng } from "../core/data/png.ts";
import { imresize } from "../core/data/resize.ts";

/** Places worth a look: image, then left, top, width, height in pixels of the original. */
const PLACES = [
  ["suit_badge", 0, 30, 100, 76],
  ["astronaut_face", 86, 72, 100, 76],
] as const;
const RUN = "experiments/train_demo_x2/visualization";
const DEMO = "tests/data/demo/val";
/** Enlargement of the picture, so that single pixels can be seen. */
const ZOOM = 3;
const GAP = 6;

if (import.meta.main) {
  const rows = PLACES.map(([name, left, top, width, height]) => {
    const read = (path: string): FloatImage => toFloat(decodePng(Deno.readFileSync(path), path));
    const newest = [...Deno.readDirSync(`${RUN}/${name}`)].map((e) => e.name)
      .sort((a, b) => Number(/(\d+)\.png/.exec(a)?.[1]) - Number(/(\d+)\.png/.exec(b)?.[1])).at(-1);
    return [
      imresize(read(`${DEMO}/lq_x2/${name}.png`), 2),
      read(`${RUN}/${name}/${newest}`),
      read(`${DEMO}/gt/${name}.png`),
    ].map((image) => enlarge(toRaw8(crop(image, top, left, height, width))));
  });
  Deno.writeFileSync("docs/images/before_after.png", encodePng(mosaic(rows)));
}

/** Repeats pixels. */
function enlarge({ width, height, data }: RawImage): RawImage {
  const out = new Uint8Array(width * height * 3 * ZOOM ** 2);
  for (let y = 0; y < height * ZOOM; y++) {
    for (let x = 0; x < width * ZOOM; x++) {
      const from = (Math.floor(y / ZOOM) * width + Math.floor(x / ZOOM)) * 3;
      out.set(data.subarray(from, from + 3), (y * width * ZOOM + x) * 3);
    }
  }
  return { width: width * ZOOM, height: height * ZOOM, channels: 3, data: out };
}

/** Puts equal pictures on a white sheet. */
function mosaic(rows: readonly (readonly RawImage[])[]): RawImage {
  const { width: w, height: h } = rows[0]![0]!;
  const width = rows[0]!.length * (w + GAP) - GAP;
  const height = rows.length * (h + GAP) - GAP;
  const data = new Uint8Array(width * height * 3).fill(255);
  rows.forEach((row, r) =>
    row.forEach((image, c) => {
      for (let y = 0; y < h; y++) {
        const to = ((r * (h + GAP) + y) * width + c * (w + GAP)) * 3;
        data.set(image.data.subarray(y * w * 3, (y + 1) * w * 3), to);
      }
    })
  );
  return { width, height, channels: 3, data };
}
