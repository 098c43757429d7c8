import { atPrecision, parseJob, WORKS } from "./_work.ts";
import assert from "node:assert/strict";

Deno.test("every job survives its way to the workers", () => {
  for (const { job } of WORKS) {
    for (const precision of ["fp32", "bf16"] as const) {
      const sent = atPrecision(job, precision);
      assert.deepEqual(parseJob(JSON.stringify(sent)), sent);
    }
  }
});

Deno.test("parseJob() refuses what no worker can do", () => {
  for (const job of ["", "{}", '{"kind":"train"}', '{"kind":"about","more":1}']) {
    assert.throws(() => parseJob(job), job);
  }
});

Deno.test("names of works are different", () => {
  assert.equal(new Set(WORKS.map(({ name }) => name)).size, WORKS.length);
});
