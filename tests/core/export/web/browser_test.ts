/** Runs the tests of the page in a browser in a process of their own: their driver wants permissions that tests lack. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../../", import.meta.url));

Deno.test("the exported page restores pictures in a browser, with and without network", async () => {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", "--no-check", "tests/core/export/web/_browser_cases.ts"],
    cwd: root,
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const output = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  assert.equal(code, 0, output);
  const skipped = /\(skipped: (.*?)\)/.exec(output);
  if (skipped) console.log(`skipped: ${skipped[1]}`);
  assert.match(output, skipped ? /0 passed.*1 ignored/ : /1 passed \(3 steps\) \| 0 failed/);
});
