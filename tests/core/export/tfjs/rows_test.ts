import assert from "node:assert/strict";
import { AttrType } from "../../../../core/engine/native/dtypes.ts";
import type { SizeExpression } from "../../../../core/engine/native/size_expressions.ts";
import type { ExportGraph, ValueRef } from "../../../../core/export/graph.ts";
import { target } from "../../../../core/export/tfjs/mod.ts";
import { tfjsModel } from "../../../../core/export/tfjs/model.ts";
import { difference, images } from "../_archs.ts";
import { engineTest, recordedArch } from "../_recorded.ts";
import { BOOL, conv, FLOAT, H, INT, N, NHWC, size, Sketch, sketch, W } from "../_sketch.ts";
import { compareSketch, written } from "../_written.ts";

/** ⌊(8·⌈h/8⌉ - 1)/3⌋, a size that is rounded twice. */
const twice: SizeExpression = {
  scale: 1,
  factors: [{ symbol: -1, divisor: 3, up: false, of: size(1, { times: 8, by: 8, plus: -1 }) }],
  offset: 0,
};

/** What is padded at the bottom to a multiple of 4. */
const padding: SizeExpression = { ...size(1, { times: 4, by: 4 }), minus: 1 };

/** One value as `[n, h, w, 1]`. */
function everywhere(s: Sketch, value: ValueRef): ValueRef {
  const float = s.op("Cast", [value], [1], { SrcT: INT, DstT: FLOAT });
  const flat = s.op("Reshape", [float, s.fixed([1, 1, 1, 1])], [1, 1, 1, 1], { T: FLOAT });
  return s.op("Add", [flat, s.op("Mul", [s.x, s.scalar(0)], [N, H, W, 3])], [N, H, W, 3]);
}

