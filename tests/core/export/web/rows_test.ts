import assert from "node:assert/strict";
import { fixedSize } from "../../../../core/engine/native/size_expressions.ts";
import type { ExportGraph, ValueRef } from "../../../../core/export/graph.ts";
import { programOf } from "../../../../core/export/web/program_of.ts";
import { difference, images } from "../_archs.ts";
import { interpret } from "../_interpret.ts";
import { engineTest, recordedArch } from "../_recorded.ts";
import { BOOL, conv, FLOAT, H, INT, N, size, Sketch, W } from "../_sketch.ts";
import { computed } from "./_opened.ts";

const FP32 = { precision: "fp32" } as const;

function kernels(graph: ExportGraph): string[] {
  const { program } = programOf(graph, { precision: "fp32", shardBytes: 1e6 });
  return program.steps.map(({ kernel }) => kernel);
}

/** Sizes that are the same for all images, for a graph whose input is 6x8. */
function sum(s: Sketch, parts: readonly ValueRef[]): ValueRef {
  return parts.reduce((a, b) => s.op("AddV2", [a, b], [N, H, W, 4]));
}

engineTest("kernels compute what TensorFlow's ops compute", async () => {
  const s = new Sketch(4);
  const all = [N, H, W, 4];
  const flag = s.op("Greater", [s.x, s.scalar(0.5)], all, { T: FLOAT }, "bool");
  const numbers = (op: string, x: ValueRef) => s.op(op, [x], all);
  const parts: ValueRef[] = [
    s.op("Roll", [s.x, s.sizes([1, size(1, { by: 2 })]), s.fixed([2, 1])], all, {
      T: FLOAT,
      Tshift: INT,
      Taxis: INT,
    }),
    s.op("SelectV2", [flag, s.x, numbers("Neg", s.x)], all),
    s.op("Cast", [s.op("LogicalNot", [flag], all, {}, "bool")], all, { SrcT: BOOL, DstT: FLOAT }),
    s.op("FloorDiv", [s.x, s.scalar(0.3)], all),
    numbers("Softplus", s.x),
    numbers("Erf", s.x),
    numbers("Rsqrt", s.x),
    s.op("ReverseV2", [s.x, s.fixed([-2])], all, { T: FLOAT, Tidx: INT }),
    s.op("Mean", [s.x, s.fixed([1, 2])], [N, 1, 1, 4], { T: FLOAT, Tidx: INT, keep_dims: true }),
    s.op(
      "MirrorPad",
      [
        s.op("Slice", [s.x, s.fixed([0, 1, 0, 0]), s.sizes([N, size(1, { plus: -1 }), W, 4])], [
          N,
          size(1, { plus: -1 }),
          W,
          4,
        ], { T: FLOAT, Index: INT }),
        s.fixed([0, 0, 1, 0, 0, 0, 0, 0], [4, 2]),
      ],
      all,
      { T: FLOAT, Tpaddings: INT, mode: "SYMMETRIC" },
    ),
  ];
  const [left, right] = s.ops("Split", [s.scalar(3, "int32"), s.x], [
    [[N, H, W, 2], "float32"],
    [[N, H, W, 2], "float32"],
  ], { T: FLOAT, num_split: 2 });
  const packed = s.op("Pack", [right!, left!], [N, H, W, 2, 2], { T: FLOAT, N: 2, axis: 3 });
  parts.push(s.op("Reshape", [packed, s.sizes(all)], all, { T: FLOAT, Tshape: INT }));
  const fifth = s.op("Reshape", [left!, s.sizes([N, H, W, 1, 2])], [N, H, W, 1, 2], {
    T: FLOAT,
    Tshape: INT,
  });
  const tiled = s.op("Tile", [fifth, s.fixed([1, 1, 1, 2, 1])], [N, H, W, 2, 2], {
    T: FLOAT,
    Tmultiples: INT,
  });
  parts.push(s.op("Reshape", [tiled, s.sizes(all)], all, { T: FLOAT, Tshape: INT }));
  const blocks = [N, size(1, { by: 2 }), size(2, { by: 2 }), 16] as const;
  const deep = s.op("SpaceToDepth", [s.x], blocks, {
    T: FLOAT,
    block_size: 2,
    data_format: "NHWC",
  });
  parts.push(
    s.op("DepthToSpace", [s.op("Square", [deep], blocks)], all, {
      T: FLOAT,
      block_size: 2,
      data_format: "NHWC",
    }),
    s.op(
      "Conv2DBackpropInput",
      [s.sizes(all), s.random(2, 2, 4, 16), deep],
      all,
      conv(2, 1, "VALID"),
    ),
    s.op("Conv2DBackpropInput", [s.sizes(all), s.random(3, 3, 4, 16), deep], all, conv(2)),
  );
  const graph = s.graph(sum(s, parts));
  await computed(graph, FP32, async (model) => {
    for (const shape of [[1, 6, 8, 4], [2, 4, 10, 4]] as const) {
      const x = images(shape, 3);
      assert.ok(difference(await model.run(x), interpret(graph, x)) < 1e-5);
    }
  });
  assert.ok(kernels(graph).includes("Conv2DBackpropInput"), "one of the two needs it");
});

