/**
 * The webgpu engine: TensorFlow.js on Deno's own WebGPU (wgpu: Vulkan, Metal or Direct3D 12).
 *
 * It needs no permission. A software adapter (llvmpipe, SwiftShader) works too, but more slowly than wasm, so `auto`
 * passes it over.
 *
 * @module
 */
import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import type { KernelBackend } from "@tensorflow/tfjs-core";
import { ExitCode, UserError } from "../errors.ts";
import type { Engine } from "./engine.ts";
import { noteDrivers } from "./_load_order.ts";
import { startPortable } from "./_portable.ts";
import { registerWebgpuKernels } from "./kernels/webgpu_kernels.ts";
import { roomOf } from "./webgpu_limits.ts";

/** What the machine offers to WebGPU. */
export interface AdapterReport {
  /** The adapter, or undefined when there is none. */
  readonly adapter?: GPUAdapter;
  /** Its name, for example `NVIDIA GeForce RTX 4090`, or why there is none. */
  readonly name: string;
  /** True when it computes on the CPU. */
  readonly isSoftware: boolean;
}

/** Asks for the fastest adapter; never throws. */
export async function findAdapter(): Promise<AdapterReport> {
  if (!("gpu" in navigator) || !navigator.gpu) {
    return { name: "this Deno has no WebGPU", isSoftware: false };
  }
  noteDrivers();
  try {
    const adapter = await navigator.gpu.requestAdapter({ powerPreference: "high-performance" });
    if (!adapter) return { name: "WebGPU finds no adapter", isSoftware: false };
    const { description, vendor, device } = adapter.info;
    const name = description || [vendor, device].filter(Boolean).join(" ") || "unnamed adapter";
    return { adapter, name, isSoftware: isSoftwareAdapter(adapter.info) };
  } catch (error) {
    return { name: `WebGPU cannot be asked: ${(error as Error).message}`, isSoftware: false };
  }
}

/** True for adapters that compute on the CPU: Mesa's llvmpipe (lavapipe), SwiftShader, Direct3D's WARP. */
export function isSoftwareAdapter(
  info: Pick<GPUAdapterInfo, "description" | "vendor" | "architecture" | "device"> & {
    readonly isFallbackAdapter?: boolean;
  },
): boolean {
  if (info.isFallbackAdapter) return true;
  const words = [info.description, info.vendor, info.architecture, info.device].join(" ");
  return /llvmpipe|lavapipe|swiftshader|softpipe|basic render|\bwarp\b/i.test(words);
}

/**
 * Starts it on the adapter of {@linkcode findAdapter}.
 *
 * @throws {UserError} With exit code ENVIRONMENT if there is no adapter.
 */
export async function startWebgpu(report?: AdapterReport): Promise<Engine> {
  const { adapter, name, isSoftware } = report?.adapter ? report : await findAdapter();
  if (!adapter) {
    throw new UserError(
      `${name}: install a Vulkan driver for the GPU (Debian: mesa-vulkan-drivers), or choose --engine wasm`,
      ExitCode.ENVIRONMENT,
    );
  }
  const { WebGPUBackend } = await import("@tensorflow/tfjs-backend-webgpu");
  let device: GPUDevice | undefined;
  let running = true;
  return await startPortable({
    name: "webgpu",
    async create(): Promise<KernelBackend> {
      device = await openDevice(adapter);
      device.lost.then(({ reason, message }) => {
        if (running) console.error(`webgpu: the device was lost (${reason}): ${message}`);
      });
      const backend = new WebGPUBackend(device, adapter.info);
      refuseSynchronousReads(backend);
      return backend as unknown as KernelBackend;
    },
    registerKernels: registerWebgpuKernels,
    describe: () => `TensorFlow.js on ${name}${isSoftware ? " (computes on the CPU)" : ""}`,
    devices: [`GPU:0 (${name})`],
    isGpu: !isSoftware,
    async sync(tf): Promise<void> {
      const backend = tf.backend() as unknown as WebGPUBackend;
      // Submitting fails when nothing was recorded since the last time.
      backend.ensureCommandEncoderReady();
      backend.submitQueue();
      await device!.queue.onSubmittedWorkDone();
    },
    release(): void {
      running = false;
      device?.destroy();
    },
  });
}

/** Opens the adapter with all the room that it has. */
async function openDevice(adapter: GPUAdapter): Promise<GPUDevice> {
  const { limits } = adapter;
  return await adapter.requestDevice({
    requiredFeatures: adapter.features.has("timestamp-query") ? ["timestamp-query"] : [],
    requiredLimits: roomOf(limits),
  });
}

/** The backend would draw onto a canvas in order to read at once; Deno has no such canvas, so this says what to do. */
function refuseSynchronousReads(backend: WebGPUBackend): void {
  const readSync = backend.readSync.bind(backend);
  backend.readSync = (dataId) => {
    const data = backend.tensorMap.get(dataId);
    // Numbers that have not left the CPU yet, and complex ones, whose parts are asked for in turn.
    if (data.values || data.dtype === "complex64" || data.dtype === "string") {
      return readSync(dataId);
    }
    throw new Error("webgpu cannot read a tensor with dataSync(): use `await tensor.data()`");
  };
}
