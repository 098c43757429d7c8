/**
 * Makes `bundle/worker.js`, the page's worker in one file, of `worker/` and the parts of TensorFlow.js that it needs.
 *
 * The file is kept in the repository, so that exports need no bundler, no network and no further permissions; a test says when it is
 * older than what it is made of. To make it anew, which fetches esbuild for the occasion:
 *
 * ```sh
 * deno run --allow-all --no-lock --node-modules-dir=none core/export/web/bundle.ts
 * ```
 *
 * @module
 */
import { createHash } from "node:crypto";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { KERNELS } from "./program.ts";

/** The bundler: another version may write other bytes. */
const ESBUILD = "0.28.2";

/** TensorFlow.js that goes in; the versions in `deno.json`. */
const TFJS = "4.22.0";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const MODULES = `${ROOT}node_modules/@tensorflow`;

/** Where the bundle lies. */
export const BUNDLE: string = fileURLToPath(new URL("bundle/worker.js", import.meta.url));

/** Where it is written what the bundle was made of. */
export const RECORD: string = fileURLToPath(new URL("bundle/sources.json", import.meta.url));

/** What the bundle was made of. */
export interface BundleRecord {
  /** Versions of what is not ours. */
  readonly versions: Readonly<Record<string, string>>;
  /** Our files, relative to the repository, this one among them. */
  readonly files: readonly string[];
  /** SHA-256 of these files; comments, spaces and trailing commas do not count. */
  readonly sources: string;
  /** SHA-256 of the bundle. */
  readonly bundle: string;
}

/** The record as it would be now of `files` and the bundle. */
export async function recordOf(files: readonly string[]): Promise<BundleRecord> {
  const hash = createHash("sha256");
  for (const file of files) {
    hash.update(`${file}\n`).update(bare(await Deno.readTextFile(ROOT + file)));
  }
  return {
    versions: { esbuild: ESBUILD, "@tensorflow/tfjs": TFJS },
    files,
    sources: hash.digest("hex"),
    bundle: createHash("sha256").update(await Deno.readFile(BUNDLE)).digest("hex"),
  };
}

/** What of a source is computed with, roughly: enough to see that it has changed. */
function bare(source: string): string {
  return source.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "").replace(/\s+/g, "")
    .replace(/,(?=[)\]}])/g, "");
}

const BANNER = `// deno-fmt-ignore-file
// deno-lint-ignore-file
// Made by core/export/web/bundle.ts: do not edit.
/*! DenoSR, and TensorFlow.js ${TFJS}, Copyright Google LLC: both Apache License 2.0, see LICENSE.txt. */
// Browsers of 2024 do not know these yet; the names are those that the bundler looks for.
Symbol.dispose ??= Symbol.for("Symbol.dispose");
Symbol.asyncDispose ??= Symbol.for("Symbol.asyncDispose");`;

/** What takes the place of files that a page has no use for: other programs, threads, and files of whole models. */
const STUBS: Readonly<Record<string, string>> = {
  "threaded-simd(\\.worker)?\\.js$":
    "export default undefined; export const wasmWorkerContents = '';",
  "/hash_util$": "export const fingerPrint64 = undefined, hexToLong = undefined;",
  "/io/io$": "export default undefined;",
  "/platform_node$": "",
  "nn/profile\\.ts$": "export const at = undefined;",
  "native_library\\.ts$": "export class NativeError extends Error {}",
  "^node:timers$": "export const setImmediate = (f) => setTimeout(f);",
  "^(fs|path|crypto|perf_hooks|worker_threads|os|util|string_decoder)$":
    "export default undefined;",
};

/** Registers the kernels of both backends, then starts the worker. */
async function entry(): Promise<string> {
  const lines = [
    `import "${MODULES}/tfjs-core/dist/engine.js";`,
    `import "${MODULES}/tfjs-core/dist/flags.js";`,
    `import "${MODULES}/tfjs-core/dist/platforms/platform_browser.js";`,
    `import { registerKernel } from "${MODULES}/tfjs-core/dist/kernel_registry.js";`,
  ];
  const names: string[] = [];
  for (const backend of ["wasm", "webgpu"]) {
    for (const kernel of KERNELS) {
      const file = `${MODULES}/tfjs-backend-${backend}/dist/kernels/${kernel}.js`;
      const name = /export const (\w+Config)/.exec(await Deno.readTextFile(file))?.[1];
      if (name === undefined) throw new Error(`${file} has no kernel`);
      names.push(`${backend}${kernel}`);
      lines.push(`import { ${name} as ${names.at(-1)} } from "${file}";`);
    }
  }
  lines.push(
    `for (const kernel of [${names}]) registerKernel(kernel);`,
    `import "./worker/worker.ts";`,
  );
  return lines.join("\n");
}

interface Resolved {
  readonly path: string;
  readonly kind: string;
}

/** What is used of esbuild. */
interface Bundler {
  build(options: object): Promise<{ readonly metafile: { readonly inputs: object } }>;
  stop(): Promise<void>;
}

interface PluginBuild {
  onResolve(
    options: { readonly filter: RegExp },
    callback: (
      found: Resolved,
    ) => { readonly path: string; readonly namespace?: string } | undefined,
  ): void;
  onLoad(
    options: { readonly filter: RegExp; readonly namespace: string },
    callback: (found: Resolved) => { readonly contents: string },
  ): void;
}

const lean = {
  name: "lean",
  setup(build: PluginBuild): void {
    // Without what index.js does besides: optimizers, methods of tensors.
    const core = Deno.realPathSync(`${MODULES}/tfjs-core/dist/base.js`);
    build.onResolve({ filter: /^@tensorflow\/tfjs-core$/ }, () => ({ path: core }));
    for (const [pattern, contents] of Object.entries(STUBS)) {
      build.onResolve(
        { filter: new RegExp(pattern) },
        ({ kind }) => kind === "entry-point" ? undefined : ({ path: contents, namespace: "stub" }),
      );
    }
    build.onLoad({ filter: /.*/, namespace: "stub" }, ({ path }) => ({ contents: path }));
  },
};

async function make(): Promise<void> {
  // Not a dependency: users never need it. A specifier that is put together is not fetched beforehand.
  const specifier = ["npm:esbuild", ESBUILD].join("@");
  const esbuild: Bundler = await import(specifier);
  const { metafile } = await esbuild.build({
    stdin: {
      contents: await entry(),
      resolveDir: fileURLToPath(new URL(".", import.meta.url)),
      sourcefile: "entry.js",
    },
    absWorkingDir: ROOT,
    outfile: BUNDLE,
    bundle: true,
    minify: true,
    metafile: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    charset: "utf8",
    legalComments: "none",
    logLevel: "error",
    // Not a page's: what asks for it believes to be in a browser everywhere.
    define: { process: "undefined" },
    banner: { js: BANNER },
    plugins: [lean],
  });
  await esbuild.stop();
  const files = Object.keys(metafile.inputs)
    .filter((file) => !/node_modules|^stub:|entry\.js$/.test(file))
    .map((file) => relative(ROOT, ROOT + file));
  files.push(relative(ROOT, fileURLToPath(import.meta.url)));
  files.sort();
  const record = await recordOf(files);
  await Deno.writeTextFile(RECORD, JSON.stringify(record, undefined, 2) + "\n");
  const { size } = await Deno.stat(BUNDLE);
  console.log(`core/export/web/bundle/worker.js: ${size} bytes of ${files.length} files`);
}

if (import.meta.main) await make();
