/**
 * Loads libtensorflow for the whole life of the process, and without its chatter.
 *
 * - It is kept in memory; `pin.ts` says why.
 * - `TF_CPP_MIN_LOG_LEVEL=2` (errors only) is set unless the user has set it; it has to be there before TensorFlow
 *   loads. One line ("oneDNN custom operations are on") ignores it, so standard error is turned off while the
 *   framework library loads, unless the user asked for level 0. That needs libc; with `--allow-ffi=<folder of the library>` alone the line appears.
 *
 * @module
 */
import { ifPermitted } from "../../places.ts";
import { pin, RTLD_LAZY } from "./pin.ts";
import { dirname, join } from "node:path";

/** Functions of libc, found in libc itself or through TensorFlow's dependencies. */
const LIBC = {
  /** `char* getenv(const char* name)` */
  getenv: { parameters: ["buffer"], result: "u64" },
  /** `int setenv(const char* name, const char* value, int overwrite)` */
  setenv: { parameters: ["buffer", "buffer", "i32"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

const LIBC_FILES = {
  /** `int atoi(const char* text)` */
  atoi: { parameters: ["u64"], result: "i32" },
  /** `int open(const char* path, int flags)` */
  open: { parameters: ["buffer", "i32"], result: "i32" },
  /** `int dup(int fd)` */
  dup: { parameters: ["i32"], result: "i32" },
  /** `int dup2(int from, int to)` */
  dup2: { parameters: ["i32", "i32"], result: "i32" },
  /** `int close(int fd)` */
  close: { parameters: ["i32"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

/** As in `pin.ts`, on a thread of its own. */
const ASIDE = {
  /** `void* dlopen(const char* path, int flags)` */
  dlopen: { parameters: ["buffer", "i32"], result: "u64", nonblocking: true },
} as const satisfies Deno.ForeignLibraryInterface;

const O_WRONLY = 1;
/** Where libc may lie; absolute, because a permission that names a file names an absolute one. */
export const LIBC_PATHS: readonly string[] = Deno.build.os === "darwin"
  ? ["/usr/lib/libSystem.B.dylib"]
  : [`/lib/${Deno.build.arch}-linux-gnu/libc.so.6`, "/lib64/libc.so.6", "/usr/lib/libc.so.6"];
const LOG_LEVEL = cText("TF_CPP_MIN_LOG_LEVEL");
/**
 * TensorFlow uses oneDNN by itself on CPUs with AVX-512 VNNI and newer only. On one with AVX2 (EPYC 7003, two cores) a
 * convolution [4,48,48,64] with 3x3x64 takes 5.6 ms with it and 7.6 ms without, and an EDSR step a fifth less memory.
 */
const ONEDNN = "TF_ENABLE_ONEDNN_OPTS";
/** Number of the process that has loaded TensorFlow: workers load it again, and must not turn stderr off twice. */
const LOADED_BY = cText("DENOSR_LIBTENSORFLOW_PID");

/**
 * Loads the library at `path`, and the framework library beside it, and keeps both.
 *
 * @throws {Error} If one cannot be loaded.
 */
export function loadAndPin(path: string): void {
  pinFramework(frameworkOf(path));
  pin(path);
}

/** So many threads read files and modules at a time. */
const READERS = 16;

/**
 * Loads the libraries as {@linkcode loadAndPin} does, the large one on a thread of its own: it takes a quarter of a second,
 * in which JavaScript can do something else. What calls `loadAndPin` meanwhile waits for it.
 *
 * @throws {Error} If one cannot be loaded.
 */
export function preload(path: string): Promise<void> {
  let loading = preloads.get(path);
  if (loading === undefined) preloads.set(path, loading = loadAside(path));
  return loading;
}

const preloads = new Map<string, Promise<void>>();

async function loadAside(path: string): Promise<void> {
  const framework = frameworkOf(path);
  // A thread cannot begin while a library loads, and who starts one waits as long: those that read files begin now.
  await Promise.all(Array.from({ length: READERS }, () => Deno.stat(path).catch(() => {})));
  pinFramework(framework);
  const library = Deno.dlopen(framework, ASIDE);
  const handle = await library.symbols.dlopen(cText(path), RTLD_LAZY);
  library.close();
  if (handle === 0n) throw new Error(`${path} could not be loaded`);
}

/** Where the framework library lies: beside the other. */
function frameworkOf(path: string): string {
  return join(
    dirname(path),
    Deno.build.os === "darwin" ? "libtensorflow_framework.2.dylib" : "libtensorflow_framework.so.2",
  );
}

function pinFramework(framework: string): void {
  // TensorFlow reads it while it loads. Deno's own call needs no libc, but the permission for the variable.
  ifPermitted(() => {
    if (Deno.env.get(ONEDNN) === undefined) Deno.env.set(ONEDNN, "1");
  }, undefined);
  const libc = openLibc();
  if (libc) {
    try {
      const { getenv, setenv, atoi } = libc.symbols;
      const number = (name: Uint8Array<ArrayBuffer>) => {
        const value = getenv(name);
        return value === 0n ? undefined : atoi(value);
      };
      const wantsChatter = number(LOG_LEVEL) === 0;
      const isLoaded = number(LOADED_BY) === Deno.pid;
      setenv(LOADED_BY, cText(`${Deno.pid}`), 1);
      setenv(LOG_LEVEL, cText("2"), 0);
      setenv(cText(ONEDNN), cText("1"), 0);
      if (wantsChatter || isLoaded) pin(framework);
      else withoutStderr(libc.symbols, () => pin(framework));
    } finally {
      libc.close();
    }
  } else {
    const loaded = Deno.dlopen(framework, LIBC);
    loaded.symbols.setenv(LOG_LEVEL, cText("2"), 0);
    pin(framework);
    loaded.close();
  }
}

function withoutStderr(
  libc: Deno.DynamicLibrary<typeof LIBC_FILES>["symbols"],
  action: () => void,
): void {
  const saved = libc.dup(2);
  const nowhere = libc.open(cText("/dev/null"), O_WRONLY);
  if (saved >= 0 && nowhere >= 0) libc.dup2(nowhere, 2);
  try {
    action();
  } finally {
    if (saved >= 0) {
      libc.dup2(saved, 2);
      libc.close(saved);
    }
    if (nowhere >= 0) libc.close(nowhere);
  }
}

/** libc, if it may be opened and lies where it usually does. */
function openLibc(): Deno.DynamicLibrary<typeof LIBC & typeof LIBC_FILES> | undefined {
  for (const path of LIBC_PATHS) {
    if (Deno.permissions.querySync({ name: "ffi", path }).state !== "granted") continue;
    try {
      return Deno.dlopen(path, { ...LIBC, ...LIBC_FILES });
    } catch {
      // Not there: the next place. Without libc all works, with a few lines of chatter.
    }
  }
  return undefined;
}

function cText(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text + "\0");
}
