import { alternate, type Pace } from "./_alternate.ts";
import type { Contender, Side } from "./_contender.ts";
import { WorkerError } from "./_worker.ts";
import assert from "node:assert/strict";

/** Does nothing but write down what it is asked; the turn numbered `failing` (from 1) goes wrong. */
function fake(side: Side, log: string[], failing = Infinity, error?: Error): Contender {
  let turns = 0;
  const note = (what: string) => Promise.resolve(void log.push(`${side} ${what}`));
  return {
    side,
    open: () => note("opens"),
    turn: async () => {
      if (++turns === failing) throw error ?? new WorkerError("ended with code 1\nwhy");
      await note(`${turns}`);
      return turns;
    },
    peakMemory: () => Promise.resolve(turns),
    close: () => note("closes"),
  };
}

const PACE: Pace = { warmUps: 1, turns: 2, pause: 0, say: () => {} };

Deno.test("alternate() takes turns, and does not count the warm-up", async () => {
  const log: string[] = [];
  const courses = await alternate([fake("ours", log), fake("eager", log)], PACE);
  assert.deepEqual(log, [
    "ours opens",
    "eager opens",
    "ours 1",
    "eager 1",
    "ours 2",
    "eager 2",
    "ours 3",
    "eager 3",
    "ours closes",
    "eager closes",
  ]);
  assert.deepEqual(courses.map(({ seconds }) => seconds), [[2, 3], [2, 3]]);
});

Deno.test("alternate() leaves out who fails, says why, and goes on with the others", async () => {
  const log: string[] = [];
  const [ours, compiled] = await alternate([fake("ours", log), fake("compiled", log, 2)], PACE);
  assert.deepEqual(ours!.seconds, [2, 3]);
  assert.equal(ours!.failure, undefined);
  assert.deepEqual(compiled!.seconds, []);
  assert.equal(compiled!.failure, "ended with code 1\nwhy");
  assert.equal(log.filter((line) => line.endsWith("closes")).length, 2);
});

Deno.test("alternate() closes everybody before it passes on an error that is nobody's failure", async () => {
  const log: string[] = [];
  const broken = fake("eager", log, 1, new TypeError("a defect"));
  await assert.rejects(alternate([fake("ours", log), broken], PACE), TypeError);
  assert.deepEqual(log.slice(-2), ["ours closes", "eager closes"]);
});

Deno.test("alternate() counts one turn at least, whatever the time", async () => {
  const [ours] = await alternate([fake("ours", [])], { ...PACE, turns: 50, seconds: 0 });
  assert.deepEqual(ours!.seconds, [2]);
});
