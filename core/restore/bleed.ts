/**
 * Colours under fully transparent pixels, which may be anything, replaced by those that are visible nearby, so that no
 * network or filter mixes them into what is seen.
 *
 * @module
 */
import type { FloatImage } from "../data/image.ts";
import { bandRows, type Rows } from "../data/rows.ts";
import { rowsFrom, RowWindow } from "./rows.ts";

/** Visible colours spread so many pixels far; transparent pixels farther away than this from all visible ones become black. */
export const BLEED_RADIUS = 16;

/** Rows that are done at a time, at least: fewer, and most of the work would be that of the surroundings. */
const CHUNK = 64;

/**
 * Gives every pixel with alpha 0 the mean colour of its neighbours nearer to what is visible, ring by ring. A pixel depends on
 * those within {@linkcode BLEED_RADIUS} rows and columns, so that bands show nowhere. Rows without alpha are given back.
 */
export function bleed(rows: Rows): Rows {
  const { width, height, channels } = rows;
  if (channels === 1 || channels === 3) return rows;
  return rowsFrom(rows, async function* (): AsyncGenerator<FloatImage> {
    await using view = new RowWindow(rows);
    const stride = width * channels, chunk = Math.max(CHUNK, bandRows(width, channels));
    for (let top = 0; top < height; top += chunk) {
      const bottom = Math.min(height, top + chunk);
      const from = Math.max(0, top - BLEED_RADIUS), to = Math.min(height, bottom + BLEED_RADIUS);
      await view.reach(to);
      const data = new Float32Array((to - from) * stride);
      for (let y = from; y < to; y++) data.set(view.row(y), (y - from) * stride);
      spread(data, width, to - from, channels);
      // A copy where the surroundings would be held on to.
      const band = data.subarray((top - from) * stride, (bottom - from) * stride);
      yield { width, height: bottom - top, channels, data: band };
      view.release(bottom - BLEED_RADIUS);
    }
  });
}

/** Does it in place. */
function spread(data: Float32Array, width: number, height: number, channels: number): void {
  const alpha = channels - 1, pixels = width * height;
  /** Ring that a pixel belongs to: 0 for visible ones, 255 for those without a colour yet. */
  let ring: Uint8Array | undefined;
  for (let p = 0, i = alpha; p < pixels; p++, i += channels) {
    if (data[i] !== 0) continue;
    ring ??= new Uint8Array(pixels);
    ring[p] = 255;
    data.fill(0, i - alpha, i);
  }
  if (ring === undefined) return;
  let last: number[] = [];
  for (let p = 0; p < pixels; p++) {
    if (ring[p] === 255 && touches(ring, p, width, height, 0)) last.push(p);
  }
  for (let step = 1; step <= BLEED_RADIUS && last.length > 0; step++) {
    for (const p of last) paint(data, ring, p, width, height, channels, step);
    const next: number[] = [];
    for (const p of last) ring[p] = step;
    for (const p of last) {
      for (const q of neighbours(p, width, height)) {
        if (ring[q] !== 255) continue;
        ring[q] = 254; // is in the list already
        next.push(q);
      }
    }
    for (const q of next) ring[q] = 255;
    last = next;
  }
}

/** The mean of the neighbours in rings before `step`. */
function paint(
  data: Float32Array,
  ring: Uint8Array,
  p: number,
  width: number,
  height: number,
  channels: number,
  step: number,
): void {
  const near = neighbours(p, width, height).filter((q) => ring[q]! < step);
  for (let c = 0; c < channels - 1; c++) {
    let sum = 0;
    for (const q of near) sum += data[q * channels + c]!;
    data[p * channels + c] = sum / near.length;
  }
}

function touches(
  ring: Uint8Array,
  p: number,
  width: number,
  height: number,
  what: number,
): boolean {
  return neighbours(p, width, height).some((q) => ring[q] === what);
}

/** The eight around `p`, fewer at borders, always in the same order. */
function neighbours(p: number, width: number, height: number): number[] {
  const x = p % width, y = (p - x) / width;
  const found: number[] = [];
  for (let j = Math.max(0, y - 1); j <= Math.min(height - 1, y + 1); j++) {
    for (let i = Math.max(0, x - 1); i <= Math.min(width - 1, x + 1); i++) {
      if (i !== x || j !== y) found.push(j * width + i);
    }
  }
  return found;
}
