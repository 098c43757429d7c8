import { encodePng } from "../../../../core/data/png.ts";
import { ExitCode, UserError } from "../../../../core/errors.ts";
import { isVideo, listInputs } from "../../../../core/restore/batch/inputs.ts";
import assert from "node:assert/strict";
import { join } from "node:path";

const PNG = encodePng({ width: 1, height: 1, channels: 1, data: Uint8Array.of(7) });

async function inFolder(
  files: Readonly<Record<string, Uint8Array | string>>,
  use: (root: string) => Promise<void>,
): Promise<void> {
  const root = await Deno.makeTempDir({ prefix: "denosr-inputs-" });
  try {
    for (const [name, content] of Object.entries(files)) {
      await Deno.mkdir(join(root, name, ".."), { recursive: true });
      await Deno.writeFile(
        join(root, name),
        typeof content === "string" ? new TextEncoder().encode(content) : content,
      );
    }
    await use(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

async function refusal(words: readonly string[]): Promise<UserError> {
  const error = await listInputs(words).then(() => undefined, (e) => e);
  assert.ok(error instanceof UserError, String(error));
  return error;
}

Deno.test("in folders the content decides, and names that claim a picture are kept to be reported", async () => {
  await inFolder({
    "photo.png": PNG,
    "no_extension": PNG,
    "sub/deep/x.PNG": PNG,
    "lie.jpg": "no picture",
    "empty.webp": "",
    "empty.bin": "",
    "notes.txt": "words",
    ".hidden.png": PNG,
    ".DS_Store": "x",
    "Thumbs.db": "x",
    "__MACOSX/y.png": PNG,
  }, async (root) => {
    await Deno.symlink(root, join(root, "sub/loop"));
    await Deno.symlink("/etc/hostname", join(root, "out.png"));
    const { inputs, passedOver, single } = await listInputs([root]);
    assert.deepEqual(inputs.map(({ relative, format }) => [relative, format]), [
      ["empty.webp", undefined],
      ["lie.jpg", undefined],
      ["no_extension", "png"],
      ["photo.png", "png"],
      [join("sub", "deep", "x.PNG"), "png"],
    ]);
    assert.deepEqual(passedOver.map(({ path, why }) => [path.slice(root.length + 1), why]), [
      ["empty.bin", "is no picture"],
      ["notes.txt", "is no picture"],
      ["out.png", "is a link, which is not followed"],
      [join("sub", "loop"), "is a link, which is not followed"],
    ]);
    assert.equal(single, false);
  });
});

Deno.test("what is named itself is taken whatever it is, links too, and once only", async () => {
  await inFolder({ "a.png": PNG, ".b.png": PNG, "c.txt": "text" }, async (root) => {
    await Deno.symlink(join(root, "a.png"), join(root, "link.png"));
    const all = ["link.png", ".b.png", "c.txt", "a.png"].map((name) => join(root, name));
    const { inputs } = await listInputs([...all, root]);
    assert.deepEqual(inputs.map(({ relative }) => relative), ["link.png", ".b.png", "c.txt"]);
    assert.equal((await listInputs([all[0]!])).single, true);
  });
});

Deno.test("patterns keep the tree below the folder in which they begin to vary", async () => {
  await inFolder({ "x/a.png": PNG, "x/y/b.png": PNG, "x/z/note.txt": "words" }, async (root) => {
    const { inputs } = await listInputs([join(root, "**/*.png")]);
    assert.deepEqual(inputs.map(({ relative }) => relative), ["x/a.png", "x/y/b.png"]);
    const folders = await listInputs([join(root, "x/*")]);
    assert.deepEqual(folders.inputs.map(({ relative }) => relative), ["a.png", "y/b.png"]);
  });
});

Deno.test("the folder of the outputs is left out where it lies among the inputs", async () => {
  await inFolder({ "a.png": PNG, "results/a.png": PNG }, async (root) => {
    assert.equal((await listInputs([root], join(root, "results"))).inputs.length, 1);
    assert.equal(
      (await listInputs([join(root, "results")], join(root, "results"))).inputs.length,
      1,
    );
  });
});

Deno.test("nothing to restore is one line with exit code DATA", async () => {
  await inFolder({ "notes.txt": "words" }, async (root) => {
    const gone = await refusal([join(root, "gone.png")]);
    assert.equal(gone.exitCode, ExitCode.DATA);
    assert.equal(gone.message, `${join(root, "gone.png")} does not exist`);
    assert.match((await refusal([join(root, "*.png")])).message, /matches no file$/);
    assert.match(
      (await refusal([root])).message,
      /^\S+ holds no pictures: \S+notes\.txt is no picture$/,
    );
    await Deno.mkdir(join(root, "empty"));
    assert.equal((await refusal([join(root, "empty")])).message, `${root}/empty holds no pictures`);
  });
});

Deno.test("weights among the inputs are told from pictures", async () => {
  await inFolder({ "a.png": PNG, "w.pth": "x" }, async (root) => {
    const { inputs } = await listInputs([join(root, "a.png"), join(root, "w.pth")]);
    assert.match(inputs[1]!.problem!, /^is a file of weights: name it by --model/);
  });
});

Deno.test("a missing file among others fails alone", async () => {
  await inFolder({ "a.png": PNG }, async (root) => {
    const { inputs } = await listInputs([join(root, "gone.png"), join(root, "a.png")]);
    assert.deepEqual(inputs.map(({ problem }) => problem), ["does not exist", undefined]);
  });
});

Deno.test("videos are told by their first bytes, those without a mark by their name", () => {
  const bytes = (text: string) => Uint8Array.from(text, (c) => c.charCodeAt(0));
  assert.ok(isVideo(bytes("\0\0\0\x20ftypisom\0\0"), "x.bin"));
  assert.ok(isVideo(bytes("\x1aE\xdf\xa3\x01\0"), "x"));
  assert.ok(isVideo(bytes("RIFF\x10\0\0\0AVI LIST"), "x"));
  assert.ok(isVideo(bytes("G@\0\x10\0\0\xb0"), "clip.ts"), "MPEG transport stream");
  assert.ok(!isVideo(bytes("\0\0\0\x20ftypavif\0\0"), "x.avif"), "a still picture");
  assert.ok(!isVideo(bytes("\0\0\0\x20ftypheic\0\0"), "x.heic"), "a still picture");
  assert.ok(!isVideo(bytes("export const a = 1;"), "code.ts"), "TypeScript");
});
