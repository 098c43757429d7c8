/**
 * Starts the native engine: TensorFlow.js on libtensorflow.
 *
 * @module
 */
import type { KernelBackend } from "@tensorflow/tfjs";
import nodeUtil from "node:util";
import { ExitCode, UserError } from "../../errors.ts";
import type { CodecSpec, Engine, EngineOptions } from "../engine.ts";
import { registerGradients } from "../gradients.ts";
import { registerCorrectedGradients } from "../kernels/corrected_gradients.ts";
import { useTf } from "../tf.ts";
import { NativeBinding } from "./binding.ts";
import { NativeCodec } from "./codec.ts";
import { EagerContext } from "./context.ts";
import { AttrType, DType } from "./dtypes.ts";
import { preload } from "./_loader.ts";
import { findLibrary } from "./library.ts";
import { NativeLibrary } from "./native_library.ts";
import { precisionsOf } from "./precisions.ts";
import { supportResidents } from "./residents.ts";
import type { NodeBackend } from "./node_backend.ts";

/** The name under which tfjs-node's kernels are registered, and by which they look their backend up. */
const BACKEND = "tensorflow";

/** A started native engine. */
export interface NativeEngine extends Engine {
  /** `native`. */
  readonly name: "native";
  /** The binding, for what TensorFlow.js has no words for: graphs, functions, async reads. */
  readonly binding: NativeBinding;
}

/**
 * Starts TensorFlow.js on libtensorflow. Only one can run at a time; dispose it before the next start.
 *
 * @throws {UserError} With exit code ENVIRONMENT if there is no library, or it cannot be loaded.
 */
export async function startNative(options: EngineOptions = {}): Promise<NativeEngine> {
  const found = await findLibrary({ explicit: options.library });
  if (!found) {
    throw new UserError(
      "the native engine needs libtensorflow, which was found nowhere: install it, " +
        "name its file or folder in DENOSR_LIBTENSORFLOW, or choose --engine wasm",
      ExitCode.ENVIRONMENT,
    );
  }
  const tf = await useTf();
  // The library loads on a thread of its own while JavaScript is read. What is wrong with it is said by load().
  const loading = preload(found.path).catch(() => {});
  const createBackend = await loadKernels().finally(() => loading);
  const library = load(found.path);
  if (tf.findBackendFactory(BACKEND)) {
    throw new Error("a native engine is running already: dispose it before starting another");
  }
  tf.enableProdMode(); // the end of another engine has reset all flags
  registerGradients();
  registerCorrectedGradients();
  const gpus = typeof options.numGpu === "number" ? options.numGpu : undefined;
  const binding = new NativeBinding(new EagerContext(library, { gpus }));
  const backend = createBackend(binding);
  // Reads wait for the GPU off the main thread; tfjs-node's own would stop the event loop.
  backend.read = async (dataId) => {
    const { id, values } = backend.tensorMap.get(dataId);
    return values ?? await binding.tensorData(id) as Float32Array;
  };
  supportResidents(backend as unknown as NodeBackend);
  tf.registerBackend(BACKEND, () => backend);
  await tf.setBackend(BACKEND);
  return createEngine(binding, library);
}

function load(path: string): NativeLibrary {
  try {
    return NativeLibrary.open(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    throw new UserError(
      `${path} cannot be loaded as libtensorflow 2.x: ${(error as Error).message}`,
      ExitCode.ENVIRONMENT,
      { cause: error },
    );
  }
}

/** What we use of tfjs-node's backend; its own types hide the tensor map. */
type Backend = KernelBackend & {
  tensorMap: { get(dataId: object): { readonly id: number; readonly values: Float32Array | null } };
};

/** Loads the JavaScript half of tfjs-node: 155 kernels that turn ops of TensorFlow.js into ops of TensorFlow. */
async function loadKernels(): Promise<(binding: NativeBinding) => Backend> {
  // Gone from Node 23 and Deno, but its kernels call it.
  const util = nodeUtil as unknown as { isNullOrUndefined?: (value: unknown) => boolean };
  util.isNullOrUndefined ??= (value) => value === null || value === undefined;
  const { NodeJSKernelBackend } = await import(
    "@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend.js"
  );
  await import("@tensorflow/tfjs-node-gpu/dist/register_all_kernels.js");
  // tfjs-node declares the classes of results and attributes without their constructors' parameters.
  const Class = NodeJSKernelBackend as unknown as new (
    binding: NativeBinding,
    packageName: string,
  ) => Backend;
  return (binding) => new Class(binding, "@tensorflow/tfjs-node-gpu");
}

async function createEngine(binding: NativeBinding, library: NativeLibrary): Promise<NativeEngine> {
  const tf = await useTf();
  const codec = new NativeCodec(library);
  const codecSpec: CodecSpec = { kind: "native", library: library.path };
  const gpus = binding.context.devices.filter((device) => device.type === "GPU");
  const devices = gpus.length > 0 ? gpus : binding.context.devices;
  const shortNames = devices.map((device) => device.name.replace(/^.*device:/, ""));
  const where = gpus.length > 0
    ? shortNames.join(", ")
    : `CPU (${navigator.hardwareConcurrency} threads)`;
  let disposed = false;
  return {
    name: "native",
    description: `native: libtensorflow ${library.version}, ${where}, ${arithmeticOf(binding)}`,
    devices: shortNames,
    isGpu: gpus.length > 0,
    codec,
    codecSpec,
    binding,
    sync: () => waitForDevice(binding),
    async dispose() {
      if (!disposed) {
        disposed = true;
        await binding.settled(); // TensorFlow must not lose its context while it computes
        codec.dispose();
        tf.engine().reset(); // every tensor, variable and tape of this engine
        tf.removeBackend(BACKEND);
        binding[Symbol.dispose]();
      }
    },
  };
}

/** What the hardware computes in, for people. */
function arithmeticOf(binding: NativeBinding): string {
  const { bf16, fp16 } = precisionsOf(binding);
  return [
    "float32",
    ...bf16 === undefined ? ["bfloat16"] : [],
    ...fp16 === undefined ? ["float16"] : [],
  ].join(", ");
}

/** Reads back a number that the device computes last: a GPU works in order. */
async function waitForDevice(binding: NativeBinding): Promise<void> {
  await binding.settled();
  if (!binding.isUsingGpuDevice()) return; // eager ops on the CPU are done when they return
  const one = binding.createEagerly([], DType.FLOAT, new Float32Array([1]));
  const [sum] = binding.executeEagerly(
    "AddV2",
    [{ name: "T", type: AttrType.TYPE, value: DType.FLOAT }],
    [one, one],
    1,
  );
  await binding.tensorData(sum!.id);
  binding.deleteEagerly(sum!.id);
  binding.deleteEagerly(one);
}
