/**
 * How transformers for super-resolution come from features to an image: the four `upsampler`s of SwinIR.
 *
 * Origin: BasicSR `basicsr/archs/swinir_arch.py`, 8d56e3a (Apache-2.0): keys and arithmetic.
 *
 * @module
 */
import { LeakyReLU, leakyRelu } from "./activation.ts";
import { Upsample } from "./blocks.ts";
import { Sequential } from "./container.ts";
import { Conv2d } from "./conv.ts";
import type { Image, Module } from "./module.ts";
import { interpolateBy } from "./resample.ts";

/** Channels of the features between body and output. */
const NUM_FEAT = 64;

/** The modules after the body; those that an `upsampler` does not have are undefined. Fields are named as the keys. */
export interface UpsamplingHead {
  /** To 64 channels. */
  readonly conv_before_upsample?: Sequential;
  /** Convolutions that are shuffled. */
  readonly upsample?: Sequential;
  /** After the first doubling of `nearest+conv`. */
  readonly conv_up1?: Conv2d;
  /** After the second one. */
  readonly conv_up2?: Conv2d;
  /** At full size. */
  readonly conv_hr?: Conv2d;
  /** To the channels of the image. */
  readonly conv_last?: Conv2d;
}

/**
 * Makes the modules for features of `dim` channels and images of `channels`.
 *
 * @param upsampler `""`, `pixelshuffledirect`, `nearest+conv` (2 or 4), or one that ends in shuffled convolutions.
 */
export function upsamplingHead(
  upsampler: string | null,
  dim: number,
  channels: number,
  upscale: number,
): UpsamplingHead {
  if (!upsampler) return { conv_last: new Conv2d(dim, channels, 3) };
  if (upsampler === "pixelshuffledirect") {
    const conv = new Conv2d(dim, upscale ** 2 * channels, 3, { shuffle: upscale });
    return { upsample: new Sequential(conv) };
  }
  const same = () => new Conv2d(NUM_FEAT, NUM_FEAT, 3);
  // In this order, in which they draw their initial values.
  const conv_before_upsample = new Sequential(new Conv2d(dim, NUM_FEAT, 3), new LeakyReLU());
  const enlarging = upsampler === "nearest+conv"
    ? {
      conv_up1: same(),
      ...(upscale === 4 ? { conv_up2: same() } : {}),
      conv_hr: same(),
    }
    : { upsample: new Upsample(upscale, NUM_FEAT) };
  return { conv_before_upsample, ...enlarging, conv_last: new Conv2d(NUM_FEAT, channels, 3) };
}

/** How many pixels of the features around each the convolutions look at, at most: one each. */
export function headRadius(head: UpsamplingHead): number {
  return Object.values(head).flatMap((part?: Module<Image>) => [...part?.namedModules() ?? []])
    .filter(([, module]) => module instanceof Conv2d).length;
}

/** Features `[n, h, w, dim]` to an image of the new size; of a head that enlarges. */
export function enlarge(head: UpsamplingHead, x: Image): Image {
  const { conv_before_upsample, upsample, conv_up1, conv_up2, conv_hr, conv_last } = head;
  if (!conv_before_upsample) return upsample!.forward(x);
  let y: Image = conv_before_upsample.forward(x);
  if (upsample) return conv_last!.forward(upsample.forward(y));
  for (const conv of [conv_up1, conv_up2]) {
    if (conv) y = leakyRelu(conv.forward(interpolateBy(y, 2)), 0.2);
  }
  return conv_last!.forward(leakyRelu(conv_hr!.forward(y), 0.2));
}
