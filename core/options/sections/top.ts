/**
 * The top level of an options file. Sections and blocks are checked by schemas of their own and only named here.
 *
 * @module
 */
import type { OptionsShape } from "../schema_types.ts";
import { ENGINE_NAMES } from "../../engine/engine.ts";
import { z } from "../zod.ts";
import { folderName } from "./names.ts";

/** Sections with a schema of their own. */
export const SECTIONS = ["path", "train", "val", "logger"] as const;
/** Name of such a section. */
export type SectionName = (typeof SECTIONS)[number];

/** Folders beside the experiments, which no run may be named after. */
const TAKEN = ["results", "tb_logger"];

/** Keys of the top level. */
export const topShape: OptionsShape = {
  name: folderName.refine((name) => !TAKEN.includes(name), {
    error: (issue) => `must not be "${issue.input}", which is a folder of all runs`,
  }).describe(
    "Name of the run and of its folders; one that holds `debug` logs and validates often",
  ),
  model_type: z.string().describe("Procedure of training and test, for example SRModel"),
  scale: z.int().min(1).default(1).describe("Scale factor"),
  num_gpu: z.union([z.literal("auto"), z.int().min(0)]).default("auto")
    .describe(
      "Number of GPUs: 0 computes on the CPU even if there are GPUs, auto on what there is; more than one GPU is not " +
        "used in this version",
    ),
  manual_seed: z.int().min(0).nullish().describe("Random seed; drawn from 1 to 10000 if absent"),
  engine: z.enum(["auto", ...ENGINE_NAMES]).default("auto").describe("What computes"),
  plugins: z.union([z.string(), z.array(z.string())]).nullish()
    .describe("Further plugin folders, relative to the working directory"),
  report: z.boolean().default(true).describe("Write report.html into the experiment's folder"),
  datasets: z.unknown().optional().describe("Data sets: train, val, val_2, test_1, …"),
  network_g: z.unknown().optional().describe("The network"),
  path: z.unknown().optional().describe("Where things are read from and written to"),
  train: z.unknown().optional().describe("Training settings"),
  val: z.unknown().optional().describe("Validation settings"),
  logger: z.unknown().optional().describe("Logging settings"),
  hooks: z.unknown().optional().describe("Hooks besides the built-in ones"),
  dist_params: z.strictObject({
    backend: z.string().optional(),
    port: z.int().min(1).max(65535).optional(),
  }).nullish().describe("BasicSR's settings of torch.distributed; accepted, without effect"),
  // Some of BasicSR's own files still carry these here, from an older layout, where BasicSR overlooks them.
  save_img: z.boolean().nullish().describe("Older place of val.save_img, which goes before it"),
  suffix: z.string().nullish().describe("Older place of val.suffix, which goes before it"),
  crop_border: z.int().min(0).nullish()
    .describe("Older place of the metrics' crop_border; accepted, without effect"),
  find_unused_parameters: z.boolean().nullish().describe("Accepted, without effect"),
};
