/**
 * What the webgpu, wasm and cpu engines share: bringing a TensorFlow.js backend up and taking it down so that another
 * one can follow in the same process.
 *
 * @module
 */
import type { KernelBackend } from "@tensorflow/tfjs-core";
import { registerGradients } from "./gradients.ts";
import { openImagescriptCodec } from "./imagescript_codec.ts";
import { registerCorrectedGradients } from "./kernels/corrected_gradients.ts";
import type { Engine, EngineName } from "./engine.ts";
import { type TensorFlow, useTf } from "./tf.ts";

/** A backend of TensorFlow.js. */
export type Backend = KernelBackend;

/** How one of the portable engines differs from the others. */
export interface PortableBackend {
  /** Name of the engine and of its TensorFlow.js backend. */
  readonly name: EngineName;
  /** Creates the backend; called once for each start. */
  create(tf: TensorFlow): Promise<Backend>;
  /** Registers the kernels that the backend lacks; called before it becomes active. */
  registerKernels(tf: TensorFlow): void;
  /** Words for {@linkcode Engine.description}, after the name. */
  describe(tf: TensorFlow): string;
  /** Names for {@linkcode Engine.devices}. */
  readonly devices: readonly string[];
  /** True when the device is a GPU. */
  readonly isGpu: boolean;
  /** Waits for the device. */
  sync(tf: TensorFlow): Promise<void>;
  /** Releases what the backend itself does not. */
  release?(): void;
}

/**
 * Makes `backend` the one that TensorFlow.js computes on, and wraps it as an {@linkcode Engine}.
 *
 * @throws {Error} If the backend does not come up.
 */
export async function startPortable(backend: PortableBackend): Promise<Engine> {
  const tf = await useTf();
  // An engine that was disposed has reset all flags, so this is set at each start.
  tf.enableProdMode();
  registerGradients();
  registerCorrectedGradients();
  backend.registerKernels(tf);
  const inner = tf.engine();
  if (tf.findBackendFactory(backend.name)) tf.removeBackend(backend.name);
  // TensorFlow.js only logs what a factory throws, so the reason is kept here.
  let failure: unknown;
  tf.registerBackend(backend.name, async () => {
    try {
      return await backend.create(tf);
    } catch (error) {
      failure = error;
      throw error;
    }
  });
  const active = await quietly(() => tf.setBackend(backend.name));
  if (!active || tf.getBackend() !== backend.name) {
    tf.removeBackend(backend.name);
    throw failure ?? new Error(`TensorFlow.js could not start its ${backend.name} backend`);
  }
  let disposed = false;
  return {
    name: backend.name,
    description: `${backend.name}: ${backend.describe(tf)}, float32`,
    devices: backend.devices,
    isGpu: backend.isGpu,
    codec: openImagescriptCodec(),
    codecSpec: { kind: "imagescript" },
    sync: () => backend.sync(tf),
    dispose(): Promise<void> {
      if (!disposed) {
        disposed = true;
        // Drops every tensor, variable and tape of this engine together with its backend.
        inner.reset();
        backend.release?.();
      }
      return Promise.resolve();
    },
  };
}

/** Runs `start` without TensorFlow.js's own warnings; what goes wrong is thrown as an error instead. */
async function quietly<T>(start: () => Promise<T>): Promise<T> {
  const warn = console.warn;
  console.warn = () => {};
  try {
    return await start();
  } finally {
    console.warn = warn;
  }
}
