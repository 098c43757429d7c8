/**
 * Template of a data set: working code to change, with its test.
 *
 * @module
 */
import type { Template } from "./template.ts";

/** What `new dataset` writes. */
export const DATASET: Template = {
  plugin: (name, core) =>
    `/**
 * ${name}: GT images alone; LQ images are made from them by bicubic reduction.
 *
 * Say here where the data come from, or which procedure they follow, with a link.
 *
 * @module
 */
import { toFloat } from "${core}/data/convert.ts";
import type { Dataset, DatasetContext, Sample } from "${core}/data/dataset.ts";
import { join, listImages } from "${core}/data/files.ts";
import { ImageReader } from "${core}/data/reader.ts";
import { imresize } from "${core}/data/resize.ts";
import { augment, modCrop, pairedRandomCrop } from "${core}/data/transforms.ts";
import { ExitCode, UserError } from "${core}/errors.ts";
import { z } from "${core}/options/zod.ts";
import type { Rng } from "${core}/random.ts";
import { DATASET_REGISTRY } from "${core}/registry.ts";

/** Options of {@linkcode ${name}}, spelled as in YAML under \`datasets.<phase>\`. */
export interface ${name}Options {
  /** Folder of the GT images. */
  readonly dataroot_gt: string;
  /** Side of the GT patches in pixels; phase train only, and needed there. */
  readonly gt_size?: number;
}

const options = z.strictObject({
  dataroot_gt: z.string().min(1),
  gt_size: z.int().min(1).optional(),
});

/**
 * Gives \`gt\` \`[h, w, 3]\` and \`lq\` \`[h / scale, w / scale, 3]\`, float32 RGB in [0, 1]: patches, flipped and turned at
 * random, in phase train, whole images otherwise.
 */
@DATASET_REGISTRY.register({ options })
export class ${name} implements Dataset {
  readonly #options: ${name}Options;
  readonly #context: DatasetContext;
  readonly #reader: ImageReader;
  #paths: readonly string[] = [];

  /**
   * Takes the options; reads nothing.
   *
   * @throws {UserError} With exit code USAGE if \`gt_size\` is missing for training, or no multiple of the scale.
   */
  constructor(opt: ${name}Options, context: DatasetContext) {
    const { gt_size } = opt;
    if (context.phase === "train" && !(gt_size && gt_size % context.scale === 0)) {
      throw new UserError(
        \`gt_size must be a multiple of scale \${context.scale} when training, \` +
          \`received \${gt_size ?? "nothing"}\`,
        ExitCode.USAGE,
      );
    }
    this.#options = opt;
    this.#context = context;
    this.#reader = new ImageReader(context.codec);
  }

  /** Number of images. */
  get length(): number {
    return this.#paths.length;
  }

  /**
   * Lists the folder.
   *
   * @throws {UserError} With exit code DATA if it is missing or holds no images.
   */
  async open(): Promise<void> {
    const { dataroot_gt } = this.#options;
    const names = await listImages(dataroot_gt, "dataroot_gt");
    this.#paths = names.map((name) => join(dataroot_gt, name));
  }

  /** The file of sample \`index\`. */
  source(index: number): string {
    return this.#paths[index]!;
  }

  /** Every random choice is drawn from \`rng\`: the number of workers must not change a pixel. */
  async read(index: number, rng: Rng): Promise<Sample> {
    const { phase, scale } = this.#context;
    const path = this.#paths[index]!;
    let gt = toFloat(modCrop(await this.#reader.read(path), scale));
    let lq = imresize(gt, 1 / scale);
    if (phase === "train") {
      const patches = pairedRandomCrop([gt], [lq], this.#options.gt_size!, scale, rng, path);
      [gt, lq] = augment([patches.gts[0]!, patches.lqs[0]!], rng) as [typeof gt, typeof lq];
    }
    return { lq, gt, lq_path: path, gt_path: path };
  }
}
`,
  test: (name, core, plugin) =>
    `import assert from "node:assert/strict";
import type { Dataset } from "${core}/data/dataset.ts";
import type { FloatImage } from "${core}/data/image.ts";
import { encodePng } from "${core}/data/png.ts";
import { openCodec } from "${core}/engine/codec.ts";
import { Rng } from "${core}/random.ts";
import { DATASET_REGISTRY } from "${core}/registry.ts";
import "${plugin}";

async function withImages(use: (dataroot_gt: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    for (const [name, width, height] of [["a.png", 16, 12], ["b.png", 13, 18]] as const) {
      const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => i * 7 % 256);
      await Deno.writeFile(\`\${folder}/\${name}\`, encodePng({ width, height, channels: 3, data }));
    }
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function open(phase: string, opt: Record<string, unknown>): Promise<Dataset> {
  const codec = await openCodec({ kind: "imagescript" });
  const { value: Opened } = DATASET_REGISTRY.get("${name}");
  const dataset = new Opened(opt, { phase, scale: 2, codec });
  await dataset.open();
  return dataset;
}

function size(image: unknown): number[] {
  const { width, height, channels } = image as FloatImage;
  return [width, height, channels];
}

Deno.test("${name} gives whole images for validation, gt twice as large as lq", () =>
  withImages(async (dataroot_gt) => {
    const dataset = await open("val", { dataroot_gt });
    assert.equal(dataset.length, 2);
    const { lq, gt, gt_path } = await dataset.read(1, new Rng(10));
    assert.deepEqual([size(gt), size(lq)], [[12, 18, 3], [6, 9, 3]]);
    assert.equal(gt_path, \`\${dataroot_gt}/b.png\`);
  }));

Deno.test("${name} gives patches for training, the same ones for the same key", () =>
  withImages(async (dataroot_gt) => {
    const dataset = await open("train", { dataroot_gt, gt_size: 8 });
    const sample = await dataset.read(0, new Rng(10, "sample", 0));
    assert.deepEqual([size(sample["gt"]), size(sample["lq"])], [[8, 8, 3], [4, 4, 3]]);
    assert.deepEqual(await dataset.read(0, new Rng(10, "sample", 0)), sample);
  }));

Deno.test("${name} refuses an odd gt_size, and a folder that is not there", async () => {
  await assert.rejects(open("train", { dataroot_gt: "gone", gt_size: 7 }), /gt_size must be/);
  await assert.rejects(open("val", { dataroot_gt: "gone" }), /dataroot_gt: folder gone/);
});
`,
  yaml: (name) =>
    `datasets:
  train:
    name: MyData
    type: ${name}
    dataroot_gt: path/to/images
    gt_size: 96`,
};
