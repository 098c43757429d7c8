/**
 * Which element types TensorFlow has a kernel for, by op and device.
 *
 * @module
 */
import { fields, text } from "./graph_op_def.ts";
import type { NativeLibrary } from "./native_library.ts";
import { Status } from "./status.ts";

const known = new WeakMap<NativeLibrary, Map<string, readonly KernelDef[]>>();

/** A kernel. */
export interface KernelDef {
  /** `CPU`, `GPU`, … */
  readonly device: string;
  /** Types that an attribute may have; an attribute that is not there may have any. */
  readonly types: ReadonlyMap<string, ReadonlySet<number>>;
}

/** True if there is a kernel for `op` on `device` (`CPU` or `GPU`) whose attribute `attribute` may be `dtype`. */
export function hasKernel(
  library: NativeLibrary,
  op: string,
  device: string,
  attribute: string,
  dtype: number,
): boolean {
  let byOp = known.get(library);
  if (byOp === undefined) known.set(library, byOp = new Map());
  let kernels = byOp.get(op);
  if (kernels === undefined) byOp.set(op, kernels = parseKernels(kernelListOf(library, op)));
  return kernels.some((kernel) =>
    kernel.device === device && (kernel.types.get(attribute)?.has(dtype) ?? true)
  );
}

/**
 * Reads a serialized `tensorflow.KernelList` (tensorflow/core/framework/kernel_def.proto): `kernel` is field 1, in it
 * `device_type` 2 and `constraint` 3, with `name` 1 and `allowed_values` 2: an `AttrValue` whose `list` 1 has `type` 6.
 */
export function parseKernels(bytes: Uint8Array): KernelDef[] {
  return [...messages(bytes, 1)].map((kernel) => {
    let device = "";
    for (const part of messages(kernel, 2)) device = text(part);
    const types = new Map<string, ReadonlySet<number>>();
    for (const constraint of messages(kernel, 3)) {
      let name = "";
      for (const part of messages(constraint, 1)) name = text(part);
      const allowed = new Set<number>();
      for (const value of messages(constraint, 2)) {
        for (const list of messages(value, 1)) {
          for (const [field, content] of fields(list)) {
            if (field !== 6) continue;
            if (typeof content === "number") allowed.add(content);
            else for (const byte of content) allowed.add(byte); // packed; type numbers are below 128
          }
        }
      }
      types.set(name, allowed);
    }
    return { device, types };
  });
}

function* messages(bytes: Uint8Array, wanted: number): Generator<Uint8Array> {
  for (const [field, content] of fields(bytes)) {
    if (field === wanted && typeof content !== "number") yield content;
  }
}

function kernelListOf(library: NativeLibrary, op: string): Uint8Array {
  using status = new Status(library);
  const buffer = library.c.TF_GetRegisteredKernelsForOp(library.cString(op), status.ptr);
  status.check(`kernels of ${op}`);
  try {
    return library.bufferBytes(buffer);
  } finally {
    library.c.TF_DeleteBuffer(buffer);
  }
}
