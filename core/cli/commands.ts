/**
 * The commands: one table feeds parsing, help and near matches. What a command does is imported when it runs.
 *
 * @module
 */

import { PRECISIONS } from "../engine/engine.ts";
import { later } from "./_later.ts";
import type { Command, Flag } from "./flags.ts";
import { PICTURE_COMMANDS } from "./picture_commands.ts";
import { SHIPPING_COMMANDS } from "./shipping_commands.ts";
import { ENGINE, PLUGINS, SHELLS, STACKS } from "./shared_flags.ts";

export type { Command, Flag, FlagValues, Parsed } from "./flags.ts";

/** `--precision` of a command that has it as `key` in the options file. */
function precision(key: string, what: string): Flag {
  return {
    name: "precision",
    value: "NAME",
    choices: PRECISIONS,
    fallback: `fp32, or ${key} in the options file, before which it goes`,
    help: `Arithmetic of ${what}; bf16 and fp16 are faster where the hardware has them`,
  };
}
const DEBUG: Flag = {
  name: "debug",
  help: "BasicSR's debug mode (short intervals, no TensorBoard); errors show their stack",
};
const OPT: Flag = {
  name: "opt",
  value: "FILE",
  required: true,
  help: "Options file in YAML, also as -opt FILE",
};
const RUN_FLAGS: readonly Flag[] = [
  {
    name: "force_yml",
    value: "KEY=VALUE…",
    many: true,
    help: "Changes options, for example train:total_iter=100 val:save_img=true",
  },
  {
    name: "plugins",
    value: "DIR",
    repeat: true,
    help: "Further plugin folder, besides plugins/ and plugins: in the options file",
  },
  DEBUG,
  { name: "dry-run", help: "Checks the options and the plugins, says what would run, and stops" },
  {
    name: "launcher",
    value: "NAME",
    choices: ["none", "pytorch", "slurm"],
    fallback: "none",
    help: "As in BasicSR; only none is available in this version",
  },
  {
    name: "local_rank",
    value: "N",
    help: "Accepted as in BasicSR, of no effect with --launcher none",
  },
];

