import assert from "node:assert/strict";
import { join } from "node:path";
import { ExitCode, UserError } from "../../../core/errors.ts";
import { lockFolder } from "../../../core/storage/lock.ts";

Deno.test("lockFolder() lets one holder in, whom the error names, until it is disposed of", async () => {
  const parent = await Deno.makeTempDir();
  const folder = join(parent, "new", "run");
  {
    using lock = await lockFolder(folder);
    assert.equal(lock.folder, folder);
    await assert.rejects(
      lockFolder(folder),
      (error) =>
        error instanceof UserError && error.exitCode === ExitCode.STORAGE &&
        error.message.startsWith(
          `${folder}: another run works in this folder (pid ${Deno.pid} on `,
        ) &&
        /since \d{4}-\d\d-\d\dT/.test(error.message),
    );
  }
  const again = await lockFolder(folder);
  again[Symbol.dispose]();
  again[Symbol.dispose]();
  assert.equal(await Deno.readTextFile(join(folder, ".lock")), "");
  await Deno.remove(parent, { recursive: true });
});

Deno.test("lockFolder() gets the lock of a process that was killed", async () => {
  const folder = await Deno.makeTempDir();
  const module = new URL("../../../core/storage/lock.ts", import.meta.url).href;
  const code = `const { lockFolder } = await import(${JSON.stringify(module)});
    const lock = await lockFolder(${JSON.stringify(folder)});
    console.log("locked");
    setInterval(() => lock, 1000);`;
  const holder = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-lock", code],
    stdout: "piped",
  }).spawn();
  const reader = holder.stdout.getReader();
  await reader.read();
  await assert.rejects(lockFolder(folder), new RegExp(`pid ${holder.pid} on `));
  holder.kill("SIGKILL");
  await holder.status;
  await reader.cancel();
  assert.match(await Deno.readTextFile(join(folder, ".lock")), new RegExp(`pid ${holder.pid} `));
  using lock = await lockFolder(folder);
  assert.ok(lock);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("lockFolder() names a folder that cannot be made", async () => {
  const file = await Deno.makeTempFile();
  await assert.rejects(
    lockFolder(join(file, "run")),
    (error) =>
      error instanceof UserError && /cannot be locked.*\((ENOTDIR|EEXIST)\)/.test(error.message),
  );
  await Deno.remove(file);
});
