import { expandGlob, globRoot, isGlob } from "../../../../core/restore/batch/glob.ts";
import assert from "node:assert/strict";
import { join } from "node:path";

const FILES = [
  "a.png",
  "b.jpg",
  "[odd].png",
  ".hidden.png",
  "one/c.png",
  "one/two/d.png",
  "one/two/e.jpg",
  ".dark/f.png",
  "1/x.png",
];

async function inTree(use: (root: string) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir({ prefix: "denosr-glob-" });
  try {
    for (const file of FILES) {
      await Deno.mkdir(join(root, file, ".."), { recursive: true });
      await Deno.writeTextFile(join(root, file), "x");
    }
    await use(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test("patterns find what bash finds with globstar", async () => {
  await inTree(async (root) => {
    const found = async (pattern: string) =>
      (await expandGlob(join(root, pattern))).map(({ relative }) => relative).sort();
    // printed by `bash -O globstar -O nullglob -c 'printf "%s\n" PATTERN'` in such a tree
    assert.deepEqual(await found("*.png"), ["[odd].png", "a.png"]);
    assert.deepEqual(await found("?.*"), ["a.png", "b.jpg"]);
    assert.deepEqual(await found("**/*.png"), [
      "1/x.png",
      "[odd].png",
      "a.png",
      "one/c.png",
      "one/two/d.png",
    ]);
    assert.deepEqual(await found("*/*/*.{png,jpg}"), ["one/two/d.png", "one/two/e.jpg"]);
    assert.deepEqual(await found("[ab].*"), ["a.png", "b.jpg"]);
    assert.deepEqual(await found("[!a-z].png"), []);
    assert.deepEqual(await found("[0-9]/*"), ["1/x.png"]);
    assert.deepEqual(await found("[[]odd].png"), ["[odd].png"]);
    assert.deepEqual(await found(".h*"), [".hidden.png"]);
    assert.deepEqual(await found("gone/*.png"), []);
  });
});

Deno.test("a match keeps the beginning of its pattern and tells what lies below it", async () => {
  await inTree(async (root) => {
    const [first] = await expandGlob(join(root, "one/**/d.*"));
    assert.deepEqual(first, { path: join(root, "one/two/d.png"), relative: "two/d.png" });
  });
});

Deno.test("`**` does not follow links", async () => {
  await inTree(async (root) => {
    await Deno.symlink(root, join(root, "one/loop"));
    assert.equal((await expandGlob(join(root, "**/d.png"))).length, 1);
  });
});

Deno.test("globRoot() is the folder in which the pattern begins to vary", () => {
  assert.equal(globRoot("*.png"), ".");
  assert.equal(globRoot("photos/**/*.jpg"), "photos");
  assert.equal(globRoot("/*.png"), "/");
  assert.equal(globRoot("../x/{a,b}/c"), "../x");
  assert.ok(isGlob("a?.png") && !isGlob("plain name.png"));
});
