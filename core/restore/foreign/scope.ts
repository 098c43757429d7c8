/**
 * The permissions of threads that run models of other programs: to read the model, and to open the library that runs it.
 *
 * Libraries are native code, which no permission holds; what a model can have them do is limited by the op lists of
 * `core/runtimes/tensorflow_ops.ts`, and by what ONNX Runtime, LiteRT and TensorFlow.js have ops for: none for files or networks.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { LIBC_PATHS } from "../../engine/native/_loader.ts";
import { ExitCode, UserError } from "../../errors.ts";
import { type ForeignKind, modelPath } from "./spec.ts";

/** Deno's feature by which a thread gets permissions of its own. */
const FEATURE = "worker-options";

/** Says that the feature is on where that cannot be seen: it was given on the command line. */
const VARIABLE = "DENOSR_WORKER_OPTIONS";

/** What a thread may do. */
export interface ThreadPermissions {
  /** Files and folders to read. */
  readonly read: string[];
  /** Libraries to open, or all: functions that are called through pointers need the grant for all. */
  readonly ffi: boolean | string[];
  /** Nothing. */
  readonly write: false;
  /** Nothing. */
  readonly net: false;
  /** Nothing. */
  readonly env: false;
  /** Nothing. */
  readonly run: false;
  /** Nothing. */
  readonly sys: false;
  /** Nothing. */
  readonly import: false;
}

/** The permissions for a model. */
export function permissionsFor(
  kind: ForeignKind,
  path: string,
  library: string | undefined,
  anyLibrary: boolean,
): ThreadPermissions {
  const read = [modelPath(kind, path), ...library === undefined ? [] : [dirname(library)]];
  if (kind === "tfjs") read.push(...ownCode());
  const may = (path: string) => {
    const { state } = Deno.permissions.querySync({ name: "ffi", path });
    return state === "granted";
  };
  const libraries = library === undefined ? [] : [dirname(library), ...LIBC_PATHS.filter(may)];
  return {
    read,
    ffi: anyLibrary ? true : libraries.length > 0 ? libraries : false,
    write: false,
    net: false,
    env: false,
    run: false,
    sys: false,
    import: false,
  };
}

/** TensorFlow.js computes in a thread that it starts, and reads its WebAssembly from the package. */
function ownCode(): string[] {
  const folders = ["../../../core", "../../../node_modules"];
  return folders.map((folder) => new URL(folder, import.meta.url))
    .filter(({ protocol }) => protocol === "file:").map((url) => fileURLToPath(url));
}

/**
 * Checks that threads can have permissions of their own. Deno ends the process, without an error, where they cannot.
 *
 * @throws {UserError} ENVIRONMENT, with what to do.
 */
export async function requireScopes(): Promise<void> {
  if (granted(() => Deno.env.get(VARIABLE)) === "1") return;
  const main = granted(() => Deno.mainModule) ?? "";
  const start = main.startsWith("file:") ? dirname(fileURLToPath(main)) : undefined;
  for (let folder = start; folder !== undefined;) {
    for (const name of ["deno.json", "deno.jsonc"]) {
      const text = await Deno.readTextFile(join(folder, name)).catch(() => undefined);
      if (text === undefined) continue;
      if (hasFeature(text)) return;
      throw refusal();
    }
    const above = dirname(folder);
    folder = above === folder ? undefined : above;
  }
  throw refusal();
}

/** Whether `"unstable"` of a configuration, which may have comments, names the feature. */
function hasFeature(text: string): boolean {
  const list = /"unstable"\s*:\s*\[([^\]]*)\]/.exec(text)?.[1] ?? "";
  return list.includes(`"${FEATURE}"`);
}

function refusal(): UserError {
  return new UserError(
    "models of other programs run in a thread with permissions of its own, which Deno has to be asked for: " +
      `write "unstable": ["${FEATURE}"] into the deno.json beside your program, or start it with ` +
      `--unstable-${FEATURE} and set ${VARIABLE}=1`,
    ExitCode.ENVIRONMENT,
  );
}

function granted<T>(get: () => T): T | undefined {
  try {
    return get();
  } catch {
    return undefined; // not permitted: not known
  }
}
