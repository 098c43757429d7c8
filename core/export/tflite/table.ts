/**
 * The lowering table of TensorFlow Lite.
 *
 * @module
 */
import type { LoweringTable } from "../lowering.ts";
import type { LiteBuilder } from "./builder.ts";
import { IMAGE_ROWS } from "./rows_images.ts";
import { ELEMENT_ROWS, REDUCTION_ROWS } from "./rows_math.ts";
import { SHAPE_ROWS } from "./rows_shapes.ts";

const ROWS: LoweringTable<LiteBuilder> = {
  Placeholder() {}, // the builder begins with it
  Const() {}, // made where it is used
  ...ELEMENT_ROWS,
  ...REDUCTION_ROWS,
  ...IMAGE_ROWS,
  ...SHAPE_ROWS,
};

/** A row for each op that builtin operators can compute. */
export const TABLE: LoweringTable<LiteBuilder> = Object.fromEntries(
  Object.entries(ROWS).map(([op, row]) => [
    op,
    (builder: LiteBuilder, node: Parameters<typeof row>[1], position: number) => {
      if (builder.fused.has(position)) return;
      builder.enter(node);
      row(builder, node, position);
    },
  ]),
);
