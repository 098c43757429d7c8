/**
 * Remembers what was loaded into the process first: libtensorflow, or the drivers behind WebGPU.
 *
 * On Linux, asking for a WebGPU adapter loads all Vulkan drivers, and Mesa's bring a shared LLVM. libtensorflow has an
 * LLVM of its own inside; loaded second, it finds the other's symbols and the process dies of a segmentation fault.
 * The other order computes rightly, but now and then corrupts memory when the process ends (seen with Mesa's software
 * driver, once in 25 runs): engines that are to be compared should run in processes of their own.
 *
 * @module
 */
import { ExitCode, UserError } from "../errors.ts";

let first: "native" | "drivers" | undefined;

/** Call before a WebGPU adapter is asked for. */
export function noteDrivers(): void {
  first ??= "drivers";
}

/**
 * Call before libtensorflow is loaded.
 *
 * @throws {UserError} With exit code ENVIRONMENT if that would crash the process.
 */
export function noteNative(): void {
  first ??= "native";
  if (first === "drivers" && Deno.build.os === "linux") {
    throw new UserError(
      "WebGPU was used in this process before, and libtensorflow cannot be loaded after it: " +
        "start the native engine first, or in a process of its own",
      ExitCode.ENVIRONMENT,
    );
  }
}
