import { bytes, duration, editDistance, nearest, table } from "../../core/text.ts";
import assert from "node:assert/strict";

Deno.test("editDistance() counts insertions, deletions, changes and neighbours swapped", () => {
  for (
    const [a, b, distance] of [
      ["", "", 0],
      ["", "abc", 3],
      ["abc", "", 3],
      ["kitten", "sitting", 3],
      ["flaw", "lawn", 2],
      ["ab", "ba", 1],
      ["EDSR", "EDRS", 1],
      // Optimal string alignment: a swapped pair is not edited again (true Damerau-Levenshtein has 2).
      ["ca", "abc", 3],
    ] as const
  ) {
    assert.equal(editDistance(a, b), distance, `${a} -> ${b}`);
    assert.equal(editDistance(b, a), distance, `${b} -> ${a}`);
  }
});

Deno.test("nearest() ignores case and separators and gives the best first", () => {
  const names = ["MSRResNet", "EDSR", "RCAN", "RRDBNet"];
  assert.deepEqual(nearest("edsr", names), ["EDSR"]);
  assert.deepEqual(nearest("MSR-ResNet", names), ["MSRResNet"]);
  assert.deepEqual(nearest("RCANN", names), ["RCAN"]);
  assert.deepEqual(nearest("SwinTransformer", names), []);
  assert.deepEqual(nearest("lrr", ["lr", "betas", "type"]), ["lr"]);
  assert.deepEqual(nearest("dry_run", ["dry-run", "debug"]), ["dry-run"]);
});

Deno.test("nearest() gives at most three, equally near ones by name", () => {
  assert.deepEqual(nearest("name", ["name4", "name2", "name3", "name1"]), [
    "name1",
    "name2",
    "name3",
  ]);
  assert.deepEqual(nearest("", ["alpha"]), []);
  assert.deepEqual(nearest("alpha", []), []);
});

Deno.test("table() aligns the first column left, the others right, and trims line ends", () => {
  assert.equal(
    table([["image", "psnr", ""], ["a", "9.50", "x"], ["longer name", "31.25", "y"]], "> "),
    [
      "> image         psnr",
      "> a             9.50  x",
      "> longer name  31.25  y",
    ].join("\n"),
  );
  assert.equal(table([]), "");
});

Deno.test("duration() writes times as Python's timedelta does", () => {
  // str(datetime.timedelta(seconds=int(x))) of CPython.
  for (
    const [seconds, text] of [
      [0, "0:00:00"],
      [59.999, "0:00:59"],
      [83, "0:01:23"],
      [3600, "1:00:00"],
      [86399, "23:59:59"],
      [86400, "1 day, 0:00:00"],
      [183845, "2 days, 3:04:05"],
      [NaN, "unknown"],
      [-1, "unknown"],
      [Infinity, "unknown"],
    ] as const
  ) assert.equal(duration(seconds), text);
});

Deno.test("bytes() picks the unit", () => {
  assert.equal(bytes(0), "0 B");
  assert.equal(bytes(999), "999 B");
  assert.equal(bytes(1000), "1.0 kB");
  assert.equal(bytes(62_150_000), "62.1 MB");
  assert.equal(bytes(3.5e9), "3.5 GB");
});