engineTest("networks of all kinds come out of the page's worker as they are", async () => {
  for (const name of ["SRVGGNetCompact", "NAFNet", "SwinIR"]) {
    using recorded = await recordedArch(name);
    await computed(recorded.graph, FP32, async (model) => {
      assert.equal(model.inputChannels, recorded.graph.inputChannels);
      const x = images([2, 25, 34, recorded.graph.inputChannels], 1);
      const worst = difference(await model.run(x), await recorded.forward(x));
      assert.ok(worst < 1e-5, `${name}: ${worst}`);
    });
  }
});

engineTest("large weights are kept in 16 bits where that was asked for", async () => {
  const s = new Sketch(4);
  const wide = s.op("Conv2D", [s.x, s.random(3, 3, 4, 64)], [N, H, W, 64], conv());
  const graph = s.graph(s.op("Conv2D", [wide, s.random(1, 1, 64, 4)], [N, H, W, 4], conv()));
  const of = (precision: "fp16" | "fp32") => programOf(graph, { precision, shardBytes: 1000 });
  const half = of("fp16"), full = of("fp32");
  assert.deepEqual(half.program.constants.map(({ stored }) => stored), ["float16", "float32"]);
  assert.equal(full.program.weightBytes, 4 * (2304 + 256));
  assert.equal(half.program.weightBytes, 2 * 2304 + 4 * 256);
  assert.deepEqual(half.files.map(({ length }) => length), [1000, 1000, 1000, 1000, 1000, 632]);
  const x = images([1, 5, 7, 4], 2);
  const exact = interpret(graph, x);
  await computed(graph, { precision: "fp16" }, async (model) => {
    const worst = difference(await model.run(x), exact);
    assert.ok(worst > 1e-6 && worst < 2e-3, String(worst));
  });
});

Deno.test("bias and activation are computed by the convolution's kernel, unless others take what is between", () => {
  const of = (shared: boolean) => {
    const s = new Sketch(4);
    const all = [N, H, W, 4];
    const y = s.op("Conv2D", [s.x, s.random(3, 3, 4, 4)], all, conv());
    const biased = s.op("BiasAdd", [y, s.random(4)], all);
    const active = s.op("LeakyRelu", [biased], all, { T: FLOAT, alpha: { float: 0.1 } });
    return s.graph(shared ? s.op("AddV2", [active, biased], all) : active);
  };
  assert.deepEqual(kernels(of(false)), ["FusedConv2D"]);
  assert.deepEqual(kernels(of(true)), ["FusedConv2D", "LeakyRelu", "Add"]);
  const { program } = programOf(of(false), { precision: "fp32", shardBytes: 1e6 });
  assert.deepEqual(program.steps[0]!.attributes["activation"], "leakyrelu");
  assert.ok(Math.abs(Number(program.steps[0]!.attributes["leakyreluAlpha"]) - 0.1) < 1e-6);
});

Deno.test("what there is no kernel for is refused by name, with arch and layer", () => {
  const s = new Sketch(4);
  const odd = s.op("Cholesky", [s.x], [N, H, W, 4]);
  assert.throws(
    () => programOf(s.graph(odd), { precision: "fp32", shardBytes: 1e6 }),
    /sketch\.pth: Sketch cannot be exported to web.*Cholesky, used by body\.0/s,
  );
  const t = new Sketch(4);
  const shape = Array.from({ length: 7 }, () => fixedSize(1));
  const many = t.op("Transpose", [t.x, t.fixed([0, 1, 2, 3, 4, 5, 6])], shape, { T: FLOAT });
  const back = t.op("Reshape", [many, t.sizes([N, H, W, 4])], [N, H, W, 4]);
  assert.throws(
    () => programOf(t.graph(back), { precision: "fp32", shardBytes: 1e6 }),
    /Transpose \(7 axes\)/,
  );
});
