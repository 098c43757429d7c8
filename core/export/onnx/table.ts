/**
 * What becomes of each op in ONNX.
 *
 * @module
 */
import type { LoweringTable } from "../lowering.ts";
import type { OnnxBuilder } from "./builder.ts";
import { COMPOSITE_ROWS } from "./composite_rows.ts";
import { ELEMENTWISE_ROWS } from "./elementwise_rows.ts";
import { PART_ROWS } from "./part_rows.ts";
import { PICTURE_ROWS } from "./picture_rows.ts";
import { REDUCTION_ROWS } from "./reduction_rows.ts";
import { SHAPE_ROWS } from "./shape_rows.ts";

const ROWS: LoweringTable<OnnxBuilder> = {
  // The builder knows the input, and makes constants in the form in which they are asked for.
  Placeholder: () => {},
  Const: () => {},
  ...ELEMENTWISE_ROWS,
  ...PICTURE_ROWS,
  ...REDUCTION_ROWS,
  ...SHAPE_ROWS,
  ...PART_ROWS,
  ...COMPOSITE_ROWS,
};

/** Rows by op. A node that became part of the one before, like a bias, is passed over. */
export const TABLE: LoweringTable<OnnxBuilder> = Object.fromEntries(
  Object.entries(ROWS).map(([op, row]) => [op, (builder, node, position) => {
    if (!builder.isDone(position)) row(builder, node, position);
  }]),
);
