/**
 * A web page that restores pictures in the visitor's browser: a folder for any static server.
 *
 * @module
 */
import type { RuntimeNeeds } from "../../runtimes/types.ts";
import type { Target } from "../target.ts";
import { findChromium, profileFolder } from "./chromium.ts";

/** The target. */
export const target: Target = {
  name: "web",
  title: "web page",
  precisions: ["fp16", "fp32"],
  options: ["shardBytes"],
  needs: (): RuntimeNeeds => {
    const chromium = findChromium();
    if (chromium === undefined) return {};
    const profiles = [profileFolder()];
    return { programs: [chromium], net: ["127.0.0.1"], read: profiles, write: profiles };
  },
  write: async (graph, folder, options) =>
    await (await import("./write.ts")).writePage(graph, folder, options),
  runtime: async ({ say = () => {} }) => {
    const { browserRuntime } = await import("./browser_runtime.ts");
    const { workerRuntime } = await import("./worker_runtime.ts");
    const found = await browserRuntime(say);
    if (found === undefined) {
      say(
        "web: no Chromium can be used here (CHROME names one), so the page's worker is run by Deno",
      );
    }
    return found ?? workerRuntime;
  },
};
