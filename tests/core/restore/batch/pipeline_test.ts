import { inFlight, Slots } from "../../../../core/restore/batch/pipeline.ts";
import assert from "node:assert/strict";

const never = new AbortController().signal;
const tick = () => new Promise<void>((done) => setTimeout(done, 1));

Deno.test("inFlight() begins in order, never more than allowed, and does all", async () => {
  let flying = 0, most = 0;
  const begun: number[] = [];
  await inFlight([...Array(20).keys()], 3, never, async (i) => {
    begun.push(i);
    most = Math.max(most, ++flying);
    await tick();
    flying--;
  });
  assert.deepEqual(begun, [...Array(20).keys()]);
  assert.equal(most, 3);
});

Deno.test("inFlight() begins nothing after a stop, and waits for what has begun", async () => {
  const stop = new AbortController();
  const ended: number[] = [];
  await inFlight([0, 1, 2, 3, 4, 5], 2, stop.signal, async (i) => {
    if (i === 1) stop.abort();
    await tick();
    ended.push(i);
  });
  assert.deepEqual(ended.sort(), [0, 1]);
});

Deno.test("a rejection ends inFlight() after what has begun", async () => {
  const ended: number[] = [];
  await assert.rejects(
    inFlight([0, 1, 2, 3], 2, never, async (i) => {
      if (i === 0) throw new Error("broken");
      await tick();
      ended.push(i);
    }),
    /broken/,
  );
  assert.deepEqual(ended, [1]);
});

Deno.test("a large picture waits for all slots and is not overtaken", async () => {
  const slots = new Slots(3);
  const order: string[] = [];
  const first = await slots.take();
  const large = slots.take(99).then((slot) => {
    order.push("large");
    return slot;
  });
  const small = slots.take().then((slot) => {
    order.push("small");
    return slot;
  });
  await tick();
  assert.deepEqual(order, []);
  first[Symbol.dispose]();
  first[Symbol.dispose](); // twice is once
  await tick();
  assert.deepEqual(order, ["large"]);
  (await large)[Symbol.dispose]();
  (await small)[Symbol.dispose]();
  using _all = await slots.take(3);
});
