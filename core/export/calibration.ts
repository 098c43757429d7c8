/**
 * Pictures by which int8 finds the ranges of what a network computes.
 *
 * @module
 */
import type { ImageCodec } from "../data/image.ts";
import { openPicture } from "../data/picture.ts";
import { ExitCode, UserError } from "../errors.ts";
import { listInputs } from "../restore/batch/inputs.ts";
import { coloursOf, planes, toGray, withoutAlpha } from "../restore/colours.ts";
import type { ImageTensor } from "../runtimes/types.ts";

/** So many pictures are taken, spread over all; more change the ranges little, and take their time. */
const MOST = 100;
/** Of larger pictures the middle of this side is taken. */
const SIDE = 256;

/**
 * Reads pictures as the network takes them.
 *
 * @param words Files, folders, patterns.
 * @param channels 1 for gray, 3 for RGB.
 * @throws {UserError} DATA, if there are none, or one cannot be read.
 */
export async function readCalibration(
  words: readonly string[],
  channels: number,
  codec: ImageCodec,
  signal?: AbortSignal,
): Promise<ImageTensor[]> {
  const { inputs } = await listInputs(words);
  const pictures = inputs.filter(({ kind }) => kind === "picture");
  if (pictures.length === 0) {
    throw new UserError(`${words.join(", ")}: no pictures to calibrate with`, ExitCode.DATA);
  }
  const count = Math.min(MOST, pictures.length);
  const images: ImageTensor[] = [];
  for (let i = 0; i < count; i++) {
    const { path, problem } = pictures[Math.floor(i * pictures.length / count)]!;
    if (problem !== undefined) throw new UserError(`${path} ${problem}`, ExitCode.DATA);
    images.push(await middle(path, channels, codec, signal));
  }
  return images;
}

async function middle(
  path: string,
  channels: number,
  codec: ImageCodec,
  signal?: AbortSignal,
): Promise<ImageTensor> {
  await using picture = await openPicture(path, codec, { signal });
  const { width, height } = picture;
  const [w, h] = [Math.min(width, SIDE), Math.min(height, SIDE)];
  const [left, top] = [(width - w) >> 1, (height - h) >> 1];
  const data = new Float32Array(h * w * channels);
  let row = 0;
  for await (const band of picture.rows()) {
    const plain = withoutAlpha(channels === 1 ? toGray(band) : band);
    const colours = coloursOf(plain.channels);
    const pixels = planes(plain.data, plain.channels, { first: 0, count: colours }, {
      channels,
      colours: channels,
    });
    for (let y = 0; y < band.height; y++, row++) {
      if (row < top || row >= top + h) continue;
      const from = (y * width + left) * channels;
      data.set(pixels.subarray(from, from + w * channels), (row - top) * w * channels);
    }
  }
  return { shape: [1, h, w, channels], data };
}
