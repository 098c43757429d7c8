import assert from "node:assert/strict";
import { describeProblems, listImages, listPairs, readMetaInfo } from "../../../core/data/files.ts";
import { ExitCode, UserError } from "../../../core/errors.ts";
import { put, withFolder } from "./_files.ts";

const data = (pattern: RegExp) => (error: unknown): boolean => {
  assert.ok(error instanceof UserError);
  assert.equal(error.exitCode, ExitCode.DATA);
  assert.match(error.message, pattern);
  return true;
};

Deno.test("listImages() sorts by code units and passes over folders, hidden files and other files", async () => {
  await withFolder(async (folder) => {
    await put(folder, {
      "b.png": "x",
      "B.PNG": "x",
      "a 1.v2.jpg": "x",
      "é.webp": "x",
      "10.png": "x",
      "9.png": "x",
      ".hidden.png": "x",
      ".DS_Store": "x",
      "notes.txt": "x",
      "Thumbs.db": "x",
      "sub.png/inner.png": "x",
    });
    await Deno.symlink(`${folder}/9.png`, `${folder}/link.png`);
    await Deno.symlink(`${folder}/nowhere`, `${folder}/dangling.png`);
    assert.deepEqual(await listImages(folder, "dataroot_lq"), [
      "10.png",
      "9.png",
      "B.PNG",
      "a 1.v2.jpg",
      "b.png",
      "link.png",
      "é.webp",
    ]);
  });
});

Deno.test("listImages() names the option key for missing, empty and non-folders", async () => {
  await withFolder(async (folder) => {
    await put(folder, {
      "file.png": "x",
      "empty/.keep": "",
      "texts/a.txt": "x",
      "texts/b.txt": "x",
    });
    const list = (name: string) => listImages(`${folder}/${name}`, "dataroot_gt");
    await assert.rejects(list("none"), data(/^dataroot_gt: folder .*none does not exist$/));
    await assert.rejects(
      list("file.png"),
      data(/^dataroot_gt: folder .*file\.png is not a folder$/),
    );
    await assert.rejects(list("empty"), data(/^dataroot_gt: folder .*empty holds no images$/));
    await assert.rejects(list("texts"), data(/holds no images \(2 other files\)$/));
  });
});

Deno.test("listPairs() applies filename_tmpl to the name without its last extension", async () => {
  await withFolder(async (folder) => {
    await put(folder, {
      "gt/a.b.png": "x",
      "gt/$&.png": "x",
      "lq/a.bx4.png": "x",
      "lq/$&x4.png": "x",
    });
    const { pairs, orphans } = await listPairs({
      dataroot_gt: `${folder}/gt`,
      dataroot_lq: `${folder}/lq/`,
      filename_tmpl: "{}x4",
    });
    assert.deepEqual(orphans, []);
    assert.deepEqual(pairs, [
      { gt: `${folder}/gt/$&.png`, lq: `${folder}/lq/$&x4.png` },
      { gt: `${folder}/gt/a.b.png`, lq: `${folder}/lq/a.bx4.png` },
    ]);
  });
});

Deno.test("listPairs() lists files without a partner on both sides", async () => {
  await withFolder(async (folder) => {
    await put(folder, { "gt/a.png": "x", "gt/b.png": "x", "lq/a.png": "x", "lq/c.png": "x" });
    const { pairs, orphans } = await listPairs({
      dataroot_gt: `${folder}/gt`,
      dataroot_lq: `${folder}/lq`,
    });
    assert.equal(pairs.length, 1);
    assert.deepEqual(orphans, [
      { file: `${folder}/gt/b.png`, what: `has no LQ image, expected ${folder}/lq/b.png` },
      { file: `${folder}/lq/c.png`, what: `has no GT image in ${folder}/gt` },
    ]);
  });
});

Deno.test("readMetaInfo() takes BasicSR's lines, names with spaces and folders, Windows line ends", async () => {
  await withFolder(async (folder) => {
    const text = "0001_s001.png (480,480,3)\r\n\nset 1/my photo.v1.png (5,5,3)\nplain.jpg\n" +
      "odd.xyz 3\n";
    await put(folder, { "meta.txt": text, "blank.txt": "\n \n" });
    assert.deepEqual(await readMetaInfo(`${folder}/meta.txt`), [
      "0001_s001.png",
      "set 1/my photo.v1.png",
      "plain.jpg",
      "odd.xyz",
    ]);
    await assert.rejects(
      readMetaInfo(`${folder}/blank.txt`),
      data(/^meta_info_file: .*blank\.txt names no image$/),
    );
    await assert.rejects(
      readMetaInfo(`${folder}/none.txt`),
      data(/^meta_info_file: .*none\.txt does not exist$/),
    );
  });
});

Deno.test("listPairs() in meta_info_file mode keeps folders for GT and takes the bare name for LQ", async () => {
  await withFolder(async (folder) => {
    await put(folder, { "meta.txt": "x/0001.png (8,8,3)\n" });
    const { pairs } = await listPairs({
      dataroot_gt: "gt",
      dataroot_lq: "lq",
      meta_info_file: `${folder}/meta.txt`,
      filename_tmpl: "{}_lr",
    });
    assert.deepEqual(pairs, [{ gt: "gt/x/0001.png", lq: "lq/0001_lr.png" }]);
  });
});

Deno.test("describeProblems() shows ten at most and counts the rest", () => {
  const problems = Array.from({ length: 13 }, (_, i) => ({ file: `f${i}`, what: "is odd" }));
  const lines = describeProblems(problems).split("\n");
  assert.equal(lines.length, 12);
  assert.equal(lines[10], "  f9 is odd");
  assert.equal(lines[11], "  and 3 more");
});
