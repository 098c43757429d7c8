/** Tests of convolutions in phases: the convolutions themselves, as TensorFlow computes them, are the judge. */
import assert from "node:assert/strict";
import { compile } from "../../../../core/engine/compile.ts";
import { type ShapeRecord, ShapeTemplate } from "../../../../core/engine/native/dynamic_shapes.ts";
import { NativeFunction, optimizerConfig } from "../../../../core/engine/native/function.ts";
import { buildGraph } from "../../../../core/engine/native/graph_builder.ts";
import { startNative } from "../../../../core/engine/native/mod.ts";
import {
  dataIdOf,
  idOf,
  type NodeBackend,
  nodeBackend,
} from "../../../../core/engine/native/node_backend.ts";
import { PhaseFilters } from "../../../../core/engine/native/phase_filters.ts";
import {
  isWorthPhases,
  isWorthPlan,
  planPhases,
} from "../../../../core/engine/native/phase_plan.ts";
import { lacksAvx512 } from "../../../../core/engine/native/precisions.ts";
import { recorded, RecordedGraph } from "../../../../core/engine/native/recorded_graph.ts";
import type { Source } from "../../../../core/engine/native/symbolic_variables.ts";
import { trace } from "../../../../core/engine/native/trace_scope.ts";
import { addSame, biasAdd, leakyRelu } from "../../../../core/engine/ops.ts";
import { type Tensor, type Tensor4D, tf, type Variable } from "../../../../core/engine/tf.ts";
import { Rng } from "../../../../core/random.ts";
import { nativeTest } from "./_native.ts";

type Image2Image = (x: Tensor4D) => Tensor4D;

function numbers(shape: readonly number[], key: string): Tensor {
  const rng = new Rng(3, `${key} ${shape}`);
  const size = shape.reduce((a, b) => a * b, 1);
  return tf.tensor(Float32Array.from({ length: size }, () => rng.uniform(-1, 1)), [...shape]);
}

function variable(shape: readonly number[], key: string): Variable {
  return tf.tidy(() => tf.variable(numbers(shape, key)));
}

function engineTest(name: string, test: (backend: NodeBackend) => Promise<void>): void {
  nativeTest(name, async () => {
    const engine = await startNative({ numGpu: 0 });
    try {
      await test(nodeBackend()!);
    } finally {
      await engine.dispose();
    }
  });
}

/** What `fn` does with an image `[1, h, w, c]`. */
function record(backend: NodeBackend, fn: Image2Image, shape: readonly number[]): ShapeRecord {
  const [, h, w] = shape;
  const graph = new RecordedGraph(backend.binding.library, [h!, w!]);
  const { tracer, outputs } = trace(
    backend,
    [{ shape, dtype: "float32" }],
    ([x]) => fn(x as Tensor4D),
    (y) => [y],
    { graph },
  );
  const inputs = tracer.inputs.map(({ tensor, source }) => ({ node: Number(tensor.op), source }));
  return { nodes: graph.nodes, inputs, outputs: outputs.map(recorded), sizes: [h!, w!] };
}

/** `fn` for all sizes, in phases, and how many of its inputs are filters that were made before. */
function phased(backend: NodeBackend, fn: Image2Image, channels: number) {
  const { binding } = backend;
  const records = [[8, 6], [8 + 320, 6 + 448]].map((size) =>
    record(backend, fn, [1, ...size, channels])
  );
  const template = ShapeTemplate.of(records, [
    { name: "h", argument: 0, axis: 1 },
    { name: "w", argument: 0, axis: 2 },
  ]);
  const { graph, inputs, outputs } = buildGraph(binding.library, records[0]!, {
    template,
    fuse: true,
    phases: { height: 0, width: 1 },
    isResident: () => false,
  });
  using _graph = graph;
  const placeholders = inputs.map(({ tensor }) => tensor);
  const config = optimizerConfig({ disabled: true });
  const native = new NativeFunction(binding, graph, "phased", placeholders, outputs, { config });
  const filters = new PhaseFilters(backend);
  const id = (source: Source, x: Tensor): number => {
    if (source.kind === "filter") return filters.idOf(source.variable, []);
    if (source.kind === "variable") return idOf(backend, dataIdOf(source.variable));
    return idOf(backend, source.kind === "tensor" ? source.dataId : dataIdOf(x));
  };
  return {
    filters: inputs.filter(({ source }) => source.kind === "filter").length,
    async call(x: Tensor4D): Promise<Tensor> {
      const [y] = await native.call(inputs.map(({ source }) => id(source, x)));
      return backend.createOutputTensor(y!);
    },
    [Symbol.dispose]() {
      native[Symbol.dispose]();
      filters[Symbol.dispose]();
    },
  };
}

/** The largest difference, relative to the largest number of `b`. */
async function difference(a: Tensor, b: Tensor): Promise<number> {
  assert.deepEqual(a.shape, b.shape);
  const [off, largest] = tf.tidy(() => [tf.max(tf.abs(tf.sub(a, b))), tf.max(tf.abs(b))]);
  const result = (await off!.data())[0]! / (await largest!.data())[0]!;
  tf.dispose([off!, largest!]);
  return result;
}

