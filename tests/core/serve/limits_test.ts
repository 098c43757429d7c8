import assert from "node:assert/strict";
import { quantity } from "../../../core/serve/limits.ts";

Deno.test("quantity() reads numbers with their unit", () => {
  for (
    const [text, value] of [
      ["1", 1],
      ["64M", 64e6],
      ["64MB", 64e6],
      ["1.5G", 1.5e9],
      ["200 kB", 2e5],
      ["12MP", 12e6],
    ] as const
  ) assert.equal(quantity("max-body", text), value);
  for (const text of ["", "0", "-1", "1T", "many", "1e9", "Infinity", "9".repeat(30)]) {
    assert.throws(() => quantity("max-body", text), /--max-body must be a number/, text);
  }
});
