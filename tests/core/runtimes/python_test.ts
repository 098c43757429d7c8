/** Tests of Pythons in the cache with a fake python3; nothing is downloaded. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fetchNeeds, grantsOfNeeds, hasNeeds } from "../../../core/runtimes/needs.ts";
import { pythonPath, pythonWith } from "../../../core/runtimes/python.ts";
import { Machine } from "../engine/native/_fakes.ts";

const ignore = Deno.build.os !== "linux";
const PACKAGES = ["some-runtime==2.0.0"];

/** A python3 that makes environments and installs by touching files. */
async function fakePython(machine: Machine, install = "/bin/touch $target/some_runtime.py") {
  await machine.program(
    "python3",
    `if [ "$3" = --version ]; then exit 0; fi
echo "$@" >> ${machine.root}/arguments
for target in "$@"; do :; done
if [ "$2" = venv ]; then
  /bin/mkdir -p $target/bin $target/lib/python3.11/site-packages
  /bin/touch $target/pyvenv.cfg $target/bin/python
  exit 0
fi
while [ "$1" != --target ]; do shift; done
target=$2
${install}`,
  );
}

Deno.test({
  name: "pythonWith() makes an environment of its own in the cache, once",
  ignore,
  async fn() {
    await using machine = await Machine.create();
    await fakePython(machine);
    const options = { env: machine.env };
    const python = await pythonWith(PACKAGES, options);
    assert.equal(python, pythonPath(PACKAGES, machine.env));
    assert.match(python, /\/cache\/python-some-runtime-2\.0\.0-[0-9a-f]{8}\/bin\/python$/);
    const site = join(python, "../../lib/python3.11/site-packages");
    assert.ok(Deno.statSync(join(site, "some_runtime.py")).isFile);
    assert.equal(await pythonWith(PACKAGES, options), python);
    const [venv, install, ...more] = await machine.calls();
    assert.match(venv!, /^-m venv --without-pip /);
    assert.match(
      install!,
      /^-m pip install .*--only-binary=:all: --target \S+ some-runtime==2\.0\.0$/,
    );
    assert.deepEqual(more, []);
    assert.notEqual(pythonPath(["some-runtime==2.0.1"], machine.env), python);
  },
});

Deno.test({
  name: "an environment that could not be filled is not there",
  ignore,
  async fn() {
    await using machine = await Machine.create();
    await fakePython(machine, "echo Could not find a version >&2; exit 1");
    await assert.rejects(
      pythonWith(PACKAGES, { env: machine.env }),
      /a Python with some-runtime==2\.0\.0 cannot be installed: the package index could not be reached[^]*python3 -m venv FOLDER.*name FOLDER\/bin\/python in DENOSR_PYTHON/,
    );
    assert.deepEqual(machine.files(), [".install.lock"]);
  },
});

Deno.test("DENOSR_PYTHON is taken as it is, and nothing is fetched where that is not wanted", async () => {
  const env = (name: string) =>
    ({ DENOSR_PYTHON: "/venv/bin/python", DENOSR_CACHE: "/nowhere" } as Record<string, string>)[
      name
    ];
  assert.equal(await pythonWith(PACKAGES, { env, fetch: false }), "/venv/bin/python");
  const without = (name: string) => name === "DENOSR_CACHE" ? "/nowhere" : undefined;
  await assert.rejects(
    pythonWith(PACKAGES, { env: without, fetch: false }),
    /a Python with some-runtime==2\.0\.0 is not there, and nothing is fetched here/,
  );
});

Deno.test("needs become grants; what is not there is left out", async () => {
  const env = (name: string) => name === "DENOSR_PYTHON" ? "/venv/bin/python" : undefined;
  const grants = await grantsOfNeeds(
    () => ({
      python: { packages: PACKAGES, download: 1 },
      programs: ["/opt/chromium", "no-such-program"],
      libraries: ["/opt/lib"],
      net: ["127.0.0.1"],
      write: ["/opt/profile"],
    }),
    env,
  );
  assert.deepEqual(grants, {
    read: ["/venv", "/opt/lib", "/venv/bin/python", "/opt/chromium"],
    write: ["/opt/profile"],
    ffi: ["/opt/lib"],
    run: ["/venv/bin/python", "/opt/chromium"],
    net: ["127.0.0.1"],
  });
  assert.equal((await grantsOfNeeds({ anyLibrary: true })).ffi, undefined);
  assert.equal(await hasNeeds(undefined), true);
  await fetchNeeds({ programs: ["no-such-program"] }, {});
});
