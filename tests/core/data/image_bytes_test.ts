import assert from "node:assert/strict";
import { checkHeaders, headerOf } from "../../../core/data/check.ts";
import { listImages, listPairs } from "../../../core/data/files.ts";
import { readImageBytes } from "../../../core/data/image_bytes.ts";
import { ExitCode, UserError } from "../../../core/errors.ts";
import { gradient, put, withFolder } from "./_files.ts";
import { LMDB_DATA } from "./_lmdb.ts";

const GT = `${LMDB_DATA}gt.lmdb`;

const data = (message: string) => (error: unknown): boolean => {
  assert.ok(error instanceof UserError && error.exitCode === ExitCode.DATA);
  assert.equal(error.message, message);
  return true;
};

Deno.test("a name below a folder that ends in .lmdb is read from the data base there, whole or its start", async () => {
  for (const name of ["a.v1.png", "b.png"]) {
    const file = await Deno.readFile(`${LMDB_DATA}files/gt/${name}`);
    assert.deepEqual(await readImageBytes(`${GT}/${name}`), file);
    assert.deepEqual(await readImageBytes(`${GT}//${name}`), file);
    assert.deepEqual(await readImageBytes(`${GT}/${name}`, 100), file.slice(0, 100));
    assert.deepEqual(await readImageBytes(`${LMDB_DATA}files/gt/${name}`), file);
    assert.deepEqual(
      await readImageBytes(`${LMDB_DATA}files/gt/${name}`, 100),
      file.slice(0, 100),
    );
  }
});

Deno.test("the key is the name without its last extension, then the name up to its first dot", async () => {
  const b = await Deno.readFile(`${LMDB_DATA}files/gt/b.png`);
  assert.deepEqual(await readImageBytes(`${GT}/b.x.y.png`), b);
  assert.deepEqual(await readImageBytes(`${GT}/b`), b);
  await assert.rejects(
    readImageBytes(`${GT}/a.png`),
    data(`${GT}/a.png does not exist: ${GT}/data.mdb has no key "a"`),
  );
});

Deno.test("what is wrong with a data base names its file, what is wrong with an image names the image", async () => {
  await withFolder(async (folder) => {
    await put(folder, {
      "plain.lmdb/meta_info.txt": "a.png (1,1,3) 1\n",
      "text.lmdb/data.mdb": "no data base, whatever its name says, and longer than a magic number",
      "none.lmdb/meta_info.txt": "\n",
      "other.lmdb/a.png": gradient(2, 2),
    });
    await assert.rejects(
      readImageBytes(`${folder}/plain.lmdb/a.png`),
      data(`${folder}/plain.lmdb/data.mdb does not exist`),
    );
    await assert.rejects(
      listImages(`${folder}/none.lmdb`, "dataroot_gt"),
      data(`dataroot_gt: ${folder}/none.lmdb/meta_info.txt names no image`),
    );
    await assert.rejects(
      listImages(`${folder}/other.lmdb`, "dataroot_gt"),
      data(`dataroot_gt: ${folder}/other.lmdb/meta_info.txt does not exist`),
    );
    const image = `${folder}/text.lmdb/a.png`;
    assert.deepEqual(await checkHeaders([[image], [`${GT}/c.png`]], () => undefined), [
      { file: image, what: `${folder}/text.lmdb/data.mdb is no LMDB data file` },
      { file: `${GT}/c.png`, what: `does not exist: ${GT}/data.mdb has no key "c"` },
    ]);
  });
});

Deno.test("listImages() gives the names of a data base's meta_info.txt, sorted as those of a folder", async () => {
  assert.match(
    await Deno.readTextFile(`${GT}/meta_info.txt`),
    /^b\.png \(12,16,3\) 1\na\.v1\.png /,
  );
  assert.deepEqual(await listImages(GT, "dataroot_gt"), ["a.v1.png", "b.png"]);
  assert.deepEqual(await listImages(`${GT}/`, "dataroot_gt"), ["a.v1.png", "b.png"]);
});

Deno.test("listPairs() pairs equal names of data bases, whatever filename_tmpl says", async () => {
  const dataroot_gt = GT, dataroot_lq = `${LMDB_DATA}lq.lmdb`;
  const pairs = ["a.v1.png", "b.png"].map((name) => ({
    lq: `${dataroot_lq}/${name}`,
    gt: `${dataroot_gt}/${name}`,
  }));
  for (const filename_tmpl of ["{}", "{}x2"]) {
    const found = await listPairs({ dataroot_gt, dataroot_lq, filename_tmpl });
    assert.deepEqual(found, { pairs, orphans: [] });
  }
});

Deno.test("headerOf() reads the header of an image in a data base", async () => {
  const { width, height, format } = await headerOf(`${GT}/a.v1.png`);
  assert.deepEqual([width, height, format], [52, 44, "png"]);
});
