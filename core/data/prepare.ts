/**
 * The options that image datasets share, and what they do to an image.
 *
 * @module
 */
import type { OptionsShape } from "../options/schema_types.ts";
import { ExitCode, UserError } from "../errors.ts";
import { ioBackend } from "../options/sections/dataset.ts";
import { z } from "../options/zod.ts";
import { rgb2ycbcr } from "./color.ts";
import { toFloat } from "./convert.ts";
import type { FloatImage, RawImage } from "./image.ts";
import { DEFAULT_CACHE_MB } from "./reader.ts";

/** `io_backend`, spelled as in YAML. Code that reads images goes by their paths; see `core/data/image_bytes.ts`. */
export interface ImageBackend {
  /** `lmdb` goes with dataroots that end in `.lmdb`, `disk` with all others. */
  type: "disk" | "lmdb";
  /** BasicSR's arguments of the LMDB client: accepted, without effect. */
  db_paths?: string | readonly string[];
  /** As `db_paths`. */
  client_keys?: string | readonly string[];
  /** As `db_paths`. */
  readonly?: boolean;
  /** As `db_paths`. */
  lock?: boolean;
  /** As `db_paths`. */
  readahead?: boolean;
}

/** Options of every dataset that reads image files, spelled as in YAML. */
export interface ImageDatasetOptions {
  /** Where images come from: folders of files, or LMDB data bases in folders that end in `.lmdb`. Default disk. */
  io_backend?: ImageBackend;
  /** Megabytes of decoded images that each thread may keep (no BasicSR key). Default 256, 0 for none. */
  cache_mb?: number;
  /** `y` gives the Y channel (BT.601, one channel) instead of RGB. */
  color?: "y" | null;
  /** Subtracted from each channel (RGB order, [0, 1] units). Goes with `std`. */
  mean?: readonly number[] | null;
  /** Each channel is divided by this after `mean`. */
  std?: readonly number[] | null;
}

/** Schema of {@linkcode ImageDatasetOptions}, to spread into a dataset's own. */
export const imageDatasetShape: OptionsShape = {
  io_backend: ioBackend.default({ type: "disk" }),
  cache_mb: z.number().min(0).default(DEFAULT_CACHE_MB),
  color: z.literal("y").nullish(),
  mean: z.array(z.number()).nullish(),
  std: z.array(z.number()).nullish(),
};

/** Turns a decoded image into what a sample holds. */
export type Prepare = (image: RawImage) => FloatImage;

/**
 * The conversion that the options ask for: float32 in [0, 1], then Y, then mean and std.
 *
 * BasicSR's SingleImageDataset takes the Y channel with red and blue exchanged; here it is the same as for pairs.
 *
 * @throws {UserError} With exit code USAGE if only one of mean and std is given, or their lengths do not fit.
 */
export function preparation({ color, mean, std }: ImageDatasetOptions): Prepare {
  const toImage = (raw: RawImage): FloatImage => {
    const image = toFloat(raw);
    return color === "y" ? rgb2ycbcr(image, true) : image;
  };
  if (!mean && !std) return toImage;
  const channels = color === "y" ? 1 : 3;
  if (mean?.length !== channels || std?.length !== channels || std.includes(0)) {
    throw new UserError(
      `mean and std go together and need ${channels} number${channels === 1 ? "" : "s"} each ` +
        `(std not 0), received mean ${JSON.stringify(mean ?? null)}, std ${
          JSON.stringify(std ?? null)
        }`,
      ExitCode.USAGE,
    );
  }
  return (raw) => normalize(toImage(raw), mean, std);
}

/** `(x - mean) / std` by channel, as a new image. */
export function normalize(
  image: FloatImage,
  mean: readonly number[],
  std: readonly number[],
): FloatImage {
  const { channels } = image;
  const data = image.data.map((v, i) =>
    Math.fround(v - Math.fround(mean[i % channels]!)) / Math.fround(std[i % channels]!)
  );
  return { ...image, data };
}
