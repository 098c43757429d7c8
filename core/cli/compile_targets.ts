/**
 * Machines that executables are made for.
 *
 * @module
 */

/** Machines that executables can be made for, as `deno compile --target` names them, with the name of imagescript's addon. */
export const COMPILE_TARGETS: Readonly<Record<string, string>> = {
  "x86_64-unknown-linux-gnu": "x64-linux",
  "aarch64-unknown-linux-gnu": "arm64-linux",
  "x86_64-apple-darwin": "x64-darwin",
  "aarch64-apple-darwin": "arm64-darwin",
  "x86_64-pc-windows-msvc": "x64-win32",
};
