/**
 * What the hardware under the native engine can compute in.
 *
 * @module
 */
import { processEnvironment } from "../../places.ts";
import type { NativeBinding } from "./binding.ts";
import type { NativeLibrary } from "./native_library.ts";

/** Numbers of `tsl::port::CPUFeature` (tsl/platform/cpu_info.h, TensorFlow 2.21). */
const CPU_FEATURE = { AVX512F: 27, AVX512_BF16: 39, AMX_BF16: 43 } as const;

/** Environment variable that lets precisions be tested on hardware that has not got them, slowly. */
export const EMULATE = "DENOSR_EMULATE_PRECISION";

/** Reasons against each precision; undefined where there is none. */
export interface PrecisionReasons {
  /** bfloat16. */
  readonly bf16: string | undefined;
  /** float16. */
  readonly fp16: string | undefined;
}

/** Whether this processor multiplies bfloat16 numbers. False where TensorFlow does not tell. */
export function cpuHasBfloat16(library: NativeLibrary): boolean {
  return has(library, "AVX512_BF16") || has(library, "AMX_BF16");
}

/** Whether this processor computes with vectors of 512 bits. True where TensorFlow does not tell, or it is no x86. */
export function cpuHasAvx512(library: NativeLibrary): boolean {
  return Deno.build.arch !== "x86_64" || library.c.testCpuFeature === null ||
    has(library, "AVX512F");
}

/** True if it computes on a CPU with short vectors, for which this version's oneDNN has some slow kernels. */
export function lacksAvx512(binding: NativeBinding): boolean {
  return !binding.isUsingGpuDevice() && !cpuHasAvx512(binding.library);
}

function has({ c }: NativeLibrary, feature: keyof typeof CPU_FEATURE): boolean {
  return c.testCpuFeature !== null && c.testCpuFeature(CPU_FEATURE[feature]) !== 0;
}

/** What stands against low precision on the devices of `binding`. */
export function precisionsOf(binding: NativeBinding): PrecisionReasons {
  if (binding.isUsingGpuDevice() || processEnvironment(EMULATE) === "1") {
    return { bf16: undefined, fp16: undefined };
  }
  const slower = `(${EMULATE}=1 computes in it nevertheless, many times slower)`;
  return {
    bf16: cpuHasBfloat16(binding.library)
      ? undefined
      : `this processor has neither AVX-512 BF16 nor AMX, so bf16 would be emulated: take precision fp32 ${slower}`,
    fp16:
      `fp16 is for GPUs, and there is none in use: take precision fp32, or bf16 on CPUs that have it ${slower}`,
  };
}