/** Parts of a graph, each of which gives `[n, h, w, 3]`. */
const CASES: Readonly<Record<string, (s: Sketch) => ValueRef>> = {
  "a size that is rounded twice": (s) => everywhere(s, s.sizes([twice])),
  "a size with another taken away": (s) => everywhere(s, s.sizes([padding])),
  "a product of sizes": (s) =>
    everywhere(
      s,
      s.sizes([{
        scale: 2,
        factors: [...size(0).factors, ...size(1, { by: 3 }).factors],
        offset: 1,
      }]),
    ),
  "Einsum and OneHot": (s) => {
    const shape = [N, H, W, 3];
    const equation = "nhwc,cd->nhwd";
    const products = s.op("Einsum", [s.x, s.random(3, 3)], shape, { T: FLOAT, N: 2, equation });
    const types = { T: FLOAT, Tidx: INT, output_type: INT };
    const at = s.op("ArgMax", [s.x, s.scalar(3, "int32")], [N, H, W], types, "int32");
    const of = [at, s.scalar(3, "int32"), s.scalar(2), s.scalar(-1)];
    const hot = s.op("OneHot", of, shape, { T: FLOAT, TI: INT, axis: -1 });
    return s.op("AddV2", [products, hot], shape);
  },
  "Roll forwards and backwards, and further than the axis is long": (s) =>
    s.op("Roll", [s.x, s.fixed([2, -3, 5]), s.fixed([1, 2, -1])], [N, H, W, 3], {
      T: FLOAT,
      Tshift: INT,
      Taxis: INT,
    }),
  "Roll by the size but two": (s) =>
    s.op("Roll", [s.x, s.sizes([size(1, { plus: -2 })]), s.fixed([1])], [N, H, W, 3], {
      T: FLOAT,
      Tshift: INT,
      Taxis: INT,
    }),
  "Roll by another axis' size": (s) =>
    s.op("Roll", [s.x, s.sizes([W]), s.fixed([1])], [N, H, W, 3], {
      T: FLOAT,
      Tshift: INT,
      Taxis: INT,
    }),
  "a convolution, its bias and LeakyRelu": (s) => {
    const y = s.op("Conv2D", [s.x, s.random(3, 3, 3, 3)], [N, H, W, 3], conv(1));
    const b = s.op("BiasAdd", [y, s.random(3)], [N, H, W, 3], { T: FLOAT, ...NHWC });
    return s.op("LeakyRelu", [b], [N, H, W, 3], { T: FLOAT, alpha: { float: 0.3 } });
  },
  "a convolution by channel, its bias and LeakyRelu": (s) => {
    const attributes = conv(1);
    const y = s.op("DepthwiseConv2dNative", [s.x, s.random(3, 3, 3, 1)], [N, H, W, 3], attributes);
    const b = s.op("BiasAdd", [y, s.random(3)], [N, H, W, 3], { T: FLOAT, ...NHWC });
    return s.op("LeakyRelu", [b], [N, H, W, 3], { T: FLOAT, alpha: { float: 0.3 } });
  },
  "a convolution by channel with ReLU6, and its bias used twice": (s) => {
    const attributes = conv(1, 2);
    const y = s.op("DepthwiseConv2dNative", [s.x, s.random(3, 3, 3, 1)], [N, H, W, 3], attributes);
    const b = s.op("BiasAdd", [y, s.random(3)], [N, H, W, 3], { T: FLOAT, ...NHWC });
    const r = s.op("Relu6", [b], [N, H, W, 3]);
    return s.op("Sub", [r, b], [N, H, W, 3]);
  },
  "PRelu behind a convolution": (s) => {
    const y = s.op("Conv2D", [s.x, s.random(1, 1, 3, 3)], [N, H, W, 3], conv(1));
    const b = s.op("BiasAdd", [y, s.random(3)], [N, H, W, 3], { T: FLOAT, ...NHWC });
    const positive = s.op("Relu", [b], [N, H, W, 3]);
    const negative = s.op("Sub", [b, s.op("Abs", [b], [N, H, W, 3])], [N, H, W, 3]);
    const scaled = s.op("Mul", [s.random(3), negative], [N, H, W, 3]);
    const half = s.op("Mul", [scaled, s.scalar(0.5)], [N, H, W, 3]);
    return s.op("Add", [positive, half], [N, H, W, 3]);
  },
  "a convolution with stride 2, undone by Conv2DBackpropInput": (s) => {
    const half = [N, size(1, { by: 2 }), size(2, { by: 2 }), 4];
    const y = s.op("Conv2D", [s.x, s.random(3, 3, 3, 4)], half, conv(2));
    const shape = s.sizes([N, H, W, 3]);
    return s.op("Conv2DBackpropInput", [shape, s.random(3, 3, 3, 4), y], [N, H, W, 3], conv(2));
  },
  "SpaceToDepth and DepthToSpace": (s) => {
    const even = [N, size(1, { times: 2 }), size(2, { times: 2 }), 3];
    const attributes = { T: FLOAT, block_size: 2, ...NHWC };
    const large = s.op(
      "ResizeBilinear",
      [
        s.x,
        s.sizes([size(1, { times: 2 }), size(2, { times: 2 })]),
      ],
      even,
      { T: FLOAT, align_corners: false, half_pixel_centers: true },
    );
    const deep = s.op("SpaceToDepth", [large], [N, H, W, 12], attributes);
    const moved = s.op("Relu", [deep], [N, H, W, 12]);
    return s.op("Slice", [moved, s.fixed([0, 0, 0, 2]), s.fixed([-1, -1, -1, 3])], [N, H, W, 3], {
      T: FLOAT,
      Index: INT,
    });
  },
  "nearest pixels by their centres": (s) => {
    const shape = s.sizes([size(1, { plus: 3 }), size(2, { times: 2 })]);
    const resized = [N, size(1, { plus: 3 }), size(2, { times: 2 }), 3];
    const y = s.op("ResizeNearestNeighbor", [s.x, shape], resized, {
      T: FLOAT,
      align_corners: false,
      half_pixel_centers: true,
    });
    const from = s.fixed([0, 1, 2, 0]), to = s.sizes([N, H, W, 3]);
    return s.op("Slice", [y, from, to], [N, H, W, 3], { T: FLOAT, Index: INT });
  },
  "Tile and Select of five axes": (s) => {
    const axes = { T: FLOAT, Tshape: INT };
    const five = s.op("Reshape", [s.x, s.sizes([N, H, W, 1, 3])], [N, H, W, 1, 3], axes);
    const tiled = s.op("Tile", [five, s.fixed([1, 1, 1, 2, 1])], [N, H, W, 2, 3], {
      T: FLOAT,
      Tmultiples: INT,
    });
    const zero = s.op("Mul", [tiled, s.scalar(-0.5)], [N, H, W, 2, 3]);
    const where = s.op("Greater", [tiled, zero], [N, H, W, 2, 3], { T: FLOAT }, "bool");
    const chosen = s.op("SelectV2", [where, tiled, zero], [N, H, W, 2, 3], { T: FLOAT });
    return s.op("Sum", [chosen, s.fixed([3])], [N, H, W, 3], {
      T: FLOAT,
      Tidx: INT,
      keep_dims: false,
    });
  },
  "SplitV, products of matrices, and sums": (s) => {
    const [a, b] = s.ops(
      "SplitV",
      [s.x, s.fixed([1, 2]), s.scalar(3, "int32")],
      [[[N, H, W, 1], "float32"], [[N, H, W, 2], "float32"]],
      { T: FLOAT, Tlen: INT, num_split: 2 },
    );
    const product = s.op("BatchMatMulV2", [b!, a!], [N, H, 2, 1], {
      T: FLOAT,
      adj_x: true,
      adj_y: false,
    });
    const mean = s.op("Mean", [product, s.fixed([1, 2])], [N, 1, 1, 1], {
      T: FLOAT,
      Tidx: INT,
      keep_dims: true,
    });
    return s.op("AddV2", [s.x, mean], [N, H, W, 3]);
  },
  "masks of whole numbers": (s) => {
    const range = s.op(
      "Range",
      [s.scalar(0, "int32"), s.sizes([W], []), s.scalar(1, "int32")],
      [
        W,
      ],
      { Tidx: INT },
      "int32",
    );
    const even = s.op("FloorMod", [range, s.scalar(2, "int32")], [W], { T: INT }, "int32");
    const where = s.op("Equal", [even, s.scalar(1, "int32")], [W], { T: INT }, "bool");
    const mask = s.op("Cast", [where], [W], { SrcT: BOOL, DstT: FLOAT });
    const wide = s.op("Reshape", [mask, s.sizes([W, 1])], [W, 1], { T: FLOAT, Tshape: INT });
    return s.op("Mul", [s.x, wide], [N, H, W, 3]);
  },
};

