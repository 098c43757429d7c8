/**
 * What saving as JPEG and reading back does to an image: the pixels that cv2 (libjpeg) gives, without the file.
 *
 * Entropy coding loses nothing, so it is left out. The rest is as libjpeg does it by default: baseline, YCbCr (JFIF),
 * colour at half size both ways (4:2:0), the tables of the standard's Annex K scaled by the quality, integer cosine
 * transform, and triangle-filtered ("fancy") upsampling of colour. Facts from ITU-T T.81, JFIF 1.02 and libjpeg's
 * documentation and sources (IJG license); which settings are meant from `basicsr/data/degradations.py`. A quality with
 * a fraction is cut to an integer, as cv2 did; newer versions refuse it.
 *
 * @module
 */
import type { Rng } from "../../random.ts";
import { roundHalfEven } from "../convert.ts";
import type { FloatImage } from "../image.ts";
import { forwardDct, inverseDct } from "./_dct.ts";
import type { Range } from "./random_kernels.ts";

/** Annex K.1: quantisation of brightness, row by row. */
const LUMINANCE = [
  [16, 11, 10, 16, 24, 40, 51, 61],
  [12, 12, 14, 19, 26, 58, 60, 55],
  [14, 13, 16, 24, 40, 57, 69, 56],
  [14, 17, 22, 29, 51, 87, 80, 62],
  [18, 22, 37, 56, 68, 109, 103, 77],
  [24, 35, 55, 64, 81, 104, 113, 92],
  [49, 64, 78, 87, 103, 121, 120, 101],
  [72, 92, 95, 98, 112, 100, 103, 99],
].flat();

/** Annex K.2: quantisation of colour, row by row. */
const CHROMINANCE = [
  [17, 18, 24, 47, 99, 99, 99, 99],
  [18, 21, 26, 66, 99, 99, 99, 99],
  [24, 26, 56, 99, 99, 99, 99, 99],
  [47, 66, 99, 99, 99, 99, 99, 99],
  ...Array.from({ length: 4 }, () => Array<number>(8).fill(99)),
].flat();

/** A plane of samples; `stride` and the number of rows are multiples of 8 once it is padded. */
interface Plane {
  readonly width: number;
  readonly height: number;
  readonly stride: number;
  readonly data: Uint8Array;
}

/**
 * The image after JPEG compression.
 *
 * @param image Float32 in [0, 1], clamped and rounded to 8 bits first; one channel or RGB.
 * @param quality 1 (worst) to 100, on libjpeg's scale; 0 is 1.
 * @returns A new image, multiples of 1/255.
 * @throws {TypeError} If the image has neither one nor three channels.
 * @throws {RangeError} If the quality is not 0 to 100.
 */
export function addJpgCompression(image: FloatImage, quality = 90): FloatImage {
  const { width, height, channels } = image;
  if (channels !== 1 && channels !== 3) {
    throw new TypeError(`JPEG needs 1 or 3 channels, received ${channels}`);
  }
  const [luminance, chrominance] = quantisationTables(quality);
  const bytes = Uint8Array.from(
    image.data,
    (v) => roundHalfEven(Math.fround(Math.min(Math.max(v, 0), 1) * 255)),
  );
  const data = new Float32Array(bytes.length);
  if (channels === 1) {
    const y = plane(width, height);
    for (let row = 0; row < height; row++) {
      y.data.set(bytes.subarray(row * width, (row + 1) * width), row * y.stride);
    }
    extendRight(y);
    roundTrip(y, luminance);
    for (let i = 0; i < data.length; i++) {
      data[i] = y.data[Math.floor(i / width) * y.stride + i % width]! / 255;
    }
  } else {
    const [y, cb, cr] = toPlanes(bytes, width, height);
    roundTrip(y, luminance);
    roundTrip(cb, chrominance);
    roundTrip(cr, chrominance);
    fromPlanes(y, cb, cr, data);
  }
  return { width, height, channels, data };
}

/** Draws the quality, then compresses. */
export function randomAddJpgCompression(
  image: FloatImage,
  qualityRange: Range,
  rng: Rng,
): FloatImage {
  return addJpgCompression(image, rng.uniform(...qualityRange));
}

/** The two quantisation tables of a quality, row by row: brightness and colour. */
export function quantisationTables(quality: number): readonly [Uint8Array, Uint8Array] {
  if (!(quality >= 0 && quality <= 100)) {
    throw new RangeError(`JPEG quality must be 0 to 100, received ${quality}`);
  }
  const q = Math.max(1, Math.floor(quality));
  const percent = q < 50 ? Math.floor(5000 / q) : 200 - 2 * q;
  const scaled = (table: readonly number[]): Uint8Array =>
    Uint8Array.from(
      table,
      (v) => Math.min(Math.max(Math.floor((v * percent + 50) / 100), 1), 255),
    );
  return [scaled(LUMINANCE), scaled(CHROMINANCE)];
}

function plane(width: number, height: number): Plane {
  const stride = Math.ceil(width / 8) * 8;
  const data = new Uint8Array(stride * Math.ceil(height / 8) * 8);
  return { width, height, stride, data };
}

/** 16-bit fixed point, as libjpeg has it. */
const fix = (x: number): number => Math.round(x * 65536);
const HALF = 1 << 15;
const Y_R = fix(0.299), Y_G = fix(0.587), Y_B = fix(0.114);
const CB_R = fix(0.168735892), CB_G = fix(0.331264108), CR_G = fix(0.418687589);
const CR_B = fix(0.081312411), CHROMA_HALF = fix(0.5), CHROMA_ZERO = (128 << 16) + HALF - 1;
const R_CR = fix(1.402), G_CB = fix(0.34414), G_CR = fix(0.71414), B_CB = fix(1.772);

