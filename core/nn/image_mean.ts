/**
 * The mean that EDSR, RCAN and others take off their input and add to their output.
 *
 * In BasicSR it always has three values, so that networks for gray images fail. Here it has one for each channel of the
 * side where it acts, and a single channel takes the average of the values given.
 *
 * @module
 */
import { values } from "./init.ts";
import { Buffer } from "./module.ts";

/** Mean of the DIV2K training images, RGB in [0, 1]; BasicSR's default. */
export const DIV2K_RGB_MEAN: readonly number[] = [0.4488, 0.4371, 0.4040];

/**
 * The mean as a buffer of shape (channels), which state dicts do not have.
 *
 * @throws {RangeError} If `mean` does not fit the number of channels; the message starts with the key `rgb_mean`.
 */
export function meanBuffer(mean: readonly number[], channels: number): Buffer {
  let fitting = mean;
  if (channels === 1) fitting = [mean.reduce((sum, value) => sum + value, 0) / mean.length];
  if (fitting.length !== channels || mean.length === 0) {
    throw new RangeError(
      `rgb_mean has ${mean.length} values, but the images have ${channels} channels: give as many`,
    );
  }
  return new Buffer([channels], values(fitting), { persistent: false });
}
