/**
 * The flags of `restore`, for the table of commands; `restore_request.ts` says what is made of them.
 *
 * @module
 */
import { EXTENSIONS } from "../restore/batch/extension.ts";
import { ALPHA_MODES } from "../restore/types.ts";
import type { Flag } from "./flags.ts";
import { PRECISION, TILE_PAD } from "./shared_flags.ts";

/** Pictures in flight unless `--jobs` says otherwise: one is computed while another is read or written. */
export const DEFAULT_JOBS = 2;

/** The flags in the order of the help. */
export const RESTORE_FLAGS: readonly Flag[] = [
  ...group("Output", [
    {
      name: "output",
      short: "o",
      value: "OUT",
      complete: "path",
      fallback: "results; standard output for -",
      help: "Folder for the outputs; for a single input also a file, or - for standard output",
    },
    {
      name: "ext",
      value: "EXT",
      choices: EXTENSIONS,
      fallback: "auto",
      help: "Format of the outputs; auto keeps that of the input where it can hold the result",
    },
    {
      name: "suffix",
      value: "TEXT",
      fallback: "none, _out where output and input share a folder",
      help: "What comes behind the names of outputs, before the extension",
    },
    {
      name: "quality",
      value: "N",
      fallback: "95",
      help: "Quality of JPEG and WebP, from 1 to 100",
    },
    { name: "overwrite", help: "Replaces outputs that are there" },
    { name: "skip-existing", help: "Leaves out inputs whose outputs are there" },
    {
      name: "metadata",
      value: "WHAT",
      choices: ["keep", "strip"],
      fallback: "keep",
      help: "Colour profile, EXIF and the like; turned pictures are put upright either way",
    },
    {
      name: "compare",
      help: "Writes a page with a slider between before and after beside each output",
    },
  ]),
  ...group("Model", [
    {
      name: "model",
      value: "MODEL",
      repeat: true,
      complete: "path",
      fallback: "realesr-animevideov3, which comes with the program",
      help:
        "Weights file of any kind that `weights inspect` reads, a name from `zoo list`, or a model of another program " +
        "by its kind: onnx:FILE, savedmodel:DIR, frozen:FILE, tfjs:DIR, tflite:FILE; given several times, each " +
        "network gets what the one before made",
    },
    {
      name: "dni",
      value: "A:B:SHARE",
      help:
        "Weights between those of two files of one network: SHARE of A, the rest of B; in place of --model",
    },
    {
      name: "param_key",
      value: "KEY",
      fallback: "params_ema, else params, else what is there",
      help: "Set of parameters in the file",
    },
    {
      name: "noise",
      value: "SIGMA",
      fallback: "15",
      help: "Noise to remove, from 0 to 255, for networks that are told it (FFDNet, DRUNet)",
    },
    { name: "tta", help: "Averages the eight flips and turns of the picture: eight times as slow" },
  ]),
  ...group("Size and colour", [
    {
      name: "scale",
      value: "X",
      fallback: "the network's own",
      help:
        "Size of the output as a multiple of the input's, any number; resampled behind the network",
    },
    { name: "width", value: "N", help: "Width of the output in pixels" },
    {
      name: "height",
      value: "N",
      help: "Height of the output in pixels; with one of both the proportions stay",
    },
    {
      name: "alpha",
      value: "HOW",
      choices: ALPHA_MODES,
      fallback: "model",
      help: "Transparency: through the network, enlarged by bicubic interpolation, or left out",
    },
    { name: "gray", help: "Makes gray pictures" },
  ]),
  ...group("Computing", [
    {
      name: "tile",
      value: "N",
      fallback: "auto",
      help:
        "Side of the squares that are computed at a time, in pixels of the input; 0 for all at once, auto " +
        "for what memory allows",
    },
    TILE_PAD,
    PRECISION,
    {
      name: "engine",
      value: "NAME",
      choices: ["auto", "native", "webgpu", "wasm", "cpu"],
      fallback: "auto",
      help: "What computes: native (TensorFlow's library), webgpu, wasm or cpu",
    },
    {
      name: "jobs",
      value: "N",
      fallback: String(DEFAULT_JOBS),
      help: "Pictures in flight: reading and writing go on while the network computes",
    },
    {
      name: "plugins",
      value: "DIR",
      repeat: true,
      complete: "folder",
      help: "Further plugin folder",
    },
  ]),
  ...group("Videos", [
    {
      name: "resume",
      help: "Goes on with a video that was interrupted",
    },
    {
      name: "codec",
      value: "NAME",
      choices: ["h264", "h265", "vp9", "av1"],
      fallback: "h264, vp9 in .webm",
      help: "Codec",
    },
    {
      name: "crf",
      value: "N",
      fallback: "17 (h264), 20 (h265), 24 (vp9), 26 (av1)",
      help: "Constant quality: lower is better and larger",
    },
    {
      name: "preset",
      value: "NAME",
      fallback: "medium",
      help: "Speed of the encoder, from ultrafast to veryslow",
    },
  ]),
  ...group("Messages", [
    { name: "dry-run", help: "Says what would be done with which sizes and tiles, and stops" },
    {
      name: "json",
      help:
        "Prints a line of JSON for each picture to standard output; all other text goes to standard error",
    },
    { name: "debug", help: "Errors show their stack" },
  ]),
];

function group(name: string, flags: readonly Omit<Flag, "group">[]): Flag[] {
  return flags.map((flag) => ({ ...flag, group: name }));
}
