/**
 * PairedImageDataset: LQ images and the GT images that they were made from.
 *
 * Facts from `basicsr/data/paired_image_dataset.py`. Differs from it: pairs are read in the order of their names, files
 * without a partner are refused by name, 16-bit files keep their depth, `gt_size` must be a multiple of the scale, and
 * use_hflip and use_rot may be left out (then off).
 *
 * @module
 */
import { checkHeaders } from "../../core/data/check.ts";
import type { DataProblem, Dataset, DatasetContext, Sample } from "../../core/data/dataset.ts";
import {
  describeProblems,
  type FilePair,
  listPairs,
  type PairListing,
} from "../../core/data/files.ts";
import type { ImageHeader, RawImage } from "../../core/data/image.ts";
import {
  type ImageDatasetOptions,
  imageDatasetShape,
  preparation,
  type Prepare,
} from "../../core/data/prepare.ts";
import { ImageReader } from "../../core/data/reader.ts";
import { augment, crop, pairedRandomCrop } from "../../core/data/transforms.ts";
import { ExitCode, UserError } from "../../core/errors.ts";
import { z } from "../../core/options/zod.ts";
import type { Rng } from "../../core/random.ts";
import { DATASET_REGISTRY } from "../../core/registry.ts";

/** Options of PairedImageDataset, spelled as in YAML under `datasets.<phase>`. */
export interface PairedImageDatasetOptions extends ImageDatasetOptions {
  /** Folder of the GT images. */
  dataroot_gt: string;
  /** Folder of the LQ images. */
  dataroot_lq: string;
  /** Text file with one GT name a line; without it all files of the folders are paired. */
  meta_info_file?: string | null;
  /** LQ name for a GT name, without extension: `{}x4` pairs `baby.png` with `babyx4.png`. Default `{}`. */
  filename_tmpl?: string;
  /** Side of the GT patches in pixels; phase train only, and needed there. */
  gt_size?: number;
  /** Flips patches left to right at random (train). Default false. */
  use_hflip?: boolean;
  /** Flips patches top to bottom and transposes them at random (train). Default false. */
  use_rot?: boolean;
}

const options = z.strictObject({
  dataroot_gt: z.string().min(1),
  dataroot_lq: z.string().min(1),
  meta_info_file: z.string().nullish(),
  filename_tmpl: z.string().regex(/^[^{}]*\{\}[^{}]*$/, {
    error: 'must contain {} once, for the GT name without its extension, as in "{}x4"',
  }).default("{}"),
  gt_size: z.int().min(1).nullish(),
  use_hflip: z.boolean().default(false),
  use_rot: z.boolean().default(false),
  ...imageDatasetShape,
});

/**
 * Gives `lq` `[h, w, 3]` and `gt` `[h * scale, w * scale, 3]` (1 channel for `color: y`), float32 RGB in [0, 1] before
 * mean and std, with `lq_path` and `gt_path`.
 *
 * Phase train: the same random place of both, `gt_size / scale` and `gt_size` pixels a side, flipped and turned
 * alike. Other phases: whole images, GT cut at the right and at the bottom to `scale` times LQ.
 */
@DATASET_REGISTRY.register({ options })
export class PairedImageDataset implements Dataset {
  readonly #options: PairedImageDatasetOptions;
  readonly #training: boolean;
  readonly #scale: number;
  readonly #reader: ImageReader;
  readonly #prepare: Prepare;
  #pairs: readonly FilePair[] = [];

  /**
   * Takes the options; reads nothing.
   *
   * @throws {UserError} With exit code USAGE if `gt_size` is missing for training, or no multiple of the scale.
   */
  constructor(options: PairedImageDatasetOptions, context: DatasetContext) {
    const { gt_size, cache_mb } = options;
    this.#options = options;
    this.#training = context.phase === "train";
    this.#scale = context.scale;
    this.#reader = new ImageReader(context.codec, cache_mb);
    this.#prepare = preparation(options);
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
    return this.#pairs.length;
  }

  /**
   * {@inheritDoc Dataset.open}
   *
   * @throws {UserError} With exit code DATA if a folder is missing or empty, or a file has no partner.
   */
  async open(): Promise<void> {
    const { pairs, orphans } = await this.list();
    if (orphans.length > 0) {
      const n = orphans.length;
      throw new UserError(
        `${n} image${n === 1 ? " has" : "s have"} no partner, add the other half, remove ` +
          `${n === 1 ? "it" : "them"}, or set filename_tmpl:` + describeProblems(orphans),
        ExitCode.DATA,
      );
    }
    this.#pairs = pairs;
  }

  /** {@inheritDoc Dataset.source} */
  source(index: number): string {
    return this.#pairs[index]!.gt;
  }

  /** {@inheritDoc Dataset.read} */
  async read(index: number, rng: Rng): Promise<Sample> {
    const { lq: lq_path, gt: gt_path } = this.#pairs[index]!;
    let gt = await this.#reader.read(gt_path);
    let lq = await this.#reader.read(lq_path);
    if (this.#training) {
      const { gt_size, use_hflip = false, use_rot = false } = this.#options;
      const patches = pairedRandomCrop([gt], [lq], gt_size!, this.#scale, rng, gt_path);
      [gt, lq] = augment([...patches.gts, ...patches.lqs], rng, use_hflip, use_rot) as [
        RawImage,
        RawImage,
      ];
    } else {
      const problem = sizeProblem(gt, lq, this.#scale, false);
      if (problem?.fatal) throw new UserError(`${gt_path} ${problem.what}`, ExitCode.DATA);
      gt = crop(gt, 0, 0, lq.height * this.#scale, lq.width * this.#scale);
    }
    return { lq: this.#prepare(lq), gt: this.#prepare(gt), lq_path, gt_path };
  }

  /** Finds the pairs; for datasets that name them in another way. */
  protected list(): Promise<PairListing> {
    return listPairs(this.#options);
  }

  /** {@inheritDoc Dataset.check} */
  async check(): Promise<readonly DataProblem[]> {
    const { pairs, orphans } = await this.list();
    const scale = this.#scale;
    const wrong = await checkHeaders(pairs.map(({ lq, gt }) => [gt, lq]), ([gt, lq]) => {
      const what = sizeProblem(gt!, lq!, scale, this.#training)?.what;
      if (what !== undefined) return what;
      const size = this.#training ? this.#options.gt_size! : 0;
      return gt!.width < size || gt!.height < size
        ? `is ${gt!.width}x${gt!.height}, smaller than gt_size ${size}`
        : undefined;
    });
    return [...orphans, ...wrong];
  }
}

type Sides = Pick<ImageHeader, "width" | "height">;

/**
 * What is wrong with the sizes of a pair. Outside training GT may be up to `scale - 1` pixels larger (the remainder that
 * making LQ lost); beyond that it is still cut, as BasicSR does, but {@linkcode PairedImageDataset.check} tells.
 */
function sizeProblem(
  gt: Sides,
  lq: Sides,
  scale: number,
  exact: boolean,
): { readonly what: string; readonly fatal: boolean } | undefined {
  const overX = gt.width - lq.width * scale, overY = gt.height - lq.height * scale;
  const most = exact ? 0 : scale - 1;
  if (overX >= 0 && overY >= 0 && overX <= most && overY <= most) return undefined;
  const what = `is ${gt.width}x${gt.height}, which is not ${scale} times its LQ image's ` +
    `${lq.width}x${lq.height}`;
  return { what, fatal: exact || overX < 0 || overY < 0 };
}
