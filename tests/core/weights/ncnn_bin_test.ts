import assert from "node:assert/strict";
import { WeightsFileError } from "../../../core/weights/errors.ts";
import { encodeNcnnTensor, readNcnnBin } from "../../../core/weights/ncnn_bin.ts";
import { type NcnnLayer, parseNcnnParam } from "../../../core/weights/ncnn_param.ts";
import { bytesOf, little, raw } from "./_build.ts";

/** One layer with an input. */
function layers(line: string): NcnnLayer[] {
  return parseNcnnParam(bytesOf(`7767517\n2 2\nInput in 0 1 x\n${line}\n`));
}

function read(line: string, ...bytes: readonly (string | Uint8Array)[]) {
  return readNcnnBin(layers(line), bytesOf(...bytes)).map(({ role, tensor }) => ({
    role,
    dtype: tensor.dtype,
    shape: [...tensor.shape],
    data: [...tensor.data],
  }));
}

function fails(kind: string, message: RegExp, run: () => unknown): void {
  assert.throws(
    run,
    (error) =>
      error instanceof WeightsFileError && error.kind === kind && message.test(error.message),
  );
}

const floats = (...values: number[]) => raw(Float32Array.from(values));
const halves = (...values: number[]) => raw(Float16Array.from(values));
const FULL = little(0, 4), HALF = little(0x01306b47, 4);

Deno.test("readNcnnBin() reads filters as float32 and float16, biases bare", () => {
  const line = "Convolution c 1 1 x y 0=1 1=1 11=3 5=1 6=3";
  const want = (dtype: string) => [
    { role: "weight", dtype, shape: [1, 1, 3, 1], data: [1, -2, 0.5] },
    { role: "bias", dtype: "F32", shape: [1], data: [7] },
  ];
  const filter = floats(1, -2, 0.5);
  assert.deepEqual(read(line, FULL, filter, floats(7)), want("F32"));
  assert.deepEqual(read(line, little(0x0002c056, 4), filter, floats(7)), want("F32"));
  // Six bytes of float16 are filled up to eight.
  assert.deepEqual(read(line, HALF, halves(1, -2, 0.5), "\0\0", floats(7)), want("F16"));
});

Deno.test("readNcnnBin() knows what each kind of layer keeps", () => {
  assert.deepEqual(read("InnerProduct i 1 1 x y 0=2 1=0 2=6", FULL, floats(1, 2, 3, 4, 5, 6)), [
    { role: "weight", dtype: "F32", shape: [2, 3], data: [1, 2, 3, 4, 5, 6] },
  ]);
  assert.deepEqual(read("PReLU p 1 1 x y 0=2", floats(1, 2)), [
    { role: "weight", dtype: "F32", shape: [2], data: [1, 2] },
  ]);
  assert.deepEqual(
    read("BatchNorm b 1 1 x y 0=1", floats(1, 2, 3, 4)).map(({ role, data }) => [role, data[0]]),
    [["weight", 1], ["running_mean", 2], ["running_var", 3], ["bias", 4]],
  );
  assert.deepEqual(
    read("GroupNorm b 1 1 x y 0=1 1=2", floats(1, 2, 3, 4)).map(({ role, data }) => [role, data]),
    [["weight", [1, 2]], ["bias", [3, 4]]],
  );
  assert.deepEqual(read("LayerNorm b 1 1 x y 0=2 2=0"), []);
  // ncnn keeps (out 2, in 1, 1, 2); PyTorch's transposed convolutions are (in, out, h, w).
  assert.deepEqual(
    read("Deconvolution d 1 1 x y 0=2 1=2 11=1 5=0 6=4", FULL, floats(1, 2, 3, 4)),
    [{ role: "weight", dtype: "F32", shape: [1, 2, 1, 2], data: [1, 2, 3, 4] }],
  );
  assert.deepEqual(
    read("Deconvolution d 1 1 x y 0=2 1=1 5=0 6=4", FULL, floats(1, 2, 3, 4)),
    [{ role: "weight", dtype: "F32", shape: [2, 2, 1, 1], data: [1, 3, 2, 4] }],
  );
  assert.deepEqual(
    read("ConvolutionDepthWise d 1 1 x y 0=2 1=1 5=0 6=2 7=2", FULL, floats(1, 2))[0]!.shape,
    [2, 1, 1, 1],
  );
});

Deno.test("readNcnnBin() refuses int8, tables, and kinds whose weights it does not know", () => {
  const line = "Convolution c 1 1 x y 0=1 1=1 6=1";
  fails("unsupported", /layer "c" are int8/, () => read(line, little(0x000d4b38, 4), "abcd"));
  fails("unsupported", /"c" is quantized to int8/, () => read(`${line} 8=2`, FULL, floats(1)));
  fails("unsupported", /stored as 0x00000001 says/, () => read(line, little(1, 4), floats(1)));
  fails("unsupported", /layer "m" is of the kind "MemoryData"/, () => read("MemoryData m 0 1 y"));
});

Deno.test("readNcnnBin() refuses files that are cut off, too long or lie about sizes, at once", () => {
  const line = "Convolution c 1 1 x y 0=1 1=1 5=1 6=1";
  const whole = bytesOf(FULL, floats(1, 2));
  for (let length = 0; length < whole.length; length++) {
    fails(
      "damaged",
      /ends within the weights of ncnn layer "c"/,
      () => read(line, whole.subarray(0, length)),
    );
  }
  fails("damaged", /4 bytes follow/, () => read(line, whole, "abcd"));
  fails("damaged", /no multiple of 9/, () => read("Convolution c 1 1 x y 0=1 1=3 6=8", whole));
  fails("damaged", /0=0 is no size/, () => read("Convolution c 1 1 x y 1=3 6=8", whole));
  fails("damaged", /0=-4 is no size/, () => read("PReLU c 1 1 x y 0=-4", whole));
  const huge = "Convolution c 1 1 x y 0=2147483648 1=1 6=2147483648";
  fails("damaged", /ends within/, () => read(huge, whole));
  fails(
    "damaged",
    /is no size/,
    () => read("InnerProduct c 1 1 x y 0=1 2=9007199254740991", whole),
  );
});

Deno.test("encodeNcnnTensor() gives what readNcnnBin() reads", () => {
  const data = Float32Array.of(1, -2, 0.5);
  assert.deepEqual(encodeNcnnTensor(data, "half", false), bytesOf(HALF, halves(...data), "\0\0"));
  assert.deepEqual(encodeNcnnTensor(data, "float", false), bytesOf(FULL, floats(...data)));
  assert.deepEqual(encodeNcnnTensor(data, "half", true), floats(...data));
});
