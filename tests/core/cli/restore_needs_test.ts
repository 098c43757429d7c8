import { COMMANDS } from "../../../core/cli/commands.ts";
import { parseFor } from "../../../core/cli/args.ts";
import { modelNeeds, type RestoreNeeds, restoreNeeds } from "../../../core/cli/restore_needs.ts";
import assert from "node:assert/strict";
import { join, resolve } from "node:path";

const RESTORE = COMMANDS.find(({ name }) => name === "restore")!;

async function needs(...args: string[]): Promise<RestoreNeeds> {
  const { words, flags } = await parseFor(RESTORE, args);
  return await restoreNeeds(words, flags);
}

async function inFolder(use: (root: string) => Promise<void>): Promise<void> {
  const root = await Deno.realPath(await Deno.makeTempDir({ prefix: "denosr-needs-" }));
  try {
    await Deno.mkdir(join(root, "in"));
    await Deno.writeTextFile(join(root, "in/a.png"), "x");
    await Deno.writeTextFile(join(root, "w.param"), "x");
    await Deno.writeFile(
      join(root, "clip"),
      Uint8Array.from("\0\0\0\x20ftypisom", (c) => c.charCodeAt(0)),
    );
    await use(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test("inputs are read and the folder of the outputs is written, nothing else", async () => {
  await inFolder(async (root) => {
    const a = join(root, "in/a.png"), out = join(root, "out");
    const file = await needs(a, "-o", out);
    assert.deepEqual(file.write, [out]);
    assert.deepEqual(new Set(file.read), new Set([a, out]));
    assert.equal(file.video || file.stdin, false);
    assert.deepEqual((await needs(a, "-o", join(root, "x/big.png"))).write, [join(root, "x")]);
    assert.deepEqual((await needs(a)).write, [resolve("results")]);
    assert.deepEqual((await needs(a, "-o", "-")).write, []);
    const stream = await needs("-");
    assert.deepEqual([stream.read, stream.write, stream.stdin], [[], [], true]);
  });
});

Deno.test("patterns need the folder in which they begin to vary; links are followed where they are named", async () => {
  await inFolder(async (root) => {
    const read = async (...args: string[]) => (await needs(...args, "-o", "-")).read;
    assert.deepEqual(await read(join(root, "in/**/*.png")), [join(root, "in")]);
    await Deno.symlink(join(root, "in"), join(root, "link"));
    assert.deepEqual(await read(join(root, "link")), [join(root, "link"), join(root, "in")]);
  });
});

Deno.test("weights are read with their other half; what is no file is a name of the zoo", async () => {
  await inFolder(async (root) => {
    const w = join(root, "w.param");
    const { models, read } = await needs("-", "--model", w, "--model", "RealESRGAN_x4plus");
    assert.deepEqual(models, ["RealESRGAN_x4plus"]);
    assert.deepEqual(new Set(read), new Set([w, join(root, "w.bin")]));
    assert.deepEqual((await needs("-", "--dni", `${w}:zoo:b:0.5`)).models, ["zoo:b"]);
    assert.deepEqual((await modelNeeds({ model: "one" })).models, ["one"]);
    assert.deepEqual((await modelNeeds({ model: ["one", "two"] })).models, ["one", "two"]);
  });
});

Deno.test("ffmpeg is wanted for videos alone", async () => {
  await inFolder(async (root) => {
    assert.equal((await needs(join(root, "clip"))).video, true);
    assert.equal((await needs(join(root, "in/a.png"), "-o", "moving.mp4")).video, true);
    assert.equal((await needs(root)).video, false);
  });
});

Deno.test("models of other programs are read, and what runs them is opened", async () => {
  await inFolder(async (root) => {
    const a = join(root, "in/a.png");
    const weights = await needs(a, "--model", join(root, "w.param"));
    assert.deepEqual([weights.ffi, weights.anyLibrary, weights.tensorflow], [[], false, false]);
    const graph = await needs(a, "--model", `savedmodel:${join(root, "in")}`);
    assert.ok(graph.read.includes(join(root, "in")));
    assert.deepEqual([graph.models, graph.tensorflow, graph.missing], [[], true, []]);
    const browser = await needs(a, "--model", `tfjs:${join(root, "m/model.json")}`);
    assert.ok(browser.read.includes(join(root, "m")));
    assert.deepEqual([browser.ffi, browser.anyLibrary, browser.tensorflow], [[], false, false]);
    const onnx = await needs(a, "--model", `onnx:${join(root, "x.onnx")}#0-255`);
    assert.ok(onnx.read.includes(join(root, "x.onnx")));
    // ONNX Runtime is called through pointers, which no list of folders allows.
    assert.deepEqual([onnx.models, onnx.anyLibrary], [[], true]);
    await assert.rejects(needs(a, "--model", "onnx:"), /a path is missing behind "onnx:"/);
  });
});
