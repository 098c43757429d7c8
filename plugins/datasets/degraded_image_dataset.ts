/**
 * DegradedImageDataset: GT images alone; LQ is made from them when a sample is read.
 *
 * Without `degradations` LQ is what a folder prepared with MATLAB's `imresize` (bicubic, antialiased) by `1 / scale`
 * would hold, rounded to 8 bits, pixel for pixel. With them LQ is made by that list of steps
 * (`core/data/degradations/pipeline.ts`), with random choices of its own for every sample and epoch. BasicSR has no such
 * dataset: it wants a second folder, or, for Real-ESRGAN, degrades in the model.
 *
 * @module
 */
import { checkHeaders } from "../../core/data/check.ts";
import { toFloat, toRaw8 } from "../../core/data/convert.ts";
import type { DataProblem, Dataset, DatasetContext, Sample } from "../../core/data/dataset.ts";
import {
  type DegradationOptions,
  degradationsSchema,
  type DegradationStep,
  degrade,
  parseDegradations,
} from "../../core/data/degradations/pipeline.ts";
import { join, listImages, readMetaInfo } from "../../core/data/files.ts";
import type { RawImage } from "../../core/data/image.ts";
import {
  type ImageDatasetOptions,
  imageDatasetShape,
  preparation,
  type Prepare,
} from "../../core/data/prepare.ts";
import { ImageReader } from "../../core/data/reader.ts";
import { imresize } from "../../core/data/resize.ts";
import {
  applyAugmentation,
  type Augmentation,
  crop,
  drawAugmentation,
  modCrop,
} from "../../core/data/transforms.ts";
import { ExitCode, UserError } from "../../core/errors.ts";
import { z } from "../../core/options/zod.ts";
import type { Rng } from "../../core/random.ts";
import { DATASET_REGISTRY } from "../../core/registry.ts";

/** Options of DegradedImageDataset, spelled as in YAML under `datasets.<phase>`. */
export interface DegradedImageDatasetOptions extends ImageDatasetOptions {
  /** Folder of the GT images. */
  dataroot_gt: string;
  /** Text file with one GT name a line; without it all image files of the folder are taken. */
  meta_info_file?: string | null;
  /** Side of the GT patches in pixels; phase train only, and needed there. */
  gt_size?: number | null;
  /** Flips patches left to right at random (train). Default false. */
  use_hflip?: boolean;
  /** Flips patches top to bottom and transposes them at random (train). Default false. */
  use_rot?: boolean;
  /** How LQ is made, step by step. Default: MATLAB's bicubic. */
  degradations?: readonly DegradationOptions[] | null;
}

const options = z.strictObject({
  dataroot_gt: z.string().min(1),
  meta_info_file: z.string().nullish(),
  gt_size: z.int().min(1).nullish(),
  use_hflip: z.boolean().default(false),
  use_rot: z.boolean().default(false),
  degradations: degradationsSchema.nullish(),
  ...imageDatasetShape,
});

/** LQ pixels around a patch that bicubic resizing looks at. */
const BICUBIC_MARGIN = 3;
/** LQ pixels around a patch that are degraded with it: the reach of two blurs and a resize, roughly. */
const DEGRADED_MARGIN = 8;
/** The margin is up to so many pixels wider, so that JPEG's blocks of 8 begin anywhere. */
const MARGIN_PLAY = 8;

/** A rectangle in LQ pixels. */
interface Rectangle {
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
}

/**
 * Gives `lq` `[h, w, 3]` and `gt` `[h * scale, w * scale, 3]` (1 channel for `color: y`), float32 RGB in [0, 1] before
 * mean and std, with `gt_path`, and `lq_path`, which is the same.
 *
 * Phase train: random patches of `gt_size / scale` and `gt_size` pixels a side, flipped and turned alike; what lies
 * around a patch is degraded with it, so that patches have no borders of their own. Other phases: whole images, GT cut
 * at the right and at the bottom to multiples of `scale`.
 */
@DATASET_REGISTRY.register({ options })
export class DegradedImageDataset implements Dataset {
  readonly #options: DegradedImageDatasetOptions;
  readonly #training: boolean;
  readonly #scale: number;
  readonly #reader: ImageReader;
  readonly #prepare: Prepare;
  readonly #steps: readonly DegradationStep[] | undefined;
  #paths: readonly string[] = [];

