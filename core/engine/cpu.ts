/**
 * The cpu engine: TensorFlow.js in plain JavaScript. Ten times slower than wasm; it is the reference in tests and the
 * last resort where WebAssembly is not to be had.
 *
 * @module
 */
import type { Engine } from "./engine.ts";
import { startPortable } from "./_portable.ts";
import { registerCpuKernels } from "./kernels/cpu_kernels.ts";

/**
 * Starts it.
 *
 * @throws {Error} If it does not come up.
 */
export async function startCpu(): Promise<Engine> {
  const { MathBackendCPU } = await import("@tensorflow/tfjs-backend-cpu");
  return await startPortable({
    name: "cpu",
    create: () => Promise.resolve(new MathBackendCPU()),
    registerKernels: registerCpuKernels,
    describe: () => "TensorFlow.js in JavaScript (1 thread)",
    devices: ["CPU:0"],
    isGpu: false,
    sync: () => Promise.resolve(),
  });
}
