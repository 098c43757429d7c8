/** Tests of the two files: how numbers are written, splits, and weights that float16 is too short for. */
import assert from "node:assert/strict";
import { float, floats, type Linear, NcnnModel } from "../../../../core/export/ncnn/model.ts";
import { readNcnnBin } from "../../../../core/weights/ncnn_bin.ts";
import { parseNcnnParam } from "../../../../core/weights/ncnn_param.ts";

const linear = (weight: number[], more: Partial<Linear> = {}): Linear => ({
  outputs: 1,
  inputs: weight.length,
  weight: Float32Array.from(weight),
  padded: false,
  diagonal: false,
  ...more,
});

const linesOf = (param: string) => param.trimEnd().split("\n").slice(2);

async function weightsOf(model: NcnnModel, result: string, storage: "half" | "float") {
  const { param, bin } = model.encode(result, storage);
  const bytes = new Uint8Array(await new Blob([...bin] as BlobPart[]).arrayBuffer());
  return readNcnnBin(parseNcnnParam(new TextEncoder().encode(param)), bytes)
    .map(({ role, tensor }) => [role, ...tensor.data as Float32Array]);
}

Deno.test("numbers have 15 letters at most, which is what old versions read", () => {
  for (const value of [0, 1, -0.1, 1 / 3, -1.23456789e-38, 3.4e38]) {
    const text = String(float(value));
    assert.ok(text.length <= 15 && text.includes("e"), text);
    assert.ok(Math.abs(Number(text) - value) <= Math.abs(value) * 1e-7, text);
  }
  assert.equal(String(floats(0.5, 1)), "2,5.00000000e-1,1.00000000e+0");
});

Deno.test("what several layers take is split, and the last part of the result is the output", () => {
  const model = new NcnnModel();
  const a = model.add("ReLU", "a", ["data"]);
  const b = model.add("BinaryOp", "b", [a, a], { 0: 2 });
  model.add("ReLU", "unused", [b]);
  const { param, types } = model.encode(a, "float");
  assert.deepEqual(linesOf(param), ["Input data 0 1 data", "ReLU a 1 1 data output"]);
  assert.deepEqual(types, ["Input", "ReLU"]);
  const c = model.add("BinaryOp", "c", [a, b], { 0: 0, 1: 0 });
  assert.deepEqual(linesOf(model.encode(c, "float").param), [
    "Input data 0 1 data",
    "ReLU a 1 1 data a",
    "Split split_a 1 3 a a_split0 a_split1 a_split2",
    "BinaryOp b 2 1 a_split0 a_split1 b 0=2",
    "BinaryOp c 2 1 a_split2 b output 0=0 1=0",
  ]);
});

Deno.test("names that are taken get a number, those of input and output too", () => {
  const model = new NcnnModel();
  assert.deepEqual(
    ["x", "x", "output"].map((name) => model.add("ReLU", name, ["data"])),
    ["x", "x_1", "output_1"],
  );
});

Deno.test("an input that is the output passes a layer", () => {
  const { param } = new NcnnModel().encode("data", "half");
  assert.deepEqual(linesOf(param), [
    "Input data 0 1 data",
    "BinaryOp same 1 1 data output 0=0 1=1 2=0.00000000e+0",
  ]);
});

Deno.test("weights follow their layers: filters as they are kept, then biases in float32", async () => {
  const model = new NcnnModel();
  const bias = Float32Array.of(1e-9);
  const a = model.add("Convolution", "a", ["data"], { 1: 1 }, {
    linear: linear([0.5, 0.1, 0.25], { bias, activation: { type: 2, slope: 0.5 } }),
  });
  const { param } = model.encode(a, "float");
  assert.equal(
    linesOf(param)[1],
    "Convolution a 1 1 data output 0=1 1=1 5=1 6=3 9=2 -23310=1,5.00000000e-1",
  );
  assert.deepEqual(await weightsOf(model, a, "float"), [
    ["weight", 0.5, Math.fround(0.1), 0.25],
    ["bias", Math.fround(1e-9)],
  ]);
  assert.deepEqual((await weightsOf(model, a, "half"))[0], [
    "weight",
    0.5,
    Math.f16round(0.1),
    0.25,
  ]);
});

Deno.test("weights that are too small or too large for float16 are kept multiplied", async () => {
  for (const size of [1e-7, 3e6]) {
    const model = new NcnnModel();
    const weights = [size, size / 3];
    const a = model.add("Convolution", "a", ["data"], { 1: 1 }, { linear: linear(weights) });
    const lines = linesOf(model.encode(a, "half").param);
    const factor = Number(/^BinaryOp a 1 1 a_times output 0=2 1=1 2=(\S+)$/.exec(lines[2]!)![1]);
    const [[, ...kept]] = await weightsOf(model, a, "half") as [[string, ...number[]]];
    kept.forEach((value, i) => {
      assert.ok(Math.abs(value * factor / weights[i]! - 1) < 1e-3, `${value} of ${weights[i]}`);
    });
    assert.deepEqual((await weightsOf(model, a, "float"))[0], [
      "weight",
      ...weights.map(Math.fround),
    ]);
  }
});

Deno.test("what cannot be multiplied and does not fit into float16 is refused", () => {
  const model = new NcnnModel();
  const a = model.add("InnerProduct", "gate", ["data"], {}, {
    linear: linear([1e6], { activation: { type: 4 } }),
  });
  assert.throws(
    () => model.encode(a, "half"),
    /a weight of gate is beyond 65504, the largest float16: take the precision fp32/,
  );
});