/** RGB to YCbCr, colour averaged over 2x2 pixels. */
function toPlanes(rgb: Uint8Array, width: number, height: number): [Plane, Plane, Plane] {
  const y = plane(width, height);
  const cb = plane(Math.ceil(width / 2), Math.ceil(height / 2));
  const cr = plane(cb.width, cb.height);
  const fullCb = new Uint8Array(width * height), fullCr = new Uint8Array(width * height);
  for (let row = 0, i = 0, p = 0; row < height; row++) {
    for (let x = 0; x < width; x++, i += 3, p++) {
      const r = rgb[i]!, g = rgb[i + 1]!, b = rgb[i + 2]!;
      y.data[row * y.stride + x] = (Y_R * r + Y_G * g + Y_B * b + HALF) >> 16;
      fullCb[p] = (-CB_R * r - CB_G * g + CHROMA_HALF * b + CHROMA_ZERO) >> 16;
      fullCr[p] = (CHROMA_HALF * r - CR_G * g - CR_B * b + CHROMA_ZERO) >> 16;
    }
  }
  extendRight(y);
  halve(fullCb, width, height, cb);
  halve(fullCr, width, height, cr);
  return [y, cb, cr];
}

/** Repeats the last sample of each row to the end. */
function extendRight({ width, height, stride, data }: Plane): void {
  for (let row = 0; row < height; row++) {
    data.fill(data[row * stride + width - 1]!, row * stride + width, (row + 1) * stride);
  }
}

/** Means of 2x2 pixels, rounded down and up by turns along the row; to the right the last pixel goes on. */
function halve(full: Uint8Array, width: number, height: number, out: Plane): void {
  for (let row = 0; row < out.height; row++) {
    const upper = 2 * row * width, lower = Math.min(2 * row + 1, height - 1) * width;
    for (let x = 0; x < out.stride; x++) {
      const left = Math.min(2 * x, width - 1), right = Math.min(2 * x + 1, width - 1);
      const sum = full[upper + left]! + full[upper + right]! +
        full[lower + left]! + full[lower + right]!;
      out.data[row * out.stride + x] = (sum + 1 + (x & 1)) >> 2;
    }
  }
}

/** Repeats the last row to the end, then transforms, quantises and transforms back, block by block. */
function roundTrip({ height, stride, data }: Plane, table: Uint8Array): void {
  for (let at = height * stride; at < data.length; at += stride) {
    data.copyWithin(at, (height - 1) * stride, height * stride);
  }
  const block = new Int32Array(64);
  for (let top = 0; top < data.length; top += 8 * stride) {
    for (let left = 0; left < stride; left += 8) {
      for (let k = 0; k < 64; k++) block[k] = data[top + (k >> 3) * stride + left + (k & 7)]! - 128;
      forwardDct(block);
      for (let k = 0; k < 64; k++) {
        const step = 8 * table[k]!, c = block[k]!; // the transform's result is times 8
        const level = Math.floor((Math.abs(c) + (step >> 1)) / step);
        block[k] = (c < 0 ? -level : level) * table[k]!;
      }
      inverseDct(block);
      for (let k = 0; k < 64; k++) {
        const v = block[k]! + 128;
        data[top + (k >> 3) * stride + left + (k & 7)] = v < 0 ? 0 : v > 255 ? 255 : v;
      }
    }
  }
}

/** Colour back to full size, then RGB. */
function fromPlanes(y: Plane, cb: Plane, cr: Plane, out: Float32Array): void {
  const { width, height } = y;
  const blue = new Uint8Array(2 * cb.width), red = new Uint8Array(2 * cr.width);
  for (let row = 0, o = 0; row < height; row++) {
    doubleRow(cb, row, blue);
    doubleRow(cr, row, red);
    for (let x = 0; x < width; x++, o += 3) {
      const l = y.data[row * y.stride + x]!, b = blue[x]! - 128, r = red[x]! - 128;
      out[o] = clampByte(l + ((R_CR * r + HALF) >> 16)) / 255;
      out[o + 1] = clampByte(l + ((-G_CB * b - G_CR * r + HALF) >> 16)) / 255;
      out[o + 2] = clampByte(l + ((B_CB * b + HALF) >> 16)) / 255;
    }
  }
}

/** Row `row` at full size: three parts of the nearest sample and one of the next, both ways. */
function doubleRow({ width, height, stride, data }: Plane, row: number, out: Uint8Array): void {
  const near = (row >> 1) * stride;
  if (width <= 2) { // libjpeg repeats samples where there are so few
    for (let x = 0; x < 2 * width; x++) out[x] = data[near + (x >> 1)]!;
    return;
  }
  const other = (row >> 1) + (row & 1 ? 1 : -1);
  const far = Math.min(Math.max(other, 0), height - 1) * stride;
  const sum = (x: number): number => 3 * data[near + x]! + data[far + x]!;
  for (let x = 0; x < width; x++) {
    const here = sum(x);
    out[2 * x] = (3 * here + (x > 0 ? sum(x - 1) : here) + 8) >> 4;
    out[2 * x + 1] = (3 * here + (x < width - 1 ? sum(x + 1) : here) + 7) >> 4;
  }
}

function clampByte(v: number): number {
  return v < 0 ? 0 : v > 255 ? 255 : v;
}
