/**
 * The commands that take networks out of the program.
 *
 * @module
 */
import { later } from "./_later.ts";
import { COMPILE_TARGETS } from "./compile_targets.ts";
import { EXPORT_FLAGS } from "./export_flags.ts";
import type { Command } from "./flags.ts";
import { STACKS } from "./shared_flags.ts";

/** In the order of the overview. */
export const SHIPPING_COMMANDS: readonly Command[] = [
  {
    name: "export",
    summary: "Write a network as a model of other programs: ONNX, TensorFlow, TFLite, …",
    description:
      "Records a network for images of all sizes, writes it for each target, computes it there at two sizes, compares " +
      "the numbers with those of this program's own engine, and only then puts it in its place: DIR/onnx, DIR/tflite " +
      "and so on, each with a README.md that says how to run it.",
    flags: EXPORT_FLAGS,
    notes: [
      "Targets: savedmodel (TensorFlow Serving, Vertex AI, Python), frozen (GraphDef, for MACE and older tools), onnx " +
      "(ONNX Runtime, TensorRT), tflite (LiteRT: phones), tfjs (TensorFlow.js, UpscalerJS), ncnn " +
      "(Real-ESRGAN-ncnn-vulkan, Upscayl), web (a page that restores pictures in the visitor's browser).",
      "Verification needs the program that a model is for. What is missing is fetched once into the cache by pip or " +
      "uv (deno task setup --runtimes fetches ahead), or DENOSR_ONNXRUNTIME, DENOSR_LITERT and DENOSR_PYTHON name " +
      "what is there. Largest differences let pass: 1e-4 of the output's range in fp32, 2e-2 in fp16; in int8 the PSNR " +
      "against fp32 must be 30 dB or more.",
      "Exit codes: 0 all written and verified; 1 some targets failed, or were not the same when computed, and left " +
      "nothing; 2 usage, or exports that are there already; 3 something is missing on this machine; 4 weights that are " +
      "not there or that no network is known for, pictures that cannot be read, or a network that the only target has " +
      "no operators for; 6 weights are damaged, or files cannot be written; 130, 143 stopped.",
    ],
    examples: [
      "deno task export --to onnx -o exported",
      "deno task export --model net_g_latest.safetensors --to savedmodel,tflite -o out --name doors_x4",
      "deno task export -opt options/train_RCAN_x2.yml --to all -o exported",
      "deno task export --to tflite --precision int8 --calibrate photos/ -o phone",
    ],
    run: async (parsed) =>
      (await later<typeof import("./export.ts")>("cli/export.ts")).runExport(parsed),
  },
  {
    name: "compile",
    summary: "Make one executable of restore with a model inside",
    description:
      "Writes a program that restores pictures on machines without Deno: this program, its packages and a model in one " +
      "file, by deno compile. It may read and write files and start ffmpeg, and cannot use the network. What it holds " +
      "is listed with sizes.",
    flags: [
      {
        name: "model",
        value: "MODEL",
        complete: "path",
        fallback: "realesr-animevideov3, which comes with the program",
        help:
          "File of weights, or a name from zoo list, that it restores with unless told otherwise",
      },
      {
        name: "output",
        short: "o",
        value: "FILE",
        complete: "path",
        fallback: "denosr-restore",
        help: "The executable, also as -o FILE",
      },
      {
        name: "target",
        value: "MACHINE",
        choices: Object.keys(COMPILE_TARGETS),
        fallback: "this one",
        help: "Machine that it is for",
      },
      { name: "overwrite", help: "Replaces the file if it is there" },
      { name: "dry-run", help: "Lists what it would hold, and stops" },
      STACKS,
    ],
    notes: [
      "deno compile takes Deno's runtime for executables (denort) from dl.deno.land, once for each version; where that " +
      "cannot be reached, DENORT_BIN names it. libtensorflow is not part of the executable, which looks for it on the " +
      "machine where it runs, and takes WebAssembly where there is none.",
    ],
    examples: [
      "deno task compile -o denosr-restore",
      "deno task compile --model RealESRGAN_x4plus -o enlarge --target x86_64-pc-windows-msvc",
    ],
    run: async (parsed) =>
      (await later<typeof import("./compile.ts")>("cli/compile.ts")).runCompile(parsed),
  },
];
