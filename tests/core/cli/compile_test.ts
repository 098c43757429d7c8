import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compileError, compilePlan, runCompile } from "../../../core/cli/compile.ts";
import { isUnused } from "../../../core/cli/compile_parts.ts";
import { COMPILE_TARGETS } from "../../../core/cli/compile_targets.ts";
import { programHelp, runProgram } from "../../../core/cli/restore_program.ts";
import { MOD } from "./_runs.ts";

const MODEL = fileURLToPath(
  new URL(
    "../../../experiments/pretrained_models/realesr-animevideov3.safetensors",
    import.meta.url,
  ),
);

Deno.test("deno compile is told what to embed, what to leave out, and where the model lies", async () => {
  const { args, parts } = await compilePlan({
    model: MODEL,
    output: "/out/restore",
    target: "aarch64-apple-darwin",
  });
  assert.equal(args[0], "compile");
  const after = (flag: string) => args.filter((_, i) => args[i - 1] === flag);
  assert.deepEqual(after("--include"), ["core", "plugins/archs", "plugins/zoo", MODEL]);
  assert.deepEqual([after("--output"), after("--target")], [
    ["/out/restore"],
    ["aarch64-apple-darwin"],
  ]);
  assert.ok(!args.some((arg) => arg === "-A" || arg.startsWith("--allow-net")), "no network");
  const [entry, model] = args.slice(-2) as [string, string];
  const from = new URL(entry, new URL(`file://${join(MOD, "..")}/`));
  assert.equal(fileURLToPath(new URL(model, from)), MODEL);
  const excluded = after("--exclude");
  assert.ok(excluded.length > 100);
  for (const path of excluded) assert.ok(path.includes("/node_modules/.deno/"), path);
  const part = (name: string) => parts.find((one) => one.name.startsWith(name))!;
  assert.ok(part("core").files > 300 && part("core").bytes > 1e6);
  assert.equal(part("model realesr").bytes, Deno.statSync(MODEL).size);
  assert.ok(part("npm @tensorflow/tfjs-backend-wasm").bytes > 1e6, "the wasm engine is there");
  const total = parts.reduce((sum, { bytes }) => sum + bytes, 0);
  assert.ok(total > 20e6 && total < 150e6, `${total}`);
  await assert.rejects(
    compilePlan({ model: MODEL, output: "x", target: "riscv64-unknown-linux-gnu" }),
    /there are no executables for riscv64-unknown-linux-gnu, but for x86_64-unknown-linux-gnu/,
  );
});

Deno.test("what Node loads of a package is kept, and what is for others is left out", () => {
  const tfjs = "@tensorflow+tfjs-core@4.22.0/node_modules/@tensorflow/tfjs-core";
  for (
    const [path, unused] of [
      [`${tfjs}/dist/tf-core.node.js`, false],
      [`${tfjs}/dist/tf-core.js`, true],
      [`${tfjs}/dist/tf-core.node.js.map`, true],
      [`${tfjs}/dist/tf-core.min.js`, true],
      [`${tfjs}/dist/index.d.ts`, true],
      [`${tfjs}/src/ops/conv2d.js`, true],
      ["long@4.0.0/node_modules/long/src/long.js", false],
      ["@tensorflow+tfjs-backend-wasm@4.22.0/x/dist/tfjs-backend-wasm-simd.wasm", false],
      ["imagescript@1.3.1/node_modules/imagescript/codecs/node/bin/x64-linux.node", false],
      ["imagescript@1.3.1/node_modules/imagescript/codecs/node/bin/arm64-linux.node", true],
    ] as const
  ) assert.equal(isUnused(path, "x64-linux"), unused, path);
  assert.ok(Object.values(COMPILE_TARGETS).includes("x64-linux"));
});

Deno.test("the executable is restore with its own name and model", async () => {
  const help = programHelp("enlarge", "anime.safetensors");
  assert.match(help, /^Usage: enlarge INPUT… \[FLAGS\]/);
  assert.match(help, /anime\.safetensors, which is part of this program/);
  assert.match(help, /^ {2}enlarge photo\.jpg$/m);
  assert.ok(!/deno (?:task|run)/.test(help), "nobody there has Deno");
  const shown: string[] = [];
  const { log } = console;
  console.log = (text: string) => shown.push(text);
  try {
    assert.equal(await runProgram(["../../model.pth"], "enlarge"), 2);
    assert.equal(await runProgram(["../../model.pth", "--help"], "enlarge"), 0);
  } finally {
    console.log = log;
  }
  assert.ok(shown.every((text) => text.startsWith("Usage: enlarge") && text.includes("model.pth")));
});

Deno.test("without Deno's runtime for executables it is said what to fetch and where to put it", () => {
  // The last words of Deno 2.9.6 where its server cannot be reached.
  const text = `Compile x to y

error: Writing deno compile executable to temporary file 'x.tmp'

Caused by:
    0: Setting up base binary.
    1: dns error

Stack backtrace:
   0: <unknown>
`;
  const stub = { path: "/cache/dl/denort.zip", isThere: false, named: false };
  const { message, exitCode } = compileError(text, stub, "x86_64-unknown-linux-gnu");
  assert.equal(exitCode, 3);
  assert.match(
    message,
    /^Deno's runtime for executables \(denort\) is not here and could not be fetched/,
  );
  assert.match(
    message,
    /\n {4}1: dns error\n {2}fetch \S+denort-x86_64-unknown-linux-gnu\.zip on another machine/,
  );
  assert.match(
    message,
    /put it at \/cache\/dl\/denort\.zip,\n {2}or name the unpacked program in DENORT_BIN$/,
  );
  assert.match(
    compileError(text, { ...stub, isThere: true }, "x").message,
    /^deno compile failed:\nerror/,
  );
});

Deno.test("what would be embedded is listed, and a runtime that is not there is refused at once", async () => {
  const root = await Deno.makeTempDir();
  const { DENORT_BIN = "" } = Deno.env.toObject();
  Deno.env.set("DENORT_BIN", join(root, "no-such-stub"));
  const shown: string[] = [];
  try {
    const flags = { output: join(root, "x"), overwrite: false, "dry-run": false };
    await assert.rejects(
      runCompile({ flags, words: [] }, (text) => shown.push(text)),
      /DENORT_BIN names .*no-such-stub, which is no file/,
    );
    assert.match(shown[0]!, /^ {2}together +\d+ files +\d+\.\d MB$/m);
    await Deno.writeTextFile(join(root, "x"), "");
    await assert.rejects(runCompile({ flags, words: [] }), /x is there already: .*--overwrite/);
    const wrong: [Record<string, string>, RegExp, number][] = [
      [{ output: root }, /is a folder: name a file/, 2],
      [{ output: join(root, "no/x") }, /no is no folder: create it/, 6],
      [{ output: join(root, "y"), model: join(root, "no.pth") }, /no\.pth: no such file/, 4],
      [{ output: join(root, "y"), model: join(root, "x") }, /x: not a weights file/, 6],
    ];
    for (const [more, expected, exitCode] of wrong) {
      const given = { ...flags, "dry-run": true, ...more };
      await assert.rejects(
        runCompile({ flags: given, words: [] }),
        (error: Error) =>
          expected.test(error.message) && "exitCode" in error && error.exitCode === exitCode,
      );
    }
  } finally {
    if (DENORT_BIN === "") Deno.env.delete("DENORT_BIN");
    else Deno.env.set("DENORT_BIN", DENORT_BIN);
    await Deno.remove(root, { recursive: true });
  }
});
