/**
 * RealESRGANDataset: GT images with the blur kernels that RealESRNetModel and RealESRGANModel degrade them with.
 *
 * Facts from `realesrgan/data/realesrgan_dataset.py` (also in BasicSR). Where it leaves room, or errs:
 * - `blur_kernel_size` and `blur_kernel_size2`, which the original reads and ignores, are the largest kernel sizes:
 *   kernels are 7, 9, … up to that many pixels wide and padded with zeros to it; the last filter follows
 *   `blur_kernel_size2`. With 21, as in all shipped options files, this is what the original has fixed.
 * - The 400 pixels that GT is cut or padded to are the option `crop_pad_size`. It may be no less than `gt_size`, which
 *   the model cuts to.
 * - `meta_info` may be left out: then all images of the folder are taken.
 * - A file that cannot be read is an error with its name; the original goes on with another one, up to three times.
 *
 * @module
 */
import { checkHeaders } from "../../core/data/check.ts";
import { toFloat } from "../../core/data/convert.ts";
import type { DataProblem, Dataset, DatasetContext, Sample } from "../../core/data/dataset.ts";
import { reflectPad } from "../../core/data/degradations/filter.ts";
import {
  type Kernel,
  kernelImage,
  padKernel,
  pulseKernel,
} from "../../core/data/degradations/kernels.ts";
import {
  type BlurOptions,
  type KernelKind,
  randomBlurKernel,
  randomSincKernel,
  type Range,
} from "../../core/data/degradations/random_kernels.ts";
import {
  blurShape,
  kernelsProblem,
  parseOptions,
  probSchema,
} from "../../core/data/degradations/schemas.ts";
import { join, listImages, readMetaInfo } from "../../core/data/files.ts";
import type { FloatImage, RawImage } from "../../core/data/image.ts";
import { type ImageBackend, imageDatasetShape } from "../../core/data/prepare.ts";
import { ImageReader } from "../../core/data/reader.ts";
import { augment, crop } from "../../core/data/transforms.ts";
import { z } from "../../core/options/zod.ts";
import type { Rng } from "../../core/random.ts";
import { DATASET_REGISTRY } from "../../core/registry.ts";

/** Options of RealESRGANDataset, spelled as in YAML under `datasets.<phase>`. Defaults are those of Real-ESRGAN. */
export interface RealESRGANDatasetOptions {
  /** Folder of the GT images. */
  dataroot_gt: string;
  /** Text file with one path below `dataroot_gt` a line; without it all image files of the folder are taken. */
  meta_info?: string | null;
  /** Where images come from. */
  io_backend?: ImageBackend;
  /** Megabytes of decoded images that each thread may keep. Default 256, 0 for none. */
  cache_mb?: number;
  /** Side that the model cuts GT to, in pixels; here only compared with `crop_pad_size`. */
  gt_size?: number | null;
  /** Side that images are cut to, or padded to by mirroring, in pixels. Default 400. */
  crop_pad_size?: number;
  /** Flips images left to right at random. Default false. */
  use_hflip?: boolean;
  /** Flips images top to bottom and transposes them at random. Default false. */
  use_rot?: boolean;
  /** Largest side of the first blur's kernels in pixels, odd. Default 21. */
  blur_kernel_size?: number;
  /** Kinds of the first blur's kernels. Default all. */
  kernel_list?: readonly KernelKind[];
  /** How often each kind is taken. */
  kernel_prob?: readonly number[];
  /** Probability that the first blur's kernel is a low-pass filter. Default 0.1. */
  sinc_prob?: number;
  /** Standard deviations of the first blur, in pixels. Default 0.2 to 3. */
  blur_sigma?: Range;
  /** `beta` of the first blur's generalized Gaussians. Default 0.5 to 4. */
  betag_range?: Range;
  /** `beta` of the first blur's plateaus. Default 1 to 2. */
  betap_range?: Range;
  /** As `blur_kernel_size`, of the second blur and the last filter. */
  blur_kernel_size2?: number;
  /** As `kernel_list`, of the second blur. */
  kernel_list2?: readonly KernelKind[];
  /** As `kernel_prob`, of the second blur. */
  kernel_prob2?: readonly number[];
  /** As `sinc_prob`, of the second blur. */
  sinc_prob2?: number;
  /** Standard deviations of the second blur, in pixels. Default 0.2 to 1.5. */
  blur_sigma2?: Range;
  /** As `betag_range`, of the second blur. */
  betag_range2?: Range;
  /** As `betap_range`, of the second blur. */
  betap_range2?: Range;
  /** Probability of a last low-pass filter. Default 0.8. */
  final_sinc_prob?: number;
}

const { color: _color, mean: _mean, std: _std, ...fileShape } = imageDatasetShape;

