/**
 * What computes: WebGPU where there is an adapter, else WebAssembly.
 *
 * Only what the page needs of TensorFlow.js is named here, so that the bundle holds nothing else.
 *
 * @module
 */
import { engine, registerBackend } from "@tensorflow/tfjs-core";
import { BackendWasm } from "@tensorflow/tfjs-backend-wasm/dist/backend_wasm.js";
import { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu/dist/backend_webgpu.js";
import "@tensorflow/tfjs-backend-webgpu/dist/flags_webgpu.js";
import wasmFactory from "@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm.js";
import { roomOf } from "../../../engine/webgpu_limits.ts";

/** Names of what computes. */
export type BackendName = "webgpu" | "wasm";

/** What was started. */
export interface StartedBackend {
  /** Which one. */
  readonly name: BackendName;
  /** For people, for example `WebGPU (NVIDIA RTX 4090)`. */
  readonly title: string;
  /** Bytes that a tile may take. */
  readonly budget: number;
  /** Bytes that a single value may take. */
  readonly largest: number;
}

/** What Emscripten's start-up code gives. */
interface EmscriptenModule {
  cwrap(name: string, result: "number" | null, types: readonly "number"[]): unknown;
  tfjs?: Readonly<Record<string, unknown>>;
}

/** Words of adapters that compute on the processor, more slowly than WebAssembly. */
const SOFTWARE = /llvmpipe|lavapipe|swiftshader|softpipe|basic render|\bwarp\b/i;

/** WebAssembly has 2 GB of memory here, some of which the allocator cannot use. */
const WASM_BUDGET = 700e6;

/** Graphics memory is not known to pages: so much nearly all have. */
const WEBGPU_BUDGET = 1000e6;

/** A WebAssembly program that uses SIMD, as short as can be: `i8x16.splat`, `i8x16.popcnt`. */
const SIMD_PROGRAM = new Uint8Array([
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0],
  ...[65, 0, 253, 15, 253, 98, 11],
]);

/**
 * Starts what was asked for, or the best there is.
 *
 * @param wasm Address of the WebAssembly file.
 * @throws {Error} If there is nothing; says what the browser lacks.
 */
export async function startBackend(
  wasm: URL,
  wanted?: BackendName,
): Promise<StartedBackend> {
  if (wanted !== "wasm") {
    const started = await startWebgpu(wanted === "webgpu");
    if (started !== undefined) return started;
    if (wanted === "webgpu") throw new Error("This browser has no WebGPU, or no adapter for it.");
  }
  return await startWasm(wasm);
}

async function startWebgpu(evenSoftware: boolean): Promise<StartedBackend | undefined> {
  try {
    const adapter = await navigator.gpu?.requestAdapter({ powerPreference: "high-performance" });
    if (!adapter) return undefined;
    const { info, limits } = adapter;
    const { description, vendor, architecture, device: part } = info;
    const words = [description, vendor, architecture, part].join(" ");
    const isSoftware = SOFTWARE.test(words) ||
      (info as { isFallbackAdapter?: boolean }).isFallbackAdapter === true;
    if (isSoftware && !evenSoftware) return undefined;
    const device = await adapter.requestDevice({ requiredLimits: roomOf(limits) });
    registerBackend("webgpu", () => new WebGPUBackend(device, info) as never);
    if (!await engine().setBackend("webgpu")) return undefined;
    const name = description || [vendor, architecture].filter(Boolean).join(" ");
    return {
      name: "webgpu",
      title: name === "" ? "WebGPU" : `WebGPU (${name})`,
      budget: WEBGPU_BUDGET,
      largest: Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize),
    };
  } catch {
    return undefined; // WebAssembly does it, and the page says so
  }
}

async function startWasm(wasm: URL): Promise<StartedBackend> {
  if (typeof WebAssembly !== "object" || !WebAssembly.validate(SIMD_PROGRAM)) {
    throw new Error(
      "This browser has neither WebGPU nor WebAssembly with SIMD: a newer one is needed.",
    );
  }
  const response = await fetch(wasm);
  if (!response.ok) throw new Error(`${wasm.pathname} is missing (${response.status}).`);
  const program = await WebAssembly.compile(await response.arrayBuffer());
  const create = wasmFactory as unknown as (settings: object) => Promise<EmscriptenModule>;
  const module = await create({
    instantiateWasm(
      imports: WebAssembly.Imports,
      done: (instance: WebAssembly.Instance, program: WebAssembly.Module) => void,
    ) {
      WebAssembly.instantiate(program, imports).then((instance) => done(instance, program));
      return {};
    },
  });
  // What the backend expects of its own starter, which would choose among files that are not here.
  module.tfjs = {
    initWithThreadsCount: module.cwrap("init_with_threads_count", null, ["number"]),
    getThreadsCount: module.cwrap("get_threads_count", "number", []),
    registerTensor: module.cwrap("register_tensor", null, ["number", "number", "number"]),
    disposeData: module.cwrap("dispose_data", null, ["number"]),
    dispose: module.cwrap("dispose", null, []),
  };
  registerBackend("wasm", () => new BackendWasm(module as never));
  if (!await engine().setBackend("wasm")) throw new Error("WebAssembly does not start here.");
  return { name: "wasm", title: "WebAssembly", budget: WASM_BUDGET, largest: WASM_BUDGET };
}
