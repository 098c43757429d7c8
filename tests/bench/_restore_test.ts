import { ROOT } from "./_commands.ts";
import { oursRestore, peerRestore } from "./_restore.ts";
import assert from "node:assert/strict";
import { join } from "node:path";

const MACHINERY = { library: "/lib/libtensorflow.so", python: "/usr/bin/python3", threads: 2 };

Deno.test("our side runs what `deno task restore` runs", async () => {
  const { tasks } = JSON.parse(await Deno.readTextFile(join(ROOT, "deno.json")));
  const task = String(tasks.restore.command).split(" ");
  const { command } = oursRestore("in", "out", undefined, MACHINERY);
  for (const word of task.filter((word) => /^--(?!allow-run)/.test(word))) {
    assert.ok(command.includes(word), word);
  }
  assert.ok(command.some((word) => word.startsWith("--allow-run=")));
  assert.equal(command[command.indexOf("restore") + 1], "in");
  assert.ok(!command.includes("--model"));
});

Deno.test("our side takes weights where there are some", () => {
  const { command } = oursRestore("in", "out", "w.pth", MACHINERY);
  assert.deepEqual(command.slice(-2), ["--model", "w.pth"]);
});

Deno.test("the other side gets the same pictures and weights", () => {
  const files = { input: "in", weights: "w.pth", network: { type: "RRDBNet" } };
  const { command } = peerRestore(files, "out", "torch", MACHINERY);
  const job = JSON.parse(command.at(-1)!);
  assert.deepEqual({ input: job.input, weights: job.weights, network: job.network }, files);
  assert.equal(job.output, "out");
  assert.equal(job.threads, 2);
});
