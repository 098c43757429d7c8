/**
 * Exports to ONNX.
 *
 * @module
 */
import { basename, join } from "node:path";
import { ExitCode, UserError } from "../../errors.ts";
import { ONNXRUNTIME, openOnnxRuntime } from "../../runtimes/onnxruntime.ts";
import { bytes } from "../../text.ts";
import { VERSION } from "../../version.ts";
import { writeAtomic, writeAtomicText } from "../../storage/atomic.ts";
import { withComposites } from "../composites.ts";
import type { ExportGraph } from "../graph.ts";
import { lower } from "../lowering.ts";
import type { Target, TargetOptions } from "../target.ts";
import { INPUT, OnnxBuilder, OUTPUT } from "./builder.ts";
import { REPLACED } from "./composite_rows.ts";
import { encodeModel, type OnnxModel } from "./model.ts";
import { readme } from "./readme.ts";
import { TABLE } from "./table.ts";

/** Most bytes of a file: the encoding ends at 2 GiB. */
const MOST_BYTES = 2 ** 31 - 1;

/** The target `onnx`. */
export const target: Target = {
  name: "onnx",
  title: "ONNX",
  precisions: ["fp32", "fp16"],
  options: ["layout"],
  needs: { wheels: [ONNXRUNTIME], anyLibrary: true },
  async write(graph, folder, options) {
    const { model, parts } = onnxFile(graph, options);
    const size = parts.reduce((sum, { length }) => sum + length, 0);
    if (size > MOST_BYTES) {
      throw new UserError(
        `${graph.source}: ${bytes(size)} are too much for an ONNX file, which ends at 2 GiB` +
          (options.precision === "fp16" ? "" : ": --precision fp16 halves them"),
        ExitCode.DATA,
      );
    }
    const file = `${graph.name}.onnx`;
    await writeAtomic(join(folder, file), parts);
    await writeAtomicText(
      join(folder, "README.md"),
      readme(graph, file, size, model, options),
    );
    return { model: file, files: [file, "README.md"], notes: [] };
  },
  runtime: openOnnxRuntime,
};

/** The model and its file. */
export function onnxFile(
  graph: ExportGraph,
  { precision = "fp32", layout = "nchw" }: Pick<TargetOptions, "precision" | "layout">,
): { model: OnnxModel; parts: readonly Uint8Array<ArrayBuffer>[] } {
  const model = onnxModel(graph, precision === "fp16" ? "fp16" : "fp32", layout);
  return { model, parts: encodeModel(model) };
}

function onnxModel(
  graph: ExportGraph,
  precision: "fp32" | "fp16",
  layout: "nchw" | "nhwc",
): OnnxModel {
  const whole = withComposites(graph, REPLACED);
  const isFirst = layout === "nchw";
  const builder = new OnnxBuilder(
    whole,
    precision === "fp16" ? "float16" : "float32",
    isFirst ? "first" : "last",
  );
  lower(whole, TABLE, builder, "ONNX");
  const nodes = builder.finish();
  const { scale, inputChannels, outputChannels } = graph;
  const larger = (size: string) => scale === 1 ? size : `${scale}*${size}`;
  const port = (name: string, channels: number, h: string, w: string) => ({
    name,
    kind: "float32" as const,
    shape: isFirst ? ["n", channels, h, w] : ["n", h, w, channels],
  });
  return {
    name: graph.name,
    description: `${graph.arch}: ${INPUT} is an image in [0, 1], ${OUTPUT} the restored one` +
      (scale === 1 ? "." : `, ${scale} times as large.`),
    version: VERSION,
    nodes,
    tensors: builder.tensors,
    inputs: [port(INPUT, inputChannels, "h", "w")],
    outputs: [port(OUTPUT, outputChannels, larger("h"), larger("w"))],
    metadata: {
      arch: graph.arch,
      options: JSON.stringify(graph.options),
      scale: String(scale),
      input_channels: String(inputChannels),
      color: inputChannels === 3 ? "RGB" : inputChannels === 1 ? "gray" : "channels",
      range: "0..1",
      layout,
      precision,
      min_size: String(graph.minSize),
      ...(graph.noise === undefined ? {} : { noise: String(graph.noise) }),
      source: basename(graph.source),
      license: "unknown: that of the weights",
    },
  };
}
