import type { Course } from "./_alternate.ts";
import { bestPeer, markdownTable, resultTable, type Row } from "./_table.ts";
import assert from "node:assert/strict";

const OURS: Course = { side: "ours", seconds: [1, 1, 2], peakMemory: 1e9 };
const EAGER: Course = { side: "eager", seconds: [2, 3, 8], peakMemory: 2e9 };
const COMPILED: Course = { side: "compiled", seconds: [1.5, 2, 4], peakMemory: 3e9 };

function row(courses: readonly Course[], more: Partial<Row> = {}): Row {
  return { name: "w", title: "work", precision: "fp32", computes: true, courses, ...more };
}

/** The cells of the only row. */
function cells(row: Row): string[] {
  return resultTable([row]).split("\n")[2]!.split("|").slice(1, -1).map((cell) => cell.trim());
}

Deno.test("the better mode of PyTorch is compared with, with its own memory", () => {
  assert.deepEqual(cells(row([OURS, EAGER, COMPILED])), [
    "work",
    "fp32",
    "1.00 s",
    "2.00 s",
    "compiled",
    "2.00x (1.50-2.00)",
    "1.00 GB",
    "3.00 GB",
    "3.00x",
  ]);
});

Deno.test("bestPeer() passes over a mode that failed, however fast it was", () => {
  assert.equal(bestPeer(row([OURS, EAGER, { ...COMPILED, failure: "ended" }])), EAGER);
});

Deno.test("the ratio is the median of pairs, not the ratio of medians", () => {
  const ours: Course = { side: "ours", seconds: [1, 4, 1] };
  const peer: Course = { side: "eager", seconds: [3, 8, 1] };
  assert.equal(cells(row([ours, peer]))[5], "2.00x (1.00-3.00)"); // medians are 1 and 3
});

Deno.test("what reads data gives images a second, and names no mode and no memory", () => {
  const ours: Course = { ...OURS, images: 100 };
  const peer: Course = { ...EAGER, images: 100 };
  const told = cells(row([ours, peer], { computes: false }));
  assert.deepEqual(told.slice(2), [
    "100 images/s",
    "33 images/s",
    "",
    "3.00x (2.00-4.00)",
    "",
    "",
    "",
  ]);
});

Deno.test("a side that failed is told as failed, one that did not take part as nothing", () => {
  assert.deepEqual(cells(row([{ ...OURS, failure: "ended" }, EAGER])).slice(2, 6), [
    "failed",
    "3.00 s",
    "eager",
    "",
  ]);
  assert.deepEqual(cells(row([OURS])).slice(2, 6), ["1.00 s", "", "", ""]);
  assert.equal(cells(row([], { skipped: "no bfloat16" }))[2], "skipped: no bfloat16");
});

Deno.test("markdownTable() lines its columns up", () => {
  assert.equal(
    markdownTable([["a", "long head"], ["longer", "b"]]),
    "| a      | long head |\n| ------ | --------- |\n| longer | b         |",
  );
});
