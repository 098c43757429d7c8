/** Tests of the search for libtensorflow; the libraries are fakes. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { ExitCode, UserError } from "../../../../core/errors.ts";
import {
  cachedFolder,
  cacheDir,
  findLibrary,
  LIBRARY_FILES,
} from "../../../../core/engine/native/mod.ts";
import { fakeLibrary, Machine, writeLibraries } from "./_fakes.ts";

const MAIN = LIBRARY_FILES[0]!;
/** Finds on a machine with nothing but what the test put there. */
const find = (machine: Machine, env: Record<string, string> = {}) =>
  findLibrary({
    env: (name) => env[name] ?? machine.env(name),
    root: machine.root,
  });

Deno.test("findLibrary() finds nothing on an empty machine", async () => {
  await using machine = await Machine.create();
  assert.equal(await find(machine), undefined);
});

Deno.test("findLibrary() finds the cached library, for GPUs before CPUs", async () => {
  await using machine = await Machine.create();
  const cpu = cachedFolder("cpu", machine.env)!;
  writeLibraries(cpu);
  assert.deepEqual(await find(machine), { path: join(cpu, MAIN), source: "cache" });
  const gpu = join(cachedFolder("gpu", machine.env)!, "tensorflow");
  writeLibraries(gpu);
  assert.deepEqual(await find(machine), { path: join(gpu, MAIN), source: "cache" });
});

Deno.test("findLibrary() passes over libraries that are cut off, foreign or alone", async () => {
  await using machine = await Machine.create();
  const folder = cachedFolder("cpu", machine.env)!;
  const spoil = async (name: string, bytes: Uint8Array | undefined) => {
    writeLibraries(folder);
    if (bytes) Deno.writeFileSync(join(folder, name), bytes);
    else Deno.removeSync(join(folder, name));
    assert.equal(await find(machine), undefined);
  };
  const whole = fakeLibrary();
  const foreign = fakeLibrary();
  foreign[18] = 3; // EM_386
  for (const name of LIBRARY_FILES) {
    await spoil(name, whole.slice(0, 4000));
    await spoil(name, whole.slice(0, 70));
    await spoil(name, new Uint8Array(0));
    await spoil(name, new TextEncoder().encode("<html>".repeat(100)));
    await spoil(name, foreign);
    await spoil(name, undefined);
  }
});

Deno.test("findLibrary() finds TensorFlow of Python environments", async () => {
  await using machine = await Machine.create();
  const at = (...path: string[]) => join(machine.root, ...path, "site-packages", "tensorflow");
  const expectFound = async (folder: string, env: Record<string, string> = {}) => {
    writeLibraries(folder);
    assert.deepEqual(await find(machine, env), { path: join(folder, MAIN), source: "python" });
    Deno.removeSync(folder, { recursive: true });
    assert.equal(await find(machine, env), undefined);
  };
  await expectFound(at("venv/lib/python3.12"), { VIRTUAL_ENV: join(machine.root, "venv") });
  await expectFound(at("conda/lib/python3.10"), { CONDA_PREFIX: join(machine.root, "conda") });
  await expectFound(at(".pyenv/versions/3.11.7/lib/python3.11"));
  await expectFound(at(".local/lib/python3.11"));
  // the prefix of a python3 on PATH, behind a symbolic link
  const real = join(machine.root, "opt", "py", "bin");
  Deno.mkdirSync(real, { recursive: true });
  Deno.writeTextFileSync(join(real, "python3.13"), "");
  Deno.symlinkSync(join(real, "python3.13"), join(machine.root, "bin", "python3"));
  await expectFound(at("opt/py/lib/python3.13"));
});

Deno.test("findLibrary() takes a file, a folder or a prefix, by option before environment", async () => {
  await using machine = await Machine.create();
  const folder = join(machine.root, "mine", "lib");
  writeLibraries(folder);
  const found = { path: join(folder, MAIN), source: "option" };
  for (const explicit of [join(folder, MAIN), folder, join(machine.root, "mine")]) {
    assert.deepEqual(await findLibrary({ explicit, env: machine.env }), found);
  }
  const env = { DENOSR_LIBTENSORFLOW: folder };
  assert.deepEqual(await find(machine, env), { ...found, source: "DENOSR_LIBTENSORFLOW" });
});

Deno.test("a path that the user named must hold a usable library, nothing else is tried", async () => {
  await using machine = await Machine.create();
  writeLibraries(cachedFolder("cpu", machine.env)!);
  const named = async (path: string, message: RegExp) => {
    await assert.rejects(find(machine, { DENOSR_LIBTENSORFLOW: path }), (error) => {
      assert.ok(error instanceof UserError);
      assert.equal(error.exitCode, ExitCode.ENVIRONMENT);
      assert.match(error.message, message);
      return true;
    });
  };
  await named(join(machine.root, "no"), /^DENOSR_LIBTENSORFLOW names .*\/no, but .*does not exist/);
  await named(join(machine.root, "bin"), /that folder holds no usable library; it must be/);
  const cut = join(machine.root, "cut.so");
  Deno.writeFileSync(cut, fakeLibrary().slice(0, 4000));
  await named(cut, /unusable: it is cut off: 4000 bytes, 4096 expected/);
});

Deno.test({
  name: "findLibrary() skips places that may not be read or named",
  permissions: { read: false, env: false },
  async fn() {
    assert.equal(await findLibrary(), undefined);
  },
});

Deno.test("cacheDir() follows DENOSR_CACHE, then the system's habits", () => {
  const at = (env: Record<string, string>) => cacheDir((name) => env[name]);
  assert.equal(at({ DENOSR_CACHE: "/c", HOME: "/h" }), "/c");
  if (Deno.build.os === "linux") {
    assert.equal(at({ XDG_CACHE_HOME: "/x", HOME: "/h" }), "/x/denosr");
    assert.equal(at({ HOME: "/h" }), "/h/.cache/denosr");
  }
  assert.equal(at({}), undefined);
});
