/**
 * What the tests of the native engine share: the library of this machine, opened before the first test so that no test
 * seems to leave it open, and tests that say that they are skipped where there is none.
 *
 * @module
 */
import { findLibrary, NativeLibrary } from "../../../../core/engine/native/mod.ts";

const found = await findLibrary();

/** The library, if this machine has one. */
export const library: NativeLibrary | undefined = found && NativeLibrary.open(found.path);

/** A test that needs libtensorflow. */
export function nativeTest(
  name: string,
  test: (library: NativeLibrary, context: Deno.TestContext) => void | Promise<void>,
): void {
  Deno.test({
    name: library ? name : `${name} (skipped: no libtensorflow found)`,
    ignore: library === undefined,
    fn: (context) => test(library!, context),
  });
}

/** Resident memory of this process, in megabytes. */
export function residentMegabytes(): number {
  return Deno.memoryUsage().rss / 1e6;
}
