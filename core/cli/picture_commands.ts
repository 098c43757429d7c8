/**
 * The commands that make pictures from pictures.
 *
 * @module
 */
import { PRECISIONS } from "../engine/engine.ts";
import { later } from "./_later.ts";
import type { Command } from "./flags.ts";
import { RESTORE_FLAGS } from "./restore_flags.ts";
import { ENGINE, PLUGINS, PRECISION, STACKS, TILE_PAD } from "./shared_flags.ts";

/** In the order of the overview. */
export const PICTURE_COMMANDS: readonly Command[] = [
  {
    name: "restore",
    summary: "Make better pictures: files, folders or a video",
    words: "INPUT…",
    complete: "path",
    description:
      "Sends pictures through a network that enlarges or repairs them, and writes them to a folder. INPUT is a file, " +
      "a folder (with all that is in it; the tree is kept), a pattern in quotes as 'photos/**/*.jpg', or - for " +
      "standard input. PNG, JPEG, WebP, BMP and GIF are told by their content, whatever their names say; gray, " +
      "transparent and 16-bit pictures stay so. Videos go through ffmpeg, which has to be installed.",
    flags: RESTORE_FLAGS,
    notes: [
      "Outputs are written under a temporary name first, so that none is ever there in part. Nothing that exists is " +
      "replaced without --overwrite, and two inputs for one output are refused before the start. In folders, hidden " +
      "files and links are passed over, and so is what is neither a picture nor named like one. Names that begin " +
      "with a dash follow --. Ctrl-C stops at the next tile; once more leaves at once.",
      "Exit codes: 0 all done; 1 some pictures failed, the others were done; 2 usage, or outputs that clash; 3 " +
      "something is missing on this machine; 4 no input, or the only one cannot be read; 6 outputs cannot be " +
      "written, or weights are damaged; 130, 143 stopped.",
    ],
    examples: [
      "deno task restore photo.jpg",
      "deno task restore photo.jpg -o large.png --scale 2 --compare",
      "deno task restore holiday/ -o better/ --model RealESRGAN_x4plus --ext jpg --skip-existing",
      "deno task restore 'scans/**/*.png' --model denoise.pth --model upscale.safetensors --dry-run",
      "deno run -A mod.ts restore - < small.png > large.png",
    ],
    run: async (parsed) =>
      (await later<typeof import("./restore.ts")>("cli/restore.ts")).runRestore(parsed),
  },
  {
    name: "serve",
    summary: "Open a page and an API on this machine that restore pictures",
    description:
      "Serves a page for a browser (drop pictures or a folder, choose a model, compare, download) and a REST API " +
      "(/openapi.json describes it). Nothing leaves the machine: it listens at 127.0.0.1, and beyond that only with a " +
      "token. Without --model it offers the models that come with the program and those that zoo has fetched. " +
      "Ctrl-C ends it.",
    flags: [
      {
        name: "host",
        value: "NAME",
        fallback: "127.0.0.1",
        help: "Name or address to listen at; others than this machine's own demand --token",
      },
      {
        name: "port",
        value: "N",
        fallback: "8000",
        help: "Port to listen at, 0 for any that is free",
      },
      {
        name: "model",
        value: "NAME|FILE…",
        many: true,
        complete: "path",
        help:
          "Models to offer, the default first: names of the zoo, files of weights, or models of other programs as " +
          "restore takes them (onnx:FILE, …)",
      },
      { ...ENGINE, fallback: "auto" },
      {
        name: "precision",
        value: "NAME",
        choices: PRECISIONS,
        fallback: "fp32",
        help: "Arithmetic of the networks; bf16 and fp16 are faster where the hardware has them",
      },
      {
        name: "token",
        value: "SECRET",
        fallback: "DENOSR_TOKEN",
        help:
          "Secret that requests have to show, at least 16 characters; other users see it in the list of " +
          "processes, so DENOSR_TOKEN is better",
      },
      {
        name: "allow-host",
        value: "NAME",
        repeat: true,
        help: "Further name by which the server is reached, for example behind a proxy",
      },
      { name: "max-body", value: "BYTES", fallback: "64M", help: "Largest upload" },
      { name: "max-pixels", value: "N", fallback: "40M", help: "Most pixels of a picture" },
      { name: "max-output-pixels", value: "N", fallback: "200M", help: "Most pixels of a result" },
      {
        name: "max-jobs",
        value: "N",
        fallback: "32",
        help: "Most pictures that wait or are worked on",
      },
      {
        name: "timeout",
        value: "SECONDS",
        fallback: "1800",
        help: "Longest time for one picture",
      },
      PLUGINS,
      STACKS,
    ],
    examples: [
      "deno task serve",
      "deno run -A mod.ts serve --port 9000 --model realesr-animevideov3 net_g.pth",
    ],
    run: async (parsed) =>
      (await later<typeof import("./serve.ts")>("cli/serve.ts")).runServe(parsed),
  },
  {
    name: "estimate",
    summary: "Say what restoring a picture of some size takes on this machine",
    description:
      "Prints parameters, multiplications, memory of activations, the tile that would be chosen and the seconds it " +
      "would take here, of which a small part is measured. Nothing is written.",
    flags: [
      {
        name: "model",
        value: "MODEL",
        complete: "path",
        fallback: "realesr-animevideov3, which comes with the program",
        help: "File of weights, or a name from `zoo list`",
      },
      {
        name: "size",
        value: "WxH",
        required: true,
        help: "Size of the picture in pixels, for example 1920x1080",
      },
      { name: "tile", value: "N", fallback: "auto", help: "Side of the tiles, 0 for all at once" },
      TILE_PAD,
      PRECISION,
      { ...ENGINE, fallback: "auto" },
      {
        name: "param_key",
        value: "KEY",
        fallback: "params_ema, else params, else what is there",
        help: "Set of parameters in the file",
      },
      { name: "json", help: "Prints everything as JSON" },
      PLUGINS,
      STACKS,
    ],
    examples: [
      "deno task estimate --size 1920x1080",
      "deno task estimate --model RealESRGAN_x4plus --size 640x480 --json",
    ],
    run: async (parsed) =>
      (await later<typeof import("./estimate.ts")>("cli/estimate.ts")).runEstimate(parsed),
  },
];
