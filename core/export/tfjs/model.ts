/**
 * A graph model of TensorFlow.js in memory: `model.json` and files of weights.
 *
 * @module
 */
import { VERSION } from "../../version.ts";
import { withComposites } from "../composites.ts";
import { type ExportGraph, fixedValue, typeOf, type ValueRef } from "../graph.ts";
import { lower } from "../lowering.ts";
import type { TargetOptions } from "../target.ts";
import { TfjsBuilder, typeAttribute } from "./builder.ts";
import { fuse } from "./fuse.ts";
import { type NodeJson, type ShapeJson, shapeJson, typeName } from "./node_json.ts";
import { numberOf } from "./builder.ts";
import { TFJS_ROWS } from "./rows.ts";
import { type ManifestGroupJson, packWeights, type Shard } from "./weights.ts";

/** A tensor of the signature. */
export interface TensorInfoJson {
  /** Name of the value. */
  readonly name: string;
  /** Type. */
  readonly dtype: string;
  /** Sizes, -1 for those of the image. */
  readonly tensorShape: ShapeJson;
}

/** What `model.json` holds. */
export interface TfjsModelJson {
  /** `graph-model`. */
  readonly format: "graph-model";
  /** Who wrote the graph. */
  readonly generatedBy: string;
  /** Who made it a graph model. */
  readonly convertedBy: string;
  /** Input `lq` and output `sr`. */
  readonly signature: {
    readonly inputs: Readonly<Record<string, TensorInfoJson>>;
    readonly outputs: Readonly<Record<string, TensorInfoJson>>;
  };
  /** The graph. */
  readonly modelTopology: {
    readonly node: readonly NodeJson[];
    readonly versions: { readonly producer: number; readonly minConsumer: number };
  };
  /** Weights. */
  readonly weightsManifest: readonly ManifestGroupJson[];
  /** What people may want to know of it. */
  readonly userDefinedMetadata: Readonly<Record<string, unknown>>;
}

/** A graph model. */
export interface TfjsModel {
  /** `model.json`. */
  readonly json: TfjsModelJson;
  /** Files of weights, to be put beside it. */
  readonly shards: readonly Shard[];
}

/** Browsers cache files of this size. */
const SHARD_BYTES = 4 << 20;

/** GraphDef's version, as TensorFlow 2 writes it. */
const PRODUCER = 1882, MIN_CONSUMER = 12;

/**
 * Makes a graph model of a network.
 *
 * @throws {UserError} DATA, if TensorFlow.js has nothing for an op of the network.
 */
export function tfjsModel(
  graph: ExportGraph,
  { quantize, shardBytes = SHARD_BYTES }: Pick<TargetOptions, "quantize" | "shardBytes"> = {},
): TfjsModel {
  const found = withComposites(graph, ["PRelu"]);
  const builder = new TfjsBuilder(found);
  lower(found, TFJS_ROWS, builder, "tfjs");
  const input = { node: found.input, index: 0 };
  const output = outputName(builder, found.output);
  const nodes = fuse(builder.nodes, output);
  const live = new Set(nodes.map(({ name }) => name));
  const weights = builder.weights.filter(({ name }) => live.has(name));
  const { manifest, shards } = packWeights(weights, quantize, shardBytes);
  const json: TfjsModelJson = {
    format: "graph-model",
    generatedBy: `DenoSR ${VERSION}`,
    convertedBy: `DenoSR ${VERSION}`,
    signature: {
      inputs: { lq: tensorInfo(found, input, builder.value(input)) },
      outputs: { sr: tensorInfo(found, found.output, output) },
    },
    modelTopology: {
      node: nodes,
      versions: { producer: PRODUCER, minConsumer: MIN_CONSUMER },
    },
    weightsManifest: manifest,
    userDefinedMetadata: {
      arch: found.arch,
      scale: found.scale,
      inputRange: [0, 1],
      outputRange: [0, 1],
      minSize: found.minSize,
      ...found.noise === undefined ? {} : { noise: found.noise },
    },
  };
  return { json, shards };
}

/** The executor takes the first output of a node for the model's output. */
function outputName(builder: TfjsBuilder, ref: ValueRef): string {
  const { dtype } = typeOf(builder.graph, ref);
  const name = builder.value(ref);
  if (name === "sr") return name;
  return builder.put("sr", "Identity", [name], [typeAttribute("T", numberOf(dtype))]);
}

function tensorInfo(graph: ExportGraph, ref: ValueRef, name: string): TensorInfoJson {
  const { dtype, shape } = typeOf(graph, ref);
  const sizes = shape.map((size) => fixedValue(size) ?? -1);
  return { name: `${name}:0`, dtype: typeName(dtype), tensorShape: shapeJson(sizes) };
}