function together(): ExportGraph {
  const s = new Sketch(3);
  const parts = Object.values(CASES).map((make) => make(s));
  const attributes = { N: parts.length, T: FLOAT, Tidx: INT };
  const axis = s.scalar(3, "int32");
  return s.graph(s.op("ConcatV2", [...parts, axis], [N, H, W, 3 * parts.length], attributes));
}

engineTest("the rows of tfjs compute what TensorFlow does, at all sizes", async () => {
  await compareSketch(together(), {
    target,
    runtime: await target.runtime({}),
    tolerance: 2e-5,
    claims: Object.keys(CASES),
  });
});

engineTest("a transformer with shifted windows runs on its own at odd sizes", async () => {
  using recorded = await recordedArch("SwinIR");
  const runtime = await target.runtime({});
  await written(target, recorded.graph, {}, async (folder, { model: file }) => {
    await using model = await runtime.open(`${folder}/${file}`);
    for (const [n, h, w] of [[1, 24, 16], [2, 19, 13]] as const) {
      const x = images([n, h, w, 3], 1);
      const worst = difference(await model.run(x), await recorded.forward(x));
      assert.ok(worst < 1e-5, `${worst}`);
    }
  });
});

Deno.test("variants that TensorFlow.js lacks are refused with arch and layer", () => {
  const refusals: readonly [ExportGraph, RegExp][] = [
    [
      sketch(3, (s) => s.op("Lgamma", [s.x], [N, H, W, 3])),
      /Sketch cannot be exported to tfjs.*Lgamma, used by body\.0/s,
    ],
    [
      sketch(3, (s) =>
        s.op("Conv2D", [s.x, s.random(1, 1, 3, 3)], [N, H, W, 3], {
          ...conv(1),
          data_format: "NCHW",
        })),
      /Conv2D \(channels in the order NCHW\)/,
    ],
    [
      sketch(3, (s) => {
        const shift = s.op("Neg", [s.fixed([1])], [1], { T: INT }, "int32");
        return s.op("Roll", [s.x, shift, s.fixed([1])], [N, H, W, 3]);
      }),
      /Roll \(a shift that is computed\)/,
    ],
  ];
  for (const [graph, message] of refusals) assert.throws(() => tfjsModel(graph), { message });
});

Deno.test("sizes are computed without ops that wait for a GPU", () => {
  const { json } = tfjsModel(sketch(3, (s) => {
    const both = [twice, padding].map((size) => everywhere(s, s.sizes([size])));
    return s.op("Add", both, [N, H, W, 3]);
  }));
  const ops = json.modelTopology.node.filter(({ name }) => name.startsWith("sizes/"))
    .map(({ op }) => op);
  const fast = ["Const", "Shape", "Slice", "Cast", "AddV2", "Mul", "Floor", "Sub", "ConcatV2"];
  assert.ok(ops.length > 5);
  assert.deepEqual(ops.filter((op) => !fast.includes(op)), []);
});

Deno.test("attributes are written as GraphDef's JSON has them", () => {
  const graph = sketch(
    3,
    (s) => s.op("LeakyRelu", [s.x], [N, H, W, 3], { T: FLOAT, alpha: { float: 0.2 } }),
  );
  const node = graph.nodes[1]!;
  const attributes = [...node.attributes, { name: "empty", type: AttrType.INT, value: [] }];
  const { json } = tfjsModel({
    ...graph,
    nodes: [graph.nodes[0]!, { ...node, name: "sr", attributes }],
  });
  const [input, output] = json.modelTopology.node;
  assert.deepEqual(input, {
    name: "lq",
    op: "Placeholder",
    input: [],
    attr: {
      dtype: { type: "DT_FLOAT" },
      shape: { shape: { dim: [{ size: "-1" }, { size: "-1" }, { size: "-1" }, { size: "3" }] } },
    },
  });
  assert.deepEqual(output, {
    name: "sr",
    op: "LeakyRelu",
    input: ["lq"],
    attr: { T: { type: "DT_FLOAT" }, alpha: { f: 0.2 }, empty: { list: {} } },
  });
  assert.deepEqual(Object.values(json.signature.outputs)[0]!.name, "sr:0");
});
