import assert from "node:assert/strict";
import { UserError } from "../../../core/errors.ts";
import { readOptions, type ReadSettings } from "../../../core/options/read.ts";
import { OptionsFolder } from "./_fakes.ts";

async function read(folder: OptionsFolder, name: string, settings: Partial<ReadSettings> = {}) {
  return await readOptions(`${folder.path}/${name}`, { isTrain: true, ...settings });
}

async function refusal(
  folder: OptionsFolder,
  name: string,
  settings: Partial<ReadSettings> = {},
): Promise<string> {
  try {
    await read(folder, name, settings);
  } catch (error) {
    assert.ok(error instanceof UserError, String(error));
    assert.equal(error.exitCode, 2);
    return error.message.replaceAll(`${folder.path}/`, "");
  }
  assert.fail("it was read");
}

Deno.test("bases merge block by block, lists are replaced, later bases and the file itself win", async () => {
  using folder = new OptionsFolder();
  folder.write("a.yml", "x: {p: 1, q: [1, 2], r: {s: 1}}\nonly_a: 1\n");
  folder.write("b.yml", "x: {p: 2, r: {t: 2}}\nonly_b: 1\n");
  folder.write("c.yml", "_base_: [a.yml, b.yml]\nx:\n  q: [3]\n  r: {u: 3}\n");
  const { data, files } = await read(folder, "c.yml");
  assert.deepEqual(data, { x: { p: 2, q: [3], r: { s: 1, t: 2, u: 3 } }, only_a: 1, only_b: 1 });
  assert.deepEqual(files.map((f) => f.slice(folder.path.length + 1)), ["c.yml", "a.yml", "b.yml"]);
});

Deno.test("_delete_ drops what bases say about a block, and is no option itself", async () => {
  using folder = new OptionsFolder();
  folder.write("a.yml", "net: {type: A, n: 1, deep: {k: 1}}\n");
  folder.write(
    "c.yml",
    "_base_: a.yml\nnet:\n  _delete_: true\n  type: B\n  deep: {m: 1, _delete_: false}\n",
  );
  assert.deepEqual((await read(folder, "c.yml")).data, { net: { type: "B", deep: { m: 1 } } });
  folder.write("d.yml", "_base_: a.yml\nnet:\n  _delete_: maybe\n");
  assert.equal(await refusal(folder, "d.yml"), "d.yml:3:13: net._delete_ must be true or false");
});

Deno.test("~ in a file takes the place of a base's block", async () => {
  using folder = new OptionsFolder();
  folder.write("a.yml", "val: {x: 1}\n");
  folder.write("c.yml", "_base_: a.yml\nval: ~\n");
  assert.deepEqual((await read(folder, "c.yml")).data, { val: null });
});

Deno.test("keys are found in the file that they came from", async () => {
  using folder = new OptionsFolder();
  folder.write("a.yml", "# base\nx:\n  p: 1\n  q: 1\n");
  folder.write("c.yml", "_base_: a.yml\nx: {q: 2}\n");
  const { sources } = await read(folder, "c.yml", { forceYml: ["x:z=1"] });
  const where = async (path: string[]) => {
    const { file, position } = await sources.place(path);
    return `${file.replace(`${folder.path}/`, "")}:${position?.line}:${position?.column}`;
  };
  assert.equal(await where(["x", "p"]), "a.yml:3:3");
  assert.equal(await where(["x", "q"]), "c.yml:2:5");
  assert.equal(await where(["x", "z"]), "command line:undefined:undefined");
});

Deno.test("a base that is missing, circular or no name is refused with its chain", async () => {
  using folder = new OptionsFolder();
  folder.write("a.yml", "x: 1\n_base_: b.yml\n");
  folder.write("b.yml", "_base_: [c.yml]\n");
  assert.equal(
    await refusal(folder, "a.yml"),
    'b.yml:1:10: _base_ "c.yml" does not exist: a.yml -> b.yml -> c.yml; paths are relative to b.yml',
  );
  folder.write("c.yml", "_base_: ./a.yml\n");
  assert.equal(
    await refusal(folder, "a.yml"),
    "c.yml:1:9: _base_ goes in a circle: a.yml -> b.yml -> c.yml -> a.yml; remove one of them",
  );
  folder.write("c.yml", "_base_: {x: 1}\n");
  assert.match(
    await refusal(folder, "a.yml"),
    /^c\.yml:1:9: _base_ must be the name of an options file/,
  );
});

Deno.test("a chain of bases has an end", async () => {
  using folder = new OptionsFolder();
  for (let i = 0; i < 20; i++) folder.write(`${i}.yml`, `_base_: ${i + 1}.yml\n`);
  folder.write("20.yml", "x: 1\n");
  assert.match(await refusal(folder, "0.yml"), /_base_ is deeper than 16 files/);
});

