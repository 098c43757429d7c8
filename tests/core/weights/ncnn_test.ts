import assert from "node:assert/strict";
import { WeightsFileError } from "../../../core/weights/errors.ts";
import { nameInOrder, readNcnn } from "../../../core/weights/ncnn.ts";
import { readPth } from "../../../core/weights/pth.ts";
import { selectParams } from "../../../core/weights/select.ts";
import { float32Tensor, type StateDict } from "../../../core/weights/state_dict.ts";
import { bytesOf, fixture } from "./_build.ts";

/** What PyTorch had. */
function torch(name: string): StateDict {
  return selectParams(readPth(fixture(`ncnn/${name}.pth`)).root, "params");
}

function model(name: string, change = (text: string) => text) {
  const text = new TextDecoder().decode(fixture(`ncnn/${name}.ncnn.param`));
  return readNcnn(bytesOf(change(text)), fixture(`ncnn/${name}.ncnn.bin`));
}

/** The same names in the same order; filters near enough for float16 as pnnx rounds it, the rest exact. */
function sameWeights(got: StateDict, want: StateDict): void {
  assert.deepEqual([...got.keys()], [...want.keys()]);
  for (const [name, { shape, data }] of want) {
    const tensor = got.get(name)!;
    assert.deepEqual([...tensor.shape], [...shape], name);
    const half = tensor.dtype === "F16";
    assert.equal(half, shape.length === 4, name);
    for (const [i, value] of data.entries()) {
      const near = half ? Math.max(2 ** -10 * Math.abs(Number(value)), 2 ** -14) : 0;
      assert.ok(Math.abs(Number(tensor.data[i]) - Number(value)) <= near, `${name}[${i}]`);
    }
  }
}

Deno.test("readNcnn() gives SRVGGNetCompact and RRDBNet of pnnx their names back", () => {
  for (const name of ["compact", "compact_leaky", "rrdb2"]) {
    const { weights, recognised, notes } = model(name);
    assert.ok(recognised, name);
    assert.deepEqual(notes, []);
    sameWeights(weights, torch(name));
  }
  assert.deepEqual(model("compact").options, {});
  assert.deepEqual(model("compact_leaky").options, { act_type: "leakyrelu" });
});

Deno.test("readNcnn() says when a model resizes what the network gives, as Real-ESRGAN's x2 and x3", () => {
  const { recognised, notes } = model(
    "compact",
    (text) =>
      text.replace("12 13", "13 14").replace(" out0 ", " y ") +
      "Interp r 1 1 y out0 0=3 1=5.000000e-01 2=5.000000e-01\n",
  );
  assert.ok(recognised);
  assert.match(notes.join(), /resizes what the network gives by 0\.5; .* whose scale is 2/);
});

Deno.test("readNcnn() does not take other graphs for these networks", () => {
  const changes: readonly [string, (text: string) => string][] = [
    ["compact", (text) => text.replace("0=1 1=2.0", "0=2 1=2.0")], // bilinear
    ["compact", (text) => text.replace("out0 0=0", "out0 0=2")], // product
    ["compact", (text) => text.replace("1=0\n", "1=1\n")], // another order of the pixels
    ["compact", (text) => text.replace("2=1 3=1 4=1", "2=1 3=1 4=0")], // not padded
    ["compact_leaky", (text) => text.replace("1,0.1", "1,0.3")], // two slopes
    ["compact_leaky", (text) => text.replaceAll("1,0.1", "1,0.3")],
    ["rrdb2", (text) => text.replace("1,0.2", "1,0.1")],
    ["rrdb2", (text) => text.replace("0=1 1=2.0", "0=2 1=2.0")],
    ["msr", (text) => text],
  ];
  for (const [name, change] of changes) {
    const { recognised, weights, layers } = model(name, change);
    assert.ok(!recognised, name);
    const first = layers.find(({ type }) => type === "Convolution")!;
    assert.equal([...weights.keys()][0], `${first.name}.weight`);
  }
});

Deno.test("nameInOrder() names the tensors of other networks by shape and order", () => {
  const want = torch("msr");
  const shapes = new Map([...want].map(([name, { shape }]) => [name, shape]));
  sameWeights(nameInOrder(model("msr").weights.values(), shapes), want);
});

Deno.test("nameInOrder() refuses more, fewer and other tensors", () => {
  const one = (n: number) => float32Tensor([n], new Float32Array(n));
  const shapes = new Map([["a", [1]], ["b", [2]]]);
  const refused = (sizes: number[], message: RegExp) =>
    assert.throws(
      () => nameInOrder(sizes.map(one), shapes),
      (error) => error instanceof WeightsFileError && message.test(error.message),
    );
  refused([1], /"b" should be \[2\], but tensor 2 of 1 is missing/);
  refused([1, 3], /"b" should be \[2\], but tensor 2 of 2 is \[3\]/);
  refused([1, 2, 2], /there are 3 where the network has 2 \("a", "b"\)/);
});

Deno.test("readNcnn() refuses a .bin of another .param, and two layers of one name", () => {
  assert.throws(
    () => readNcnn(fixture("ncnn/compact.ncnn.param"), fixture("ncnn/msr.ncnn.bin")),
    WeightsFileError,
  );
  assert.throws(
    () => model("msr", (text) => text.replace("conv_3 ", "convrelu_0 ")),
    /two ncnn layers are named "convrelu_0"/,
  );
});
