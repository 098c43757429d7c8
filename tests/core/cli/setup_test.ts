import { parseFor } from "../../../core/cli/args.ts";
import { COMMANDS } from "../../../core/cli/commands.ts";
import { runSetup, type SetupParts } from "../../../core/cli/setup.ts";
import type { FoundLibrary, InstallOptions } from "../../../core/engine/native/mod.ts";
import { ExitCode, UserError } from "../../../core/errors.ts";
import assert from "node:assert/strict";

const command = COMMANDS.find((c) => c.name === "setup")!;
const PYTHON: FoundLibrary = { path: "/usr/lib/python3/libtensorflow_cc.so.2", source: "python" };

/** Runs `setup` on a machine that has `found`; gives what was asked of the installer. */
async function run(args: string[], found: FoundLibrary | undefined, parts: SetupParts = {}) {
  const installs: InstallOptions[] = [];
  let here = found;
  const code = await runSetup(await parseFor(command, args), {
    find: () => Promise.resolve(here),
    install: (options) => {
      installs.push(options);
      options.progress?.({ phase: "download", bytes: 1, total: 2 });
      options.progress?.({ phase: "unpack", bytes: 2, total: 2 });
      here ??= { path: "/cache/libtensorflow-cpu-2.21.0/libtensorflow_cc.so.2", source: "cache" };
      return Promise.resolve(here);
    },
    seesGpu: () => false,
    ...parts,
  });
  return { code, installs };
}

// The paths are made up, so no library must be opened for its version.
const permissions = {
  ffi: false,
  read: true,
  write: true,
  env: true,
  run: true,
  sys: true,
} as const;

Deno.test({ name: "setup leaves a library that is there alone", permissions }, async () => {
  for (const args of [[], ["--if-missing"]]) {
    assert.deepEqual(await run(args, PYTHON), { code: ExitCode.OK, installs: [] });
  }
});

Deno.test(
  { name: "setup fetches what is missing, for the machine it sees", permissions },
  async () => {
    for (const args of [[], ["--if-missing"]]) {
      const { code, installs } = await run(args, undefined);
      assert.equal(code, ExitCode.OK);
      assert.equal(installs.length, 1);
      assert.ok(!("gpu" in installs[0]!), "which build is for the installer to decide");
    }
  },
);

Deno.test(
  { name: "--gpu and --cpu fetch that build even beside another", permissions },
  async () => {
    assert.equal((await run(["--gpu"], PYTHON)).installs[0]!.gpu, true);
    assert.equal((await run(["--cpu"], PYTHON)).installs[0]!.gpu, false);
    assert.equal((await run(["--gpu", "--if-missing"], PYTHON)).installs.length, 0);
    await assert.rejects(
      run(["--gpu", "--cpu"], PYTHON),
      (e) => e instanceof UserError && e.exitCode === ExitCode.USAGE,
    );
  },
);

Deno.test(
  { name: "a failing installation keeps its message and exit code", permissions },
  async () => {
    const failure = new UserError("no pip or uv", ExitCode.ENVIRONMENT);
    await assert.rejects(
      run([], undefined, { install: () => Promise.reject(failure) }),
      (e) => e === failure,
    );
  },
);

Deno.test("--runtimes fetches what targets stand on, and refuses what is no target", async () => {
  const flags = { "if-missing": true, runtimes: "frozen,savedmodel" };
  const find = () => Promise.resolve({ path: "/lib/libtensorflow_cc.so.2", source: "cache" });
  // These two need nothing but the native library, so that nothing is fetched.
  assert.equal(await runSetup({ flags, words: [] }, { find }), 0);
  await assert.rejects(
    runSetup({ flags: { ...flags, runtimes: "frozn" }, words: [] }, { find }),
    /"frozn" is no target of exports, did you mean frozen\?/,
  );
});
