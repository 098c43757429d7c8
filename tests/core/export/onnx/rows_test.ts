import { target } from "../../../../core/export/onnx/mod.ts";
import type { ExportGraph, ValueRef } from "../../../../core/export/graph.ts";
import { engineTest } from "../_recorded.ts";
import { BOOL, conv, FLOAT, H, half, INT, N, NHWC, size, sketch, UNKNOWN, W } from "../_sketch.ts";
import { compareSketch } from "../_written.ts";
import { MISSING, onnxRuntime } from "../../runtimes/_onnxruntime.ts";

/** Computes in TensorFlow and in ONNX Runtime, in both orders of axes. */
async function compare(graph: ExportGraph, tolerance: number, precision: "fp32" | "fp16" = "fp32") {
  const how = { target, runtime: onnxRuntime(), tolerance };
  await compareSketch(graph, { ...how, options: { layout: "nchw", precision } });
  await compareSketch(graph, {
    ...how,
    options: { layout: "nhwc", precision },
    sizes: [[2, 7, 13]],
  });
}

const CASES: Readonly<Record<string, ExportGraph>> = {
  "a convolution with stride 2 pads as TensorFlow does, at odd and even sizes": sketch(
    3,
    (s) => s.op("Conv2D", [s.x, s.random(3, 3, 3, 4)], [N, half(1), half(2), 4], conv(2)),
  ),
  "an even kernel pads one more behind": sketch(
    3,
    (s) => s.op("Conv2D", [s.x, s.random(2, 4, 3, 4)], [N, H, W, 4], conv(1)),
  ),
  "holes in a kernel": sketch(
    3,
    (s) => s.op("Conv2D", [s.x, s.random(3, 3, 3, 1)], [N, H, W, 1], conv(1, 2)),
  ),
  "explicit padding": sketch(
    3,
    (s) =>
      s.op("Conv2D", [s.x, s.random(3, 3, 3, 4)], [
        N,
        size(1, { plus: 1 }),
        size(2, { plus: 5 }),
        4,
      ], {
        ...conv(1, 1, "EXPLICIT"),
        explicit_paddings: [0, 0, 1, 2, 3, 4, 0, 0],
      }),
  ),
  "groups of channels": sketch(
    6,
    (s) => s.op("Conv2D", [s.x, s.random(3, 3, 2, 9)], [N, H, W, 9], conv(1)),
  ),
  "a depthwise convolution gives several channels for each": sketch(
    3,
    (s) =>
      s.op("DepthwiseConv2dNative", [s.x, s.random(3, 3, 3, 2)], [N, half(1), half(2), 6], conv(2)),
  ),
  "a transposed convolution, cut off": sketch(3, (s) => {
    const [h, w] = [size(1, { times: 2 }), size(2, { times: 2 })];
    const of = [s.sizes([N, h, w, 5]), s.random(3, 3, 5, 3), s.x];
    return s.op("Conv2DBackpropInput", of, [N, h, w, 5], conv(2));
  }),
  "a transposed convolution with gaps": sketch(3, (s) => {
    const [h, w] = [size(1, { times: 3 }), size(2, { times: 3 })];
    const of = [s.sizes([N, h, w, 4]), s.random(2, 2, 4, 3), s.x];
    return s.op("Conv2DBackpropInput", of, [N, h, w, 4], conv(3, 1, "VALID"));
  }),
  "a bias that other ops take, too": sketch(3, (s) => {
    const y = s.op("Conv2D", [s.x, s.random(1, 1, 3, 4)], [N, H, W, 4], conv(1));
    const z = s.op("BiasAdd", [y, s.random(4)], [N, H, W, 4]);
    return s.op("Mul", [y, z], [N, H, W, 4]);
  }),
  "pooling": sketch(3, (s) => {
    const pool = { T: FLOAT, ksize: [1, 3, 3, 1], strides: [1, 2, 2, 1], padding: "SAME", ...NHWC };
    const shape = [N, half(1), half(2), 3];
    return s.op(
      "Sub",
      [s.op("MaxPool", [s.x], shape, pool), s.op("AvgPool", [s.x], shape, pool)],
      shape,
    );
  }),
  ...resizes("ResizeBilinear"),
  ...resizes("ResizeNearestNeighbor"),
  "blocks to channels and back": sketch(4, (s) => {
    const block = { T: FLOAT, block_size: 2, ...NHWC };
    const up = s.op(
      "DepthToSpace",
      [s.x],
      [N, size(1, { times: 2 }), size(2, { times: 2 }), 1],
      block,
    );
    return s.op("SpaceToDepth", [up], [N, H, W, 4], block);
  }),
  "mirrors with the border twice": sketch(
    3,
    (s) =>
      s.op("MirrorPad", [s.x, s.fixed([0, 0, 2, 5, 0, 3, 0, 0], [4, 2])], [
        N,
        size(1, { plus: 7 }),
        size(2, { plus: 3 }),
        3,
      ], { T: FLOAT, Tpaddings: INT, mode: "SYMMETRIC" }),
  ),
  "a border of a number": sketch(
    3,
    (s) =>
      s.op("PadV2", [s.x, s.fixed([0, 0, 2, 0, 0, 1, 1, 0], [4, 2]), s.scalar(0.5)], [
        N,
        size(1, { plus: 2 }),
        size(2, { plus: 1 }),
        4,
      ], { T: FLOAT, Tpaddings: INT }),
  ),
  "rolls further than an axis is long": sketch(
    3,
    (s) =>
      s.op("Roll", [s.x, s.fixed([20, -9]), s.fixed([1, 2])], [N, H, W, 3], {
        T: FLOAT,
        Tshift: INT,
        Taxis: INT,
      }),
  ),
  "rolls by what is left of an axis": sketch(
    3,
    (s) =>
      s.op("Roll", [s.x, s.sizes([size(1, { plus: -2 })]), s.fixed([1])], [N, H, W, 3], {
        T: FLOAT,
        Tshift: INT,
        Taxis: INT,
      }),
  ),
  "slices with strides, masks and axes that go": sketch(4, (s) => {
    const bounds = [[0, 1, -2, 3], [9, 3, 0, 4], [1, 2, -1, 1]].map((one) => s.fixed(one));
    const part = s.op("StridedSlice", [s.x, ...bounds], [N, 1, UNKNOWN], {
      T: FLOAT,
      Index: INT,
      begin_mask: 1,
      end_mask: 5,
      ellipsis_mask: 0,
      new_axis_mask: 0,
      shrink_axis_mask: 8,
    });
    return s.op("ExpandDims", [part, s.scalar(-1, "int32")], [N, 1, UNKNOWN, 1], {
      T: FLOAT,
      Tdim: INT,
    });
  }),
  "the other way round": sketch(
    3,
    (s) => s.op("ReverseV2", [s.x, s.fixed([1, -1])], [N, H, W, 3], { T: FLOAT, Tidx: INT }),
  ),
  "stacks, parts, copies": sketch(3, (s) => {
    const part = [N, H, W];
    const of = s.ops("Unpack", [s.x], [part, part, part].map((one) => [one, "float32"]), {
      T: FLOAT,
      num: 3,
      axis: 3,
    });
    const stack = s.op("Pack", [of[2]!, of[0]!], [N, 2, H, W], { T: FLOAT, N: 2, axis: 1 });
    const all = s.op("Tile", [stack, s.fixed([1, 1, 2, 1])], [N, 2, size(1, { times: 2 }), W], {
      T: FLOAT,
      Tmultiples: INT,
    });
    return s.op("Transpose", [all, s.fixed([0, 2, 3, 1])], [N, size(1, { times: 2 }), W, 2], {
      T: FLOAT,
      Tperm: INT,
    });
  }),
  "whole numbers divide and wrap as in TensorFlow": sketch(1, (s) => {
    const whole = s.op("Cast", [s.op("Mul", [s.x, s.scalar(9)], [N, H, W, 1])], [N, H, W, 1], {
      SrcT: FLOAT,
      DstT: INT,
      Truncate: false,
    }, "int32");
    const op = (name: string) =>
      s.op(name, [whole, s.scalar(4, "int32")], [N, H, W, 1], { T: INT }, "int32");
    const sum = s.op(
      "Add",
      [
        op("FloorMod"),
        s.op("Mul", [op("FloorDiv"), s.scalar(10, "int32")], [N, H, W, 1], {
          T: INT,
        }, "int32"),
      ],
      [N, H, W, 1],
      { T: INT },
      "int32",
    );
    return s.op("Cast", [sum], [N, H, W, 1], { SrcT: INT, DstT: FLOAT, Truncate: false });
  }),
  "compares and chooses": sketch(3, (s) => {
    const shape = [N, H, W, 3];
    const compare = (op: string, value: number) =>
      s.op(op, [s.x, s.scalar(value)], shape, { T: FLOAT }, "bool");
    const inside = s.op(
      "LogicalAnd",
      [compare("GreaterEqual", -1), compare("LessEqual", 1)],
      shape,
      {},
      "bool",
    );
    const chosen = s.op(
      "LogicalOr",
      [
        s.op("LogicalNot", [inside], shape, {}, "bool"),
        compare("NotEqual", 0),
      ],
      shape,
      {},
      "bool",
    );
    const both = s.op("LogicalAnd", [inside, chosen], shape, {}, "bool");
    const mask = s.op("Cast", [both], shape, { SrcT: BOOL, DstT: FLOAT, Truncate: false });
    return s.op("SelectV2", [both, s.x, s.op("Sub", [mask, s.scalar(3)], shape)], shape);
  }),
  "the largest and their places": sketch(4, (s) => {
    const [values, places] = s.ops("TopKV2", [s.x, s.scalar(2, "int32")], [
      [[N, H, W, 2], "float32"],
      [[N, H, W, 2], "int32"],
    ], { T: FLOAT, sorted: true });
    const at = s.op("ArgMax", [s.x, s.scalar(1, "int32")], [N, W, 4], {
      T: FLOAT,
      Tidx: INT,
      output_type: INT,
    }, "int32");
    const numbers = s.op("Cast", [places!], [N, H, W, 2], {
      SrcT: INT,
      DstT: FLOAT,
      Truncate: false,
    });
    const most = s.op(
      "Max",
      [
        s.op("Cast", [at], [N, W, 4], { SrcT: INT, DstT: FLOAT, Truncate: false }),
        s.fixed([2]),
      ],
      [N, W, 1],
      { T: FLOAT, Tidx: INT, keep_dims: true },
    );
    const wide = s.op("ExpandDims", [most, s.scalar(1, "int32")], [N, 1, W, 1], {
      T: FLOAT,
      Tdim: INT,
    });
    return s.op("Add", [s.op("Mul", [values!, wide], [N, H, W, 2]), numbers], [N, H, W, 2]);
  }),
  "sums over axes that go and axes that stay": sketch(3, (s) => {
    const gone = s.op("Mean", [s.x, s.fixed([1, 2])], [N, 3], {
      T: FLOAT,
      Tidx: INT,
      keep_dims: false,
    });
    const kept = s.op("Prod", [s.x, s.fixed([3])], [N, H, W, 1], {
      T: FLOAT,
      Tidx: INT,
      keep_dims: true,
    });
    const back = s.op("Reshape", [gone, s.fixed([-1, 1, 1, 3])], [N, 1, 1, 3], {
      T: FLOAT,
      Tshape: INT,
    });
    const rows = s.op("Sum", [s.x, s.fixed([3, 1])], [N, W], {
      T: FLOAT,
      Tidx: INT,
      keep_dims: false,
    });
    const wide = s.op("Reshape", [rows, s.sizes([N, 1, W, 1])], [N, 1, W, 1], {
      T: FLOAT,
      Tshape: INT,
    });
    return s.op("Add", [s.op("Mul", [kept, back], [N, H, W, 3]), wide], [N, H, W, 3]);
  }),
  "running sums, sums of products, whether any, one of several": sketch(3, (s) => {
    const shape = [N, H, W, 3];
    const sums = s.op("Cumsum", [s.x, s.scalar(3, "int32")], shape, {
      T: FLOAT,
      Tidx: INT,
      exclusive: false,
      reverse: true,
    });
    const equation = "nhwc,cd->nhwd";
    const products = s.op("Einsum", [s.x, s.random(3, 3)], shape, { T: FLOAT, N: 2, equation });
    const low = s.op("Less", [s.x, s.scalar(-1.5)], shape, { T: FLOAT }, "bool");
    const keep = { Tidx: INT, keep_dims: true };
    const any = s.op("Any", [low, s.fixed([3])], [N, H, W, 1], keep, "bool");
    const found = s.op("Cast", [any], [N, H, W, 1], { SrcT: BOOL, DstT: FLOAT, Truncate: false });
    const types = { T: FLOAT, Tidx: INT, output_type: INT };
    const at = s.op("ArgMax", [s.x, s.scalar(3, "int32")], [N, H, W], types, "int32");
    const hot = s.op("OneHot", [at, s.scalar(3, "int32"), s.scalar(2), s.scalar(-1)], shape, {
      T: FLOAT,
      TI: INT,
      axis: -1,
    });
    return [products, found, hot].reduce((sum, one) => s.op("AddV2", [sum, one], shape), sums);
  }),
  "products of matrices, turned": sketch(3, (s) => {
    const mul = (
      a: ValueRef,
      b: ValueRef,
      shape: (number | typeof N)[],
      adj_x: boolean,
      adj_y: boolean,
    ) => s.op("BatchMatMulV2", [a, b], shape, { T: FLOAT, adj_x, adj_y });
    const inner = mul(s.x, s.x, [N, H, 3, 3], true, false);
    const turned = mul(s.x, inner, [N, H, W, 3], false, true);
    return mul(turned, s.random(5, 3), [N, H, W, 5], false, true);
  }),
  "a value that is made of constants alone": sketch(3, (s) => {
    const made = s.op("BatchMatMulV2", [s.random(3, 2), s.random(2, 3)], [3, 3], {
      T: FLOAT,
      adj_x: false,
      adj_y: false,
    });
    return s.op("BatchMatMulV2", [s.x, made], [N, H, W, 3], {
      T: FLOAT,
      adj_x: false,
      adj_y: false,
    });
  }),
  "functions of one number": sketch(1, (s) => {
    const shape = [N, H, W, 1];
    const of = (op: string, x: ValueRef = s.x) => s.op(op, [x], shape);
    const positive = s.op("Add", [of("Abs"), s.scalar(0.25)], shape);
    const all = [
      ...[
        "Neg",
        "Sign",
        "Floor",
        "Ceil",
        "Rint",
        "Square",
        "Sin",
        "Sinh",
        "Cos",
        "Cosh",
        "Asinh",
        "Atan",
        "Expm1",
        "Erf",
        "Tanh",
        "Relu6",
        "Elu",
        "Selu",
      ],
      ...["Softplus", "Softsign", "Sigmoid", "Relu", "ZerosLike", "OnesLike"],
    ].map((op) => of(op));
    const roots = ["Sqrt", "Rsqrt", "Log", "Log1p", "Reciprocal"].map((op) => of(op, positive));
    const power = s.op("Pow", [positive, s.scalar(1.5)], shape);
    const difference = s.op("SquaredDifference", [s.x, positive], shape);
    const quotient = s.op("RealDiv", [s.x, positive], shape);
    const whole = s.op("FloorMod", [s.x, s.scalar(0.75)], shape);
    // Each with a weight of its own, so that none can stand for another.
    return [...all, ...roots, power, difference, quotient, whole].reduce((sum, value, i) =>
      s.op("AddV2", [sum, s.op("Mul", [value, s.scalar(1 + i / 8)], shape)], shape)
    );
  }),
};

