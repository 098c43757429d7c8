/**
 * Programs that run ncnn models on pictures, and what they are built with.
 *
 * @module
 */

import type { ExportGraph } from "../graph.ts";

/**
 * Layers that realesrgan-ncnn-vulkan, realesrgan-ncnn-py 2.0 and Upscayl all have: what their lists leave on, and what these lists
 * do not name. (src/CMakeLists.txt of xinntao/Real-ESRGAN-ncnn-vulkan 37026f4, of Tohrusky/realesrgan-ncnn-py and of
 * upscayl/upscayl-ncnn, with Tencent/ncnn 6125c9f of April 2022.)
 */
const COMMON: ReadonlySet<string> = new Set(
  ("Input Split Concat Convolution Crop Eltwise Flatten InnerProduct PReLU ReLU BinaryOp Padding Interp Packing Cast " +
    "PixelShuffle GELU MatMul MultiHeadAttention GRU Convolution1D Convolution3D ConvolutionDepthWise1D " +
    "ConvolutionDepthWise3D Deconvolution1D Deconvolution3D Pooling1D Pooling3D").split(" "),
);

/** Pixels that these programs mirror around a picture, and around its tiles. */
export const AROUND = 10;

/** Layers of these that Real-ESRGAN's programs and Upscayl lack. */
export function missingLayers(types: readonly string[]): string[] {
  return types.filter((type) => !COMMON.has(type));
}

/** Whether these programs run a network of these layers. */
export function canRun(
  { inputChannels, outputChannels }: Pick<ExportGraph, "inputChannels" | "outputChannels">,
  types: readonly string[],
): boolean {
  return inputChannels === 3 && outputChannels === 3 && missingLayers(types).length === 0;
}

/** Scales that Upscayl finds in names, in the order in which it looks. (src/main.cpp of upscayl/upscayl-ncnn.) */
const SCALES = [1, 2, 3, 4, 8, 16];

/** The scale that Upscayl takes a model of this name for. */
export function scaleInName(name: string): number {
  return SCALES.find((scale) => name.includes(`x${scale}`) || name.includes(`${scale}x`)) ?? 4;
}

/** The name with the scale in it, as Upscayl reads it: `realesr-animevideov3-x4`. */
export function nameWithScale(name: string, scale: number, arch: string): string {
  const isNamed = [`x${scale}`, `${scale}x`].some((part) => name.includes(part));
  const candidates = [...(isNamed ? [name] : []), `${name}-x${scale}`, `${arch}-x${scale}`];
  return candidates.find((one) => scaleInName(one) === scale) ?? candidates[0]!;
}
