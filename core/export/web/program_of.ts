/**
 * From the intermediate form to the program of the page, and to the bytes of its weights.
 *
 * @module
 */
import { withComposites } from "../composites.ts";
import { fitsFloat16 } from "../float16.ts";
import type { ExportGraph } from "../graph.ts";
import { lower } from "../lowering.ts";
import { type BuiltConstant, ProgramBuilder } from "./builder.ts";
import type { Program, StoredConstant } from "./program.ts";
import { ROWS } from "./rows.ts";

/** A program with its weights. */
export interface BuiltProgram {
  /** What is computed. */
  readonly program: Program;
  /** Files of weights, in the order of {@linkcode Program.weights}. */
  readonly files: readonly Uint8Array<ArrayBuffer>[];
}

/** So few numbers are kept in float32 in any case: biases, slopes, factors. */
const FEW = 2048;

/** Sides of the images at which memory is measured. */
const MEASURED = 256;

/**
 * Translates a network.
 *
 * @throws {UserError} DATA, for what the page has no kernel for; names it.
 */
export function programOf(
  graph: ExportGraph,
  options: { readonly precision: "fp32" | "fp16"; readonly shardBytes: number },
): BuiltProgram {
  const composed = withComposites(graph, ["PRelu"]);
  const builder = new ProgramBuilder(composed);
  lower(composed, ROWS, builder, "web");
  const { output } = builder;
  const { constants, bytes } = stored(builder.constants, options.precision);
  const files = Array.from(
    { length: Math.ceil(bytes.length / options.shardBytes) },
    (_, i) => bytes.slice(i * options.shardBytes, (i + 1) * options.shardBytes),
  );
  const side = Math.ceil(MEASURED / graph.multiple) * graph.multiple;
  const { peak, largest } = builder.bytes(side, side);
  const program: Program = {
    format: 1,
    name: graph.name,
    arch: graph.arch,
    parameters: graph.parameters,
    precision: options.precision,
    scale: graph.scale,
    inputChannels: graph.inputChannels,
    outputChannels: graph.outputChannels,
    multiple: graph.multiple,
    padding: graph.padding,
    radius: Number.isFinite(graph.radius) ? graph.radius : null,
    bytesPerPixel: Math.ceil(peak / side ** 2),
    largestPerPixel: Math.ceil(largest / side ** 2),
    weights: files.map((_, i) => `weights-${i + 1}.bin`),
    weightBytes: bytes.length,
    constants,
    steps: builder.steps,
    output,
  };
  return { program, files };
}

/** Puts all constants behind each other. */
function stored(
  built: readonly BuiltConstant[],
  precision: "fp32" | "fp16",
): { readonly constants: StoredConstant[]; readonly bytes: Uint8Array<ArrayBuffer> } {
  const constants: StoredConstant[] = [], parts: { offset: number; bytes: Uint8Array }[] = [];
  let offset = 0;
  for (const constant of built) {
    const { value, shape, dtype } = constant;
    const { type, bytes } = packed(constant, precision);
    constants.push({ value, shape, dtype, stored: type, offset });
    parts.push({ offset, bytes });
    offset += Math.ceil(bytes.length / 4) * 4;
  }
  const bytes = new Uint8Array(offset);
  for (const part of parts) bytes.set(part.bytes, part.offset);
  return { constants, bytes };
}

function packed(
  { dtype, numbers }: BuiltConstant,
  precision: "fp32" | "fp16",
): { readonly type: StoredConstant["stored"]; readonly bytes: Uint8Array } {
  const values = Array.from(numbers as ArrayLike<number | bigint>, Number);
  if (dtype === "bool") return { type: "bool", bytes: Uint8Array.from(values) };
  if (dtype === "int32") {
    return { type: "int32", bytes: new Uint8Array(Int32Array.from(values).buffer) };
  }
  if (precision === "fp16" && values.length > FEW && fitsFloat16(values)) {
    return { type: "float16", bytes: new Uint8Array(Float16Array.from(values).buffer) };
  }
  return { type: "float32", bytes: new Uint8Array(Float32Array.from(values).buffer) };
}
