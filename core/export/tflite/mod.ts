/**
 * The target `tflite`: a FlatBuffer for LiteRT, TensorFlow Lite's runtime on phones and small computers.
 *
 * @module
 */
import { join } from "node:path";
import { ExitCode, UserError } from "../../errors.ts";
import { LITERT, openLiteRt } from "../../runtimes/litert.ts";
import { withComposites } from "../composites.ts";
import type { ExportGraph } from "../graph.ts";
import { lower } from "../lowering.ts";
import type { Target, TargetOptions, Written } from "../target.ts";
import { LiteBuilder } from "./builder.ts";
import { chosenPictures, observe } from "./calibrate.ts";
import { type LiteModel, writeModel } from "./flat_model.ts";
import { halveWeights } from "./half.ts";
import { prune } from "./lite_graph.ts";
import { writeMetadata } from "./metadata.ts";
import { quantize, tensorsToObserve } from "./quantize.ts";
import { readme } from "./readme.ts";
import { TABLE } from "./table.ts";

const TITLE = "TensorFlow Lite";

/** See {@linkcode Target}. */
export const target: Target = {
  name: "tflite",
  title: TITLE,
  precisions: ["fp32", "fp16", "int8"],
  options: ["calibration"],
  // It hands LiteRT a function to call, for which Deno wants the grant for all libraries.
  needs: { wheels: [LITERT], anyLibrary: true },
  write,
  runtime: openLiteRt,
};

async function write(
  graph: ExportGraph,
  folder: string,
  options: TargetOptions,
): Promise<Written> {
  const { precision = "fp32" } = options;
  if (precision === "int8" && !options.calibration?.length) {
    throw new UserError(
      "int8 needs pictures like those that are to be restored, one at least: name their folder with --calibrate DIR",
      ExitCode.USAGE,
    );
  }
  const composed = withComposites(graph, ["PRelu", "Gelu", "PixelUnshuffle"]);
  const builder = new LiteBuilder(composed);
  lower(composed, TABLE, builder, TITLE);
  const model = builder.model(`${graph.name} (${graph.arch}), made by DenoSR`);
  if (precision === "fp16") halveWeights(model);
  const quantization = precision === "int8"
    ? calibrated(composed, builder, model, options.calibration!)
    : undefined;
  prune(model);
  const [, height, width] = model.tensors[model.input[1]]!.shape as [number, number, number];
  const bytes = writeModel(model, writeMetadata(graph, [height, width], model.description));
  const file = `${graph.name}.tflite`;
  await Deno.writeFile(join(folder, file), bytes);
  const text = readme({
    graph,
    file,
    bytes: bytes.length,
    precision,
    start: [height, width],
    quantization,
  });
  await Deno.writeTextFile(join(folder, "README.md"), text);
  const notes = quantization === undefined ? [] : [quantization];
  return { model: file, files: [file, "README.md"], notes };
}

/** Changes the model to int8; says how. */
function calibrated(
  graph: ExportGraph,
  builder: LiteBuilder,
  model: LiteModel,
  given: NonNullable<TargetOptions["calibration"]>,
): string {
  const pictures = chosenPictures(given, graph.minSize);
  const wanted = tensorsToObserve(model);
  const places = [...builder.places].filter(([, tensor]) => wanted.has(tensor));
  const keys = new Map(places.map(([key, tensor]) => [tensor, key])); // one value of those that share a tensor: the last
  const seen = observe(graph, pictures, new Set(keys.values()));
  const { integers, floats } = quantize(
    model,
    new Map(
      [...keys].flatMap(([tensor, key]) => {
        const one = seen.get(key);
        return one === undefined ? [] : [[tensor, one] as const];
      }),
    ),
  );
  const rest = floats === 0 ? "" : `, ${floats} in float32 (means of whole images, or always 0)`;
  return `${integers} of ${integers + floats} convolutions are in int8${rest}; ` +
    `calibrated with the middles of ${pictures.length} of ${given.length} pictures.`;
}