/** A dense block behind a convolution with few channels, with skips, slopes for each channel, and another tensor as filter. */
function network() {
  const first = variable([3, 3, 3, 32], "first"), one = variable([3, 3, 32, 32], "one");
  const two = variable([3, 3, 64, 48], "two"), wide = variable([5, 5, 48, 32], "wide");
  const made = numbers([3, 3, 32, 32], "made"), bias = variable([32], "bias");
  const slopes = variable([48], "slopes");
  const conv = (x: Tensor4D, w: Variable | Tensor): Tensor4D =>
    tf.conv2d(x, w as unknown as Tensor4D, 1, "same");
  const fn: Image2Image = (x) => {
    const y = biasAdd(conv(x, first), bias);
    const z = leakyRelu(biasAdd(conv(y, one), bias), 0.2);
    const a = tf.prelu(conv(tf.concat([y, z], 3) as Tensor4D, two), slopes as Tensor) as Tensor4D;
    const b = tf.mul(biasAdd(conv(a, wide), bias), 0.1) as Tensor4D;
    const c = conv(addSame(b, tf.add(y, 1) as Tensor4D), made); // without a bias, and seen twice
    return tf.concat([addSame(tf.sigmoid(biasAdd(c, bias)), z), c], 3) as Tensor4D;
  };
  const all = { first, one, two, wide, made, bias, slopes };
  return { fn, all, dispose: () => tf.dispose(Object.values(all)) };
}

engineTest("one graph in phases gives what convolutions give, at all heights", async (backend) => {
  const { fn, dispose } = network();
  const form = phased(backend, fn, 3);
  assert.equal(form.filters, 2); // of `one` and `two`; `made` is no variable
  for (let h = 1; h <= 13; h++) {
    for (const w of h < 5 ? [1, 7] : [3 + h % 3]) {
      const x = numbers([1, h, w, 3], "x") as Tensor4D;
      // No kernel treats batches in another way.
      const judge = tf.tidy(() => tf.slice(fn(tf.concat([x, x], 0)), 0, 1));
      const y = await form.call(x);
      const off = await difference(y, judge);
      assert.ok(off < 1e-5, `${h} x ${w}: off by ${off}`);
      tf.dispose([x, judge, y]);
    }
  }
  form[Symbol.dispose]();
  dispose();
  assert.equal(tf.memory().numTensors, 0);
});

engineTest("filters follow their variables", async (backend) => {
  const { fn, all, dispose } = network();
  using form = phased(backend, fn, 3);
  const x = numbers([1, 9, 8, 3], "x") as Tensor4D;
  const before = await form.call(x);
  const other = numbers([3, 3, 32, 32], "other");
  all.one.assign(other as never);
  const judge = tf.tidy(() => tf.slice(fn(tf.concat([x, x], 0)), 0, 1));
  const after = await form.call(x);
  assert.ok(await difference(after, judge) < 1e-5);
  assert.ok(await difference(before, judge) > 0.01);
  tf.dispose([x, before, other, judge, after]);
  dispose();
});

engineTest("the plan holds convolutions of 3x3 that keep the size, and what follows", (backend) => {
  const { fn, dispose } = network();
  const { nodes, sizes } = record(backend, fn, [1, 40, 41, 3]);
  const [h, w] = sizes as [number, number];
  const names = (plan: ReadonlyMap<number, unknown>) => [...plan.keys()].map((i) => nodes[i]!.name);
  const planned = names(planPhases(nodes, [h, w]));
  assert.equal(planned.filter((name) => name === "Conv2D").length, 3);
  assert.equal(planned.filter((name) => name === "ConcatV2").length, 2);
  assert.deepEqual(names(planPhases(nodes, [h, w + 1])), []);
  assert.ok(!isWorthPlan(nodes, planPhases(nodes, [h, w])), "few channels");
  const wide = variable([3, 3, 128, 128], "w");
  const { nodes: more } = record(
    backend,
    (x) => tf.conv2d(x, wide as Tensor4D, 1, "same"),
    [1, 8, 9, 128],
  );
  assert.ok(isWorthPlan(more, planPhases(more, [8, 9])), "many");
  assert.ok(!isWorthPlan(more, new Map()), "none");
  wide.dispose();
  dispose();
  return Promise.resolve();
});

engineTest(
  "large images of a compiled function have one form, small ones another, and gradients none in phases",
  async ({ binding }) => {
    const w = variable([3, 3, 128, 128], "w"), bias = variable([128], "b");
    const fn: Image2Image = (x) =>
      leakyRelu(biasAdd(tf.conv2d(x, w as Tensor4D, 1, "same"), bias), 0.2);
    const dynamic = compile(fn, { dynamic: true });
    assert.ok(isWorthPhases(80, 80) && !isWorthPhases(79, 80));
    const traces: number[] = [];
    for (const [h, width] of [[80, 81], [81, 80], [83, 97], [102, 90], [40, 40], [95, 80]]) {
      const x = numbers([1, h!, width!, 128], "x") as Tensor4D;
      const judge = tf.tidy(() => tf.slice(fn(tf.concat([x, x], 0)), 0, 1));
      const y = await dynamic(x), again = await dynamic(x);
      assert.ok(await difference(y, judge) < 1e-5, `${h} x ${width}`);
      assert.deepEqual(await again.data(), await y.data());
      traces.push(dynamic.stats.traces);
      tf.dispose([x, judge, y, again]);
    }
    dynamic.dispose();
    if (lacksAvx512(binding)) assert.deepEqual(traces, [1, 1, 1, 1, 2, 2]);
    const gradient = (x: Tensor4D) => tf.grad((x) => tf.mean(fn(x as Tensor4D)))(x);
    const [anySize, own] = [compile(gradient, { dynamic: true }), compile(gradient)];
    const x = numbers([1, 80, 80, 128], "x") as Tensor4D;
    const got = await anySize(x), expected = await own(x);
    assert.deepEqual(await got.data(), await expected.data());
    anySize.dispose();
    own.dispose();
    tf.dispose([x, got, expected, w, bias]);
    assert.equal(tf.memory().numTensors, 0);
  },
);
