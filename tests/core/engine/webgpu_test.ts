/** Runs the tests of webgpu in a process without libtensorflow; `_engines.ts` says why. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { findLibrary } from "../../../core/engine/native/mod.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));

Deno.test("webgpu passes what every engine has to pass, in a process of its own", {
  // Without libtensorflow they run beside the others.
  ignore: await findLibrary() === undefined || Deno.env.has("DENOSR_TEST_ENGINES"),
}, async () => {
  const files = ["conformance_test.ts", "start_test.ts", "kernels/conv_second_gradients_test.ts"]
    .map((name) => `tests/core/engine/${name}`);
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", "--no-lock", "--no-check", "--filter", "/^webgpu: /", ...files],
    cwd: root,
    env: { DENOSR_TEST_ENGINES: "webgpu", NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const output = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  assert.equal(code, 0, output);
  const [, passed, ignored] = /(\d+) passed.*\| 0 failed(?: \| (\d+) ignored)?/.exec(output)!;
  const skipped = /\(skipped: (.*?)\)/.exec(output);
  if (skipped) console.log(`skipped: ${skipped[1]}`);
  assert.ok(Number(skipped ? ignored : passed) >= 12, output);
});