/** Every command, in the order of the overview. */
export const COMMANDS: readonly Command[] = [
  ...PICTURE_COMMANDS,
  ...SHIPPING_COMMANDS,
  {
    name: "train",
    summary: "Train a network as an options file describes",
    description:
      "Trains, validates, and writes checkpoints, log, pictures and report.html to experiments/<name>. " +
      "Ctrl-C saves and leaves; the same command with --auto_resume goes on exactly where it stopped.",
    flags: [OPT, ENGINE, precision("train.precision", "the training step"), ...RUN_FLAGS, {
      name: "auto_resume",
      help: "Goes on from the newest intact checkpoint of this experiment, if there is one",
    }],
    examples: [
      "deno task train -opt options/train_demo_x2.yml",
      "deno task train -opt options/train_RCAN_x2.yml --auto_resume",
      "deno task train -opt options/train_demo_x2.yml --force_yml train:total_iter=200 name=short",
    ],
    run: async (parsed) => (await later<typeof import("./run.ts")>("cli/run.ts")).runTrain(parsed),
  },
  {
    name: "test",
    summary: "Evaluate weights on the test sets that an options file names",
    description:
      "Restores every image of the test sets, prints a table of metrics beside bicubic's, and writes " +
      "metrics.json and, with val.save_img, the pictures to the results folder that the options name.",
    flags: [OPT, ENGINE, precision("val.precision", "restoring pictures"), ...RUN_FLAGS],
    examples: [
      "deno run -A mod.ts test -opt options/test_RCAN_x2.yml",
      "deno task evaluate -opt options/test_RCAN_x2.yml --engine wasm",
    ],
    run: async (parsed) => (await later<typeof import("./run.ts")>("cli/run.ts")).runTest(parsed),
  },
  {
    name: "setup",
    summary: "Fetch the native engine's library into the cache",
    description:
      "Looks for libtensorflow (DENOSR_LIBTENSORFLOW, tfjs-node-gpu's folder, Python's site-packages, the cache) and, " +
      "if there is none, has pip or uv download it once. Training and testing do the same by themselves.",
    flags: [
      { name: "gpu", help: "Fetches the CUDA build even if no NVIDIA GPU is seen" },
      { name: "cpu", help: "Fetches the CPU build even if an NVIDIA GPU is seen" },
      { name: "if-missing", help: "Says nothing when the library is there" },
      {
        name: "runtimes",
        value: "LIST",
        help:
          "Fetches also what exports to these targets are verified with, for example onnx,tflite, or all",
      },
      STACKS,
    ],
    examples: ["deno task setup"],
    run: async (parsed) =>
      (await later<typeof import("./setup.ts")>("cli/setup.ts")).runSetup(parsed),
  },
  {
    name: "new",
    summary: "Write a plugin template with its test",
    words: "KIND NAME",
    complete: ["arch", "model", "dataset", "loss", "metric", "hook"],
    description:
      "Writes a plugin that works as it stands, and its test: for arch MyNet the files " +
      "plugins/archs/my_net_arch.ts and tests/plugins/archs/my_net_arch_test.ts. KIND is arch, model, dataset, " +
      "loss, metric or hook; NAME is the class name that options files will use.",
    flags: [
      { name: "dir", value: "DIR", fallback: "plugins", help: "Plugin folder to write to" },
      { name: "force", help: "Overwrites existing files" },
      STACKS,
    ],
    examples: ["deno task new arch MyNet", "deno task new loss MyLoss"],
    run: async (parsed) => (await later<typeof import("./new.ts")>("cli/new.ts")).runNew(parsed),
  },
  {
    name: "schema",
    summary: "Write the JSON Schema of options files, for editors",
    description:
      "Writes options/schema.json, which editors use through the first line of an options file " +
      "(# yaml-language-server: $schema=schema.json). Run it again after adding a plugin.",
    flags: [
      { name: "out", value: "FILE", fallback: "options/schema.json", help: "Where to write it" },
      PLUGINS,
      STACKS,
    ],
    examples: ["deno task schema"],
    run: async (parsed) =>
      (await later<typeof import("./schema.ts")>("cli/schema.ts")).runSchema(parsed),
  },
  {
    name: "weights",
    summary: "Say what a file of weights holds; convert it to another kind",
    words: "inspect FILE… | convert FILE",
    complete: ["inspect", "convert"],
    description:
      "Reads safetensors, .pth (nothing in it is run), ncnn's .param with .bin, and layers models of TensorFlow.js. " +
      "inspect shows tensors, network and a network_g block for options files. convert writes .safetensors, .pth " +
      "or, of RRDBNet and SRVGGNetCompact, .param with .bin as Real-ESRGAN's ncnn programs take them.",
    flags: [
      {
        name: "output",
        short: "o",
        value: "FILE",
        help: "File to write, also as -o FILE; what is written is told by its extension",
      },
      { name: "half", help: "Writes float16" },
      {
        name: "param_key",
        value: "KEY",
        fallback: "params, or whichever is there; convert takes params and params_ema",
        help: "Set of parameters in the file",
      },
      { name: "overwrite", help: "Overwrites existing files" },
      { name: "keys", help: "Shows all names, not just the first" },
      { name: "json", help: "Prints what is known of the file as JSON" },
      PLUGINS,
      STACKS,
    ],
    examples: [
      "deno task weights inspect net_g_latest.pth",
      "deno task weights convert RealESRGAN_x4plus.pth -o x4plus.safetensors --half",
      "deno task weights convert net_g_latest.safetensors -o x4.param --half",
    ],
    run: async (parsed) =>
      (await later<typeof import("./weights.ts")>("cli/weights.ts")).runWeights(parsed),
  },
  {
    name: "zoo",
    summary: "List pretrained models, fetch them, say where they lie",
    words: "[list WORD… | fetch NAME… | info NAME… | path NAME…]",
    complete: ["list", "fetch", "info", "path"],
    description:
      "Lists the models of plugins/zoo/*.yml, or those that have every WORD in name, arch, license or purpose; " +
      "fetches the weights of a model into the cache, checked by length and SHA-256; tells what is known of it; " +
      "prints the path of its file. Options files name a model as pretrain_network_g: zoo:NAME.",
    flags: [
      {
        name: "plugins",
        value: "DIR",
        repeat: true,
        help: "Further plugin folder, whose zoo/*.yml count as well",
      },
      STACKS,
    ],
    examples: [
      "deno task zoo",
      "deno task zoo list swinir x2",
      "deno task zoo fetch RealESRGAN_x4plus",
      "deno task zoo info EDSR_Mx2_DIV2K",
    ],
    run: async (parsed) => (await later<typeof import("./zoo.ts")>("cli/zoo.ts")).runZoo(parsed),
  },
  {
    name: "metrics",
    summary: "Measure a folder of restored pictures against ground truth",
    description:
      "Prints PSNR, SSIM and others for each picture and their means, each with its recipe. Pictures are paired by " +
      "name; those without partner are listed, and the exit code is 4. lpips and fid need weights that deno task zoo " +
      "fetch brings: without them nothing is computed, and the message says what to put where.",
    flags: [
      { name: "restored", value: "DIR", required: true, help: "Folder of restored pictures" },
      { name: "gt", value: "DIR", help: "Folder of ground truth; niqe alone does without" },
      {
        name: "metric",
        value: "LIST",
        required: true,
        help:
          "Names with commas between: psnr, ssim, ms_ssim, niqe, lpips, fid, psnr_pt, ssim_pt, " +
          "or those of plugins without calculate_",
      },
      {
        name: "crop-border",
        value: "N",
        fallback: "0",
        help: "Pixels cut off at each side; usually the scale. Not of fid",
      },
      { name: "y", help: "Compares the Y channel (BT.601) in psnr, ssim and ms_ssim" },
      {
        name: "suffix",
        value: "TEXT",
        help: "What restored names have behind those of ground truth, before the extension",
      },
      {
        name: "correct-mean-var",
        help:
          "Gives restored pictures mean and deviation of ground truth first, channel by channel",
      },
      {
        name: "lpips-net",
        value: "NAME",
        choices: ["alex", "vgg", "squeeze"],
        fallback: "alex",
        help: "Network of lpips",
      },
      { name: "csv", value: "FILE", help: "Writes a line for each number, with its recipe" },
      { name: "json", value: "FILE", help: "Writes everything, orphans too" },
      { ...ENGINE, fallback: "auto" },
      PLUGINS,
      STACKS,
    ],
    examples: [
      "deno task metrics --gt data/Set5/GT --restored results/Set5 --metric psnr,ssim --y",
      "deno task metrics --restored results/real --metric niqe --csv niqe.csv",
    ],
    run: async (parsed) =>
      (await later<typeof import("./metrics.ts")>("cli/metrics.ts")).runMetrics(parsed),
  },
  {
    name: "doctor",
    summary: "Say what is here, what is amiss, and what to do about it",
    description:
      "Starts the engine that auto would take, in a process of its own, and looks at library, devices, precisions, " +
      "memory, disk, permissions, versions, plugins, weights, codecs and ffmpeg. Each problem comes with what to do. " +
      "The text holds no user name and can be pasted into a bug report. Exit code 3 if something needed is missing.",
    flags: [{ name: "json", help: "Prints everything as JSON" }, PLUGINS, STACKS],
    examples: ["deno task doctor", "deno task doctor --json"],
    run: async (parsed) =>
      (await later<typeof import("./doctor.ts")>("cli/doctor.ts")).runDoctor(parsed),
  },
  {
    name: "completion",
    summary: "Print a script that completes commands and flags in bash, zsh or fish",
    words: "bash | zsh | fish",
    complete: SHELLS,
    description:
      "Prints a script that completes commands, flags and their values: for denosr, where a program or alias of that " +
      "name starts mod.ts, and in bash and fish for deno task as well.",
    flags: [STACKS],
    notes: [
      'bash: put eval "$(deno run -A /path/to/mod.ts completion bash)" into ~/.bashrc. zsh: write it to a file named ' +
      "_denosr in a folder of $fpath. fish: put deno run -A /path/to/mod.ts completion fish | source into config.fish.",
    ],
    examples: ["deno run -A mod.ts completion bash", "deno run -A mod.ts completion zsh"],
    run: async (parsed) =>
      (await later<typeof import("./completion.ts")>("cli/completion.ts")).runCompletion(parsed),
  },
];
