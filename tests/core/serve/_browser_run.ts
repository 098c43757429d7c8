/**
 * Tests in a browser run in a process of their own: their driver wants permissions that tests lack.
 *
 * @module
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** A test that runs the one in the file `cases`, which has so many steps, or is skipped where there is no browser. */
export function browserTest(name: string, cases: string, steps: number): void {
  Deno.test(name, async () => {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["test", "-A", "--no-check", cases],
      cwd: root,
      env: { NO_COLOR: "1" },
      stdin: "null",
    }).output();
    const output = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    assert.equal(code, 0, output);
    const skipped = /\(skipped: (.*?)\)/.exec(output);
    if (skipped) console.log(`skipped: ${skipped[1]}`);
    const all = new RegExp(`1 passed \\(${steps} steps\\) \\| 0 failed`);
    assert.match(output, skipped ? /0 passed.*1 ignored/ : all);
  });
}
