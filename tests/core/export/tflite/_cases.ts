/**
 * Graphs of a few ops, by what they show.
 *
 * @module
 */
import type { ExportGraph, ValueRef } from "../../../../core/export/graph.ts";
import { BOOL, conv, FLOAT, H, half, INT, N, NHWC, size, sketch, W } from "../_sketch.ts";

/** Each case shows what its name says. */
export const CASES: Readonly<Record<string, ExportGraph>> = {
  "a convolution with stride 2 pads as TensorFlow does": sketch(
    3,
    (s) => s.op("Conv2D", [s.x, s.random(3, 3, 3, 4)], [N, half(1), half(2), 4], conv(2)),
  ),
  "holes in a kernel": sketch(
    3,
    (s) => s.op("Conv2D", [s.x, s.random(3, 3, 3, 2)], [N, H, W, 2], conv(1, 2)),
  ),
  "explicit padding": sketch(3, (s) => {
    const shape = [N, size(1, { plus: 1 }), size(2, { plus: 5 }), 4];
    const explicit_paddings = [0, 0, 1, 2, 3, 4, 0, 0];
    const attributes = { ...conv(1, 1, "EXPLICIT"), explicit_paddings };
    return s.op("Conv2D", [s.x, s.random(3, 3, 3, 4)], shape, attributes);
  }),
  "groups of channels": sketch(
    6,
    (s) => s.op("Conv2D", [s.x, s.random(3, 3, 2, 9)], [N, H, W, 9], conv(1)),
  ),
  "bias and activation behind a convolution, and one whose result others take": sketch(3, (s) => {
    const shape = [N, H, W, 4];
    const y = s.op("Conv2D", [s.x, s.random(1, 1, 3, 4)], shape, conv(1));
    const z = s.op("Relu6", [s.op("BiasAdd", [y, s.random(4)], shape)], shape);
    return s.op("Mul", [s.op("Relu", [z], shape), y], shape);
  }),
  "a depthwise convolution gives several channels for each": sketch(3, (s) => {
    const shape = [N, half(1), half(2), 6];
    return s.op("DepthwiseConv2dNative", [s.x, s.random(3, 3, 3, 2)], shape, conv(2));
  }),
  "a transposed convolution that overlaps, padded on one side": sketch(3, (s) => {
    const shape = [N, size(1, { times: 2 }), size(2, { times: 2 }), 5];
    return s.op("Conv2DBackpropInput", [s.sizes(shape), s.random(3, 3, 5, 3), s.x], shape, conv(2));
  }),
  "a transposed convolution in blocks": sketch(3, (s) => {
    const shape = [N, size(1, { times: 3 }), size(2, { times: 3 }), 4];
    const of = [s.sizes(shape), s.random(3, 3, 4, 3), s.x];
    const y = s.op("Conv2DBackpropInput", of, shape, conv(3, 1, "VALID"));
    return s.op("BiasAdd", [y, s.random(4)], shape);
  }),
  "a transposed convolution with a border, and with gaps": sketch(3, (s) => {
    const large = [N, size(1, { times: 2, plus: 3 }), size(2, { times: 2, plus: 3 }), 4];
    const of = [s.sizes(large), s.random(5, 5, 4, 3), s.x];
    const y = s.op("Conv2DBackpropInput", of, large, conv(2, 1, "VALID"));
    const gaps = large.map((one, i) =>
      i % 3 === 0 || typeof one === "number" ? one : { ...one, scale: 6, offset: 9 }
    );
    const more = [s.sizes(gaps), s.random(2, 2, 4, 4), y];
    return s.op("Conv2DBackpropInput", more, gaps, conv(3, 1, "VALID"));
  }),
  "pooling": sketch(3, (s) => {
    const pool = { T: FLOAT, ksize: [1, 3, 3, 1], strides: [1, 2, 2, 1], padding: "SAME", ...NHWC };
    const shape = [N, half(1), half(2), 3];
    const both = ["MaxPool", "AvgPool"].map((op) => s.op(op, [s.x], shape, pool));
    return s.op("Sub", both, shape);
  }),
  "resizing to sizes that depend on the input": sketch(3, (s) => {
    const [h, w] = [size(1, { plus: 5 }), size(2, { times: 2, plus: -3 })];
    const both = ["ResizeBilinear", "ResizeNearestNeighbor"].map((op) =>
      s.op(op, [s.x, s.sizes([h, w])], [N, h, w, 3], {
        T: FLOAT,
        align_corners: false,
        half_pixel_centers: true,
      })
    );
    return s.op("Sub", both, [N, h, w, 3]);
  }),
  "mirrors with and without the border, to a multiple of 4": sketch(3, (s) => {
    const up = (symbol: number) => size(symbol, { times: 4, by: 4 });
    const missing = (symbol: number) => ({ ...up(symbol), minus: symbol });
    const around = [0, 0, 0, missing(1), 0, missing(2), 0, 0];
    const both = ["REFLECT", "SYMMETRIC"].map((mode) =>
      s.op("MirrorPad", [s.x, s.sizes(around, [4, 2])], [N, up(1), up(2), 3], {
        T: FLOAT,
        Tpaddings: INT,
        mode,
      })
    );
    return s.op("Sub", both, [N, up(1), up(2), 3]);
  }),
  "a border of a number": sketch(3, (s) => {
    const shape = [N, size(1, { plus: 2 }), size(2, { plus: 1 }), 4];
    const around = s.fixed([0, 0, 2, 0, 0, 1, 1, 0], [4, 2]);
    return s.op("PadV2", [s.x, around, s.scalar(0.5)], shape, { T: FLOAT, Tpaddings: INT });
  }),
  "rolls": sketch(3, (s) => {
    const attributes = { T: FLOAT, Tshift: INT, Taxis: INT };
    const shape = [N, H, W, 3];
    const near = s.op("Roll", [s.x, s.fixed([1, -1]), s.fixed([3, 2])], shape, attributes);
    const rest = s.sizes([size(1, { plus: -1 })]);
    return s.op("Roll", [near, rest, s.fixed([1])], shape, attributes);
  }),
  "cuts out of the middle": sketch(4, (s) => {
    const sizes = [N, size(1, { plus: -3 }), size(2, { plus: -1 }), 2];
    const of = [s.x, s.fixed([0, 2, 1, 1]), s.sizes(sizes)];
    return s.op("Slice", of, sizes, { T: FLOAT, Index: INT });
  }),
  "the other way round": sketch(
    3,
    (s) => s.op("ReverseV2", [s.x, s.fixed([1, -1])], [N, H, W, 3], { T: FLOAT, Tidx: INT }),
  ),
  "stacks, parts, copies": sketch(3, (s) => {
    const part = [N, H, W];
    const attributes = { T: FLOAT, num: 3, axis: 3 };
    const of = s.ops(
      "Unpack",
      [s.x],
      [part, part, part].map((one) => [one, "float32"]),
      attributes,
    );
    const stack = s.op("Pack", [of[2]!, of[0]!], [N, 2, H, W], { T: FLOAT, N: 2, axis: 1 });
    const tall = [N, 2, size(1, { times: 2 }), W];
    const all = s.op("Tile", [stack, s.fixed([1, 1, 2, 1])], tall, { T: FLOAT, Tmultiples: INT });
    const turned = [N, size(1, { times: 2 }), W, 2];
    return s.op("Transpose", [all, s.fixed([0, 2, 3, 1])], turned, { T: FLOAT, Tperm: INT });
  }),
  "whole numbers, comparisons and choices": sketch(1, (s) => {
    const shape = [N, H, W, 1];
    const cast = (
      x: ValueRef,
      from: { type: number },
      to: { type: number },
      dtype: "int32" | "float32",
    ) => s.op("Cast", [x], shape, { SrcT: from, DstT: to, Truncate: false }, dtype);
    const whole = cast(s.op("Mul", [s.x, s.scalar(9)], shape), FLOAT, INT, "int32");
    const of = (name: string) =>
      cast(
        s.op(name, [whole, s.scalar(4, "int32")], shape, { T: INT }, "int32"),
        INT,
        FLOAT,
        "float32",
      );
    const inside = s.op("GreaterEqual", [s.x, s.scalar(0)], shape, { T: FLOAT }, "bool");
    const mask = s.op("LogicalNot", [inside], shape, {}, "bool");
    const sum = s.op(
      "Add",
      [of("FloorDiv"), cast(mask, BOOL, FLOAT, "float32")],
      shape,
    );
    return s.op("SelectV2", [inside, of("FloorMod"), sum], shape);
  }),
  "sums over axes that go and axes that stay": sketch(3, (s) => {
    const over = { T: FLOAT, Tidx: INT };
    const gone = s.op("Mean", [s.x, s.fixed([1, 2])], [N, 3], { ...over, keep_dims: false });
    const back = s.op("Reshape", [gone, s.fixed([-1, 1, 1, 3])], [N, 1, 1, 3], {
      T: FLOAT,
      Tshape: INT,
    });
    const kept = s.op("Max", [s.x, s.fixed([3])], [N, H, W, 1], { ...over, keep_dims: true });
    return s.op("Mul", [kept, back], [N, H, W, 3]);
  }),
  "products of matrices, turned": sketch(3, (s) => {
    const inner = s.op("BatchMatMulV2", [s.x, s.x], [N, H, 3, 3], {
      T: FLOAT,
      adj_x: true,
      adj_y: false,
    });
    return s.op("BatchMatMulV2", [s.x, inner], [N, H, W, 3], {
      T: FLOAT,
      adj_x: false,
      adj_y: true,
    });
  }),
  "functions of one number": sketch(1, (s) => {
    const shape = [N, H, W, 1];
    const of = (op: string, x: ValueRef = s.x) => s.op(op, [x], shape);
    const positive = s.op("Add", [of("Abs"), s.scalar(0.25)], shape);
    const any =
      "Neg Sign Floor Ceil Rint Square Sin Cos Expm1 Erf Tanh Relu6 Elu Selu Softplus Softsign Sigmoid ZerosLike OnesLike";
    const some = "Sqrt Rsqrt Log Log1p Reciprocal";
    const all = [
      ...any.split(" ").map((op) => of(op)),
      ...some.split(" ").map((op) => of(op, positive)),
      s.op("Pow", [positive, s.scalar(1.5)], shape),
      s.op("SquaredDifference", [s.x, positive], shape),
    ];
    // Each with a weight of its own, so that none can stand for another.
    return all.reduce((sum, value, i) =>
      s.op("AddV2", [sum, s.op("Mul", [value, s.scalar(1 + i / 8)], shape)], shape)
    );
  }),
};