function resizes(op: string): Record<string, ExportGraph> {
  const kinds = [[false, false], [true, false], [false, true]] as const;
  return Object.fromEntries(kinds.flatMap(([align_corners, half_pixel_centers]) => {
    const attributes = { T: FLOAT, align_corners, half_pixel_centers };
    const to = (name: string, h: ReturnType<typeof size>, w: ReturnType<typeof size>) => [
      `${op}, corners ${align_corners}, centres ${half_pixel_centers}, to ${name}`,
      sketch(3, (s) => s.op(op, [s.x, s.sizes([h, w])], [N, h, w, 3], attributes)),
    ];
    return [
      to("three times", size(1, { times: 3 }), size(2, { times: 3 })),
      to("odd sizes", size(1, { plus: 5 }), size(2, { times: 2, plus: -3 })),
    ];
  }));
}

engineTest("each op computes in ONNX Runtime what it does in TensorFlow", async (test) => {
  for (const [name, graph] of Object.entries(CASES)) {
    await test.step(name, () => compare(graph, 1e-4));
  }
}, MISSING);

engineTest("in float16, what needs more is computed in float32", async (test) => {
  const tiny = sketch(3, (s) => {
    // As before a division by a norm: float16 has no 1e-12, and no square of 300.
    const large = s.op("Mul", [s.x, s.scalar(300)], [N, H, W, 3]);
    const sum = s.op("Sum", [s.op("Square", [large], [N, H, W, 3]), s.fixed([3])], [N, H, W, 1], {
      T: FLOAT,
      Tidx: INT,
      keep_dims: true,
    });
    const norm = s.op("Rsqrt", [s.op("Maximum", [sum, s.scalar(1e-24)], [N, H, W, 1])], [
      N,
      H,
      W,
      1,
    ]);
    return s.op("Mul", [large, norm], [N, H, W, 3]);
  });
  await test.step("a norm", () => compare(tiny, 2e-3, "fp16"));
  const made = CASES["a value that is made of constants alone"]!;
  await test.step("constants", () => compare(made, 2e-2, "fp16"));
}, MISSING);
