import { parseFor } from "../../../core/cli/args.ts";
import { COMMANDS } from "../../../core/cli/commands.ts";
import { runServe, serveAddress } from "../../../core/cli/serve.ts";
import { ExitCode, type ExitCodeValue, UserError } from "../../../core/errors.ts";
import { writeTinyModel } from "../serve/_server.ts";
import { ENGINE, MOD } from "./_runs.ts";
import assert from "node:assert/strict";
import { join } from "node:path";

const command = COMMANDS.find((c) => c.name === "serve")!;
const parsed = (...args: string[]) => parseFor(command, args);

async function fails(args: string[], code: ExitCodeValue, message: RegExp): Promise<void> {
  await assert.rejects(async () => await runServe(await parsed(...args)), (error) => {
    assert.ok(error instanceof UserError, String(error));
    assert.match(error.message, message);
    assert.equal(error.exitCode, code);
    return true;
  });
}

Deno.test("serve refuses a wrong command line before it starts anything", async () => {
  const { USAGE } = ExitCode;
  await fails(["--port", "99999"], USAGE, /--port must be a number from 0 .* received "99999"/);
  await fails(["--port", "x"], USAGE, /--port/);
  await fails(["--host", "a/b"], USAGE, /--host must be a name/);
  await fails(["--host", "0.0.0.0"], USAGE, /demands a token/);
  await fails(["--host", "::", "--token", "short"], USAGE, /at least 16/);
  await fails(["--max-body", "lots"], USAGE, /--max-body must be a number/);
  await fails(["--model", "nothing.pth"], ExitCode.DATA, /nothing\.pth/);
  await fails(["--model", "a/x.pth", "b/x.pth"], USAGE, /two models are named x/);
});

Deno.test("serveAddress() says what has to be permitted", async () => {
  const address = async (...args: string[]) => serveAddress((await parsed(...args)).flags);
  assert.deepEqual(await address(), { host: "127.0.0.1", port: 8000 });
  assert.deepEqual(await address("--host", "::1", "--port", "0"), { host: "::1", port: 0 });
});

Deno.test("serve says where it listens, takes pictures, and Ctrl-C ends it with 0", {
  ignore: Deno.build.os === "windows",
}, async () => {
  const folder = await Deno.makeTempDir();
  try {
    await writeTinyModel(join(folder, "tiny.safetensors"));
    const flags = ["--port", "0", "--model", "tiny.safetensors", "--engine", ENGINE];
    const token = "0123456789abcdef";
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-lock", "--quiet", MOD, "serve", ...flags],
      cwd: folder,
      env: { NO_COLOR: "1", TF_CPP_MIN_LOG_LEVEL: "3", DENOSR_TOKEN: token },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const errors = new Response(child.stderr).text();
    const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    let said = "";
    while (!said.includes("Ctrl-C ends it")) {
      const { done, value } = await reader.read();
      if (done) assert.fail(`it ended: ${said}${await errors}`);
      said += value;
    }
    const [, address, shown] = /listens at (http:\/\/127\.0\.0\.1:\d+\/)#token=(\S+)/.exec(said)!;
    assert.equal(shown, token);
    assert.match(said, /models {3}tiny\n/);
    const models = await fetch(`${address}v1/models`, {
      headers: { authorization: `Bearer ${token}` },
    });
    assert.equal(models.status, 200);
    await models.body?.cancel();
    child.kill("SIGINT");
    await reader.cancel();
    assert.equal((await child.status).code, 0);
    assert.match(await errors, /ending/);
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["tiny.safetensors"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
