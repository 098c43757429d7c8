import { parseFor } from "../../../core/cli/args.ts";
import { COMMANDS } from "../../../core/cli/commands.ts";
import { readRequest, type RestoreRequest } from "../../../core/cli/restore_request.ts";
import { ExitCode, UserError } from "../../../core/errors.ts";
import assert from "node:assert/strict";

const RESTORE = COMMANDS.find(({ name }) => name === "restore")!;

async function request(...args: string[]): Promise<RestoreRequest> {
  return readRequest((await parseFor(RESTORE, args)).flags);
}

async function refused(args: readonly string[], what: RegExp): Promise<void> {
  await assert.rejects(
    request(...args),
    (e) => e instanceof UserError && e.exitCode === ExitCode.USAGE && what.test(e.message),
  );
}

Deno.test("without flags everything has its default", async () => {
  assert.deepEqual(await request(), {
    output: undefined,
    names: { ext: "auto" },
    existing: "refuse",
    keepMetadata: true,
    compare: false,
    models: [],
    dni: undefined,
    load: { engine: "auto", precision: "fp32", plugins: [] },
    restore: {},
    jobs: 2,
    video: {},
    dryRun: false,
    json: false,
    debug: false,
  });
});

Deno.test("flags become options of the library", async () => {
  const { restore, names, models, quality, existing, keepMetadata } = await request(
    ..."--scale 2.5 --tile 128 --tile-pad 8 --tta --gray --alpha bicubic --noise 20 --suffix _x --ext webp"
      .split(" "),
    ..."--quality 80 --skip-existing --metadata strip --model a.pth --model b".split(" "),
  );
  assert.deepEqual(restore, {
    scale: 2.5,
    tile: 128,
    tilePad: 8,
    noise: 20,
    alpha: "bicubic",
    tta: true,
    gray: true,
  });
  assert.deepEqual(names, { ext: "webp", suffix: "_x" });
  assert.deepEqual([models, quality, existing, keepMetadata], [["a.pth", "b"], 80, "skip", false]);
  assert.deepEqual((await request("--tile", "auto")).restore, {});
  assert.deepEqual((await request("--width", "100", "--height", "50")).restore, {
    width: 100,
    height: 50,
  });
  assert.equal((await request("--suffix=")).names.suffix, "");
});

Deno.test("values out of range and contradictions are refused by name", async () => {
  await refused(["--scale", "0"], /--scale must be a number above 0 to 64, received "0"/);
  await refused(["--scale", "x"], /--scale must be a number/);
  await refused(["--width", "1.5"], /--width must be a whole number from 1/);
  await refused(["--tile=-1"], /--tile must be a whole number from 0, or auto/);
  await refused(["--tile", ""], /--tile must be/);
  await refused(["--quality", "101"], /--quality must be a whole number from 1 to 100/);
  await refused(["--jobs", "0"], /--jobs must be a whole number from 1/);
  await refused(["--noise", "300"], /--noise must be a number from 0 to 255/);
  await refused(["--scale", "2", "--width", "9"], /both say the size/);
  await refused(["--overwrite", "--skip-existing"], /contradict each other/);
  await refused(["--dni", "a:b:1", "--model", "c"], /leave out --model/);
  await refused(["--suffix", "a/b"], /--suffix is a part of a name/);
});
