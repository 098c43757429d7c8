import { ExitCode, UserError } from "../../../../core/errors.ts";
import {
  AlreadyThere,
  checkConflicts,
  type Existing,
  type Job,
  LateTargets,
} from "../../../../core/restore/batch/conflicts.ts";
import assert from "node:assert/strict";
import { join } from "node:path";

async function inFolder(use: (root: string) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir({ prefix: "denosr-conflicts-" });
  try {
    for (const name of ["a.png", "a.jpg", "b.png"]) await Deno.writeTextFile(join(root, name), "x");
    await Deno.mkdir(join(root, "out"));
    await use(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

function job(from: string, to: string): Job {
  return {
    input: { path: from, relative: from, kind: "picture" },
    target: { path: to, format: "png", asked: false, fixed: false, notes: [] },
  };
}

async function refused(jobs: readonly Job[], existing: Existing, what: RegExp): Promise<void> {
  await assert.rejects(
    checkConflicts(jobs, existing),
    (e) => e instanceof UserError && e.exitCode === ExitCode.USAGE && what.test(e.message),
  );
}

Deno.test("two inputs with one output are refused with both names, however it is spelled", async () => {
  await inFolder(async (root) => {
    await Deno.symlink(join(root, "out"), join(root, "same"));
    for (const other of ["out/a.png", "out/../out/a.png", "same/a.png"]) {
      const jobs = [
        job(join(root, "a.png"), join(root, "out/a.png")),
        job(join(root, "a.jpg"), join(root, other)),
      ];
      for (const existing of ["refuse", "overwrite", "skip"] as const) {
        await refused(jobs, existing, /a\.png and \S+a\.jpg would both be written to/);
      }
    }
  });
});

Deno.test("an output over its own input needs --overwrite, over another input it is never written", async () => {
  await inFolder(async (root) => {
    const a = join(root, "a.png"), b = join(root, "b.png");
    await refused([job(a, a)], "refuse", /a\.png is its own input/);
    assert.equal((await checkConflicts([job(a, a)], "overwrite")).size, 0);
    const crossing = [job(a, b), job(b, join(root, "out/b.png"))];
    await refused(crossing, "refuse", /written over \S+b\.png, which is an input as well/);
    await refused(crossing, "overwrite", /written over \S+b\.png, which is an input as well/);
    // What an earlier run wrote beside its inputs is not restored once more.
    assert.deepEqual([...await checkConflicts(crossing, "skip")], crossing);
  });
});

Deno.test("outputs that are there are refused with their number, replaced, or skipped", async () => {
  await inFolder(async (root) => {
    const a = job(join(root, "a.png"), join(root, "out/a.png"));
    const b = job(join(root, "b.png"), join(root, "out/b.png"));
    assert.equal((await checkConflicts([a, b], "refuse")).size, 0);
    await Deno.writeTextFile(b.target.path, "old");
    await refused([a, b], "refuse", /1 of 2 outputs is there already, for example \S+out\/b\.png/);
    await refused([b], "refuse", /out\/b\.png is there already: --overwrite replaces/);
    assert.equal((await checkConflicts([a, b], "overwrite")).size, 0);
    assert.deepEqual([...await checkConflicts([a, b], "skip")], [b]);
  });
});

Deno.test("a target that is known late is checked as the planned ones are", async () => {
  await inFolder(async (root) => {
    const planned = job(join(root, "a.png"), join(root, "out/a.png"));
    const late = new LateTargets([planned], "refuse");
    await assert.rejects(late.take(join(root, "out/../out/a.png")), /output of another input/);
    await late.take(join(root, "out/new.png"));
    await assert.rejects(late.take(join(root, "out/new.png")), /output of another input/);
    await assert.rejects(late.take(join(root, "b.png")), AlreadyThere);
    await new LateTargets([planned], "overwrite").take(join(root, "b.png"));
  });
});
