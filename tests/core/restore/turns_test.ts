import assert from "node:assert/strict";
import { Turns, unlessAborted } from "../../../core/restore/_turns.ts";

Deno.test("Turns does one thing after the other, whether it fails or not", async () => {
  const turns = new Turns();
  const done: number[] = [];
  const work = [3, 2, 1].map((n) =>
    turns.take(async () => {
      for (let i = 0; i < n; i++) await Promise.resolve();
      done.push(n);
      if (n === 2) throw new Error("two");
      return n;
    })
  );
  const results = await Promise.allSettled(work);
  assert.deepEqual(done, [3, 2, 1]);
  assert.deepEqual(results.map(({ status }) => status), ["fulfilled", "rejected", "fulfilled"]);
});

Deno.test("unlessAborted() does not wait for work once the signal is aborted", async () => {
  const stop = new AbortController();
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const waiting = unlessAborted(promise, stop.signal);
  stop.abort(new Error("enough"));
  await assert.rejects(waiting, /enough/);
  await assert.rejects(unlessAborted(promise, stop.signal), /enough/);
  reject(new Error("late")); // nobody hears of it
  await Promise.resolve();
  resolve(1);
  const signal = new AbortController().signal;
  assert.equal(await unlessAborted(Promise.resolve(2), signal), 2);
  await assert.rejects(unlessAborted(Promise.reject(new Error("own")), signal), /own/);
});
