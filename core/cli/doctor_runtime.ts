/**
 * The parts of `doctor` that look at what computes: versions of packages, libtensorflow, the engine and its codecs.
 *
 * @module
 */
import { findLibrary, type FoundLibrary, seesNvidiaGpu } from "../engine/native/mod.ts";
import { versionFacts } from "../log/env.ts";
import { ifPermitted, processEnvironment } from "../places.ts";
import { type EngineTrial, tryEngineApart } from "./doctor_engine.ts";
import { type Findings, may } from "./doctor_report.ts";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Packages that results depend on. */
const PACKAGES = [
  "@tensorflow/tfjs",
  "@tensorflow/tfjs-node-gpu",
  "@tensorflow/tfjs-backend-wasm",
  "@tensorflow/tfjs-backend-webgpu",
  "imagescript",
  "fflate",
  "yaml",
  "zod",
];

/** Versions of the program, Deno and the packages. */
export function lookAtVersions(found: Findings): void {
  for (const { label, value } of versionFacts()) found.fact(label, value);
  if (!may({ name: "read", path: ROOT })) {
    found.fatal(
      "this process may not read the program's folder, so that much cannot be looked at",
      "start by `deno task doctor`, or with deno run -A",
    );
    return;
  }
  const missing: string[] = [];
  for (const name of PACKAGES) {
    const version = packageVersion(name);
    if (version === undefined) missing.push(name);
    else found.fact(name, version);
  }
  if (missing.length > 0) {
    found.fatal(
      `packages are not installed: ${missing.join(", ")}`,
      "run `deno install` in the program's folder",
    );
  }
}

/** The version of an installed package. */
function packageVersion(name: string): string | undefined {
  // Not by name: packages may hide their manifests from that.
  const path = join(ROOT, "node_modules", name, "package.json");
  const own = versionIn(path);
  if (own !== undefined) return own;
  try {
    return versionIn(createRequire(import.meta.url).resolve(`${name}/package.json`));
  } catch {
    return undefined;
  }
}

function versionIn(path: string): string | undefined {
  const text = ifPermitted(() => Deno.readTextFileSync(path), undefined);
  if (text === undefined) return undefined;
  const version: unknown = (JSON.parse(text) as { readonly version?: unknown }).version;
  return typeof version === "string" ? version : undefined;
}

/** The engine that `auto` takes, and whether it computes rightly. */
export async function lookAtEngine(found: Findings): Promise<void> {
  // Without that nothing starts; it was said before.
  if (!may({ name: "read", path: ROOT })) return;
  const oneDnn = processEnvironment("TF_ENABLE_ONEDNN_OPTS");
  found.fact("oneDNN", oneDnn === "0" ? "off by TF_ENABLE_ONEDNN_OPTS" : "on");
  if (oneDnn === "0") {
    found.amiss("oneDNN is off, which makes convolutions slower", "unset TF_ENABLE_ONEDNN_OPTS");
  }
  let library: FoundLibrary | undefined;
  try {
    library = await lookAtLibrary(found);
  } catch (error) {
    found.fact("auto takes", "nothing");
    found.fatal(
      (error as Error).message,
      "mend or unset DENOSR_LIBTENSORFLOW; `deno task setup` fetches a library",
    );
    showTrial(found, "wasm instead", await tryEngineApart("wasm"));
    return;
  }
  const trial = await tryEngineApart("auto", library?.path);
  if (trial.name === undefined) {
    found.fact("auto takes", "nothing");
    found.fatal(
      `the engine that auto would take does not start: ${trial.error}`,
      library === undefined
        ? "run `deno install` in the program's folder, then `deno task setup`"
        : `${
          library.source === "cache"
            ? `remove ${dirname(library.path)} and run \`deno task setup\`, which fetches it anew`
            : "name another library in DENOSR_LIBTENSORFLOW, or unset it if it names this one"
        }; --engine wasm works without it`,
    );
    showTrial(found, "wasm instead", await tryEngineApart("wasm"));
    return;
  }
  showTrial(found, "auto takes", trial);
  if (library === undefined || trial.name === "native") return;
  found.amiss(
    trial.said.find((line) => line.startsWith("native:")) ?? `native: ${library.path} is not used`,
    "`deno task setup` fetches a library that works here, once that one is out of the way",
  );
}

/** Looks for libtensorflow, and says where it is. */
async function lookAtLibrary(found: Findings): Promise<FoundLibrary | undefined> {
  const there = await findLibrary();
  found.fact("libtensorflow", there ? `${there.path} (found: ${there.source})` : "not found");
  if (there === undefined) {
    found.amiss(
      "libtensorflow was found nowhere; the portable engines are many times slower",
      "run `deno task setup`, which fetches it",
    );
  } else if (seesNvidiaGpu() && there.path.includes("libtensorflow-cpu-")) {
    found.amiss(
      "there is an NVIDIA GPU, but libtensorflow is the build for CPUs",
      "run `deno task setup --gpu`",
    );
  }
  return there;
}

function showTrial(found: Findings, label: string, trial: EngineTrial): void {
  if (trial.name === undefined) {
    found.fact(label, `nothing: ${trial.error}`);
    return;
  }

  const { name, description, devices, said, precisions, test, startMs, gigaMacs, codecs } = trial;
  found.fact(label, `${description}${said.length > 0 ? `\n${said.join("\n")}` : ""}`);
  found.fact("Devices", devices?.join(", "));
  for (const [precision, problem] of Object.entries(precisions ?? {})) {
    found.fact(precision, problem === null ? "yes" : `no: ${problem}`);
  }
  found.fact(
    "Self-test",
    `${
      test?.right ? "right" : `WRONG (${test?.got})`
    }, ${test?.ms} ms; started in ${startMs} ms; ` +
      `${gigaMacs} GMAC/s`,
  );
  if (!test?.right) {
    found.fatal(
      `the ${name} engine computes wrongly: 45, 54, 81, 90 became ${test?.got}`,
      "choose another --engine, and report this",
    );
  }
  for (const [codec, state] of Object.entries(codecs ?? {})) {
    found.fact(`Codec ${codec}`, state);
    if (state !== "ok") {
      found.amiss(
        `the image codec ${codec} does not work: ${state}`,
        "run `deno install` in the program's folder",
      );
    }
  }
}
