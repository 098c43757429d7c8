import assert from "node:assert/strict";
import { compareKeys, describeMismatch, keysMatch } from "../../../core/weights/compare.ts";
import { float32Tensor } from "../../../core/weights/state_dict.ts";

const got = new Map([
  ["head.weight", float32Tensor([2, 3], new Float32Array(6))],
  ["head.bias", float32Tensor([2], new Float32Array(2))],
  ["scale", float32Tensor([], new Float32Array(1))],
]);

Deno.test("compareKeys() finds nothing when names and shapes agree", () => {
  const same = compareKeys(new Map([...got].map(([name, { shape }]) => [name, shape])), got);
  assert.ok(keysMatch(same));
  assert.equal(describeMismatch(same), "");
});

Deno.test("compareKeys() lists missing, unexpected and mismatched names", () => {
  const result = compareKeys(
    new Map([["head.weight", [3, 2]], ["tail.bias", [2]], ["scale", [1]]]),
    got,
  );
  assert.deepEqual(result, {
    missing: ["tail.bias"],
    unexpected: ["head.bias"],
    mismatched: [
      { name: "head.weight", want: [3, 2], got: [2, 3] },
      { name: "scale", want: [1], got: [] },
    ],
  });
  assert.ok(!keysMatch(result));
  assert.equal(
    describeMismatch(result),
    [
      "1 missing in the file:",
      '  "tail.bias"',
      "1 unexpected in the file:",
      '  "head.bias"',
      "2 of another shape:",
      '  "head.weight": the network has [3, 2], the file [2, 3]',
      '  "scale": the network has [1], the file []',
    ].join("\n"),
  );
});

Deno.test("describeMismatch() shows ten of each and counts the rest", () => {
  const want = new Map(Array.from({ length: 13 }, (_, i) => [`w${i}`, [1]]));
  const text = describeMismatch(compareKeys(want, new Map()));
  assert.match(text, /^13 missing in the file:\n/);
  assert.match(text, /"w9"\n {2}… and 3 more$/);
});
