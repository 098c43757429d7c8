import { ahead } from "../../../core/video/ahead.ts";
import assert from "node:assert/strict";

/** Counts up, telling when each number is made and when it is closed. */
async function* counting(log: string[], end = Infinity): AsyncGenerator<number> {
  try {
    for (let n = 0; n < end; n++) {
      log.push(`made ${n}`);
      yield n;
      await Promise.resolve();
    }
  } finally {
    log.push("closed");
  }
}

const pause = () => new Promise((resolve) => setTimeout(resolve, 1));

Deno.test("ahead() yields everything in order", async () => {
  assert.deepEqual(await Array.fromAsync(ahead(counting([], 7), 2)), [0, 1, 2, 3, 4, 5, 6]);
  assert.deepEqual(await Array.fromAsync(ahead(counting([], 0), 2)), []);
});

Deno.test("ahead() makes at most `limit` values more than were taken, and closes the source", async () => {
  const log: string[] = [];
  for await (const n of ahead(counting(log), 2)) {
    await pause();
    // One is in use, two are ready.
    assert.equal(log.length, n + 3);
    if (n === 4) break;
  }
  assert.equal(log.at(-1), "closed");
});

Deno.test("ahead() throws the source's error after the values before it", async () => {
  const seen: number[] = [];
  await assert.rejects(async () => {
    const source = async function* () {
      yield* counting([], 3);
      throw new Error("no more");
    };
    for await (const n of ahead(source(), 5)) {
      await pause();
      seen.push(n);
    }
  }, /no more/);
  assert.deepEqual(seen, [0, 1, 2]);
});
