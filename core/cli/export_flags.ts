/**
 * The flags of `export`, for the table of commands.
 *
 * @module
 */
import type { Flag } from "./flags.ts";
import { PLUGINS, STACKS } from "./shared_flags.ts";

const MODEL = "Model", FORM = "Form", CHECK = "Check and output";

/** The flags in the order of the help. */
export const EXPORT_FLAGS: readonly Flag[] = [
  {
    name: "model",
    value: "MODEL",
    complete: "path",
    fallback:
      "what the options file names, else realesr-animevideov3, which comes with the program",
    help: "File of weights of any kind that weights inspect reads, or a name from zoo list",
    group: MODEL,
  },
  {
    name: "opt",
    value: "FILE",
    complete: "path",
    help:
      "Options file of a training or test, also as -opt FILE: its network_g says what weights alone do not show",
    group: MODEL,
  },
  {
    name: "param_key",
    value: "KEY",
    fallback: "params_ema, else params, else what is there",
    help: "Set of parameters in the file",
    group: MODEL,
  },
  {
    name: "noise",
    value: "SIGMA",
    fallback: "15",
    help: "Noise to remove, from 0 to 255, built into networks that are told it (FFDNet, DRUNet)",
    group: MODEL,
  },
  { ...PLUGINS, group: MODEL },
  {
    name: "to",
    value: "LIST",
    required: true,
    help: "Targets with commas between: savedmodel, frozen, onnx, tflite, tfjs, ncnn, web, or all",
    group: FORM,
  },
  {
    name: "output",
    short: "o",
    value: "DIR",
    required: true,
    complete: "folder",
    help: "Folder for the exports, also as -o DIR: each target gets a folder in it",
    group: FORM,
  },
  {
    name: "name",
    value: "WORD",
    fallback: "that of the weights",
    help: "Name of the model in the names of files",
    group: FORM,
  },
  {
    name: "precision",
    value: "NAME",
    choices: ["fp32", "fp16", "int8"],
    fallback: "each target's own",
    help:
      "How numbers are kept, where a target has it: fp16 halves files; int8 (tflite) takes --calibrate",
    group: FORM,
  },
  {
    name: "layout",
    value: "ORDER",
    choices: ["nchw", "nhwc"],
    fallback: "nchw",
    help: "Order of the axes of images (onnx)",
    group: FORM,
  },
  {
    name: "calibrate",
    value: "PATH…",
    many: true,
    complete: "path",
    help: "Pictures, or folders of them, like those that the network will get (int8)",
    group: FORM,
  },
  {
    name: "quantize",
    value: "TYPE",
    choices: ["float16", "uint16", "uint8"],
    help: "How weights are kept (tfjs); they are computed with in float32",
    group: FORM,
  },
  {
    name: "shard_mb",
    value: "N",
    fallback: "4",
    help: "Largest file of weights, in MiB (tfjs, web)",
    group: FORM,
  },
  {
    name: "model_version",
    value: "N",
    fallback: "1",
    help: "Number of the version, which is a folder of its own (savedmodel)",
    group: FORM,
  },
  {
    name: "verify",
    help: "Runs each model in the program that it is for, and compares; what is done anyhow",
    group: CHECK,
  },
  {
    name: "no-verify",
    help:
      "Writes without running each model in the program that it is for, which is fetched if it is missing",
    group: CHECK,
  },
  { name: "overwrite", help: "Replaces exports that are there", group: CHECK },
  {
    name: "json",
    help: "Prints what was made as JSON; all other text goes to standard error",
    group: CHECK,
  },
  { ...STACKS, group: CHECK },
];
