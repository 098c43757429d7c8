/**
 * Keeps a library in memory until the process ends.
 *
 * Deno unloads libraries when it ends, and when a Web Worker ends, but large ones leave exit handlers and threads behind, whose
 * code would be gone: the process would crash. A `dlopen` of our own counts as one more user of the library.
 *
 * @module
 */

const LOADER = {
  /** `void* dlopen(const char* path, int flags)`, found among what the library itself depends on. */
  dlopen: { parameters: ["buffer", "i32"], result: "u64" },
} as const satisfies Deno.ForeignLibraryInterface;

/** Functions are looked up when they are first called: of 150 000 few are, and all together take 0.1 s. */
export const RTLD_LAZY = 1;

/**
 * Loads the library at `path` for good.
 *
 * @throws {Error} If it cannot be loaded.
 */
export function pin(path: string): void {
  if (Deno.build.os === "windows") return; // has no dlopen
  const library = Deno.dlopen(path, LOADER);
  const handle = library.symbols.dlopen(new TextEncoder().encode(`${path}\0`), RTLD_LAZY);
  library.close();
  if (handle === 0n) throw new Error(`${path} could not be kept loaded`);
}
