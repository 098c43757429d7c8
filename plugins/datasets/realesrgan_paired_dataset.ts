/**
 * RealESRGANPairedDataset: pairs of LQ and GT images whose names need not have anything in common.
 *
 * Facts from `realesrgan/data/realesrgan_paired_dataset.py` (also in BasicSR). All but the file that names the pairs is
 * as in PairedImageDataset, with what differs from the original there. A line of `meta_info` that holds no pair is an
 * error with its number; empty lines are passed over.
 *
 * @module
 */
import type { DatasetContext } from "../../core/data/dataset.ts";
import { type FilePair, join, type PairListing, readBytes } from "../../core/data/files.ts";
import { imageDatasetShape } from "../../core/data/prepare.ts";
import { ExitCode, UserError } from "../../core/errors.ts";
import { z } from "../../core/options/zod.ts";
import { DATASET_REGISTRY } from "../../core/registry.ts";
import { PairedImageDataset, type PairedImageDatasetOptions } from "./paired_image_dataset.ts";

/** Options of RealESRGANPairedDataset, spelled as in YAML under `datasets.<phase>`. */
export interface RealESRGANPairedDatasetOptions
  extends Omit<PairedImageDatasetOptions, "meta_info_file"> {
  /**
   * Text file with a pair a line, `gt/0001.png, lq/0001.png`, relative to `dataroot_gt` and `dataroot_lq`; without it
   * all files of the folders are paired by name.
   */
  meta_info?: string | null;
}

const options = z.strictObject({
  dataroot_gt: z.string().min(1),
  dataroot_lq: z.string().min(1),
  meta_info: z.string().nullish(),
  filename_tmpl: z.string().regex(/^[^{}]*\{\}[^{}]*$/, {
    error: 'must contain {} once, for the GT name without its extension, as in "{}x4"',
  }).default("{}"),
  gt_size: z.int().min(1).nullish(),
  use_hflip: z.boolean().default(false),
  use_rot: z.boolean().default(false),
  ...imageDatasetShape,
});

/** Gives what {@linkcode PairedImageDataset} gives: `lq`, `gt`, `lq_path`, `gt_path`. */
@DATASET_REGISTRY.register({ options })
export class RealESRGANPairedDataset extends PairedImageDataset {
  readonly #options: RealESRGANPairedDatasetOptions;

  /**
   * Takes the options; reads nothing.
   *
   * @throws {UserError} With exit code USAGE if `gt_size` is missing for training, or no multiple of the scale.
   */
  constructor(options: RealESRGANPairedDatasetOptions, context: DatasetContext) {
    super(options, context);
    this.#options = options;
  }

  /**
   * The pairs that `meta_info` names, or those of the folders.
   *
   * @throws {UserError} With exit code DATA if the file cannot be read, or a line is no pair.
   */
  protected override async list(): Promise<PairListing> {
    const { meta_info, dataroot_gt, dataroot_lq } = this.#options;
    if (!meta_info) return await super.list();
    const pairs: FilePair[] = [];
    const lines = new TextDecoder().decode(await readBytes(meta_info, "meta_info: ")).split("\n");
    for (const [i, line] of lines.entries()) {
      if (line.trim() === "") continue;
      const names = line.trim().split(/,\s+/);
      if (names.length !== 2 || names.includes("")) {
        throw new UserError(
          `meta_info: ${meta_info} line ${i + 1} must name a GT image and an LQ image, as in ` +
            `"gt/0001.png, lq/0001.png", received ${JSON.stringify(line.trim())}`,
          ExitCode.DATA,
        );
      }
      pairs.push({ gt: join(dataroot_gt, names[0]!), lq: join(dataroot_lq, names[1]!) });
    }
    if (pairs.length === 0) {
      throw new UserError(`meta_info: ${meta_info} names no pair`, ExitCode.DATA);
    }
    return { pairs, orphans: [] };
  }
}
