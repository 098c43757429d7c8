/**
 * What `num_gpu` of an options file means on the machine at hand.
 *
 * BasicSR's files carry the number of GPUs of the machine that they were written on, so that another number is no
 * error: it is said once what is used instead.
 *
 * @module
 */
import type { EngineName } from "../engine/engine.ts";

/**
 * Says in one line where a run computes, if that is not what `num_gpu` asks for; `undefined` if it is.
 *
 * @param numGpu The option: 0 for the CPU, `auto` for what there is, otherwise a number of GPUs.
 * @param engine The engine that was started.
 * @param gpus GPUs that it found, at most `numGpu` of them; it computes on the first.
 */
export function gpuNote(
  numGpu: number | "auto",
  engine: EngineName,
  gpus: number,
): string | undefined {
  const asked = `num_gpu is ${numGpu}`;
  if (numGpu === 0) {
    return gpus === 0
      ? undefined
      : `${asked}, but the ${engine} engine computes on a GPU; --engine wasm does not`;
  }
  if (gpus === 0) {
    if (numGpu === "auto") return undefined;
    const found = engine === "native" ? "finds no GPU here" : "uses no GPU here";
    return `${asked}, the ${engine} engine ${found}: computing on the CPU`;
  }
  if (gpus > 1) {
    return `${asked}: this version computes on one GPU, the first of ${gpus}`;
  }
  if (numGpu === "auto" || numGpu === 1) return undefined;
  return engine === "native"
    ? `${asked}, this machine has 1 GPU: computing on it`
    : `${asked}: the ${engine} engine computes on one GPU`;
}