Deno.test("errors in a base name the base", async () => {
  using folder = new OptionsFolder();
  folder.write("a.yml", "x: 1\ny: 012\n");
  folder.write("c.yml", "_base_: a.yml\n");
  assert.match(await refusal(folder, "c.yml"), /^a\.yml:2:4: 012 is octal/);
});

Deno.test("readOptions() takes --force_yml in BasicSR's spelling and with points", async () => {
  using folder = new OptionsFolder();
  folder.write("a.yml", "name: x\ntrain: {lr: 1, list: [1, 2], block: ~}\nhooks: [{type: A}]\n");
  const { data } = await read(folder, "a.yml", {
    forceYml: [
      "train:lr=1e-4",
      "train.warmup=-1",
      "train:list=[3, 4]",
      "train:block:new:deep=true",
      "hooks:0:every=5",
      "name=a=b:c.d",
      "train:none=None",
      "train:quoted='012'",
      "path:root=datasets/DIV2K",
    ],
  });
  assert.deepEqual(data, {
    name: "a=b:c.d",
    train: {
      lr: 1e-4,
      list: [3, 4],
      block: { new: { deep: true } },
      warmup: -1,
      none: null,
      quoted: "012",
    },
    hooks: [{ type: "A", every: 5 }],
    path: { root: "datasets/DIV2K" },
  });
});

Deno.test("--force_yml that cannot be applied is refused, all of it at once", async () => {
  using folder = new OptionsFolder();
  folder.write("a.yml", "name: x\nlist: [1]\n");
  const forceYml = [
    "name",
    "=1",
    "a::b=1",
    "name:x=1",
    "list:3=1",
    "a=012",
    "b=[1",
    "__proto__:x=1",
  ];
  assert.deepEqual((await refusal(folder, "a.yml", { forceYml })).split("\n"), [
    'command line: --force_yml "name" has no value, write key:key=value',
    'command line: --force_yml "=1" has no value, write key:key=value',
    'command line: --force_yml "a::b=1" has an empty or refused key, write key:key=value',
    'command line: name is "x", no block that could hold "x"',
    "command line: list.3 is not in the list, which has 1 entries (from 0)",
    'command line: a is given a value that cannot be read: 012 is octal to some readers of YAML; quote it ("012") or leave out the leading zero',
    "command line: b is given a value that cannot be read: this [ is never closed; add the closing bracket",
    'command line: --force_yml "__proto__:x=1" has an empty or refused key, write key:key=value',
  ]);
});

Deno.test("plugin folders of file and command line are named before anything is checked", async () => {
  using folder = new OptionsFolder();
  folder.write("a.yml", "plugins: [one, two]\n");
  folder.write("b.yml", "plugins: one\n");
  folder.write("c.yml", "plugins: 3\n");
  assert.deepEqual((await read(folder, "a.yml", { plugins: ["three"] })).plugins, [
    "one",
    "two",
    "three",
  ]);
  assert.deepEqual((await read(folder, "b.yml")).plugins, ["one"]);
  assert.deepEqual((await read(folder, "c.yml")).plugins, []);
});

Deno.test("a file that is missing, a folder, empty, too long or not text is refused in one line", async () => {
  using folder = new OptionsFolder();
  folder.write("train.yml", "x: 1\n");
  assert.equal(
    await refusal(folder, "trian.yml"),
    'trian.yml: there is no such options file, did you mean "train.yml"?',
  );
  Deno.mkdirSync(`${folder.path}/dir`);
  assert.match(await refusal(folder, "dir"), /^dir: is a folder/);
  folder.write("empty.yml", "# nothing\n");
  assert.match(await refusal(folder, "empty.yml"), /^empty\.yml: holds no options/);
  folder.write("list.yml", "- a\n");
  assert.match(await refusal(folder, "list.yml"), /^list\.yml: holds no options/);
  Deno.writeFileSync(`${folder.path}/latin.yml`, new Uint8Array([0x61, 0x3a, 0x20, 0xe9]));
  assert.match(await refusal(folder, "latin.yml"), /^latin\.yml: is not text in UTF-8/);
});

Deno.test("a file of 100 MB is refused within a second, without being read", async () => {
  using folder = new OptionsFolder();
  using file = Deno.openSync(`${folder.path}/big.yml`, { create: true, write: true });
  file.truncateSync(100_000_000);
  const start = performance.now();
  assert.match(await refusal(folder, "big.yml"), /^big\.yml: is longer than 1000000 bytes/);
  assert.ok(performance.now() - start < 1000);
});
