import assert from "node:assert/strict";
import { join } from "node:path";
import { grantable } from "../../../core/cli/grants.ts";

Deno.test("grantable() names the folder above a comma, which lists of permissions cannot hold", () => {
  assert.equal(grantable("/photos/a.png"), "/photos/a.png");
  assert.equal(grantable("/photos/Rome, 2024/a,b.png"), "/photos");
  assert.equal(grantable("/photos/a,b.png"), "/photos");
  assert.equal(grantable("/a,b"), "/");
});

Deno.test("a process with such a grant reads a file whose name has commas", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "a,b.txt"), script = join(folder, "read.ts");
    await Deno.writeTextFile(path, "there");
    await Deno.writeTextFile(script, "console.log(Deno.readTextFileSync(Deno.args[0]));");
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--no-prompt", `--allow-read=${grantable(path)}`, script, path],
    }).output();
    assert.equal(new TextDecoder().decode(stdout).trim(), "there");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
