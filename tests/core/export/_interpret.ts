/**
 * Computes a graph of an export op by op on the native engine: what all targets are compared with.
 *
 * @module
 */
import { dataTypeOf } from "../../../core/export/data_types.ts";
import { attribute, type ExportGraph, type GraphNode, keyOf } from "../../../core/export/graph.ts";
import type { NumberArray } from "../../../core/engine/native/dtypes.ts";
import { nodeBackend } from "../../../core/engine/native/node_backend.ts";
import { evaluate } from "../../../core/engine/native/size_expressions.ts";
import type { ImageTensor } from "../../../core/runtimes/types.ts";

/** Composites, number by number. */
const COMPUTED: Readonly<
  Record<
    string,
    (
      x: Float32Array,
      shape: readonly number[],
      weights: readonly Float32Array[],
      node: GraphNode,
    ) => Float32Array
  >
> = {
  PRelu: (x, _, [alpha]) => x.map((v, i) => v > 0 ? v : v * alpha![i % alpha!.length]!),
  Gelu: (x) => x.map((v) => v * (1 + erf(v * Math.SQRT1_2)) / 2),
  LayerNorm(x, shape, [gamma, beta], node) {
    const c = shape.at(-1)!, eps = Number(attribute(node, "epsilon"));
    const y = new Float32Array(x.length);
    for (let start = 0; start < x.length; start += c) {
      const line = x.subarray(start, start + c);
      const mean = line.reduce((sum, v) => sum + v, 0) / c;
      const variance = line.reduce((sum, v) => sum + (v - mean) ** 2, 0) / c;
      line.forEach((v, i) => {
        y[start + i] = (v - mean) / Math.sqrt(variance + eps) * gamma![i]! + beta![i]!;
      });
    }
    return y;
  },
  PixelUnshuffle: (x, shape, _, node) =>
    unshuffled(x, shape, node, (place, c, r) => c * r * r + place),
  PixelShuffle(x, [n, h, w, channels], _, node) {
    const r = Number(attribute(node, "block_size"));
    const shape = [n!, h! * r, w! * r, channels! / r ** 2];
    // Where each number comes from: the inverse, of places.
    const from = unshuffled(
      Float32Array.from(x.keys()),
      shape,
      node,
      (place, c) => c * r * r + place,
    );
    const y = new Float32Array(x.length);
    from.forEach((to, i) => y[to] = x[i]!);
    return y;
  },
};

function unshuffled(
  x: Float32Array,
  shape: readonly number[],
  node: GraphNode,
  channel: (place: number, c: number, side: number) => number,
): Float32Array {
  const [n, h, w, channels] = shape as [number, number, number, number];
  const r = Number(attribute(node, "block_size"));
  const y = new Float32Array(x.length);
  for (let i = 0; i < x.length; i++) {
    const c = i % channels, column = Math.floor(i / channels) % w;
    const row = Math.floor(i / channels / w) % h, image = Math.floor(i / channels / w / h);
    const place = row % r * r + column % r;
    const pixel = (image * h / r + Math.floor(row / r)) * w / r + Math.floor(column / r);
    y[pixel * channels * r * r + channel(place, c, r)] = x[i]!;
  }
  if (n * h * w * channels !== x.length) throw new Error(`${node.name}: ${x.length} numbers`);
  return y;
}

/** The error function: its series near 0, its continued fraction far from it; both to more digits than float32 has. */
function erf(x: number): number {
  const a = Math.abs(x);
  if (a > 6) return Math.sign(x);
  if (a < 2.5) {
    let term = a, sum = a;
    for (let k = 1; Math.abs(term) > 1e-17 * sum; k++) {
      term *= -a * a / k;
      sum += term / (2 * k + 1);
    }
    return Math.sign(x) * 2 / Math.sqrt(Math.PI) * sum;
  }
  let fraction = 0;
  for (let k = 60; k > 0; k--) fraction = k / 2 / (a + fraction);
  return Math.sign(x) * (1 - Math.exp(-a * a) / Math.sqrt(Math.PI) / (a + fraction));
}

/** What `graph` makes of `images`; checks that every shape is the one that its expressions give. */
export function interpret(graph: ExportGraph, { shape, data }: ImageTensor): ImageTensor {
  const { binding } = nodeBackend()!;
  const sizes = shape.slice(0, 3);
  const values = new Map<string, number>();
  const shapes = new Map<string, readonly number[]>();
  for (const [position, node] of graph.nodes.entries()) {
    const expected = node.outputs.map((output) =>
      output.shape.map((size) => evaluate(size, sizes))
    );
    const put = (index: number, id: number, got: readonly number[]) => {
      const wrong = expected[index]!.some((size, i) => !Number.isNaN(size) && size !== got[i]);
      if (wrong || expected[index]!.length !== got.length) {
        throw new Error(`${node.name} is [${got}], not [${expected[index]}]`);
      }
      values.set(keyOf({ node: position, index }), id);
      shapes.set(keyOf({ node: position, index }), got);
    };
    if (position === graph.input) {
      put(0, binding.createEagerly(shape, 1, data), shape);
      continue;
    }
    const { constant } = node;
    if (constant !== undefined) {
      const { dtype } = node.outputs[0]!;
      const of = expected[0]!;
      const count = of.reduce((a, b) => a * b, 1);
      const number = (i: number): number => {
        if (constant.kind === "fill") return constant.value;
        return constant.kind === "sizes" ? evaluate(constant.values[i]!, sizes) : i;
      };
      const made = constant.kind === "fixed"
        ? []
        : Array.from({ length: count }, (_, i) => number(i));
      const numbers: NumberArray = constant.kind === "fixed"
        ? constant.values
        : dtype === "int32"
        ? Int32Array.from(made)
        : Float32Array.from(made);
      put(0, binding.createEagerly(of, dataTypeOf(dtype), numbers), of);
      continue;
    }
    const inputs = node.inputs.map((ref) => values.get(keyOf(ref))!);
    if (Object.hasOwn(COMPUTED, node.op)) {
      const [x, ...weights] = inputs.map((id) => binding.tensorDataSync(id) as Float32Array);
      const from = shapes.get(keyOf(node.inputs[0]!))!;
      const result = COMPUTED[node.op]!(x!, from, weights, node);
      put(0, binding.createEagerly(expected[0]!, 1, result), expected[0]!);
      continue;
    }
    const results = binding.executeEagerly(
      node.op,
      node.attributes,
      inputs,
      node.outputs.length,
    );
    results.forEach((result, index) => put(index, result.id, result.shape));
  }
  const result = binding.tensorDataSync(values.get(keyOf(graph.output))!) as Float32Array;
  for (const id of values.values()) binding.deleteEagerly(id);
  return { shape: shapes.get(keyOf(graph.output)) as ImageTensor["shape"], data: result };
}
