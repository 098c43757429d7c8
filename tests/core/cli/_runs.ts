/**
 * Whole runs in a process of their own, in a fresh folder with a few small images: for tests of the command line.
 *
 * @module
 */
import { encodePng } from "../../../core/data/png.ts";
import { findLibrary } from "../../../core/engine/native/mod.ts";
import { Rng } from "../../../core/random.ts";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The program. */
export const MOD: string = fileURLToPath(new URL("../../../mod.ts", import.meta.url));

/** The fastest engine to be had here without a download. */
export const ENGINE: "native" | "wasm" = await findLibrary() ? "native" : "wasm";

/** How a process ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** YAML as an object; `undefined` values are left out. */
export type Yaml = { readonly [key: string]: unknown };

/** A noisy PNG of a seed: the same bytes for the same arguments. */
export function picture(width: number, height: number, seed: number): Uint8Array {
  const rng = new Rng("picture", seed);
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < data.length; i++) data[i] = (i * (1 + seed % 5) % 251 + rng.int(60)) & 255;
  return encodePng({ width, height, channels: 3, data });
}

/** A folder with images and options, where runs take place. */
export class Place {
  constructor(readonly root: string) {}

  /** Makes `train/{gt,lq}` with 4 pairs and `val/{gt,lq}` with 2, scale 2. */
  async fill(): Promise<void> {
    for (const [set, count] of [["train", 4], ["val", 2]] as const) {
      for (const [kind, side] of [["gt", 48], ["lq", 24]] as const) {
        for (let i = 0; i < count; i++) {
          await this.put(`${set}/${kind}/${set}_${i}.png`, picture(side, side, i + side));
        }
      }
    }
  }

  /** Writes a file, with its folders. */
  async put(path: string, content: Uint8Array | string): Promise<void> {
    const whole = join(this.root, path);
    await Deno.mkdir(join(whole, ".."), { recursive: true });
    if (typeof content === "string") await Deno.writeTextFile(whole, content);
    else await Deno.writeFile(whole, content);
  }

  /** Names in a folder, sorted; none if it is not there or a file. */
  async names(path = "."): Promise<string[]> {
    try {
      return (await Array.fromAsync(Deno.readDir(join(this.root, path)))).map((e) => e.name).sort();
    } catch (error) {
      if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
        return [];
      }
      throw error;
    }
  }

  /** Writes `options` (JSON is YAML) as `<name>.yml` and gives that name. */
  async options(options: Yaml, name = "opt"): Promise<string> {
    await this.put(`${name}.yml`, JSON.stringify(options, null, 1));
    return `${name}.yml`;
  }

  /** Starts the program with `args` in this folder. */
  start(args: readonly string[]): Deno.ChildProcess {
    return new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-lock", "--quiet", MOD, ...args],
      cwd: this.root,
      env: { NO_COLOR: "1", TF_CPP_MIN_LOG_LEVEL: "3" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  }

  /** Runs the program with `args` to its end. */
  async run(args: readonly string[]): Promise<Ended> {
    return await ended(this.start(args));
  }
}

/** Waits for the end of a process. */
export async function ended(child: Deno.ChildProcess): Promise<Ended> {
  const { code, stdout, stderr } = await child.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

/** Runs `use` in a fresh, filled place and removes it afterwards. */
export async function inPlace(use: (place: Place) => Promise<void>): Promise<void> {
  const place = new Place(await Deno.makeTempDir({ prefix: "denosr-run-" }));
  try {
    await place.fill();
    await use(place);
  } finally {
    await Deno.remove(place.root, { recursive: true });
  }
}

/** Options of a tiny training run on the images of a {@linkcode Place}: EDSR with 8 features, 12 iterations. */
export function trainOptions(
  changes: {
    readonly train?: Yaml;
    readonly data?: Yaml;
    readonly logger?: Yaml;
    readonly top?: Yaml;
  } = {},
): Yaml {
  return {
    name: "tiny",
    model_type: "SRModel",
    scale: 2,
    num_gpu: 0,
    manual_seed: 3,
    engine: ENGINE,
    datasets: {
      train: {
        name: "few",
        type: "PairedImageDataset",
        dataroot_gt: "train/gt",
        dataroot_lq: "train/lq",
        gt_size: 24,
        use_hflip: true,
        use_rot: true,
        batch_size_per_gpu: 2,
        num_worker_per_gpu: 0,
        dataset_enlarge_ratio: 1,
        ...changes.data,
      },
      val: {
        name: "two",
        type: "PairedImageDataset",
        dataroot_gt: "val/gt",
        dataroot_lq: "val/lq",
      },
    },
    network_g: {
      type: "EDSR",
      num_in_ch: 3,
      num_out_ch: 3,
      num_feat: 8,
      num_block: 1,
      upscale: 2,
    },
    path: {},
    train: {
      ema_decay: 0.9,
      optim_g: { type: "Adam", lr: 1e-3 },
      scheduler: { type: "MultiStepLR", milestones: [6], gamma: 0.5 },
      total_iter: 12,
      warmup_iter: 3,
      pixel_opt: { type: "L1Loss" },
      ...changes.train,
    },
    val: {
      val_freq: 4,
      save_img: false,
      metrics: { psnr: { type: "calculate_psnr", crop_border: 2, test_y_channel: true } },
    },
    logger: { print_freq: 1, save_checkpoint_freq: 4, use_tb_logger: false, ...changes.logger },
    ...changes.top,
  };
}
