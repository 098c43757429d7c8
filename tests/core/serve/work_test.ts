import assert from "node:assert/strict";
import { requireMemory } from "../../../core/serve/work.ts";

Deno.test("a tile that was asked for and does not fit into memory is refused with a way out", () => {
  requireMemory({ bytes: 2e9, tile: 0 }, 2e9);
  assert.throws(
    () => requireMemory({ bytes: 30e9, tile: 0 }, 8e9),
    /the picture in one piece would need about 30\.0 GB of memory, and 8\.0 GB are free: .*auto/,
  );
  assert.throws(
    () => requireMemory({ bytes: 9e9, tile: 2048 }, 8e9),
    /^Problem: tiles of 2048 pix/,
  );
});