  /**
   * Takes the options; reads nothing.
   *
   * @throws {UserError} With exit code USAGE if `gt_size` is missing for training, or no multiple of the scale.
   * @throws {TypeError} If `degradations` is no list of steps.
   */
  constructor(options: DegradedImageDatasetOptions, context: DatasetContext) {
    const { gt_size, cache_mb, degradations } = options;
    this.#options = options;
    this.#training = context.phase === "train";
    this.#scale = context.scale;
    this.#reader = new ImageReader(context.codec, cache_mb);
    this.#prepare = preparation(options);
    this.#steps = degradations ? parseDegradations(degradations) : undefined;
    if (this.#training && !(gt_size && gt_size % context.scale === 0)) {
      throw new UserError(
        `gt_size must be a multiple of scale ${context.scale} when training, ` +
          `received ${gt_size ?? "nothing"}`,
        ExitCode.USAGE,
      );
    }
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
    const gt_path = this.#paths[index]!;
    const image = await this.#reader.read(gt_path);
    const problem = this.#sizeProblem(image);
    if (problem !== undefined) throw new UserError(`${gt_path} ${problem}`, ExitCode.DATA);
    const { gt, lq } = this.#training
      ? this.#patches(image, rng)
      : this.#whole(modCrop(image, this.#scale), rng);
    return { lq: this.#prepare(lq), gt: this.#prepare(gt), lq_path: gt_path, gt_path };
  }

  /** {@inheritDoc Dataset.check} */
  async check(): Promise<readonly DataProblem[]> {
    const paths = await this.#list();
    return checkHeaders(paths.map((path) => [path]), ([header]) => this.#sizeProblem(header!));
  }

  #whole(gt: RawImage, rng: Rng): { gt: RawImage; lq: RawImage } {
    const lq = this.#steps === undefined
      ? toRaw8(imresize(toFloat(gt), 1 / this.#scale))
      : degrade(toFloat(gt), this.#steps, this.#scale, rng);
    return { gt, lq };
  }

  #patches(image: RawImage, rng: Rng): { gt: RawImage; lq: RawImage } {
    const { gt_size, use_hflip = false, use_rot = false } = this.#options;
    const scale = this.#scale, size = gt_size! / scale;
    const width = Math.floor(image.width / scale), height = Math.floor(image.height / scale);
    const top = rng.int(height - size + 1), left = rng.int(width - size + 1);
    const random = this.#steps !== undefined;
    const margin = random ? DEGRADED_MARGIN : BICUBIC_MARGIN;
    const play = (): number => random ? rng.int(MARGIN_PLAY) : 0;
    const around: Rectangle = {
      top: Math.min(top, margin + play()),
      left: Math.min(left, margin + play()),
      bottom: Math.min(height - size - top, margin),
      right: Math.min(width - size - left, margin),
    };
    const wide = crop(
      image,
      (top - around.top) * scale,
      (left - around.left) * scale,
      (around.top + size + around.bottom) * scale,
      (around.left + size + around.right) * scale,
    );
    const moves = drawAugmentation(rng, use_hflip, use_rot);
    const cut = (picture: RawImage, at: Rectangle, factor: number): RawImage =>
      crop(picture, at.top * factor, at.left * factor, size * factor, size * factor);
    if (random) {
      // Moved first: JPEG's blocks and subsampled colour are never turned in real pictures.
      const { gt, lq } = this.#whole(applyAugmentation(wide, moves), rng);
      const inner = moved(around, moves);
      return { gt: cut(gt, inner, scale), lq: cut(lq, inner, 1) };
    }
    // Moved last, as patches of a prepared folder are: not even rounding differs.
    const { gt, lq } = this.#whole(wide, rng);
    return {
      gt: applyAugmentation(cut(gt, around, scale), moves),
      lq: applyAugmentation(cut(lq, around, 1), moves),
    };
  }

  #sizeProblem({ width, height }: { width: number; height: number }): string | undefined {
    const scale = this.#scale;
    const least = this.#training ? this.#options.gt_size! : scale;
    const usable = (side: number): number => side - side % scale;
    return usable(width) >= least && usable(height) >= least
      ? undefined
      : `is ${width}x${height}, smaller than ${this.#training ? "gt_size" : "scale"} ${least}`;
  }

  async #list(): Promise<string[]> {
    const { dataroot_gt, meta_info_file } = this.#options;
    const names = meta_info_file
      ? await readMetaInfo(meta_info_file)
      : await listImages(dataroot_gt, "dataroot_gt");
    return names.map((name) => join(dataroot_gt, name));
  }
}

/** Where the margins of an image are after the moves. */
function moved(margins: Rectangle, { hflip, vflip, rot90 }: Augmentation): Rectangle {
  let { top, left, bottom, right } = margins;
  if (hflip) [left, right] = [right, left];
  if (vflip) [top, bottom] = [bottom, top];
  if (rot90) [top, left, bottom, right] = [left, top, right, bottom];
  return { top, left, bottom, right };
}
