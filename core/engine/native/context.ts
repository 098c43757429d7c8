/**
 * The eager context: TensorFlow's devices and thread pools.
 *
 * @module
 */
import type { NativeLibrary } from "./native_library.ts";
import { Status } from "./status.ts";

/** A device of the context. */
export interface Device {
  /** Full name, for example `/job:localhost/replica:0/task:0/device:GPU:0`. */
  readonly name: string;
  /** `CPU` or `GPU`. */
  readonly type: string;
}

/** How to create a context. */
export interface ContextOptions {
  /** At most so many GPUs, 0 for none; default all. */
  readonly gpus?: number;
  /** Threads that run ops next to each other; default TensorFlow's choice. */
  readonly interOpThreads?: number;
}

/**
 * A `TFE_Context*`. GPU memory grows as needed instead of being taken whole.
 *
 * The pool that computes inside ops belongs to the process, and the first context sizes it: no context here limits it.
 */
export class EagerContext implements Disposable {
  #ptr: bigint;
  /** Devices, CPU first. */
  readonly devices: readonly Device[];

  /**
   * Opens the devices.
   *
   * @throws {NativeError} If TensorFlow cannot.
   */
  constructor(readonly library: NativeLibrary, options: ContextOptions = {}) {
    const { c } = library;
    using status = new Status(library);
    const config = configProto(options);
    const contextOptions = c.TFE_NewContextOptions();
    try {
      c.TFE_ContextOptionsSetConfig(
        contextOptions,
        config,
        BigInt(config.length),
        status.ptr,
      );
      status.check("context options");
      this.#ptr = c.TFE_NewContext(contextOptions, status.ptr);
      status.check("context");
    } finally {
      c.TFE_DeleteContextOptions(contextOptions);
    }
    this.devices = listDevices(library, this.#ptr, status);
  }

  /** The pointer to hand to C functions. */
  get ptr(): bigint {
    return this.#ptr;
  }

  /** Deletes it; safe to call twice. Handles have to be deleted before. */
  [Symbol.dispose](): void {
    if (this.#ptr === 0n) return;
    this.library.c.TFE_DeleteContext(this.#ptr);
    this.#ptr = 0n;
  }
}

/**
 * A serialized `tensorflow.ConfigProto` (tensorflow/core/protobuf/config.proto): `device_count` is field 1,
 * `inter_op_parallelism_threads` 5, `gpu_options` 6 with `allow_growth` 4.
 */
export function configProto(options: ContextOptions): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [];
  if (options.gpus !== undefined) {
    const count = [0x10, ...varint(options.gpus)];
    bytes.push(0x0a, 5 + count.length, 0x0a, 3, 0x47, 0x50, 0x55, ...count); // {"GPU": n}
  }
  if (options.interOpThreads !== undefined) bytes.push(0x28, ...varint(options.interOpThreads));
  bytes.push(0x32, 2, 0x20, 1); // gpu_options { allow_growth: true }
  return new Uint8Array(bytes);
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (; value > 0x7f; value = Math.floor(value / 128)) bytes.push((value & 0x7f) | 0x80);
  bytes.push(value);
  return bytes;
}

function listDevices(library: NativeLibrary, context: bigint, status: Status): Device[] {
  const { c } = library;
  const list = c.TFE_ContextListDevices(context, status.ptr);
  status.check("list of devices");
  try {
    return Array.from({ length: c.TF_DeviceListCount(list) }, (_, i) => {
      const name = library.readString(c.TF_DeviceListName(list, i, status.ptr));
      status.check("device name");
      const type = library.readString(c.TF_DeviceListType(list, i, status.ptr));
      status.check("device type");
      return { name, type };
    });
  } finally {
    c.TF_DeleteDeviceList(list);
  }
}
