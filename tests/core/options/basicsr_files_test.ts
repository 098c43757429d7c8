/**
 * The option files that BasicSR ships (1.4.2), if `DENOSR_BASICSR_OPTIONS` names the folder that holds them.
 */
import assert from "node:assert/strict";
import { checkOptions } from "../../../core/options/check.ts";
import { formatProblem } from "../../../core/options/problems.ts";
import { readOptions } from "../../../core/options/read.ts";
import { loadPlugins } from "../../../core/plugins.ts";
import { walk } from "../../../core/std/fs.ts";

const folder = Deno.env.get("DENOSR_BASICSR_OPTIONS");

/** Keys that stand in the wrong place in the shipped files; BasicSR ignores them or fails on them. */
const STRAY: { readonly [file: string]: readonly string[] } = {
  "train_EDVR_L_x4_SR_REDS.yml": ["network_g.ema_decay"],
  "train_EDVR_L_x4_SR_REDS_woTSA.yml": ["network_g.ema_decay"],
};

Deno.test({
  name:
    "BasicSR's own option files are understood: what is reported is what is not available, and known strays",
  ignore: folder === undefined,
  fn: async () => {
    await loadPlugins();
    let files = 0;
    for await (const { path, name } of walk(folder!, { exts: [".yml"], includeDirs: false })) {
      files++;
      const raw = await readOptions(path, { isTrain: path.includes("/train/") });
      const { problems } = await checkOptions(raw);
      const stray: string[] = [];
      for (const problem of problems) {
        const line = formatProblem(problem);
        assert.ok(problem.position !== undefined, line);
        if (/^is unknown/.test(problem.what)) stray.push(problem.key);
        else assert.match(problem.what, /is not available in this version of DenoSR/, line);
      }
      assert.deepEqual(stray, STRAY[name] ?? [], name);
    }
    assert.equal(files, 70);
  },
});
