import { COMMANDS } from "../../../core/cli/commands.ts";
import { commandHelp, overview } from "../../../core/cli/help.ts";
import { main, report } from "../../../core/cli/main.ts";
import { ExitCode, UserError } from "../../../core/errors.ts";
import assert from "node:assert/strict";

/** Runs `act` and gives what it printed to either stream. */
async function printed(act: () => unknown): Promise<{ out: string; err: string }> {
  const { log, error } = console;
  const out: string[] = [], err: string[] = [];
  console.log = (...words: unknown[]) => void out.push(words.join(" "));
  console.error = (...words: unknown[]) => void err.push(words.join(" "));
  try {
    await act();
  } finally {
    Object.assign(console, { log, error });
  }
  return { out: out.join("\n"), err: err.join("\n") };
}

Deno.test("the overview names every command, within 100 columns", () => {
  const text = overview();
  for (const { name, summary } of COMMANDS) {
    assert.ok(text.includes(name) && text.includes(summary), name);
  }
  for (const line of text.split("\n")) assert.ok(line.length <= 100, line);
});

Deno.test("the help of a command names all its flags, choices and examples, within 100 columns", () => {
  for (const command of COMMANDS) {
    const text = commandHelp(command);
    const flat = text.replaceAll(/\s+/g, " ");
    for (const flag of command.flags) {
      const short = flag.short ? `-${flag.short}, ` : "";
      const left = `  ${short}--${flag.name}${flag.value ? ` ${flag.value}` : ""}`;
      assert.ok(text.includes(left), left);
      for (const choice of flag.choices ?? []) assert.ok(flat.includes(choice), choice);
    }
    for (const example of command.examples) assert.ok(text.includes(example), example);
    for (const line of text.split("\n")) assert.ok(line.length <= 100, line);
  }
});

Deno.test("--help, -h, help and no argument show help with the right exit code", async () => {
  for (const args of [["--help"], ["-h"], ["help"]]) {
    const { out } = await printed(async () => assert.equal(await main(args), ExitCode.OK));
    assert.equal(out, overview());
  }
  const { out } = await printed(async () => assert.equal(await main([]), ExitCode.USAGE));
  assert.equal(out, overview());
});

Deno.test("COMMAND --help and help COMMAND show the command's help, whatever else is given", async () => {
  const expected = commandHelp(COMMANDS.find((c) => c.name === "train")!);
  for (
    const args of [["train", "--help"], ["help", "train"], ["train", "-opt", "gone.yml", "-h"]]
  ) {
    const { out } = await printed(async () => assert.equal(await main(args), ExitCode.OK));
    assert.equal(out, expected);
  }
});

Deno.test("--version prints the version", async () => {
  const { out } = await printed(async () => assert.equal(await main(["--version"]), ExitCode.OK));
  assert.match(out, /^denosr \d+\.\d+\.\d+/);
});

Deno.test("an unknown command is refused with the nearest one", async () => {
  const { err } = await printed(async () => assert.equal(await main(["tran"]), ExitCode.USAGE));
  assert.match(err, /^error: unknown command "tran", did you mean train\?; commands: restore, /);
});

Deno.test("errors of the user are one message; --debug adds stack and cause", async () => {
  const error = new UserError("no images", ExitCode.DATA, { cause: new Error("the reason") });
  const short = await printed(() => assert.equal(report(error, false), ExitCode.DATA));
  assert.equal(short.err, "error: no images");
  const long = await printed(() => assert.equal(report(error, true), ExitCode.DATA));
  assert.match(long.err, /help_test\.ts/);
  assert.match(long.err, /the reason/);
});

Deno.test("a missing permission and a defect end with ENVIRONMENT and say which it is", async () => {
  const denied = new Deno.errors.NotCapable(
    'Requires read access to "/data", run again with the --allow-read flag',
  );
  const first = await printed(() => assert.equal(report(denied, false), ExitCode.ENVIRONMENT));
  assert.match(first.err, /a permission is missing: Requires read access to "\/data"\n/);
  assert.doesNotMatch(first.err, /run again/);
  const second = await printed(() =>
    assert.equal(report(new TypeError("x is undefined"), false), ExitCode.ENVIRONMENT)
  );
  assert.match(second.err, /^internal error .*: x is undefined\n {2}--debug shows where/);
});
