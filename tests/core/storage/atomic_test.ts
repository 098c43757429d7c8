import assert from "node:assert/strict";
import { basename, join } from "node:path";
import { ExitCode, UserError } from "../../../core/errors.ts";
import {
  removeAbandonedTemporaries,
  removeStaleTemporaries,
  writeAtomic,
  writeAtomicText,
  writeFully,
} from "../../../core/storage/atomic.ts";

async function withFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function names(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).toSorted();
}

function failsWith(message: RegExp): (error: unknown) => boolean {
  return (error) =>
    error instanceof UserError && error.exitCode === ExitCode.STORAGE &&
    message.test(error.message);
}

Deno.test("writeAtomic() writes and replaces a file, and leaves nothing else", () =>
  withFolder(async (folder) => {
    const path = join(folder, "a.bin");
    await writeAtomic(path, Uint8Array.of(1, 2, 3));
    await writeAtomic(path, Uint8Array.of(4));
    assert.deepEqual(await Deno.readFile(path), Uint8Array.of(4));
    await writeAtomicText(join(folder, "b"), "naïve\n");
    assert.equal(await Deno.readTextFile(join(folder, "b")), "naïve\n");
    assert.deepEqual(names(folder), ["a.bin", "b"]);
  }));

Deno.test("writeAtomic() takes pieces from an iterable or an async iterable", () =>
  withFolder(async (folder) => {
    const path = join(folder, "a");
    await writeAtomic(path, [Uint8Array.of(1), new Uint8Array(), Uint8Array.of(2)]);
    assert.deepEqual(await Deno.readFile(path), Uint8Array.of(1, 2));
    async function* pieces() {
      yield Uint8Array.of(3);
      await Promise.resolve();
      yield Uint8Array.of(4);
    }
    await writeAtomic(path, pieces());
    assert.deepEqual(await Deno.readFile(path), Uint8Array.of(3, 4));
  }));

Deno.test("writeAtomic() copes with names of 255 bytes", () =>
  withFolder(async (folder) => {
    for (const name of ["x".repeat(255), "é".repeat(127), "-a b\n🙂"]) {
      await writeAtomicText(join(folder, name), "x");
    }
    assert.equal(names(folder).length, 3);
  }));

Deno.test("writeAtomic() keeps the old file and the source's own error when the source fails", () =>
  withFolder(async (folder) => {
    const path = join(folder, "a");
    await writeAtomicText(path, "old");
    const own = new Deno.errors.NotFound("mine");
    await assert.rejects(
      writeAtomic(
        path,
        (function* () {
          yield Uint8Array.of(1);
          throw own;
        })(),
      ),
      (error) => error === own,
    );
    assert.equal(await Deno.readTextFile(path), "old");
    assert.deepEqual(names(folder), ["a"]);
  }));

Deno.test("writeAtomic() names the path, the system's error and what to do", () =>
  withFolder(async (folder) => {
    const missing = join(folder, "no", "a");
    await assert.rejects(
      writeAtomicText(missing, "x"),
      failsWith(/no\/a: cannot be written, the folder does not exist: create it \(ENOENT\)/),
    );
    await writeAtomicText(join(folder, "file"), "x");
    await assert.rejects(writeAtomicText(join(folder, "file", "a"), "x"), failsWith(/ENOTDIR/));
    await Deno.mkdir(join(folder, "dir"));
    await assert.rejects(
      writeAtomicText(join(folder, "dir"), "x"),
      failsWith(/dir: cannot be replaced, there is a folder of that name \(EISDIR\)/),
    );
    assert.deepEqual(names(folder), ["dir", "file"]);
  }));

Deno.test("writeFully() goes on after short writes", async () => {
  const written: number[] = [];
  const stingy = {
    write(bytes: Uint8Array): Promise<number> {
      const count = Math.min(3, bytes.length);
      written.push(...bytes.subarray(0, count));
      return Promise.resolve(count);
    },
  };
  await writeFully(stingy, Uint8Array.of(1, 2, 3, 4, 5, 6, 7));
  assert.deepEqual(written, [1, 2, 3, 4, 5, 6, 7]);
});

/** Runs `code` (which finds `writeAtomic` and `path`) in a Deno of its own, started by a shell. */
function child(path: string, code: string, shell = ""): Deno.Command {
  const module = new URL("../../../core/storage/atomic.ts", import.meta.url).href;
  const script = `import { writeAtomic } from ${JSON.stringify(module)};
    const path = ${JSON.stringify(path)}; ${code}`;
  const file = path + ".ts";
  Deno.writeTextFileSync(file, script);
  return new Deno.Command("sh", {
    args: ["-c", `${shell} exec "$0" run --no-lock -A "$1"`, Deno.execPath(), file],
    stdout: "piped",
    stderr: "piped",
  });
}

