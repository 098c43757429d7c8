/**
 * `deno task test`: format, lint, types, documentation and all tests, one after the other.
 *
 * Every step runs even if an earlier one failed, so that one run shows everything. Tests run in two processes at a time:
 * those that mostly wait for processes of their own, and the others, which take about as long. The last line is
 * `N passed, N failed`, counted from both; a failed step before them counts as one failure.
 *
 * @module
 */

const MODULES = ["mod.ts", "core", "plugins", "tests"];

/** Runs Deno, shows what it prints, at once or when it is done, and gives its exit code and output. */
async function deno(args: string[], later = false): Promise<{ code: number; output: string }> {
  const child = new Deno.Command(Deno.execPath(), {
    args,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let output = "";
  const show = async (
    stream: ReadableStream<Uint8Array>,
    to: { writeSync(p: Uint8Array): number },
  ) => {
    const decoder = new TextDecoder();
    for await (const chunk of stream) {
      output += decoder.decode(chunk, { stream: true });
      if (later) continue;
      for (let at = 0; at < chunk.length;) at += to.writeSync(chunk.subarray(at));
    }
  };
  await Promise.all([show(child.stdout, Deno.stdout), show(child.stderr, Deno.stderr)]);
  if (later) console.log(output);
  return { code: (await child.status).code, output };
}

/** Files below `dir` whose names end with `suffix`. */
function* files(dir: string, suffix: string): Generator<string> {
  for (const entry of Deno.readDirSync(dir)) {
    const path = `${dir}/${entry.name}`;
    if (entry.isDirectory) yield* files(path, suffix);
    else if (entry.name.endsWith(suffix)) yield path;
  }
}

/**
 * The modules whose documentation is checked: all but private ones, and the door to zod, whose own documentation would
 * be checked with it.
 */
function documented(): string[] {
  const all = ["core", "plugins"].flatMap((dir) => [...files(dir, ".ts")]);
  return ["mod.ts", ...all.filter((f) => !/\/_/.test(f) && f !== "core/options/zod.ts")];
}

/** Tests that start processes and wait for them: programs, runs, browsers, ffmpeg, other runtimes. */
const PROCESS_TESTS = [
  ...["cli", "export", "restore", "runtimes", "serve", "train", "video"],
  "engine/webgpu_test.ts",
].map((path) => `tests/core/${path}`);

/** What has examples to run. */
const DOCUMENTS = ["mod.ts", "core", "plugins", "README.md", "CONTRIBUTING.md", "docs"];

/** The files of all other tests. */
function plainTests(): string[] {
  return [...files("tests", "_test.ts")].filter((file) =>
    !PROCESS_TESTS.some((path) => file === path || file.startsWith(`${path}/`))
  );
}

/** The suite's own flags: what tests need and no more. Servers of tests are on this machine; nothing leaves it. */
const TEST_FLAGS = [
  "--no-prompt",
  "--allow-net=127.0.0.1",
  "--allow-read",
  "--allow-write",
  "--allow-env",
  "--allow-ffi",
  "--allow-run",
  "--allow-sys",
  "--sanitize-ops",
  "--sanitize-resources",
];

if (import.meta.main) {
  const filter = Deno.args;
  const steps: [string, string[]][] = [
    ["format", ["fmt", "--check", "--quiet"]],
    ["lint", ["lint", "--quiet"]],
    ["types", ["check", "--doc", "--quiet", ...MODULES]],
    ["documentation", ["doc", "--lint", "--quiet", ...documented()]],
  ];
  let failedSteps = 0;
  if (filter.length === 0) {
    for (const [name, args] of steps) {
      const started = performance.now();
      const { code } = await deno(args);
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      console.log(`${name}: ${code === 0 ? "ok" : "FAILED"} (${seconds} s)`);
      if (code !== 0) failedSteps++;
    }
  }
  const runs = filter.length > 0
    ? [await deno(["test", ...TEST_FLAGS, ...filter])]
    : await Promise.all([
      // Types have been checked above.
      deno(["test", "--no-check", ...TEST_FLAGS, ...plainTests(), "--doc", ...DOCUMENTS]),
      deno(["test", "--no-check", ...TEST_FLAGS, ...PROCESS_TESTS], true),
    ]);
  let passed = 0, failures = failedSteps;
  for (const { code, output } of runs) {
    const counts = /(\d+) passed(?: \(\d+ steps?\))? \| (\d+) failed/.exec(output);
    const failed = Number(counts?.[2] ?? 0);
    passed += Number(counts?.[1] ?? 0);
    failures += failed + (code !== 0 && failed === 0 ? 1 : 0);
  }
  console.log(`${passed} passed, ${failures} failed`);
  Deno.exit(failures === 0 ? 0 : 1);
}
