import assert from "node:assert/strict";
import { onFullDisk } from "./_full_disk.ts";
import { UserError } from "../../../core/errors.ts";
import { asctime, formatTrainLine, Logger, pythonExponential } from "../../../core/log/logger.ts";
import { Progress } from "../../../core/log/progress.ts";
import { fakeTerminal } from "./_screen.ts";

const date = new Date(2026, 10, 23, 8, 6, 2, 7);

Deno.test("asctime() prints local time as Python's logging does", () => {
  assert.equal(asctime(date), "2026-11-23 08:06:02,007");
});

Deno.test("formatTrainLine() writes BasicSR's line", () => {
  // Composed by hand from the f-strings in basicsr/utils/logger.py, MessageLogger.__call__.
  assert.equal(
    formatTrainLine({
      name: "edsr_x2_demo",
      epoch: 3,
      iter: 1200,
      lrs: [1e-4, 0],
      eta: 86400 + 7384.9,
      time: 0.51249,
      dataTime: 0.0031,
      losses: { l_pix: 0.0123456, l_percep: 12345678 },
    }),
    "[edsr_..][epoch:  3, iter:   1,200, lr:(1.000e-04,0.000e+00,)] " +
      "[eta: 1 day, 2:03:04, time (data): 0.512 (0.003)] l_pix: 1.2346e-02 l_percep: 1.2346e+07 ",
  );
});

Deno.test("formatTrainLine() shows an unknown time left as unknown", () => {
  const line = formatTrainLine({
    name: "é😀abcdef",
    epoch: 0,
    iter: 1,
    lrs: [2e-4],
    eta: undefined,
    time: 1,
    dataTime: 0,
    losses: {},
  });
  assert.equal(
    line,
    "[é😀abc..][epoch:  0, iter:       1, lr:(2.000e-04,)] [eta: unknown, time (data): 1.000 (0.000)] ",
  );
});

Deno.test("pythonExponential() pads the exponent to two digits and spells nan and inf", () => {
  // Python: f"{v:.4e}" for 1e-4, 1e100, nan, -inf, -2.5
  assert.deepEqual(
    [1e-4, 1e100, NaN, -Infinity, -2.5].map((v) => pythonExponential(v, 4)),
    ["1.0000e-04", "1.0000e+100", "nan", "-inf", "-2.5000e+00"],
  );
});

Deno.test("Logger appends to the file of an earlier run and writes each line through", () => {
  const dir = Deno.makeTempDirSync();
  try {
    const file = `${dir}/new/train.log`;
    const { recorder, terminal } = fakeTerminal(false);
    const now = () => date;
    new Logger({ file, terminal, now })[Symbol.dispose]();
    using logger = new Logger({ file, terminal, now });
    logger.info("first");
    assert.equal(Deno.readTextFileSync(file), "2026-11-23 08:06:02,007 INFO: first\n");
    logger.warn("second\n  line");
    logger.error("third");
    assert.equal(Deno.readTextFileSync(file), recorder.text);
    assert.match(recorder.text, /007 WARNING: second\n {2}line\n.*007 ERROR: third\n$/);
    logger[Symbol.dispose]();
    logger.info("after closing"); // the terminal still gets it
    assert.match(recorder.text, /after closing\n$/);
  } finally {
    Deno.removeSync(dir, { recursive: true });
  }
});

Deno.test("Logger refuses a file that cannot be opened, naming it", () => {
  const dir = Deno.makeTempDirSync();
  try {
    assert.throws(
      () => new Logger({ file: dir, terminal: null }),
      (error) => error instanceof UserError && error.exitCode === 6 && error.message.includes(dir),
    );
  } finally {
    Deno.removeSync(dir);
  }
});

Deno.test("Logger says once that the disk is full and goes on", () => {
  const { recorder, terminal } = fakeTerminal(false);
  using logger = onFullDisk(() => new Logger({ file: "run.log", terminal }));
  logger.info("one");
  logger.info("two");
  logger.info("three");
  assert.equal(recorder.text.match(/cannot be written/g)?.length, 1);
  assert.match(
    recorder.text,
    /INFO: one\n[^\n]*cannot be written[^\n]*\n[^\n]*two\n[^\n]*three\n/,
  );
});

Deno.test("a log line goes above a live progress bar and the bar stays", () => {
  for (const ansi of [true, false]) {
    const { recorder, terminal } = fakeTerminal(true, { ansi });
    const logger = new Logger({ terminal, now: () => date });
    using progress = new Progress({ label: "train", total: 10, terminal, now: () => 0 });
    logger.info("hello");
    const screen = recorder.screen();
    assert.equal(screen.length, 2);
    assert.equal(screen[0], "2026-11-23 08:06:02,007 INFO: hello");
    assert.match(screen[1]!, /^train 0% \|-+\| 0\/10/);
    assert.equal(recorder.text.includes("\x1b"), ansi);
    progress.finish();
  }
});

Deno.test("control characters in a message cannot steer the terminal", () => {
  const { recorder, terminal } = fakeTerminal(true);
  new Logger({ terminal, now: () => date }).info("a\x1b[2Jb\rc\td");
  assert.equal(recorder.text, "2026-11-23 08:06:02,007 INFO: a\\x1b[2Jb\\x0dc\td\n");
});

Deno.test("a terminal that went away is not written to again and throws nothing", () => {
  const { recorder, terminal } = fakeTerminal(false);
  recorder.error = new Deno.errors.BrokenPipe("gone");
  terminal.line("one");
  terminal.line("two");
  assert.equal(recorder.writes, 1);
  assert.equal(terminal.failure, undefined);
});

Deno.test("a terminal redirected to a full disk keeps the error for the caller", () => {
  const { recorder, terminal } = fakeTerminal(false);
  recorder.error = new Error("No space left on device");
  terminal.line("one");
  assert.match(String(terminal.failure), /No space left/);
});

Deno.test({
  name: "logging and printing need no permission, and a closed pipe does not change the exit code",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const mod = new URL("../../../core/log/mod.ts", import.meta.url).href;
    const code = `const { Logger, Progress, print, environmentText } = await import("${mod}");
      const logger = new Logger();
      using progress = new Progress({ label: "p", total: 5000 });
      logger.info(environmentText("e"));
      for (let i = 0; i < 5000; i++) { progress.advance(); logger.info("x".repeat(200)); print("y"); }`;
    const child = new Deno.Command(Deno.execPath(), {
      args: ["eval", "--no-lock", code],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    });
    // `deno eval` has all permissions; `deno run -` with none is the other half.
    const open = child.spawn();
    await open.stdout.cancel();
    await open.stderr.cancel();
    assert.equal((await open.status).code, 0);

    const script = Deno.makeTempFileSync({ suffix: ".ts" });
    try {
      Deno.writeTextFileSync(script, code);
      const bare = await new Deno.Command(Deno.execPath(), {
        args: ["run", "--no-lock", "--no-prompt", "--no-config", "--no-check", script],
        stdin: "null",
        env: { COLUMNS: "20" },
      }).output();
      const stderr = new TextDecoder().decode(bare.stderr);
      assert.equal(bare.code, 0, stderr.slice(-2000));
      assert.match(stderr, /DenoSR: \d+\.\d+/);
      assert.ok(!stderr.includes("\x1b"), "no ANSI code outside a terminal");
      assert.equal(new TextDecoder().decode(bare.stdout), "y\n".repeat(5000));
    } finally {
      Deno.removeSync(script);
    }
  },
});
