/**
 * What rows ask about the arguments of ops: numbers, sizes, axes, and the form of what elements are taken from.
 *
 * @module
 */
import type { SizeExpression } from "../../engine/native/size_expressions.ts";
import { fixedNumbers, sizesOf, type ValueRef } from "../graph.ts";
import { NoLowering } from "../lowering.ts";
import type { OnnxBuilder } from "./builder.ts";
import { FIRST, type Layout, PLACES } from "./layouts.ts";
import type { ElementKind } from "./model.ts";

/** Whole numbers of a constant. @throws {NoLowering} If it is none. */
export function wholes(builder: OnnxBuilder, ref: ValueRef, what: string): number[] {
  const values = fixedNumbers(builder.graph, ref);
  if (values === undefined) throw new NoLowering(`with ${what} that is computed`);
  return Array.from(values as ArrayLike<number | bigint>, Number);
}

/** Sizes of a constant, fixed or not. @throws {NoLowering} If it is none. */
export function sizesFrom(
  builder: OnnxBuilder,
  ref: ValueRef,
  what: string,
): readonly SizeExpression[] {
  const sizes = sizesOf(builder.graph, ref);
  if (sizes === undefined) throw new NoLowering(`with ${what} that is computed`);
  return sizes;
}

/** An axis from 0. */
export const positive = (axis: number, rank: number): number => axis < 0 ? axis + rank : axis;

/** The place of an axis of the intermediate form. */
export const placeOf = (axis: number, layout: Layout, rank: number): number =>
  layout === "first" ? PLACES[positive(axis, rank)]! : positive(axis, rank);

/** Whether two sizes are the same for all inputs. */
export function isSame(a: SizeExpression, b: SizeExpression): boolean {
  return JSON.stringify(a) === JSON.stringify(b) && !Number.isNaN(a.offset);
}

/** Order, type and name of the first input, for ops that do not change elements. */
export function follower(
  builder: OnnxBuilder,
  position: number,
  refs: readonly ValueRef[],
): { layout: Layout; kind: ElementKind; inputs: string[] } {
  const layout = builder.follow(position, refs);
  const kind = builder.common(refs);
  return { layout, kind, inputs: refs.map((ref) => builder.read(ref, layout, kind)) };
}

/** Sizes of all axes in the order `layout`. */
export function ordered<T>(sizes: readonly T[], layout: Layout): readonly T[] {
  return layout === "first" && sizes.length === 4 ? FIRST.map((axis) => sizes[axis]!) : sizes;
}
