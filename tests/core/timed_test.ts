import assert from "node:assert/strict";
import { formatTimings, resetTimings, timed, type Timing, timings } from "../../core/timed.ts";

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

class Base {
  @timed
  sync(x: number): number {
    return x + 1;
  }

  @timed
  recurse(depth: number): number {
    const until = performance.now() + 5;
    while (performance.now() < until);
    return depth === 0 ? 0 : 1 + this.recurse(depth - 1);
  }

  @timed("shared")
  async wait(ms: number): Promise<string> {
    await pause(ms);
    return "done";
  }

  @timed("failing")
  fail(): never {
    throw new RangeError("sync");
  }

  @timed("failing")
  async failLater(): Promise<void> {
    await pause(1);
    throw new RangeError("async");
  }

  @timed
  static make(): Base {
    return new Base();
  }

  @timed
  static empty(): void {}
}

class Derived extends Base {}

function get(label: string): Timing {
  const found = timings().find((timing) => timing.label === label);
  assert.ok(found, `${label} in ${timings().map((t) => t.label)}`);
  return found;
}

Deno.test("@timed keeps arguments, result and this, and counts calls by class", () => {
  resetTimings();
  assert.equal(Base.make().sync(1), 2);
  assert.equal(new Derived().sync(2), 3);
  assert.equal(new Derived().sync(3), 4);
  assert.equal(get("Base.sync").calls, 1);
  assert.equal(get("Derived.sync").calls, 2);
  assert.equal(get("Base.make").calls, 1);
});

Deno.test("@timed measures an async method until its promise settles", async () => {
  resetTimings();
  assert.equal(await new Base().wait(40), "done");
  const { calls, seconds, mean } = get("shared");
  assert.equal(calls, 1);
  assert.ok(seconds > 0.03 && seconds < 5, `${seconds}`);
  assert.equal(mean, seconds);
});

Deno.test("@timed counts overlapping calls' time once", async () => {
  resetTimings();
  const object = new Base();
  const started = performance.now();
  await Promise.all([object.wait(40), object.wait(40), object.wait(40)]);
  const wall = (performance.now() - started) / 1000;
  const { calls, seconds } = get("shared");
  assert.equal(calls, 3);
  assert.ok(seconds > 0.03 && seconds <= wall, `${seconds} of ${wall}`);
});

Deno.test("@timed counts a recursive method's time once", () => {
  resetTimings();
  const started = performance.now();
  assert.equal(new Base().recurse(4), 4);
  const wall = (performance.now() - started) / 1000;
  const { calls, seconds } = get("Base.recurse");
  assert.equal(calls, 5);
  assert.ok(seconds >= 0.02 && seconds <= wall, `${seconds} of ${wall}`);
});

Deno.test("@timed passes errors on and still counts", async () => {
  resetTimings();
  const object = new Base();
  assert.throws(() => object.fail(), /sync/);
  await assert.rejects(object.failLater(), /async/);
  assert.equal(get("failing").calls, 2);
  await pause(5);
  const { seconds } = get("failing");
  await pause(5);
  assert.equal(get("failing").seconds, seconds, "nothing is under way any more");
});

Deno.test("formatTimings() lists the longest first and is empty when nothing ran", async () => {
  resetTimings();
  assert.equal(formatTimings(), "");
  new Base().sync(1);
  await new Base().wait(5);
  const lines = formatTimings().split("\n");
  assert.match(lines[0]!, /^timed +calls +total +mean$/);
  assert.match(lines[1]!, /^shared +1 +0\.\d{3} s +\d+\.\d{3} ms$/);
  assert.match(lines[2]!, /^Base\.sync +1 /);
});

Deno.test("@timed costs less than five microseconds a call", () => {
  resetTimings();
  for (let i = 0; i < 1000; i++) Base.empty();
  // The best of some rounds: what else the machine does comes on top of the cost, never off it.
  const each = Math.min(...Array.from({ length: 20 }, () => {
    const started = performance.now();
    for (let i = 0; i < 1000; i++) Base.empty();
    return (performance.now() - started) / 1000;
  }));
  assert.ok(each < 0.005, `${each * 1000} µs`);
});
