/**
 * Computes a graph of an export op by op on the native engine: what all targets are compared with.
 *
 * @module
 */
import { dataTypeOf } from "../../../core/export/data_types.ts";
import { type ExportGraph, keyOf } from "../../../core/export/graph.ts";
import type { NumberArray } from "../../../core/engine/native/dtypes.ts";
import { nodeBackend } from "../../../core/engine/native/node_backend.ts";
import { evaluate } from "../../../core/engine/native/size_expressions.ts";
import type { ImageTensor } from "../../../core/runtimes/types.ts";

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
      const numbers: NumberArray = constant.kind === "fixed"
        ? constant.values
        : (dtype === "int32" ? Int32Array : Float32Array).from(
          { length: count },
          (_, i) =>
            constant.kind === "fill"
              ? constant.value
              : constant.kind === "range"
              ? i
              : evaluate(constant.values[i]!, sizes),
        );
      put(0, binding.createEagerly(of, dataTypeOf(dtype), numbers), of);
      continue;
    }
    const inputs = node.inputs.map((ref) => values.get(keyOf(ref))!);
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
