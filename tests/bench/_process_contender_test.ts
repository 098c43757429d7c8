import { ProcessContender } from "./_process_contender.ts";
import type { WorkerCommand } from "./_worker.ts";
import { WorkerError } from "./_worker.ts";
import assert from "node:assert/strict";
import { join } from "node:path";

/** Runs code in a Deno that may do everything. */
function running(code: string): WorkerCommand {
  return { command: [Deno.execPath(), "eval", "--quiet", code], env: {}, cwd: Deno.cwd() };
}

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(join(folder, "out"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a turn is a process that fills an empty folder", async () => {
  await inFolder(async (folder) => {
    const path = JSON.stringify(folder);
    // Fails if the folder is there.
    const code = `Deno.mkdirSync(${path}); Deno.writeTextFileSync(${path} + "/a.png", "a")`;
    const contender = new ProcessContender("ours", running(code), folder, 1);
    assert.ok(await contender.turn() > 0);
    assert.ok(await contender.turn() > 0);
  });
});

Deno.test("a process that leaves files out, or empty ones, has failed", async () => {
  await inFolder(async (folder) => {
    const path = JSON.stringify(folder);
    const code = `Deno.mkdirSync(${path}); Deno.writeTextFileSync(${path} + "/a.png", "")`;
    await assert.rejects(
      new ProcessContender("ours", running(code), folder, 1).turn(),
      new WorkerError("wrote 0 files, 1 were asked for"),
    );
  });
});

Deno.test("of a process that fails its code and its last words are told", async () => {
  await inFolder(async (folder) => {
    const code = 'console.error("because"); Deno.exit(3)';
    await assert.rejects(
      new ProcessContender("eager", running(code), folder, 1).turn(),
      new WorkerError("ended with code 3\nbecause"),
    );
  });
});
