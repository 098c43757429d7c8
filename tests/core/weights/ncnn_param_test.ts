import assert from "node:assert/strict";
import { WeightsFileError } from "../../../core/weights/errors.ts";
import {
  intParam,
  listParam,
  looksLikeNcnnParam,
  type NcnnLayer,
  parseNcnnParam,
} from "../../../core/weights/ncnn_param.ts";
import { bytesOf, fixture, little } from "./_build.ts";

function parse(...lines: readonly string[]): NcnnLayer[] {
  return parseNcnnParam(bytesOf(["7767517", ...lines, ""].join("\n")));
}

function fails(kind: string, message: RegExp, run: () => unknown): void {
  assert.throws(
    run,
    (error) =>
      error instanceof WeightsFileError && error.kind === kind && message.test(error.message),
  );
}

Deno.test("parseNcnnParam() reads layers, blobs, numbers and lists", () => {
  const [input, split, conv] = parse(
    "3 4",
    "Input            in0    0 1 data",
    "Split            s      1 2 data a b",
    "Convolution      c.1    2 1 a b out 0=64 9=2 -23310=2,2.0e-01,-1 1=3",
  );
  assert.deepEqual([input!.type, input!.outputs, split!.outputs], ["Input", ["data"], ["a", "b"]]);
  assert.deepEqual(conv!.inputs, ["a", "b"]);
  assert.equal(intParam(conv!, 0, 1), 64);
  assert.equal(intParam(conv!, 4, 7), 7);
  assert.deepEqual(listParam(conv!, 10), [0.2, -1]);
  assert.deepEqual(listParam(conv!, 11), []);
});

Deno.test("parseNcnnParam() accepts CRLF, empty lines and files of pnnx", () => {
  assert.equal(parseNcnnParam(bytesOf("7767517\r\n1 1\r\n\r\nInput a 0 1 x\r\n")).length, 1);
  const layers = parseNcnnParam(fixture("ncnn/rrdb2.ncnn.param"));
  assert.equal(layers.length, 58);
  assert.equal(layers[1]!.type, "Reorg");
});

Deno.test("parseNcnnParam() refuses other forms by name", () => {
  fails(
    "unsupported",
    /binary form/,
    () => parseNcnnParam(bytesOf(little(7767517, 4), "12345678")),
  );
  fails("unsupported", /pnnx's own/, () => parseNcnnParam(fixture("ncnn/compact.pnnx.param")));
  fails("unsupported", /begin with 7767517/, () => parseNcnnParam(bytesOf("7767518\n0 0\n")));
  assert.ok(!looksLikeNcnnParam(bytesOf("77675170\n")));
});

Deno.test("parseNcnnParam() refuses damaged text and says the line", () => {
  const one = (line: string) => () => parse("1 1", line);
  fails("damaged", /line 2 .* no counts/, () => parse("x y"));
  fails("damaged", /line 2/, () => parse("-1 1"));
  fails("damaged", /line 3 .* no name/, one("Input"));
  fails("damaged", /line 3 .* fewer blobs/, one("Input a 0 2 x"));
  fails("damaged", /fewer blobs/, one("Input a 0 4294967295 x"));
  fails("damaged", /"3x=1" where a parameter/, one("Input a 0 1 o 3x=1"));
  fails("damaged", /no number in "0=z"/, one("Input a 0 1 o 0=z"));
  fails("damaged", /no number in "0="/, one("Input a 0 1 o 0="));
  fails("damaged", /no number in "0=Infinity"/, one("Input a 0 1 o 0=Infinity"));
  fails("damaged", /a list in "0=1,2"/, one("Input a 0 1 o 0=1,2"));
  fails("damaged", /counts the list/, one("Input a 0 1 o -23300=3,1,2"));
  fails("damaged", /gives 0= twice/, one("Input a 0 1 o 0=1 0=2"));
  fails("damaged", /announces 2 layers, but has 1/, () => parse("2 2", "Input a 0 1 x"));
  fails("damaged", /has more/, () => parse("1 1", "Input a 0 1 x", "Input b 0 1 y"));
  fails("damaged", /"y", which nothing before it makes/, () => parse("1 1", "ReLU a 1 1 y x"));
  fails("damaged", /"x" of the .param is made twice/, () => parse("1 1", "Input a 0 2 x x"));
});

Deno.test("parseNcnnParam() refuses absurd numbers of layers before it reads any", () => {
  fails("refused", /1000000 layers/, () => parse("1000000 1", "Input a 0 1 x"));
  const long = bytesOf("7767517\n1 1\n", new Uint8Array((1 << 24) + 1));
  fails("refused", /text has \d+ bytes/, () => parseNcnnParam(long));
});
