/** Plans: distributions and sizes. */
import assert from "node:assert/strict";
import { type DegradationPlan, drawPlan, secondOrderOptions } from "../../../core/degrade/mod.ts";
import { Rng } from "../../../core/random.ts";
import { X4PLUS } from "./_options.ts";

const options = secondOrderOptions(X4PLUS);
const size = { batch: 2, height: 400, width: 404, scale: 4 };
const COUNT = 4000;
const plans = Array.from({ length: COUNT }, (_, i) => drawPlan(options, size, new Rng("plan", i)));

/** Fails if what is true of a share of the plans is not so within four deviations. */
function assertShare(of: (plan: DegradationPlan) => boolean, want: number, what: string): void {
  const share = plans.filter(of).length / COUNT;
  assert(Math.abs(share - want) < 4 * Math.sqrt(want * (1 - want) / COUNT), `${what}: ${share}`);
}

/** Fails if numbers leave the range, or do not fill it evenly. */
function assertUniform(values: readonly number[], [low, high]: readonly [number, number]): void {
  assert(values.every((v) => v >= low && v < high));
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  const error = (high - low) / Math.sqrt(12 * values.length);
  assert(Math.abs(mean - (low + high) / 2) < 4 * error, `mean ${mean} in [${low}, ${high})`);
}

Deno.test("drawPlan() chooses with the probabilities of the options", () => {
  const factor = ({ resize }: DegradationPlan) => resize.factor!;
  assertShare((plan) => factor(plan) > 1, 0.2, "enlarged");
  assertShare((plan) => factor(plan) < 1, 0.7, "reduced");
  assertShare((plan) => factor(plan) === 1, 0.1, "kept");
  assertShare(({ resize2 }) => resize2.size[0] === 100, 0.3 + 0.3 / 20 + 0, "kept, second round");
  for (const mode of ["area", "bilinear", "bicubic"]) {
    assertShare(({ resize }) => resize.mode === mode, 1 / 3, mode);
    assertShare(({ resize2 }) => resize2.mode === mode, 1 / 3, mode);
    assertShare(({ finalResize }) => finalResize.mode === mode, 1 / 3, mode);
  }
  assertShare(({ noise }) => noise.kind === "gaussian", 0.5, "gaussian");
  assertShare(({ noise2 }) => noise2.kind === "gaussian", 0.5, "gaussian, second round");
  assertShare(({ noise }) => noise.gray[1]!, 0.4, "gray");
  assertShare(({ noise2 }) => noise2.gray[0]! && noise2.gray[1]!, 0.16, "both gray");
  assertShare(({ secondBlur }) => secondBlur, 0.8, "second blur");
  assertShare(({ jpegLast }) => jpegLast, 0.5, "JPEG last");
});

Deno.test("drawPlan() draws evenly from the ranges of the options, for each picture", () => {
  const factors = plans.map(({ resize }) => resize.factor!);
  assertUniform(factors.filter((f) => f > 1), [1, 1.5]);
  assertUniform(factors.filter((f) => f < 1), [0.15, 1]);
  const amounts = (round: "noise" | "noise2", kind: string) =>
    plans.map((plan) => plan[round]).filter((noise) => noise.kind === kind)
      .flatMap(({ amount }) => amount);
  assertUniform(amounts("noise", "gaussian"), [1, 30]);
  assertUniform(amounts("noise", "poisson"), [0.05, 3]);
  assertUniform(amounts("noise2", "gaussian"), [1, 25]);
  assertUniform(amounts("noise2", "poisson"), [0.05, 2.5]);
  assertUniform(plans.flatMap(({ jpeg }) => jpeg), [30, 95]);
  assertUniform(plans.flatMap(({ jpeg2 }) => jpeg2), [30, 95]);
  assert(plans.every(({ jpeg, noise }) => jpeg.length === 2 && noise.amount.length === 2));
  assert(plans.every(({ jpeg: [a, b] }) => a !== b));
});

Deno.test("drawPlan() gives sizes as BasicSR: of the whole picture, of its share, and the final one", () => {
  for (const { resize, resize2, finalResize } of plans) {
    const f = resize.factor!;
    assert.deepEqual(resize.size, [Math.floor(400 * f), Math.floor(404 * f)]);
    assert.equal(resize2.factor, undefined);
    assert(resize2.size[0] >= 30 && resize2.size[0] < 120 && resize2.size[1] < 122);
    assert.deepEqual(finalResize.size, [100, 101]);
  }
});

Deno.test("drawPlan() gives the same plan for the same numbers", () => {
  assert.deepEqual(drawPlan(options, size, new Rng("plan", 3)), plans[3]);
  assert.notDeepEqual(plans[4], plans[3]);
});
