/**
 * FFHQDataset: the faces of FFHQ, for StyleGAN2.
 *
 * Facts from `basicsr/data/ffhq_dataset.py`: files are named by eight digits (`00000000.png` to `00069999.png`), the
 * only augmentation is a flip, and images come as `(x - mean) / std`. Differs from it: what the folder holds is taken,
 * be it all 70000 or a part of them (BasicSR fails at the first missing one, in the middle of training); a file that
 * cannot be read is an error with its name, not replaced by another after a second; mean and std may be left out (0.5).
 *
 * @module
 */
import { checkHeaders } from "../../core/data/check.ts";
import type { DataProblem, Dataset, DatasetContext, Sample } from "../../core/data/dataset.ts";
import { join, listImages } from "../../core/data/files.ts";
import {
  type ImageDatasetOptions,
  imageDatasetShape,
  preparation,
  type Prepare,
} from "../../core/data/prepare.ts";
import { ImageReader } from "../../core/data/reader.ts";
import { augment } from "../../core/data/transforms.ts";
import { ExitCode, UserError } from "../../core/errors.ts";
import { z } from "../../core/options/zod.ts";
import type { Rng } from "../../core/random.ts";
import { DATASET_REGISTRY } from "../../core/registry.ts";

/** Options of FFHQDataset, spelled as in YAML under `datasets.<phase>`. */
export interface FFHQDatasetOptions extends Omit<ImageDatasetOptions, "color"> {
  /** Folder of the images. */
  dataroot_gt: string;
  /** Flips images left to right at random. Default false. */
  use_hflip?: boolean;
}

const { color: _, ...imageShape } = imageDatasetShape;

const options = z.strictObject({
  dataroot_gt: z.string().min(1),
  use_hflip: z.boolean().default(false),
  ...imageShape,
});

const HALF = [0.5, 0.5, 0.5] as const;

/** Gives `gt` `[h, w, 3]`, float32 RGB, by default in [-1, 1]; `gt_path`. */
@DATASET_REGISTRY.register({ options })
export class FFHQDataset implements Dataset {
  readonly #options: FFHQDatasetOptions;
  readonly #reader: ImageReader;
  readonly #prepare: Prepare;
  #paths: readonly string[] = [];

  /**
   * Takes the options; reads nothing.
   *
   * @throws {UserError} With exit code USAGE if mean and std do not fit.
   */
  constructor(options: FFHQDatasetOptions, context: DatasetContext) {
    this.#options = options;
    this.#reader = new ImageReader(context.codec, options.cache_mb);
    const { mean, std } = options;
    this.#prepare = preparation(mean || std ? { mean, std } : { mean: HALF, std: HALF });
  }

  /** {@inheritDoc Dataset.length} */
  get length(): number {
    return this.#paths.length;
  }

  /**
   * {@inheritDoc Dataset.open}
   *
   * @throws {UserError} With exit code DATA if the folder is missing or holds no file with a name of FFHQ.
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
    const [gt] = augment([image], rng, this.#options.use_hflip ?? false, false);
    return { gt: this.#prepare(gt!), gt_path };
  }

  /** {@inheritDoc Dataset.check} */
  async check(): Promise<readonly DataProblem[]> {
    let first: string | undefined;
    return await checkHeaders((await this.#list()).map((path) => [path]), ([header]) => {
      const size = `${header!.width}x${header!.height}`;
      first ??= size;
      return size === first ? undefined : `is ${size}, others are ${first}: a batch needs one size`;
    });
  }

  async #list(): Promise<string[]> {
    const { dataroot_gt } = this.#options;
    const names = (await listImages(dataroot_gt, "dataroot_gt")).filter((name) =>
      /^\d{8}\.png$/.test(name)
    );
    if (names.length === 0) {
      throw new UserError(
        `dataroot_gt: folder ${dataroot_gt} holds no FFHQ images, which are named ` +
          `00000000.png to 00069999.png`,
        ExitCode.DATA,
      );
    }
    return names.map((name) => join(dataroot_gt, name));
  }
}