Deno.test({
  name: "writeAtomic() of a file that the system cuts short keeps the old one (limit on file size)",
  ignore: Deno.build.os === "windows",
  fn: () =>
    withFolder(async (folder) => {
      const path = join(folder, "a");
      await writeAtomicText(path, "old");
      // Beyond `ulimit -f` blocks a write is short, and the next one fails.
      const code =
        "await writeAtomic(path, new Uint8Array(1 << 20)).catch((e) => console.log(e.message))";
      const { stdout } = await child(path, code, "trap '' XFSZ; ulimit -f 256;").output();
      assert.match(new TextDecoder().decode(stdout), /a: cannot be written, .* \(EFBIG\)/);
      assert.equal(await Deno.readTextFile(path), "old");
      assert.deepEqual(names(folder), ["a", "a.ts"]);
    }),
});

Deno.test({
  name: "writeAtomic() killed at any moment leaves a whole file, old or new",
  ignore: Deno.build.os === "windows",
  fn: () =>
    withFolder(async (folder) => {
      const path = join(folder, "a");
      const code = `for (let i = 0;; i = (i + 1) % 256) {
        await writeAtomic(path, new Uint8Array(300_000).fill(i));
        if (i === 0) console.log("running");
      }`;
      for (const delay of [0, 3, 7]) {
        const writer = child(path, code).spawn();
        const reader = writer.stdout.getReader();
        await reader.read();
        await new Promise((resolve) => setTimeout(resolve, delay));
        writer.kill("SIGKILL");
        await writer.status;
        await reader.cancel();
        await writer.stderr.cancel();
        const bytes = await Deno.readFile(path);
        assert.equal(bytes.length, 300_000);
        assert.ok(bytes.every((byte) => byte === bytes[0]));
      }
      await removeStaleTemporaries(folder);
      assert.deepEqual(names(folder), ["a", "a.ts"]);
    }),
});

Deno.test("removeStaleTemporaries() removes other processes' temporary files and nothing else", () =>
  withFolder(async (folder) => {
    const stale = `.net_g_5.safetensors.${Deno.pid + 1}.0123456789ab.tmp`;
    const kept = [
      `.mine.${Deno.pid}.0123456789ab.tmp`,
      "notes.tmp",
      `a.${Deno.pid + 1}.0123456789ab.tmp`,
      "5.state",
    ];
    for (const name of [stale, ...kept]) await Deno.writeTextFile(join(folder, name), "x");
    await Deno.mkdir(join(folder, `.dir.${Deno.pid + 1}.0123456789ab.tmp`));
    assert.deepEqual(await removeStaleTemporaries(folder), [join(folder, stale)]);
    assert.equal(names(folder).length, 5);
    await assert.rejects(removeStaleTemporaries(join(folder, "no")), failsWith(/ENOENT/));
  }));

Deno.test("removeAbandonedTemporaries() takes what nobody writes any more, and nothing else", () =>
  withFolder(async (folder) => {
    const left = join(folder, ".left.png.4000001.0123456789ab.tmp");
    const held = join(folder, ".held.png.4000002.0123456789ab.tmp");
    const own = join(folder, `.own.png.${Deno.pid}.0123456789ab.tmp`);
    for (const path of [left, held, own, join(folder, ".4000001.tmp")]) {
      await Deno.writeTextFile(path, "half");
    }
    {
      using file = await Deno.open(held, { write: true });
      await file.lock(true);
      assert.deepEqual(await removeAbandonedTemporaries(folder), [left]);
    }
    assert.deepEqual(await removeAbandonedTemporaries(folder), [held]);
    assert.deepEqual(names(folder), [".4000001.tmp", basename(own)]);
    assert.deepEqual(await removeAbandonedTemporaries(join(folder, "none")), []);
  }));

Deno.test("writeAtomic() holds its temporary file while it writes", () =>
  withFolder(async (folder) => {
    async function* pieces() {
      yield Uint8Array.of(1);
      const [name] = names(folder);
      await Deno.rename(join(folder, name!), join(folder, name!.replace(`.${Deno.pid}.`, ".9.")));
      // As another process would see it.
      assert.deepEqual(await removeAbandonedTemporaries(folder), []);
      await Deno.rename(join(folder, names(folder)[0]!), join(folder, name!));
      yield Uint8Array.of(2);
    }
    await writeAtomic(join(folder, "a"), pieces());
    assert.deepEqual(names(folder), ["a"]);
  }));