const options = z.strictObject({
  dataroot_gt: z.string().min(1),
  meta_info: z.string().nullish(),
  gt_size: z.int().min(1).nullish(),
  crop_pad_size: z.int().min(1).default(400),
  use_hflip: z.boolean().default(false),
  use_rot: z.boolean().default(false),
  ...blurShape(),
  ...blurShape("2", [0.2, 1.5]),
  final_sinc_prob: probSchema().default(0.8),
  ...fileShape,
}).superRefine((value, context) => {
  const complain = (key: string, message: string | undefined): void => {
    if (message !== undefined) context.addIssue({ code: "custom", message, path: [key] });
  };
  const { gt_size, crop_pad_size } = value;
  if ((gt_size ?? 0) > crop_pad_size) {
    complain("gt_size", `must be at most crop_pad_size ${crop_pad_size}, received ${gt_size}`);
  }
  complain("kernel_prob", kernelsProblem(value));
  complain("kernel_prob2", kernelsProblem(value, "2"));
});

/** Options with their defaults: what the schema makes of {@linkcode RealESRGANDatasetOptions}. */
type Complete = { [K in keyof RealESRGANDatasetOptions]-?: RealESRGANDatasetOptions[K] };

/**
 * Gives `gt` `[crop_pad_size, crop_pad_size, 3]`, float32 RGB in [0, 1]; `kernel1`, `kernel2` and `sinc_kernel`
 * `[21, 21, 1]` (other sizes with `blur_kernel_size`), float32 with the sum 1; `gt_path`.
 */
@DATASET_REGISTRY.register({ options })
export class RealESRGANDataset implements Dataset {
  readonly #options: Complete;
  readonly #first: BlurOptions;
  readonly #second: BlurOptions;
  readonly #reader: ImageReader;
  #paths: readonly string[] = [];

  /**
   * Takes the options; reads nothing.
   *
   * @throws {TypeError} If an option is not what its schema says.
   */
  constructor(given: RealESRGANDatasetOptions, context: DatasetContext) {
    // Options from a file have been through the schema already; those of a caller have not.
    const own = Object.entries(given).filter(([key]) => Object.hasOwn(options.shape, key));
    this.#options = parseOptions(options, Object.fromEntries(own)) as Complete;
    this.#first = blurOptions(this.#options, "");
    this.#second = blurOptions(this.#options, "2");
    this.#reader = new ImageReader(context.codec, this.#options.cache_mb);
  }

  /** {@inheritDoc Dataset.length} */
  get length(): number {
    return this.#paths.length;
  }

  /**
   * {@inheritDoc Dataset.open}
   *
   * @throws {UserError} With exit code DATA if the folder or the list is missing or empty.
   */
  async open(): Promise<void> {
    this.#paths = await this.#list();
  }

  /** {@inheritDoc Dataset.source} */
  source(index: number): string {
    return this.#paths[index]!;
  }

  /** {@inheritDoc Dataset.read} */
  async read(index: number, rng: Rng): Promise<Sample> {
    const { use_hflip, use_rot, crop_pad_size, final_sinc_prob, blur_kernel_size2 } = this.#options;
    const gt_path = this.#paths[index]!;
    const [image] = augment([await this.#reader.read(gt_path)], rng, use_hflip, use_rot);
    const gt = cropOrPad(image!, crop_pad_size, rng);
    const kernel1 = randomBlurKernel(this.#first, rng);
    const kernel2 = randomBlurKernel(this.#second, rng);
    const sinc = rng.chance(final_sinc_prob)
      ? randomSincKernel(blur_kernel_size2, rng)
      : pulseKernel(blur_kernel_size2);
    const padded = (kernel: Kernel, size: number): FloatImage =>
      kernelImage(padKernel(kernel, size));
    return {
      gt,
      kernel1: padded(kernel1, this.#first.blur_kernel_size),
      kernel2: padded(kernel2, blur_kernel_size2),
      sinc_kernel: padded(sinc, blur_kernel_size2),
      gt_path,
    };
  }

  /** {@inheritDoc Dataset.check} */
  async check(): Promise<readonly DataProblem[]> {
    const paths = await this.#list();
    return checkHeaders(paths.map((path) => [path]), () => undefined);
  }

  async #list(): Promise<string[]> {
    const { dataroot_gt, meta_info } = this.#options;
    const names = meta_info
      ? await readMetaInfo(meta_info, "meta_info")
      : await listImages(dataroot_gt, "dataroot_gt");
    return names.map((name) => join(dataroot_gt, name));
  }
}

/** Cuts a random square out; sides that are too short are mirrored to the right and to the bottom first. */
function cropOrPad(image: RawImage, size: number, rng: Rng): FloatImage {
  const height = Math.min(size, image.height), width = Math.min(size, image.width);
  const top = rng.int(image.height - height + 1), left = rng.int(image.width - width + 1);
  const patch = toFloat(crop(image, top, left, height, width));
  return reflectPad(patch, [0, 0, size - height, size - width]);
}

function blurOptions(options: Complete, suffix: "" | "2"): BlurOptions {
  return {
    blur_kernel_size: options[`blur_kernel_size${suffix}`],
    kernel_list: options[`kernel_list${suffix}`],
    kernel_prob: options[`kernel_prob${suffix}`],
    blur_sigma: options[`blur_sigma${suffix}`],
    betag_range: options[`betag_range${suffix}`],
    betap_range: options[`betap_range${suffix}`],
    sinc_prob: options[`sinc_prob${suffix}`],
  };
}
