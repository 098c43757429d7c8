import assert from "node:assert/strict";
import { runningEngine } from "../../../core/engine/start.ts";
import { shareEngine } from "../../../core/restore/engine_share.ts";
import { testEngine } from "../engine/_engines.ts";

Deno.test("shareEngine() starts one engine for all who ask at once, and stops it behind the last", async () => {
  const silent = { say: () => {} };
  const [a, b] = await Promise.all([shareEngine(silent), shareEngine(silent)]);
  assert.equal(a.engine, b.engine);
  await a.release();
  await a.release(); // counts once
  assert.equal(runningEngine(), b.engine);
  const releasing = b.release();
  const again = await shareEngine(silent); // while the other stops
  await releasing;
  assert.notEqual(again.engine, b.engine);
  await again.release();
  assert.equal(runningEngine(), undefined);
});

Deno.test("shareEngine() uses an engine of somebody else's, says if it is another, and leaves it running", async () => {
  const own = await testEngine();
  const said: string[] = [];
  const shared = await shareEngine({ engine: "cpu", say: (line) => said.push(line) });
  assert.equal(shared.engine, own);
  assert.deepEqual(said, [`the ${own.name} engine runs already and is used in place of cpu`]);
  await shared.release();
  assert.equal(runningEngine(), own);
  await own.dispose();
  assert.equal(runningEngine(), undefined);
});
