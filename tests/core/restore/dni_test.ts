import assert from "node:assert/strict";
import { interpolateWeights, parseDni } from "../../../core/restore/dni.ts";
import { float32Tensor, type StateDict } from "../../../core/weights/state_dict.ts";

const names = ["a.pth", "b.pth"] as const;
const dict = (...values: number[]): StateDict =>
  new Map([["w", float32Tensor([values.length], Float32Array.from(values))]]);

Deno.test("interpolateWeights() takes the share of the first, as Real-ESRGAN's dni_weight [share, 1 - share]", () => {
  const made = interpolateWeights(dict(1, 2), dict(5, -2), 0.25, names);
  assert.deepEqual([...made.get("w")!.data], [4, -1]);
  assert.deepEqual([...interpolateWeights(dict(1), dict(5), 1, names).get("w")!.data], [1]);
  assert.deepEqual([...interpolateWeights(dict(1), dict(5), 0, names).get("w")!.data], [5]);
});

Deno.test("interpolateWeights() names the tensors in which two networks differ", () => {
  const other = new Map([...dict(1, 2, 3), ["extra", float32Tensor([1], Float32Array.of(1))]]);
  assert.throws(
    () => interpolateWeights(dict(1), other, 0.5, names),
    (error: Error) => {
      assert.match(error.message, /a\.pth and b\.pth cannot be interpolated/);
      assert.match(error.message, /"extra"/);
      assert.match(error.message, /"w": the network has \[1\], the file \[3\]/);
      return true;
    },
  );
});

Deno.test("interpolateWeights() takes equal tables of whole numbers, and refuses different ones", () => {
  const table = (value: number): StateDict =>
    new Map([["index", { shape: [1], dtype: "I64", data: BigInt64Array.of(BigInt(value)) }]]);
  assert.equal(interpolateWeights(table(3), table(3), 0.5, names).get("index")!.data[0], 3n);
  assert.throws(() => interpolateWeights(table(3), table(4), 0.5, names), /differ in index/);
});

Deno.test("parseDni() reads FIRST:SECOND:SHARE, with zoo: and drives", () => {
  assert.deepEqual(parseDni("a.pth:b.pth:0.5"), { first: "a.pth", second: "b.pth", share: 0.5 });
  const zoo = parseDni("zoo:x:zoo:y:1");
  assert.deepEqual(zoo, { first: "zoo:x", second: "zoo:y", share: 1 });
  assert.equal(parseDni("C:\\a.pth:D:\\b.pth:.3").second, "D:\\b.pth");
  for (const text of ["a.pth", "a:b", "a::0.5", "a:b:c", "a:b:c:0.5", "a:b:", "a:b:-1"]) {
    assert.throws(() => parseDni(text), /FIRST:SECOND:SHARE/, text);
  }
  assert.throws(() => parseDni("a.pth:b.pth:1.5"), /between 0 and 1, received 1.5/);
});
