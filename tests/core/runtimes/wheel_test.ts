/** Tests of wheels in the cache with a fake pip; nothing is downloaded. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fetchWheel, fetchWheelFile, type WheelFiles } from "../../../core/runtimes/wheel.ts";
import { Machine, recordHash, zip } from "../engine/native/_fakes.ts";

// The fake pip is a shell script.
const ignore = Deno.build.os !== "linux";
const WHEEL: WheelFiles = {
  package: "some-runtime",
  version: "1.2.0",
  members: ["some_runtime/lib/libsome.so.*", "some_runtime/LICENSE"],
  variable: "DENOSR_SOME",
  download: 5e6,
};
const encode = (text: string) => new TextEncoder().encode(text);

/** A wheel with these files, and a record of them. */
function wheel(files: Readonly<Record<string, string>>, spoil = false): Uint8Array {
  const entries = Object.entries(files).map(([name, text]) => [name, encode(text)] as const);
  const record = entries.map(([name, data]) =>
    `${name},sha256=${recordHash(spoil ? encode("else") : data)},${data.length}`
  ).join("\n");
  return zip(new Map([...entries, ["some_runtime-1.2.0.dist-info/RECORD", encode(record)]]));
}

const GOOD = {
  "some_runtime/__init__.py": "",
  "some_runtime/lib/libsome.so.1.2": "library",
  "some_runtime/lib/deeper/libsome.so.9": "another",
  "some_runtime/LICENSE": "free",
};

Deno.test({
  name: "fetchWheel() puts the wanted files of a wheel into the cache, once",
  ignore,
  async fn() {
    await using machine = await Machine.create();
    await machine.pip(wheel(GOOD));
    const lines: string[] = [];
    const options = { env: machine.env, say: (line: string) => lines.push(line) };
    const folder = await fetchWheel(WHEEL, options);
    assert.equal(folder, join(machine.cache, "some-runtime-1.2.0"));
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name).sort(), [
      "LICENSE",
      "libsome.so.1.2",
    ]);
    assert.equal(await fetchWheelFile(WHEEL, options), join(folder, "libsome.so.1.2"));
    assert.equal(Deno.readTextFileSync(join(folder, "libsome.so.1.2")), "library");
    const [call, ...more] = await machine.calls();
    assert.deepEqual(more, []);
    assert.match(call!, /--no-deps .*--platform manylinux.* some-runtime==1\.2\.0$/);
    assert.equal(
      lines[0],
      `fetching some-runtime 1.2.0 (about 5 MB, once) with pip into ${folder}`,
    );
    assert.equal(lines.at(-1), `some-runtime 1.2.0 is ready in ${folder}`);
  },
});

Deno.test({
  name: "what is damaged or lacks a file is refused, and nothing of it stays",
  ignore,
  async fn() {
    await using machine = await Machine.create();
    await machine.pip(wheel(GOOD, true));
    await assert.rejects(fetchWheel(WHEEL, { env: machine.env }), /the download is damaged/);
    const { "some_runtime/LICENSE": _, ...less } = GOOD;
    await machine.pip(wheel(less));
    await assert.rejects(
      fetchWheel(WHEEL, { env: machine.env }),
      /the wheel holds no some_runtime\/LICENSE; put it somewhere yourself \(pip install some-runtime==1\.2\.0\) and name libsome\.so\.\* or its folder in DENOSR_SOME/,
    );
    assert.deepEqual(machine.files(), [".install.lock"]);
  },
});

Deno.test("nothing is fetched where that is not wanted", async () => {
  const env = (name: string) => name === "DENOSR_CACHE" ? "/nowhere" : undefined;
  await assert.rejects(
    fetchWheel(WHEEL, { env, fetch: false }),
    /some-runtime 1\.2\.0 is not there, and nothing is fetched here: put it somewhere yourself/,
  );
});

Deno.test("the environment variable goes first, be it a folder or a file of any version", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const file = join(folder, "libsome.so.7");
    await Deno.writeTextFile(file, "");
    const env = (value: string) => (name: string) => name === "DENOSR_SOME" ? value : undefined;
    assert.equal(await fetchWheel(WHEEL, { env: env(folder) }), folder);
    assert.equal(await fetchWheel(WHEEL, { env: env(file) }), folder);
    assert.equal(await fetchWheelFile(WHEEL, { env: env(folder) }), file);
    assert.equal(await fetchWheelFile(WHEEL, { env: env(file) }), file);
    await Deno.remove(file);
    await assert.rejects(
      fetchWheelFile(WHEEL, { env: env(folder) }),
      /DENOSR_SOME names .*, which holds no libsome\.so\.\*/,
    );
    await assert.rejects(
      fetchWheel(WHEEL, { env: env(join(folder, "gone")) }),
      /DENOSR_SOME names .*gone, which cannot be read/,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
