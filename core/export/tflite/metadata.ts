/**
 * What a model says about itself: `TFLITE_METADATA`, a FlatBuffer of its own inside the file.
 *
 * From tensorflow_lite_support/metadata/metadata_schema.fbs, version 1.1.0.
 *
 * @module
 */
import type { ExportGraph } from "../graph.ts";
import { FlatTable, scalar, writeFlatBuffer } from "./flatbuffer.ts";

const IDENTIFIER = "M001";

/** `ColorSpaceType`. */
const COLORS: Readonly<Record<number, number>> = { 3: 1, 1: 2 };

/** `ContentProperties.ImageProperties` and `ProcessUnitOptions.NormalizationOptions`. */
const IMAGE = 2, NORMALIZATION = 1;

/** The metadata: name, what goes in and comes out, and how pixels become numbers. */
export function writeMetadata(
  graph: ExportGraph,
  start: readonly [height: number, width: number],
  description: string,
): Uint8Array<ArrayBuffer> {
  const { name, scale, inputChannels, outputChannels } = graph;
  const input = imageTable(
    "lq",
    "Images to restore: float32, RGB, 0 to 1, any number, height and width.",
    inputChannels,
    start,
    // Pixels from 0 to 255 become numbers from 0 to 1.
    new FlatTable({
      0: scalar("u8", NORMALIZATION),
      1: new FlatTable({ 0: Float32Array.of(0), 1: Float32Array.of(255) }),
    }),
  );
  const output = imageTable(
    "sr",
    `Restored images, ${scale} times as high and wide: float32, RGB, 0 to 1, not clipped.`,
    outputChannels,
    [scale * start[0], scale * start[1]],
  );
  const subgraph = new FlatTable({ 2: [input], 3: [output] });
  return writeFlatBuffer(
    new FlatTable({ 0: name, 1: description, 2: "1", 3: [subgraph], 7: "1.0.0" }),
    IDENTIFIER,
  );
}

function imageTable(
  name: string,
  description: string,
  channels: number,
  [height, width]: readonly [number, number],
  unit?: FlatTable,
): FlatTable {
  const image = new FlatTable({
    0: scalar("i8", COLORS[channels] ?? 0),
    1: new FlatTable({ 0: scalar("u32", width), 1: scalar("u32", height) }),
  });
  return new FlatTable({
    0: name,
    1: description,
    2: ["batch", "height", "width", "channels"],
    3: new FlatTable({ 0: scalar("u8", IMAGE), 1: image }),
    4: unit && [unit],
    5: new FlatTable({ 0: Float32Array.of(1), 1: Float32Array.of(0) }),
  });
}
