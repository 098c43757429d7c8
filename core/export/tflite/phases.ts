/**
 * Transposed convolutions as plain ones: each of stride² positions inside a block is a convolution of its own, and all of them
 * together are one with stride² times as many channels, whose result is put in blocks. Other than with `TRANSPOSE_CONV`, the size
 * of the result is known before the model runs.
 *
 * @module
 */
import { evaluate, fixedSize, type SizeExpression } from "../../engine/native/size_expressions.ts";
import { paddingOf, strides, weightName } from "./attributes.ts";
import type { LiteBuilder } from "./builder.ts";
import { options } from "./rows_math.ts";
import { Activation, Padding } from "./schema.ts";

/** Where along an axis the phases look. */
interface Axis {
  /** Rows of zeros before the image. */
  readonly before: number;
  /** Rows of zeros behind it. */
  readonly behind: number;
  /** Length of the filter of all phases. */
  readonly length: number;
  /** The place in the given filter by phase and place in the new one; undefined for nothing. */
  readonly tap: (phase: number, place: number) => number | undefined;
  /** What the result has more than stride times the input. */
  readonly more: number;
}

/** Sizes at which differences of sizes are looked at. */
const SAMPLES = [[1, 16, 23], [2, 17, 31], [1, 40, 64]] as const;

/**
 * Gives the result of `Conv2DBackpropInput` that way; false if it cannot be, for strides that differ or sizes that depend on the
 * input in a way of their own.
 *
 * @param filter Height, width, output channels, input channels.
 */
export function inPhases(
  builder: LiteBuilder,
  position: number,
  filter: Float32Array,
  [rows, columns, outputs, inputs]: readonly [number, number, number, number],
): boolean {
  const node = builder.graph.nodes[position]!;
  const { strideH: stride, strideW } = strides(node);
  const isSame = paddingOf(node) === "SAME";
  const from = builder.typeOf(node.inputs[2]!).shape;
  const to = builder.typeOf({ node: position, index: 0 }).shape;
  const down = axisOf(from[1]!, to[1]!, rows, stride, isSame);
  const across = axisOf(from[2]!, to[2]!, columns, stride, isSame);
  if (stride !== strideW || down === undefined || across === undefined) return false;

  const channels = stride ** 2 * outputs;
  const values = new Float32Array(channels * down.length * across.length * inputs);
  for (let phase = 0, k = 0; phase < channels; phase++) {
    const output = phase % outputs, block = Math.floor(phase / outputs);
    for (let i = 0; i < down.length; i++) {
      for (let j = 0; j < across.length; j++, k += inputs) {
        const y = down.tap(Math.floor(block / stride), i), x = across.tap(block % stride, j);
        if (y === undefined || x === undefined) continue;
        const start = ((y * columns + x) * outputs + output) * inputs;
        values.set(filter.subarray(start, start + inputs), k);
      }
    }
  }
  const { bias, activation, result } = builder.fusions.get(position)!;
  const shape = [channels, down.length, across.length, inputs];
  const weights = builder.constant(values, shape, "FLOAT32", weightName(builder, node));
  const tiled = Float32Array.from({ length: channels }, (_, i) => bias?.[i % outputs] ?? 0);
  const added = builder.constant(tiled, [channels], "FLOAT32", `${node.name}/bias`);

  const [n, h, w] = from as [SizeExpression, SizeExpression, SizeExpression];
  let image = builder.of(node.inputs[2]!);
  const around = [down.before, down.behind, across.before, across.behind];
  if (around.some((zeros) => zeros > 0)) {
    const padded = [
      n,
      plus(h, around[0]! + around[1]!),
      plus(w, around[2]! + around[3]!),
      from[3]!,
    ];
    const amounts = builder.constant(Int32Array.of(0, 0, ...around, 0, 0), [4, 2], "INT32");
    image = builder.make("PAD", [image, amounts], { shape: padded }, options("PadOptions"));
  }
  const blocks = [down, across].map(({ more }, i) => plus([h, w][i]!, Math.ceil(more / stride)));
  const made = options("Conv2DOptions", {
    padding: Padding.VALID,
    strideH: 1,
    strideW: 1,
    activation: Activation[activation],
  });
  const phases = builder.make(
    "CONV_2D",
    [image, weights, added],
    { shape: [n, ...blocks, fixedSize(channels)] },
    made,
  );
  const order = options("DepthToSpaceOptions", { blockSize: stride });
  if (down.more % stride === 0 && across.more % stride === 0) {
    builder.give(position, "DEPTH_TO_SPACE", [phases], order, result);
    return true;
  }
  const whole = blocks.map((size) => ({
    ...size,
    scale: size.scale * stride,
    offset: size.offset * stride,
  }));
  const larger = { shape: [n, ...whole, fixedSize(outputs)] };
  const all = builder.make("DEPTH_TO_SPACE", [phases], larger, order);
  const cut = [
    all,
    builder.ints([0, 0, 0, 0]),
    builder.sizes([fixedSize(0), to[1]!, to[2]!, fixedSize(0)]),
    builder.ints([1, 1, 1, 1]),
  ];
  const masks = options("StridedSliceOptions", { beginMask: 15, endMask: 9 });
  builder.give(position, "STRIDED_SLICE", cut, masks, result);
  return true;
}

/**
 * Row y of the result is the sum of row t of the input times row y + p - stride · t of the filter, where p is what the convolution
 * the other way pads before.
 */
function axisOf(
  from: SizeExpression,
  to: SizeExpression,
  size: number,
  stride: number,
  isSame: boolean,
): Axis | undefined {
  const all = SAMPLES.map((sizes) => evaluate(to, sizes) - stride * evaluate(from, sizes));
  const [more] = all as [number];
  if (Number.isNaN(more) || all.some((one) => one !== more)) return undefined;
  if (from.minus !== undefined && stride > 1) return undefined;
  const p = isSame ? Math.floor(Math.max(size - stride - more, 0) / 2) : 0;
  // t = block + i, for i from `first` to `last`.
  const first = Math.ceil((p - size + 1) / stride), last = Math.floor((stride - 1 + p) / stride);
  const behind = last + Math.ceil(more / stride);
  if (first > 0 || behind < 0) return undefined;
  return {
    before: -first,
    behind,
    length: last - first + 1,
    tap(phase, place) {
      const at = phase + p - stride * (first + place);
      return at >= 0 && at < size ? at : undefined;
    },
    more,
  };
}

function plus(size: SizeExpression, value: number): SizeExpression {
  return { ...size, offset: size.offset + value };
}
