import { ExitCode } from "../../../core/errors.ts";
import { StopSignal } from "../../../core/train/stop.ts";
import assert from "node:assert/strict";
import { join } from "node:path";

Deno.test("a stop is requested once, and the first signal decides the exit code", () => {
  const stop = new StopSignal();
  assert.equal(stop.requested, false);
  stop.request("SIGINT");
  stop.request("SIGTERM");
  assert.equal(stop.requested, true);
  assert.equal(stop.exitCode, ExitCode.INTERRUPTED);
});

Deno.test("a stop without a named signal counts as SIGTERM", () => {
  const stop = new StopSignal();
  stop.request();
  assert.equal(stop.exitCode, ExitCode.TERMINATED);
});

Deno.test("listen() can be disposed of, so that it does not keep the process alive", () => {
  const stop = new StopSignal().listen(() => {});
  stop[Symbol.dispose]();
  stop[Symbol.dispose]();
  assert.equal(stop.requested, false);
});

/** Loops as a run does until a stop; prints `ready`, what is said, and at the end `saved <iterations>`. */
const PROGRAM = `
  import { StopSignal } from ${JSON.stringify(import.meta.resolve("../../../core/train/stop.ts"))};
  using stop = new StopSignal().listen((line) => console.log(line));
  console.log("ready");
  let n = 0;
  const last = performance.now() + 20_000;
  const stubborn = Deno.args[0] === "stubborn";
  while ((!stop.requested || stubborn) && performance.now() < last) {
    n++;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  console.log("saved", n);
  Deno.exitCode = stop.exitCode;
`;

async function withProgram(
  args: string[],
  act: (child: Deno.ChildProcess, said: (text: string) => Promise<void>) => Promise<void>,
): Promise<{ code: number; output: string }> {
  const folder = await Deno.makeTempDir({ prefix: "denosr-stop-" });
  try {
    const file = join(folder, "program.ts");
    await Deno.writeTextFile(file, PROGRAM);
    await using child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--no-check", "--no-config", file, ...args],
      stdin: "null",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    let output = "";
    const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    const said = async (text: string) => {
      while (!output.includes(text)) {
        const { done, value } = await reader.read();
        assert.ok(!done, `the program ended without saying "${text}": ${output}`);
        output += value;
      }
    };
    await said("ready");
    await act(child, said);
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      output += value;
    }
    return { code: (await child.status).code, output };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const posix = { ignore: Deno.build.os === "windows" };

for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", 143]] as const) {
  Deno.test({
    ...posix,
    name: `a real ${signal} lets the loop end and save, with exit code ${code}`,
    async fn() {
      const result = await withProgram([], async (child) => {
        child.kill(signal);
        await Promise.resolve();
      });
      assert.equal(result.code, code, result.output);
      assert.match(result.output, new RegExp(`${signal} received: finishing the current step`));
      assert.match(result.output, /saved \d+/);
    },
  });
}

Deno.test({
  ...posix,
  name: "the same key press forwarded twice asks once, a second one leaves at once",
  async fn() {
    const result = await withProgram(["stubborn"], async (child, said) => {
      child.kill("SIGINT");
      await said("received");
      child.kill("SIGINT");
      await new Promise((resolve) => setTimeout(resolve, 1200));
      child.kill("SIGINT");
    });
    assert.equal(result.code, 130, result.output);
    assert.equal(result.output.match(/received/g)!.length, 1);
    assert.match(result.output, /leaving at once/);
    assert.doesNotMatch(result.output, /saved \d/);
  },
});
