import { gpuNote } from "../../../core/cli/num_gpu.ts";
import type { EngineName } from "../../../core/engine/engine.ts";
import assert from "node:assert/strict";

/** `num_gpu`, the engine that was started, the GPUs that it found, and what is said. */
const CASES: readonly (readonly [number | "auto", EngineName, number, string | undefined])[] = [
  [0, "native", 0, undefined],
  [0, "wasm", 0, undefined],
  [0, "webgpu", 1, "num_gpu is 0, but the webgpu engine computes on a GPU; --engine wasm does not"],
  ["auto", "native", 0, undefined],
  ["auto", "cpu", 0, undefined],
  ["auto", "native", 1, undefined],
  ["auto", "webgpu", 1, undefined],
  ["auto", "native", 4, "num_gpu is auto: this version computes on one GPU, the first of 4"],
  [1, "native", 1, undefined],
  [1, "webgpu", 1, undefined],
  [1, "native", 0, "num_gpu is 1, the native engine finds no GPU here: computing on the CPU"],
  [8, "native", 0, "num_gpu is 8, the native engine finds no GPU here: computing on the CPU"],
  [1, "wasm", 0, "num_gpu is 1, the wasm engine uses no GPU here: computing on the CPU"],
  [2, "webgpu", 0, "num_gpu is 2, the webgpu engine uses no GPU here: computing on the CPU"],
  [8, "native", 1, "num_gpu is 8, this machine has 1 GPU: computing on it"],
  [2, "webgpu", 1, "num_gpu is 2: the webgpu engine computes on one GPU"],
  [2, "native", 2, "num_gpu is 2: this version computes on one GPU, the first of 2"],
  [8, "native", 4, "num_gpu is 8: this version computes on one GPU, the first of 4"],
];

for (const [numGpu, engine, gpus, note] of CASES) {
  const found = `num_gpu: ${numGpu} with ${gpus} GPUs of the ${engine} engine`;
  Deno.test(`${found} ${note === undefined ? "needs no word" : "is said in one line"}`, () => {
    assert.equal(gpuNote(numGpu, engine, gpus), note);
  });
}
