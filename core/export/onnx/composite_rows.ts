/**
 * Rows of composites.
 *
 * @module
 */
import { attribute, type ValueRef } from "../graph.ts";
import type { LoweringTable, Row } from "../lowering.ts";
import type { CompositeName } from "../composites.ts";
import type { OnnxBuilder } from "./builder.ts";
import { compute } from "./elementwise_rows.ts";

type OnnxRow = Row<OnnxBuilder>;

const prelu: OnnxRow = (builder, node, position) => {
  const [x, slopes] = node.inputs as [ValueRef, ValueRef];
  const layout = builder.follow(position, [x]);
  const kind = builder.common([x]);
  const inputs = [builder.read(x, layout, kind), builder.read(slopes, layout, kind)];
  builder.emit(position, "PRelu", inputs, {}, layout, kind);
};

/** In the form in which other programs know it; ONNX has an op for it in opset 20 only. */
const gelu: OnnxRow = (builder, node, position) => {
  const [x] = node.inputs as [ValueRef];
  const layout = builder.follow(position, [x]);
  const kind = builder.common([x]);
  const result = compute(builder, node, kind, (step, [value], number) => {
    const erf = step("Erf", [step("Div", [value!, number(Math.SQRT2)])]);
    const product = step("Mul", [value!, step("Add", [erf, number(1)])]);
    return step("Mul", [product, number(0.5)]);
  }, [builder.read(x, layout, kind)]);
  builder.define(position, 0, result, layout, kind);
};

/**
 * ONNX normalizes the last axes. Between convolutions, where channels come first, two transpositions would cost more than what
 * the op consists of.
 */
const layerNorm: OnnxRow = (builder, node, position) => {
  const [x, gamma, beta] = node.inputs as [ValueRef, ValueRef, ValueRef];
  const epsilon = Number(attribute(node, "epsilon"));
  const rank = builder.rank(x);
  const layout = rank !== 4 || builder.has(x, "last") || builder.wanted(position) === "last"
    ? "last"
    : "first";
  if (layout === "last") {
    // It computes the mean and the variance in float32 by itself (stash_type).
    const kind = builder.common([x]);
    const inputs = [x, gamma, beta].map((ref) => builder.read(ref, "last", kind));
    return builder.emit(
      position,
      "LayerNormalization",
      inputs,
      {
        axis: { int: -1 },
        epsilon: { float: epsilon },
      },
      "last",
      kind,
    );
  }
  const kind = builder.common([x], true);
  const inputs = [x, gamma, beta].map((ref) => builder.read(ref, "first", kind));
  const result = compute(builder, node, kind, (step, [value, scale, shift], number) => {
    const mean = (of: string) =>
      step("ReduceMean", [of], { axes: { ints: [1] }, keepdims: { int: 1 } });
    const centred = step("Sub", [value!, mean(value!)]);
    const variance = mean(step("Mul", [centred, centred]));
    const deviation = step("Sqrt", [step("Add", [variance, number(epsilon)])]);
    return step("Add", [step("Mul", [step("Div", [centred, deviation]), scale!]), shift!]);
  }, inputs);
  builder.define(position, 0, result, "first", kind);
};

/** Rows by composite; {@linkcode PICTURE_ROWS} has the one that moves pixels. */
export const COMPOSITE_ROWS: LoweringTable<OnnxBuilder> = {
  PRelu: prelu,
  Gelu: gelu,
  LayerNorm: layerNorm,
};

/** What is replaced before ops are looked up. */
export const REPLACED: readonly CompositeName[] = ["PRelu", "Gelu", "LayerNorm", "PixelUnshuffle"];
