/** Tests of sizes as functions of sizes. */
import assert from "node:assert/strict";
import {
  evaluate,
  fit,
  fixedSize,
  format,
  type SizeSymbol,
} from "../../../../core/engine/native/size_expressions.ts";

const SYMBOLS: readonly SizeSymbol[] = [
  { name: "h", argument: 0, axis: 1 },
  { name: "w", argument: 0, axis: 2 },
];

/** What is found for a function of height and width that is looked at at these sizes. */
function found(
  size: (h: number, w: number) => number,
  samples: readonly (readonly [number, number])[],
): string | undefined {
  const expression = fit(samples.map(([h, w]) => size(h, w)), samples);
  if (expression === undefined) return undefined;
  for (const sizes of samples) assert.equal(evaluate(expression, sizes), size(...sizes));
  return format(expression, SYMBOLS);
}

const EVEN = [[32, 32], [352, 480]] as const;
const ODD = [[41, 33], [362, 481], [43, 38]] as const;

Deno.test("two samples tell what needs no rounding", () => {
  assert.equal(found(() => 64, EVEN), "64");
  assert.equal(found((h) => h, EVEN), "h");
  assert.equal(found((_, w) => 4 * w, EVEN), "4·w");
  assert.equal(found((h) => h / 2 - 1, EVEN), "⌊h/2⌋ - 1");
  assert.equal(found((h) => 2 * h + 1, EVEN), "2·h + 1");
  assert.equal(found((h, w) => 3 * h * w, EVEN), "3·h·w");
  assert.equal(found((h, w) => h / 8 * w / 8, EVEN), "⌊h/8⌋·⌊w/8⌋");
});

Deno.test("three samples tell halves, multiples and paddings", () => {
  assert.equal(found((h) => Math.ceil(h / 2) + 2, ODD), "⌈h/2⌉ + 2");
  assert.equal(found((h) => Math.ceil(h / 8) * 8, ODD), "8·⌈h/8⌉");
  assert.equal(found((_, w) => Math.ceil(w / 8) * 8 - w, ODD), "8·⌈w/8⌉ - w");
  assert.equal(found((h, w) => Math.ceil(h / 8) * Math.ceil(w / 8), ODD), "⌈h/8⌉·⌈w/8⌉");
});

Deno.test("what is no such function is not explained", () => {
  assert.equal(found((h) => h ** 3, [[32, 32], [352, 480], [40, 64]]), undefined);
  assert.equal(found((h) => h % 8, [[33, 32], [354, 480], [39, 64], [48, 7]]), undefined);
});

/** Number, height and width of images. */
const BATCHES: readonly (readonly [number, number, number])[] = [
  [2, 24, 32],
  [3, 41, 63],
  [9, 64, 40],
  [5, 36, 26],
  [1, 56, 72],
  [17, 95, 53],
];

/** The same for three symbols, of which the first one is a number of images; also checked at a size that was not looked at. */
function foundFor(size: (n: number, h: number, w: number) => number): string | undefined {
  const symbols = [{ name: "n", argument: 0, axis: 0 }, ...SYMBOLS];
  const expression = fit(BATCHES.map((sizes) => size(...sizes)), BATCHES, new Set([0]));
  if (expression === undefined) return undefined;
  for (const sizes of [...BATCHES, [40, 117, 203] as const]) {
    assert.equal(evaluate(expression, sizes), size(...sizes));
  }
  return format(expression, symbols);
}

const up = Math.ceil, down = Math.floor;

Deno.test("numbers of images are never divided", () => {
  // ⌈n/17⌉ is 1 throughout, and would be no explanation.
  assert.equal(foundFor((_, __, w) => up(w / 4)), "⌈w/4⌉");
  assert.equal(foundFor((n, h) => n * up(h / 4)), "n·⌈h/4⌉");
  assert.equal(foundFor((n, h, w) => n * up(h / 8) * up(w / 8)), "n·⌈h/8⌉·⌈w/8⌉");
  assert.equal(foundFor((n, h, w) => 3 * n * up(h / 5) * up(w / 5)), "3·n·⌈h/5⌉·⌈w/5⌉");
  assert.equal(foundFor((n, h, w) => n * up(h / 10) * up(w / 24)), "n·⌈h/10⌉·⌈w/24⌉");
});

Deno.test("what is rounded twice is explained: pools, and groups of all pixels", () => {
  assert.equal(foundFor((_, h) => down((8 * up(h / 8) - 9) / 6)), "⌊(8·⌈h/8⌉ - 9)/6⌋");
  assert.equal(
    foundFor((_, h, w) => up(64 * up(h / 8) * up(w / 8) / 256)),
    "⌈(⌈h/8⌉·⌈w/8⌉)/4⌉",
  );
  assert.equal(
    foundFor((n, h, w) => n * 24 * up(16 * up(h / 4) * up(w / 4) / 24)),
    "24·n·⌈(2·⌈h/4⌉·⌈w/4⌉)/3⌉",
  );
});

Deno.test("a fixed size has no symbols", () => {
  assert.equal(evaluate(fixedSize(7), []), 7);
  assert.equal(format(fixedSize(-7), []), "-7");
});
