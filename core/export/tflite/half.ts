/**
 * Weights as float16: half the bytes, the same arithmetic.
 *
 * @module
 */
import { fitsFloat16 } from "../float16.ts";
import type { LiteModel } from "./flat_model.ts";

/** Constants of fewer numbers stay as they are. */
const FEWEST = 64;

/**
 * Keeps large constants as float16, with a `DEQUANTIZE` behind each, as TensorFlow's converter does; runtimes compute that once, or
 * use float16 as it is. Constants that float16 cannot hold stay.
 */
export function halveWeights(model: LiteModel): void {
  const added: LiteModel["operators"] = [];
  const places = new Map<number, number>();
  for (const [place, tensor] of [...model.tensors.entries()]) {
    if (tensor.type !== "FLOAT32" || tensor.data === undefined) continue;
    const { data, shape } = tensor;
    if (data.length < 4 * FEWEST) continue;
    const values = new Float32Array(data.buffer, data.byteOffset, data.length / 4);
    if (!fitsFloat16(values)) continue;
    const halves = Float16Array.from(values);
    tensor.type = "FLOAT16";
    tensor.data = new Uint8Array(halves.buffer);
    model.tensors.push({ name: `${tensor.name}/float32`, type: "FLOAT32", shape });
    places.set(place, model.tensors.length - 1);
    added.push({
      op: "DEQUANTIZE",
      inputs: [place],
      outputs: [model.tensors.length - 1],
      options: { table: "DequantizeOptions", fields: {} },
    });
  }
  for (const operator of model.operators) {
    operator.inputs = operator.inputs.map((place) => places.get(place) ?? place);
  }
  model.operators = [...added, ...model.operators];
}
