import assert from "node:assert/strict";
import { environmentText, hostFacts } from "../../../core/log/env.ts";
import { VERSION } from "../../../core/version.ts";

Deno.test("environmentText() names versions and engine", () => {
  const text = environmentText("wasm: 1 thread");
  assert.ok(text.includes(`\n\tDenoSR: ${VERSION}\n`));
  assert.ok(text.includes(`\n\tDeno: ${Deno.version.deno}\n`));
  assert.ok(text.includes(`\n\tTypeScript: ${Deno.version.typescript}\n`));
  assert.ok(text.includes("\n\tEngine: wasm: 1 thread\n"));
});

Deno.test("hostFacts() leaves out what may not be read", { permissions: "none" }, () => {
  const labels = hostFacts().map(({ label }) => label);
  assert.deepEqual(labels, ["System", "CPU"]);
});
