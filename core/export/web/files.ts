/**
 * The files of the page, as they lie in the folder.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { BuiltProgram } from "./program_of.ts";

/** Files of `page/` that go into the folder as they are. */
const PAGE = [
  "index.html",
  "app.css",
  "app.js",
  "engine.js",
  "offline.js",
  "viewer.js",
  "words.js",
  "manifest.webmanifest",
  "icon.svg",
  "icon-192.png",
  "icon-512.png",
];

/** The WebAssembly of TensorFlow.js. */
const WASM = "tfjs-backend-wasm-simd.wasm";

/** A file of the folder. */
export interface PageFile {
  /** Relative to the folder, with `/`. */
  readonly path: string;
  /** Its content. */
  readonly bytes: Uint8Array;
}

/** All files but the README, in the order in which people want to hear of them. */
export async function pageFiles({ program, files }: BuiltProgram): Promise<PageFile[]> {
  const here = async (path: string) => await Deno.readFile(new URL(path, import.meta.url));
  const wasm = dirname(createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm"));
  const kept: PageFile[] = [
    ...await Promise.all(
      PAGE.map(async (path) => ({ path, bytes: await here(`page/${path}`) })),
    ),
    { path: "worker.js", bytes: await here("bundle/worker.js") },
    { path: WASM, bytes: await Deno.readFile(join(wasm, WASM)) },
    { path: "model/model.json", bytes: new TextEncoder().encode(JSON.stringify(program)) },
    ...program.weights.map((name, i) => ({ path: `model/${name}`, bytes: files[i]! })),
  ];
  const serviceWorker = withList(new TextDecoder().decode(await here("page/sw.js")), kept);
  return [
    ...kept,
    { path: "sw.js", bytes: new TextEncoder().encode(serviceWorker) },
    { path: "LICENSE.txt", bytes: await here("../../../LICENSE") },
  ];
}

/** The service worker with the files that it keeps; their content makes its version, so that browsers see what is new. */
function withList(source: string, files: readonly PageFile[]): string {
  const hash = createHash("sha256");
  for (const { path, bytes } of files) hash.update(`${path} ${bytes.length}\n`).update(bytes);
  const version = hash.update(source).digest("hex").slice(0, 16);
  const list = ["./", ...files.map(({ path }) => path)];
  const written = source
    .replace(/^const VERSION = .*$/m, () => `const VERSION = ${JSON.stringify(version)};`)
    .replace(/^const FILES = .*$/m, () => `const FILES = ${JSON.stringify(list)};`);
  if (!written.includes(version) || !written.includes('"./"')) {
    throw new Error("page/sw.js has no place for the list of files");
  }
  return written;
}
