/**
 * Files for the rows that restore folders: pictures in many sizes out of the demo's photographs, and weights that both sides
 * can read.
 *
 * @module
 */
import type { RawImage } from "../../core/data/image.ts";
import { decodePng, encodePng } from "../../core/data/png.ts";
import { Rng } from "../../core/random.ts";
import { makeFolder, writeAtomic } from "../../core/storage/atomic.ts";
import {
  elementCount,
  encodePth,
  float32Tensor,
  openWeights,
  selectParams,
  type StateDict,
} from "../../core/weights/mod.ts";
import { ROOT } from "./_commands.ts";
import type { NetworkBlock, RestoreJob } from "./_work.ts";
import { join } from "node:path";

/** The demo's photographs, from the project's folder. */
const PHOTOS = "tests/data/demo/train/gt";

/** Weights that come with the project, and the network that they are for. */
export const SHIPPED: Readonly<Record<string, { file: string; network: NetworkBlock }>> = {
  "realesr-animevideov3": {
    file: "experiments/pretrained_models/realesr-animevideov3.safetensors",
    network: {
      type: "SRVGGNetCompact",
      num_in_ch: 3,
      num_out_ch: 3,
      num_feat: 64,
      num_conv: 16,
      upscale: 4,
      act_type: "prelu",
    },
  },
};

/** What both sides read. */
export interface RestoreFiles {
  /** Folder of pictures. */
  readonly input: string;
  /** Weights as a `.pth` file. */
  readonly weights: string;
  /** The network that they are for, BasicSR's option block. */
  readonly network: NetworkBlock;
}

/** Writes pictures and weights of a job into `folder`. */
export async function prepareFiles(job: RestoreJob, folder: string): Promise<RestoreFiles> {
  const input = join(folder, "input");
  await makeFolder(input);
  const photos = await readPhotos();
  for (const [i, [width, height]] of job.sizes.entries()) {
    const name = `${String(i).padStart(2, "0")}_${width}x${height}.png`;
    await writeAtomic(
      join(input, name),
      encodePng(cutOut(photos[i % photos.length]!, width, height)),
    );
  }
  const weights = join(folder, "weights.pth");
  const { network, dict } = await weightsOf(job.model);
  await writeAtomic(weights, encodePth({ params: dict }));
  return { input, weights, network };
}

async function weightsOf(
  model: RestoreJob["model"],
): Promise<{ readonly network: NetworkBlock; readonly dict: StateDict }> {
  if (typeof model !== "string") return { network: model, dict: randomRrdbnet(model) };
  const { file, network } = SHIPPED[model]!;
  const { root } = await openWeights(join(ROOT, file));
  return { network, dict: selectParams(root, undefined, { say: () => {} }) };
}

async function readPhotos(): Promise<RawImage[]> {
  const folder = join(ROOT, PHOTOS);
  const names = Array.from(Deno.readDirSync(folder), ({ name }) => name).filter((name) =>
    name.endsWith(".png")
  ).sort();
  return await Promise.all(
    names.map(async (name) => decodePng(await Deno.readFile(join(folder, name)), name)),
  );
}

/** The upper left part of an 8-bit RGB photograph, which is mirrored where it ends. */
export function cutOut(photo: RawImage, width: number, height: number): RawImage {
  const data = new Uint8Array(3 * width * height);
  for (let y = 0; y < height; y++) {
    const row = mirrored(y, photo.height) * photo.width;
    for (let x = 0; x < width; x++) {
      const from = photo.channels * (row + mirrored(x, photo.width));
      for (let c = 0; c < 3; c++) data[3 * (y * width + x) + c] = photo.data[from + c]!;
    }
  }
  return { width, height, channels: 3, data };
}

function mirrored(position: number, size: number): number {
  const at = position % (2 * size);
  return at < size ? at : 2 * size - 1 - at;
}

/** Weights of an RRDBNet, random and the same every time, so small that pictures stay pictures. */
export function randomRrdbnet(network: NetworkBlock): StateDict {
  const option = (key: string) => Number(network[key]);
  const [features, growth] = [option("num_feat"), option("num_grow_ch")];
  const random = new Rng("bench", "rrdbnet");
  const dict: StateDict = new Map();
  const conv = (name: string, inner: number, outer: number) => {
    const shape = [outer, inner, 3, 3];
    const bound = 0.5 / Math.sqrt(9 * inner);
    const values = Float32Array.from(
      { length: elementCount(shape) },
      () => (2 * random.float() - 1) * bound,
    );
    dict.set(`${name}.weight`, float32Tensor(shape, values));
    dict.set(`${name}.bias`, float32Tensor([outer], new Float32Array(outer)));
  };
  conv("conv_first", option("num_in_ch"), features);
  for (let block = 0; block < option("num_block"); block++) {
    for (let dense = 1; dense <= 3; dense++) {
      for (let i = 0; i < 5; i++) {
        const name = `body.${block}.rdb${dense}.conv${i + 1}`;
        conv(name, features + i * growth, i < 4 ? growth : features);
      }
    }
  }
  for (const name of ["conv_body", "conv_up1", "conv_up2", "conv_hr"]) {
    conv(name, features, features);
  }
  conv("conv_last", features, option("num_out_ch"));
  return dict;
}
