/**
 * The target `tflite`: a FlatBuffer for LiteRT, TensorFlow Lite's runtime on phones and small computers.
 *
 * @module
 */
import { join } from "node:path";
import { withComposites } from "../composites.ts";
import { lower } from "../lowering.ts";
import type { ExportGraph } from "../graph.ts";
import type { Target, TargetOptions, Written } from "../target.ts";
import { LiteBuilder } from "./builder.ts";
import { writeModel } from "./flat_model.ts";
import { observe } from "./calibrate.ts";
import { quantize } from "./quantize.ts";
import { halveWeights } from "./half.ts";
import { writeMetadata } from "./metadata.ts";
import { TABLE } from "./table.ts";

const TITLE = "TensorFlow Lite";

async function write(graph: ExportGraph, folder: string, options: TargetOptions): Promise<Written> {
  const { precision = "fp32" } = options;
  const composed = withComposites(graph, ["PRelu", "Gelu", "PixelUnshuffle"]);
  const builder = new LiteBuilder(composed);
  lower(composed, TABLE, builder, TITLE);
  const model = builder.model(`${graph.name} (${graph.arch}), made by DenoSR`);
  if (precision === "fp16") halveWeights(model);
  if (precision === "int8") {
    const keys = new Set<string>();
    const at = new Map([...builder.places].map(([key, t]) => [t, key]));
    for (const o of model.operators) if (["CONV_2D", "DEPTHWISE_CONV_2D", "TRANSPOSE_CONV", "RELU", "LEAKY_RELU"].includes(o.op)) for (const t of [...o.inputs, ...o.outputs]) { const k = at.get(t); if (k && model.tensors[t]!.type === "FLOAT32" && !model.tensors[t]!.data) keys.add(k); }
    const t0 = performance.now();
    const seen = observe(composed, options.calibration! as any, new Map([...keys].map((k) => [k, model.tensors[builder.places.get(k)!]!.shape.at(-1)!])));
    const t1 = performance.now();
    console.log(quantize(model, new Map([...seen].map(([key, one]) => [builder.places.get(key)!, one]))), t1 - t0, performance.now() - t1);
  }
  const [, height, width] = model.tensors[model.input[1]]!.shape;
  const metadata = writeMetadata(graph, [height!, width!], model.description);
  const file = `${graph.name}.tflite`;
  await Deno.writeFile(join(folder, file), writeModel(model, metadata));
  return { model: file, files: [file], notes: [] };
}

/** See {@linkcode Target}. */
export const target = { name: "tflite", write } as unknown as Target;
