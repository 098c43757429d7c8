import assert from "node:assert/strict";
import { join } from "node:path";
import {
  clearAbandoned,
  refuseExisting,
  removeOwnStages,
  Stage,
} from "../../../core/export/stage.ts";

const names = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

async function inFolder(fn: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await fn(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a folder appears when it is finished, and takes the place of the old one whole", () =>
  inFolder(async (folder) => {
    const goal = join(folder, "onnx");
    for (const file of ["a", "b"]) {
      await using stage = await Stage.open(goal, "onnx");
      assert.deepEqual(names(stage.folder), []);
      await Deno.writeTextFile(join(stage.folder, file), file);
      assert.equal(
        names(folder).filter((name) => !name.startsWith(".")).length,
        file === "a" ? 0 : 1,
      );
      await stage.finish();
    }
    assert.deepEqual(names(folder), ["onnx"]);
    assert.deepEqual(names(goal), ["b"]);
  }));

Deno.test("what is not finished goes, and what was there stays", () =>
  inFolder(async (folder) => {
    const goal = join(folder, "onnx");
    await Deno.mkdir(join(goal, "old"), { recursive: true });
    {
      await using stage = await Stage.open(goal, "onnx");
      await Deno.writeTextFile(join(stage.folder, "new"), "");
    }
    assert.deepEqual(names(folder), ["onnx"]);
    assert.deepEqual(names(goal), ["old"]);
    const stage = await Stage.open(goal, "onnx");
    removeOwnStages(folder);
    assert.deepEqual(names(folder), ["onnx"]);
    await stage[Symbol.asyncDispose]();
  }));

Deno.test("what killed processes left is cleared away, the old folder put back, and others' work left alone", () =>
  inFolder(async (folder) => {
    const left = (name: string, pid: number) => join(folder, `.${name}.${pid}.0123456789ab.export`);
    await Deno.mkdir(join(left("onnx", 1), "new"), { recursive: true });
    await Deno.writeTextFile(join(left("onnx", 1), "lock"), "");
    // Killed between taking the old one away and placing the new one.
    await Deno.mkdir(join(left("web", 2), "old", "page"), { recursive: true });
    await Deno.writeTextFile(join(left("web", 2), "lock"), "");
    await Deno.mkdir(join(folder, ".mine"));
    await using stage = await Stage.open(join(folder, "ncnn"), "ncnn");
    await clearAbandoned(folder);
    assert.ok(Deno.statSync(stage.folder).isDirectory);
    assert.deepEqual(names(folder).filter((name) => !name.startsWith(".ncnn")), [".mine", "web"]);
    assert.deepEqual(names(join(folder, "web")), ["page"]);
    await clearAbandoned(join(folder, "nowhere"));
  }));

Deno.test("what is there is refused by name", () =>
  inFolder(async (folder) => {
    await Deno.mkdir(join(folder, "onnx"));
    await refuseExisting([join(folder, "web")], "--overwrite");
    await assert.rejects(
      refuseExisting([join(folder, "web"), join(folder, "onnx")], "--overwrite"),
      /onnx is there already: name another folder, or replace it with --overwrite/,
    );
    await assert.rejects(
      Stage.open(join(folder, "no", "such", "onnx"), "onnx"),
      /cannot be created/,
    );
  }));
