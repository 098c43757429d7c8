import assert from "node:assert/strict";
import { ExitCode, UserError } from "../../../core/errors.ts";
import type { Metric } from "../../../core/metrics/metric.ts";
import { disposeMetrics, prepareMetrics } from "../../../core/train/validate.ts";

const plain: Metric = {
  recipe: "made up",
  better: "higher",
  needsReference: false,
  compute: () => 0,
};

Deno.test("prepareMetrics() and disposeMetrics() call what metrics have of it", async () => {
  const calls: string[] = [];
  const network: Metric = {
    ...plain,
    prepare: () => Promise.resolve(void calls.push("prepare")),
    dispose: () => void calls.push("dispose"),
  };
  const metrics = new Map([["plain", plain], ["network", network]]);
  await prepareMetrics(metrics);
  disposeMetrics(metrics);
  assert.deepEqual(calls, ["prepare", "dispose"]);
});

Deno.test("what prepareMetrics() misses is told with the key of the metric", async () => {
  const lacking: Metric = {
    ...plain,
    prepare: () => Promise.reject(new UserError("weights are missing", ExitCode.DATA)),
  };
  await assert.rejects(prepareMetrics(new Map([["lpips", lacking]])), {
    name: "UserError",
    message: "val.metrics.lpips: weights are missing",
    exitCode: ExitCode.DATA,
  });
});
