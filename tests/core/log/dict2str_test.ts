import assert from "node:assert/strict";
import { dict2str } from "../../../core/log/dict2str.ts";

Deno.test("dict2str() nests blocks as BasicSR does and spells values as YAML does", () => {
  assert.equal(
    dict2str({
      name: "x2",
      train: { lr: 1e-4, pixel_opt: { type: "L1Loss" }, periods: [1, 2], ema: null },
      hooks: [{ type: "A" }, "b"],
      save: true,
    }),
    "\n  name: x2\n  train:[\n    lr: 0.0001\n    pixel_opt:[\n      type: L1Loss\n    ]\n" +
      '    periods: [1, 2]\n    ema: ~\n  ]\n  hooks: [{"type":"A"}, "b"]\n  save: true\n',
  );
});
