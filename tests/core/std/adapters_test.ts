import assert from "node:assert/strict";

const PROBE = new URL("./_probe.ts", import.meta.url).pathname;
const CONFIG = new URL("../../../deno.json", import.meta.url).pathname;
/** An import map that points `@std/*` at a local copy, if there is one. */
const LOCAL = Deno.env.get("DENOSR_STD_IMPORT_MAP");

interface Run {
  readonly out: { readonly [key: string]: unknown };
  readonly err: string;
}

async function probe(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  flags: readonly string[] = ["-A"],
): Promise<Run> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-lock", "--no-prompt", `--config=${CONFIG}`, ...flags, PROBE, ...args],
    env: { NO_COLOR: "1", ...env },
  }).output();
  const err = new TextDecoder().decode(stderr);
  assert.equal(code, 0, err);
  return { out: JSON.parse(new TextDecoder().decode(stdout)), err };
}

/** A folder with `a/x.png`, `a/y.txt`, `b.png` and a link. */
function sample(): string {
  const folder = Deno.makeTempDirSync({ prefix: "denosr_std_" });
  Deno.mkdirSync(`${folder}/a`);
  for (const name of ["a/x.png", "a/y.txt", "b.png"]) {
    Deno.writeTextFileSync(`${folder}/${name}`, "");
  }
  Deno.symlinkSync(`${folder}/a`, `${folder}/link`);
  return folder;
}

async function everything(
  env: Readonly<Record<string, string>>,
  flags?: readonly string[],
): Promise<Run> {
  const folder = sample();
  try {
    return await probe(["all", folder], env, flags);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

Deno.test("the npm stand-ins split command lines, parse YAML and walk folders as the adapters promise", async () => {
  const { out, err } = await everything({ DENOSR_STD: "npm" });
  assert.equal(err.includes("Download"), false, err);
  assert.equal(out["source"], "npm");
  assert.equal(out["library"], "yaml");
  assert.deepEqual(out["args"], [
    { _: ["word"], debug: true, "dry-run": false, engine: "wasm", opt: "a.yml", plugins: [] },
    { _: [], debug: true, "dry-run": false, opt: "b.yml", plugins: [] },
    {
      _: ["5", "007", "--debug", "--opt", "x"],
      debug: false,
      "dry-run": false,
      plugins: ["one", "two"],
    },
    { _: [], debug: false, "dry-run": true, engine: "", "no-debug": 1, plugins: [], unknown: 2 },
    { _: [], debug: true, "dry-run": false, opt: "", plugins: [] },
    { _: ["-"], debug: false, "dry-run": false, opt: "", plugins: [] },
  ]);
  assert.deepEqual(out["yaml"], [
    { a: 1, b: ["x", { y: null }] },
    { x: { c: 1, d: 2 }, y: { c: 1, d: 3 } },
    { a: "text\n", b: "it's", c: 1e-4, d: true },
  ]);
  assert.equal(out["notFolder"], "NotADirectory");
  assert.equal(out["missing"], "NotFound");
  assert.deepEqual(out["all"], [
    ["", true, false, true, false],
    ["/a", true, false, true, false],
    ["/a/x.png", true, true, false, false],
    ["/a/y.txt", true, true, false, false],
    ["/b.png", true, true, false, false],
    ["/link", true, false, false, true],
    ["/new", true, false, true, false],
    ["/new/deep", true, false, true, false],
  ]);
  assert.deepEqual(out["files"], [["/a/x.png", true, true, false, false], [
    "/b.png",
    true,
    true,
    false,
    false,
  ]]);
  assert.deepEqual((out["flat"] as unknown[][]).map(([path]) => path), ["", "/a", "/link", "/new"]);
});

Deno.test({
  name: "the real packages, taken from a local copy, give the same as their npm stand-ins",
  ignore: LOCAL === undefined,
  fn: async () => {
    const real = await everything({}, ["-A", `--import-map=${LOCAL}`]);
    const npm = await everything({ DENOSR_STD: "npm" });
    assert.equal(real.out["source"], "local");
    assert.equal(real.out["library"], "@std/yaml");
    assert.deepEqual({ ...real.out, source: "", library: "" }, {
      ...npm.out,
      source: "",
      library: "",
    });
  },
});

Deno.test("without permissions for the network and the environment the answer is npm, at once and in silence", async () => {
  const { out, err } = await probe(["source"], {}, ["--allow-read"]);
  assert.deepEqual(out, { source: "npm" });
  assert.doesNotMatch(err, /Download|NotCapable|prompt/i);
});

Deno.test("everything works with permission to read and write alone", async () => {
  const { out } = await everything({}, ["--allow-read", "--allow-write"]);
  assert.equal(out["notFolder"], "NotADirectory");
  assert.equal((out["all"] as unknown[]).length, 8);
});

Deno.test("an answer that is less than a day old is taken from the cache folder", async () => {
  const cache = Deno.makeTempDirSync({ prefix: "denosr_std_" });
  try {
    for (const source of ["npm", "jsr"]) {
      Deno.writeTextFileSync(
        `${cache}/std-source.json`,
        JSON.stringify({ source, time: Date.now() - 1000 }),
      );
      const { out } = await probe(["source"], { DENOSR_CACHE: cache }, ["-A"]);
      assert.deepEqual(out, { source });
    }
  } finally {
    Deno.removeSync(cache, { recursive: true });
  }
});

Deno.test("DENOSR_STD goes before everything but an import map", async () => {
  assert.deepEqual((await probe(["source"], { DENOSR_STD: "jsr" })).out, { source: "jsr" });
  assert.deepEqual((await probe(["source"], { DENOSR_STD: "npm" })).out, { source: "npm" });
});
