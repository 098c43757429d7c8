/**
 * Prints what the adapters of `@std` give in this process, as JSON; the tests compare processes that take the packages
 * from different places.
 *
 * @module
 */
import { parseArgs } from "../../../core/std/cli.ts";
import { ensureDir, walk } from "../../../core/std/fs.ts";
import { stdSource } from "../../../core/std/source.ts";
import { loadYamlParser } from "../../../core/std/yaml.ts";

const [only, folder = ""] = Deno.args;
const source = await stdSource();
if (only === "source") {
  console.log(JSON.stringify({ source }));
  Deno.exit();
}
const spec = {
  boolean: ["debug", "dry-run"],
  string: ["opt", "engine", "plugins"],
  collect: ["plugins"],
};
const lines = [
  "--opt a.yml --debug word --engine=wasm",
  "--opt=a.yml --opt b.yml --debug --debug",
  "--plugins one --plugins=two 5 007 -- --debug --opt x",
  "--no-debug 1 --unknown 2 --engine --dry-run",
  "--debug true --dry-run=false --opt=",
  "--opt -",
];
const args = [];
for (const line of lines) {
  const parsed = await parseArgs(line.split(" "), spec);
  args.push(Object.fromEntries(Object.entries(parsed).toSorted(([a], [b]) => a < b ? -1 : 1)));
}
const { parse, library } = await loadYamlParser();
const yaml = [
  "a: 1\nb: [x, {y: ~}]\n",
  "x: &b {c: 1, d: 2}\ny: {<<: *b, d: 3}\n",
  "a: |\n  text\nb: 'it''s'\nc: 1e-4\nd: true\n",
].map((text) => parse(text));
await ensureDir(`${folder}/new/deep`);
await ensureDir(`${folder}/new/deep`);
const notFolder = await ensureDir(`${folder}/b.png`).catch((error: Error) =>
  error.constructor.name
);
const found = async (options: Parameters<typeof walk>[1]) =>
  (await Array.fromAsync(walk(folder, options))).map((
    { path, name, isFile, isDirectory, isSymlink },
  ) => [
    path.slice(folder.length),
    name === path.split("/").at(-1),
    isFile,
    isDirectory,
    isSymlink,
  ]);
const missing = await Array.fromAsync(walk(`${folder}/none`)).catch((error: Error) =>
  error.constructor.name
);
console.log(JSON.stringify({
  source,
  library,
  args,
  yaml,
  notFolder,
  missing,
  all: await found({}),
  files: await found({ includeDirs: false, includeSymlinks: false, exts: [".png"] }),
  flat: await found({ maxDepth: 1, includeFiles: false }),
}));
