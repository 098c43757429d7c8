import { ExitCode, UserError } from "../../../core/errors.ts";
import { lockFolder } from "../../../core/storage/lock.ts";
import {
  exists,
  openResultFolders,
  openTrainingFolders,
  timestamp,
} from "../../../core/train/experiment.ts";
import { fakeOptions } from "./_fakes.ts";
import assert from "node:assert/strict";
import { join } from "node:path";

async function inFolder(act: (root: string) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir({ prefix: "denosr-experiment-" });
  try {
    await act(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

async function names(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder))).map((e) => e.name).sort();
}

Deno.test("timestamp() is BasicSR's %Y%m%d_%H%M%S in local time", () => {
  assert.equal(timestamp(new Date(2026, 0, 2, 3, 4, 5)), "20260102_030405");
});

Deno.test("openTrainingFolders() creates BasicSR's folders and holds the lock", () =>
  inFolder(async (root) => {
    const opt = fakeOptions(root);
    const said: string[] = [];
    {
      using _lock = await openTrainingFolders(opt, false, (line) => said.push(line));
      assert.deepEqual(
        (await names(opt.path.experiments_root)).filter((n) => !n.startsWith(".")),
        ["models", "training_states", "visualization"],
      );
      assert.deepEqual(said, []);
      await assert.rejects(
        openTrainingFolders(opt, true, () => {}),
        (e) => e instanceof UserError && e.exitCode === ExitCode.STORAGE,
      );
    }
    (await openTrainingFolders(opt, true, () => {}))[Symbol.dispose]();
  }));

Deno.test("an experiment of the same name is archived with its TensorBoard folder", () =>
  inFolder(async (root) => {
    const opt = fakeOptions(root);
    const { experiments_root, models, tb_logger } = opt.path;
    await Deno.mkdir(models, { recursive: true });
    await Deno.mkdir(tb_logger, { recursive: true });
    await Deno.writeTextFile(join(models, "net_g_5.safetensors"), "old");
    await Deno.writeTextFile(join(tb_logger, "events"), "old");
    const said: string[] = [];
    using _lock = await openTrainingFolders(opt, false, (line) => said.push(line));
    const archived = (await names(join(root, "experiments"))).filter((n) => n.includes("archived"));
    assert.equal(archived.length, 1);
    assert.match(archived[0]!, /^fake_archived_\d{8}_\d{6}$/);
    const old = join(root, "experiments", archived[0]!, "models", "net_g_5.safetensors");
    assert.equal(await Deno.readTextFile(old), "old");
    assert.deepEqual(await names(models), []);
    const time = archived[0]!.slice("fake".length);
    assert.deepEqual(await names(join(root, "experiments", "tb_logger")), [`fake${time}`]);
    assert.deepEqual(said, [
      `Path already exists. Rename it to ${experiments_root}${time}`,
      `Path already exists. Rename it to ${tb_logger}${time}`,
    ]);
  }));

Deno.test("runs of one name within a second do not overwrite each other's archive", () =>
  inFolder(async (root) => {
    const opt = fakeOptions(root);
    for (let n = 0; n < 4; n++) {
      (await openTrainingFolders(opt, false, () => {}))[Symbol.dispose]();
      await Deno.writeTextFile(join(opt.path.models, "run"), String(n));
    }
    const kept: string[] = [];
    for (const name of await names(join(root, "experiments"))) {
      kept.push(await Deno.readTextFile(join(root, "experiments", name, "models", "run")));
    }
    assert.deepEqual(kept.sort(), ["0", "1", "2", "3"]);
  }));

Deno.test("a run that resumes keeps what is there", () =>
  inFolder(async (root) => {
    const opt = fakeOptions(root);
    await Deno.mkdir(opt.path.training_states, { recursive: true });
    await Deno.writeTextFile(join(opt.path.training_states, "5.state"), "kept");
    const said: string[] = [];
    using _lock = await openTrainingFolders(opt, true, (line) => said.push(line));
    assert.deepEqual(await names(opt.path.training_states), ["5.state"]);
    assert.deepEqual(said, []);
  }));

Deno.test("an experiment that another run holds is neither archived nor entered", () =>
  inFolder(async (root) => {
    const opt = fakeOptions(root);
    using _other = await lockFolder(opt.path.experiments_root);
    await assert.rejects(openTrainingFolders(opt, false, () => {}), (e) => {
      assert.ok(e instanceof UserError);
      assert.equal(e.exitCode, ExitCode.STORAGE);
      assert.match(e.message, new RegExp(`another run works in this folder.*pid ${Deno.pid}`));
      return true;
    });
    assert.deepEqual(await names(join(root, "experiments")), ["fake"]);
  }));

Deno.test("a parent that is no folder ends with STORAGE and says what to check", () =>
  inFolder(async (root) => {
    // Works for the superuser as well, whom permissions do not stop.
    await Deno.writeTextFile(join(root, "experiments"), "a file");
    const opt = fakeOptions(root);
    for (
      const open of [
        () => openTrainingFolders(opt, false, () => {}),
        () => openResultFolders(opt, () => {}),
      ]
    ) {
      await assert.rejects(open, (e) => {
        assert.ok(e instanceof UserError, String(e));
        assert.equal(e.exitCode, ExitCode.STORAGE);
        assert.ok(e.message.includes(join(root, "experiments")), e.message);
        return true;
      });
    }
  }));

Deno.test({
  name: "a parent that is read-only ends with STORAGE",
  ignore: Deno.build.os === "windows" || Deno.uid() === 0,
  fn: () =>
    inFolder(async (root) => {
      await Deno.chmod(root, 0o555);
      try {
        await assert.rejects(
          openTrainingFolders(fakeOptions(root), false, () => {}),
          (e) => e instanceof UserError && e.exitCode === ExitCode.STORAGE,
        );
      } finally {
        await Deno.chmod(root, 0o755);
      }
    }),
});

Deno.test("openResultFolders() archives the results of an earlier test", () =>
  inFolder(async (root) => {
    const opt = fakeOptions(root);
    (await openResultFolders(opt, () => {}))[Symbol.dispose]();
    await Deno.writeTextFile(join(opt.path.results_root, "metrics.json"), "{}");
    const said: string[] = [];
    using _lock = await openResultFolders(opt, (line) => said.push(line));
    assert.equal(said.length, 1);
    assert.match(said[0]!, /Rename it to .*results\/fake_archived_\d{8}_\d{6}$/);
    assert.ok(!await exists(join(opt.path.results_root, "metrics.json")));
    assert.ok(await exists(join(said[0]!.split(" to ")[1]!, "metrics.json")));
  }));
