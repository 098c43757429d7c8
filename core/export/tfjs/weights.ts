/**
 * Weights of graph models: how they are quantized, described, and cut into files.
 *
 * The format, and the arithmetic of quantization (zero stays zero), are those of tfjs-converter (`write_weights.py`,
 * `quantization.py` of tensorflow/tfjs, Apache-2.0), written anew.
 *
 * @module
 */
import { fitsFloat16 } from "../float16.ts";
import type { WeightQuantization } from "../target.ts";
import type { Weight } from "./builder.ts";

/** How a weight is read back: `stored · scale + min`, or the float16 as it is. */
export interface QuantizationJson {
  /** Type in the file. */
  readonly dtype: WeightQuantization;
  /** Of whole numbers alone. */
  readonly scale?: number;
  /** Of whole numbers alone. */
  readonly min?: number;
  /** Type in the model. */
  readonly original_dtype: "float32";
}

/** A weight in a manifest. */
export interface WeightJson {
  /** Name of the node. */
  readonly name: string;
  /** Sizes. */
  readonly shape: readonly number[];
  /** Type in the model. */
  readonly dtype: Weight["dtype"];
  /** Absent if it is kept as it is. */
  readonly quantization?: QuantizationJson;
}

/** Files and the weights in them, one after the other. */
export interface ManifestGroupJson {
  /** Names of files, relative to `model.json`. */
  readonly paths: readonly string[];
  /** In the order in which their bytes follow each other. */
  readonly weights: readonly WeightJson[];
}

/** A file of weights. */
export interface Shard {
  /** Its name. */
  readonly path: string;
  /** What it holds. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Weights of fewer numbers are kept as they are: biases and factors, where rounding costs most and saves least. */
export const QUANTIZED_FROM = 256;

/** The manifest of `weights`, and their bytes in files of `shardBytes` at most. */
export function packWeights(
  weights: readonly Weight[],
  quantize: WeightQuantization | undefined,
  shardBytes: number,
): { readonly manifest: readonly ManifestGroupJson[]; readonly shards: readonly Shard[] } {
  const stored = weights.map((weight) => store(weight, quantize));
  const total = stored.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const all = new Uint8Array(total);
  let offset = 0;
  for (const { bytes } of stored) {
    all.set(bytes, offset);
    offset += bytes.length;
  }
  const count = Math.max(1, Math.ceil(total / shardBytes));
  const shards = Array.from({ length: count }, (_, i) => ({
    path: `group1-shard${i + 1}of${count}.bin`,
    bytes: all.slice(i * shardBytes, (i + 1) * shardBytes),
  }));
  const paths = shards.map(({ path }) => path);
  return { manifest: [{ paths, weights: stored.map(({ json }) => json) }], shards };
}

function store(
  { name, dtype, shape, values }: Weight,
  quantize: WeightQuantization | undefined,
): { readonly json: WeightJson; readonly bytes: Uint8Array } {
  const json: WeightJson = { name, shape, dtype };
  const quantized = quantize !== undefined && values instanceof Float32Array &&
      values.length >= QUANTIZED_FROM
    ? quantizeWeight(values, quantize)
    : undefined;
  if (quantized === undefined) return { json, bytes: bytesOf(values) };
  const { stored, scale, min } = quantized;
  const quantization: QuantizationJson = {
    dtype: quantize!,
    ...scale === undefined ? {} : { scale, min },
    original_dtype: "float32",
  };
  return { json: { ...json, quantization }, bytes: bytesOf(stored) };
}

interface Quantized {
  readonly stored: Uint8Array | Uint16Array | Float16Array;
  readonly scale?: number;
  readonly min?: number;
}

/** Undefined if the type cannot hold the numbers. */
function quantizeWeight(values: Float32Array, dtype: WeightQuantization): Quantized | undefined {
  let low = Infinity, high = -Infinity;
  for (const value of values) {
    if (!Number.isFinite(value)) return undefined;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (dtype === "float16") {
    return fitsFloat16(values) ? { stored: Float16Array.from(values) } : undefined;
  }
  const most = dtype === "uint8" ? 255 : 65535;
  const stored = new (dtype === "uint8" ? Uint8Array : Uint16Array)(values.length);
  if (low === high) return { stored, scale: 1, min: low };
  const scale = (high - low) / most;
  const min = low <= 0 && high >= 0 ? 0 - Math.round(-low / scale) * scale : low;
  for (const [i, value] of values.entries()) {
    stored[i] = Math.max(0, Math.min(most, Math.round((value - min) / scale)));
  }
  return { stored, scale, min };
}

/** Numbers are little-endian in files, as on all machines that Deno runs on. */
function bytesOf(values: ArrayBufferView): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
