/**
 * The wasm engine: TensorFlow.js on WebAssembly (XNNPACK), for machines that have neither libtensorflow nor a GPU.
 *
 * It needs to read `node_modules` and nothing else. It computes on one thread: the threaded build starts classic
 * workers from a blob, which Deno does not have.
 *
 * @module
 */
import type { EventEmitter } from "node:events";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import process from "node:process";
import type { KernelBackend } from "@tensorflow/tfjs-core";
import type { Engine } from "./engine.ts";
import { startPortable } from "./_portable.ts";
import { registerWasmKernels } from "./kernels/wasm_kernels.ts";
import type { TensorFlow } from "./tf.ts";

/**
 * Starts it.
 *
 * @throws {Error} If WebAssembly or the package's files are not to be had.
 */
export async function startWasm(): Promise<Engine> {
  const wasm = await import("@tensorflow/tfjs-backend-wasm");
  const factory = await packageFactory();
  const folder = dirname(
    createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm"),
  );
  return await startPortable({
    name: "wasm",
    async create(tf: TensorFlow): Promise<KernelBackend> {
      tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
      wasm.setWasmPaths(`${folder}/`);
      return await withoutProcessListeners(factory);
    },
    registerKernels: registerWasmKernels,
    describe: (tf) =>
      `TensorFlow.js on WebAssembly ${
        tf.env().getBool("WASM_HAS_SIMD_SUPPORT") ? "with SIMD " : ""
      }(1 thread)`,
    devices: ["WASM:0"],
    isGpu: false,
    sync: () => Promise.resolve(),
  });
}

let kept: (() => Promise<KernelBackend>) | undefined;

/** The package registers its factory when it is imported; it is kept, since stopping the engine removes it. */
async function packageFactory(): Promise<() => Promise<KernelBackend>> {
  if (!kept) {
    const { findBackendFactory } = await import("@tensorflow/tfjs-core");
    kept = findBackendFactory("wasm") as () => Promise<KernelBackend>;
  }
  return kept;
}

/**
 * Emscripten's start-up code listens to `uncaughtException` and `unhandledRejection` of the whole process, which would
 * change how Deno reports errors; its listeners are taken off again.
 */
async function withoutProcessListeners<T>(start: () => Promise<T>): Promise<T> {
  const emitter: EventEmitter = process;
  const events = ["uncaughtException", "unhandledRejection"];
  const before = new Map(events.map((event) => [event, emitter.listeners(event)]));
  try {
    return await start();
  } finally {
    for (const event of events) {
      for (const listener of emitter.listeners(event)) {
        if (!before.get(event)!.includes(listener)) {
          emitter.removeListener(event, listener as (...args: unknown[]) => void);
        }
      }
    }
  }
}
