/**
 * SingleImageDataset: LQ images without GT, for testing on pictures whose original nobody has.
 *
 * Facts from `basicsr/data/single_image_dataset.py`. Differs from it: `color: y` takes the Y channel of RGB (there red
 * and blue are exchanged), and `meta_info_file: ~` is the same as none.
 *
 * @module
 */
import { checkHeaders } from "../../core/data/check.ts";
import type { DataProblem, Dataset, DatasetContext, Sample } from "../../core/data/dataset.ts";
import { join, listImages, readMetaInfo } from "../../core/data/files.ts";
import {
  type ImageDatasetOptions,
  imageDatasetShape,
  preparation,
  type Prepare,
} from "../../core/data/prepare.ts";
import { ImageReader } from "../../core/data/reader.ts";
import { z } from "../../core/options/zod.ts";
import { DATASET_REGISTRY } from "../../core/registry.ts";

/** Options of SingleImageDataset, spelled as in YAML under `datasets.<phase>`. */
export interface SingleImageDatasetOptions extends ImageDatasetOptions {
  /** Folder of the images. */
  dataroot_lq: string;
  /** Text file with one name a line; without it all image files of the folder are taken. */
  meta_info_file?: string | null;
}

const options = z.strictObject({
  dataroot_lq: z.string().min(1),
  meta_info_file: z.string().nullish(),
  ...imageDatasetShape,
});

/** Gives whole images: `lq` `[h, w, 3]` (1 channel for `color: y`), float32 RGB in [0, 1] before mean and std; `lq_path`. */
@DATASET_REGISTRY.register({ options })
export class SingleImageDataset implements Dataset {
  readonly #options: SingleImageDatasetOptions;
  readonly #reader: ImageReader;
  readonly #prepare: Prepare;
  #paths: readonly string[] = [];

  /** Takes the options; reads nothing. */
  constructor(options: SingleImageDatasetOptions, context: DatasetContext) {
    this.#options = options;
    this.#reader = new ImageReader(context.codec, options.cache_mb);
    this.#prepare = preparation(options);
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
  async read(index: number): Promise<Sample> {
    const lq_path = this.#paths[index]!;
    return { lq: this.#prepare(await this.#reader.read(lq_path)), lq_path };
  }

  /** {@inheritDoc Dataset.check} */
  async check(): Promise<readonly DataProblem[]> {
    const paths = await this.#list();
    return checkHeaders(paths.map((path) => [path]), () => undefined);
  }

  async #list(): Promise<string[]> {
    const { dataroot_lq, meta_info_file } = this.#options;
    const names = meta_info_file
      ? await readMetaInfo(meta_info_file)
      : await listImages(dataroot_lq, "dataroot_lq");
    return names.map((name) => join(dataroot_lq, name));
  }
}
