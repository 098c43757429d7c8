import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { type BundleRecord, RECORD, recordOf } from "../../../../core/export/web/bundle.ts";
import { POLICY } from "../../../../core/export/web/check_page.ts";
import { target } from "../../../../core/export/web/mod.ts";
import { FLOAT, H, N, sketch, W } from "../_sketch.ts";
import { written } from "../_written.ts";

const page = fileURLToPath(new URL("../../../../core/export/web/page/", import.meta.url));

const graph = sketch(3, (s) => s.op("Relu", [s.x], [N, H, W, 3], { T: FLOAT }));

/** All files of a folder. */
async function read(folder: string, prefix = ""): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for (const { name, isDirectory } of Deno.readDirSync(folder + "/" + prefix)) {
    if (!isDirectory) files.set(prefix + name, await Deno.readFile(`${folder}/${prefix}${name}`));
    else {for (const [path, bytes] of await read(folder, `${prefix}${name}/`)) {
        files.set(path, bytes);
      }}
  }
  return files;
}

const text = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);

Deno.test("the bundle was made of the sources as they are", async () => {
  const record = JSON.parse(await Deno.readTextFile(RECORD)) as BundleRecord;
  assert.deepEqual(
    await recordOf(record.files),
    record,
    "core/export/web/bundle/worker.js is older than what it is made of: its head in bundle.ts says how to make it anew",
  );
  const { imports } = JSON.parse(
    await Deno.readTextFile(new URL("../../../../deno.json", import.meta.url)),
  );
  for (const name of ["core", "backend-wasm", "backend-webgpu"]) {
    const wanted = `npm:@tensorflow/tfjs-${name}@${record.versions["@tensorflow/tfjs"]}`;
    assert.equal(imports[`@tensorflow/tfjs-${name}`], wanted);
  }
});

Deno.test("the page's code has the types that its comments say", async () => {
  // In programs of their own: the types of a browser's pages, of its workers and of Deno do not go together.
  const files = [...Deno.readDirSync(page)].map(({ name }) => name)
    .filter((name) => name.endsWith(".js") && name !== "sw.js");
  const runs = [["check.json", ...files], ["check_worker.json", "sw.js"]].map(async (args) => {
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["check", "--quiet", "--config", ...args],
      cwd: page,
      env: { NO_COLOR: "1" },
    }).output();
    assert.equal(code, 0, text(stderr));
  });
  await Promise.all(runs);
});

Deno.test("the folder is whole, small, the same every time, and names nothing outside it", async () => {
  const files = await written(target, graph, {}, async (folder, { files }) => {
    const read_ = await read(folder);
    assert.deepEqual([...read_.keys()].sort(), files.toSorted());
    return read_;
  });
  const again = await written(target, graph, {}, (folder) => read(folder));
  assert.deepEqual(again, files);

  const size = [...files].reduce(
    (sum, [path, { length }]) => sum + (path.startsWith("model/") ? 0 : length),
    0,
  );
  assert.ok(size <= 1e6, `${size} bytes beside the model`);

  for (const [path, bytes] of files) {
    if (!/\.(?:html|css|js|svg|webmanifest)$/.test(path) || path === "worker.js") continue;
    assert.doesNotMatch(text(bytes), /https?:\/\/(?!www\.w3\.org)/, `${path} names a server`);
    for (const [, asked] of text(bytes).matchAll(/(?:from "|(?:src|href)="|"src": ")([^"]+)"/g)) {
      if (asked!.startsWith("#")) continue;
      assert.ok(files.has(asked!.replace(/^\.\//, "")), `${path} asks for ${asked}`);
    }
  }
  assert.ok(!/new Function|[^.\w]eval\(|node_modules/.test(text(files.get("worker.js"))));
});

Deno.test("the policy lets the folder's own scripts run, and nothing else", async () => {
  const html = await Deno.readTextFile(page + "index.html");
  const [, policy] = /http-equiv="Content-Security-Policy"\s+content="([^"]+)"/.exec(html)!;
  assert.equal(policy, POLICY);
  for (
    const rule of [
      "default-src 'none'",
      "script-src 'self' 'wasm-unsafe-eval'",
      "worker-src 'self'",
      "connect-src 'self'",
      "style-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
    ]
  ) assert.ok(policy!.split("; ").includes(rule), rule);
  assert.match(html, /<meta name="referrer" content="no-referrer">/);
  assert.doesNotMatch(html, /<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)/);
  // It comes before anything that it is about.
  assert.ok(html.indexOf("Content-Security-Policy") < html.indexOf("<link"));
});

Deno.test("the service worker keeps every file, under a version that changes with what is in them", async () => {
  const list = async (options: { readonly precision?: "fp16" | "fp32" }) =>
    await written(target, graph, options, async (folder) => {
      const script = await Deno.readTextFile(`${folder}/sw.js`);
      const version = /^const VERSION = "(\w{16})";$/m.exec(script)![1]!;
      const files = JSON.parse(/^const FILES = (.*);$/m.exec(script)![1]!) as string[];
      const there = [...(await read(folder)).keys()];
      return { version, files, there };
    });
  const { version, files, there } = await list({});
  const kept = there.filter((name) => !["README.md", "LICENSE.txt", "sw.js"].includes(name));
  assert.deepEqual(files.toSorted(), ["./", ...kept].sort());
  assert.notEqual((await list({ precision: "fp32" })).version, version);
});

Deno.test("without a browser that starts, Deno runs the page's worker", async () => {
  const before = Deno.env.get("CHROME");
  Deno.env.set("CHROME", "/nowhere/chromium");
  try {
    const lines: string[] = [];
    const runtime = await target.runtime({ say: (line) => lines.push(line) });
    assert.match(runtime.title, /in Deno$/);
    assert.match(lines.join("\n"), /\/nowhere\/chromium cannot be started.*CHROME names one/s);
  } finally {
    if (before === undefined) Deno.env.delete("CHROME");
    else Deno.env.set("CHROME", before);
  }
});
