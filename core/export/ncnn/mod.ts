/**
 * ncnn: `.param` and `.bin` for Real-ESRGAN's ncnn programs, Upscayl, phones, and whatever else runs ncnn.
 *
 * @module
 */
import type { RuntimeNeeds } from "../../runtimes/types.ts";
import { NCNN_NEEDS } from "../../runtimes/ncnn.ts";
import type { Target } from "../target.ts";

const needs: RuntimeNeeds = NCNN_NEEDS;

/** The target. */
export const target: Target = {
  name: "ncnn",
  title: "ncnn",
  precisions: ["fp16", "fp32"],
  options: [],
  needs,
  write: async (graph, folder, options) =>
    await (await import("./write.ts")).writeNcnn(graph, folder, options),
  runtime: async (options) => await (await import("../../runtimes/ncnn.ts")).ncnn(options),
  further: async (check) => await (await import("./realesrgan_check.ts")).realesrganCheck(check),
};
