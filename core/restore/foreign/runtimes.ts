/**
 * The programs that run models of each kind: what has to be there before, and how they are started.
 *
 * @module
 */
import { findLibrary } from "../../engine/native/library.ts";
import type { Runtime, RuntimeNeeds, RuntimeOptions } from "../../runtimes/types.ts";
import type { WheelOptions } from "../../runtimes/wheel.ts";
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

/** By kind. */
export const FOREIGN: Readonly<Record<ForeignKind, ForeignProgram>> = {
  savedmodel: tensorflow,
  frozen: tensorflow,
  onnx: {
    tensorflow: false,
    library: async (options) => {
      const { ONNXRUNTIME } = await import("../../runtimes/onnxruntime.ts");
      return await (await import("../../runtimes/wheel.ts")).fetchWheelFile(ONNXRUNTIME, options);
    },
    needs: async () => ({
      wheels: [(await import("../../runtimes/onnxruntime.ts")).ONNXRUNTIME],
      anyLibrary: true,
    }),
    open: async (library) => {
      const { openOnnxRuntime } = await import("../../runtimes/onnxruntime.ts");
      const options: WheelOptions = { fetch: false, env: () => library };
      return await openOnnxRuntime(options);
    },
  },
  tfjs: {
    tensorflow: false,
    library: () => Promise.resolve(undefined),
    needs: () => Promise.resolve({}),
    open: async () => await (await import("../../runtimes/tfjs.ts")).tfjsRuntime(),
  },
  tflite: {
    tensorflow: false,
    library: async (options) => {
      const { LITERT } = await import("../../runtimes/litert.ts");
      return await (await import("../../runtimes/wheel.ts")).fetchWheelFile(LITERT, options);
    },
    needs: async () => ({
      wheels: [(await import("../../runtimes/litert.ts")).LITERT],
      anyLibrary: true,
    }),
    open: async (library) => {
      const { openLiteRt } = await import("../../runtimes/litert.ts");
      const options: WheelOptions = { fetch: false, env: () => library };
      return await openLiteRt(options);
    },
  },
};
