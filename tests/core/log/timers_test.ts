import assert from "node:assert/strict";
import { AvgTimer, Eta } from "../../../core/log/timers.ts";

Deno.test("AvgTimer averages the latest window only", () => {
  const timer = new AvgTimer(3);
  assert.equal(timer.average, 0);
  for (const seconds of [100, 1, 2, 3]) timer.add(seconds);
  assert.equal(timer.average, 2);
  assert.equal(timer.current, 3);
});

Deno.test("AvgTimer.record() measures the time since the last one", async () => {
  const timer = new AvgTimer();
  timer.start();
  await new Promise((resolve) => setTimeout(resolve, 30));
  timer.record();
  assert.ok(timer.current > 0.02 && timer.current < 5, `${timer.current}`);
});

Deno.test("Eta is unknown before the first iteration and honest from it on", () => {
  const eta = new Eta(100);
  assert.equal(eta.seconds, undefined);
  eta.step(1, 2);
  assert.equal(eta.seconds, 99 * 2);
});

Deno.test("Eta forgets the first, compiling iteration as soon as there is another", () => {
  const eta = new Eta(100);
  eta.step(1, 60);
  eta.step(2, 1);
  assert.equal(eta.seconds, 98);
  eta.step(3, 3);
  assert.equal(eta.seconds, 97 * 2);
});

Deno.test("Eta counts only iterations of this process when resumed", () => {
  const eta = new Eta(10_000, 9_000);
  eta.step(9_001, 1);
  assert.equal(eta.seconds, 999);
});

Deno.test("Eta caps one very slow iteration and ignores what is no time", () => {
  const eta = new Eta(1000);
  for (let iter = 1; iter <= 20; iter++) eta.step(iter, 1);
  eta.step(21, 8 * 3600);
  assert.ok(eta.secondsPerIter! < 1.5, `${eta.secondsPerIter}`);
  eta.step(22, NaN);
  eta.step(23, -1);
  assert.ok(eta.secondsPerIter! < 1.5);
  assert.equal(eta.seconds, (1000 - 23) * eta.secondsPerIter!);
});

Deno.test("Eta follows a change of speed within 200 iterations", () => {
  const eta = new Eta(1000);
  for (let iter = 1; iter <= 300; iter++) eta.step(iter, 1);
  for (let iter = 301; iter <= 500; iter++) eta.step(iter, 2);
  assert.equal(eta.secondsPerIter, 2);
});

Deno.test("Eta adds the pauses still to come and is never negative", () => {
  const eta = new Eta(1000);
  for (let iter = 1; iter <= 250; iter++) eta.step(iter, 1);
  eta.pause("validation", 10, 200);
  assert.equal(eta.seconds, 750 + 4 * 10); // at 400, 600, 800 and 1000
  eta.step(1000, 1);
  assert.equal(eta.seconds, 0);
  eta.step(1001, 1);
  assert.equal(eta.seconds, 0);
});

Deno.test("Eta of iterations that take no measurable time is zero, not NaN", () => {
  const eta = new Eta(10);
  eta.step(1, 0);
  eta.step(2, 0);
  assert.equal(eta.seconds, 0);
});
