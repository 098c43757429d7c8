import assert from "node:assert/strict";
import { runEstimate, sizeOf } from "../../../core/cli/estimate.ts";
import { COMMANDS } from "../../../core/cli/commands.ts";
import type { FlagValues } from "../../../core/cli/flags.ts";
import type { UserError } from "../../../core/errors.ts";

function run(
  flags: FlagValues,
  words: string[] = [],
  show?: (text: string) => void,
): Promise<number> {
  return runEstimate({ flags: { size: "64x48", plugins: [], ...flags }, words }, show);
}

Deno.test("sizes are WIDTHxHEIGHT", () => {
  assert.deepEqual(sizeOf("1920x1080"), { width: 1920, height: 1080 });
  assert.deepEqual(sizeOf(" 7 X 5"), { width: 7, height: 5 });
  for (const text of ["", "1920", "1920x", "0x5", "-3x5", "1.5x2", "axb", "1x2x3"]) {
    assert.throws(
      () => sizeOf(text),
      /--size must be WIDTHxHEIGHT in pixels, for example 1920x1080/,
    );
  }
  assert.throws(() => sizeOf("100000x100000"), /has more than/);
});

Deno.test("what cannot be is refused with a hint", async () => {
  await assert.rejects(run({ tile: "-5" }), (error: UserError) => {
    assert.match(error.message, /--tile must be a whole number of pixels or auto, received "-5"/);
    return error.exitCode === 2;
  });
  await assert.rejects(run({ "tile-pad": "x" }), /--tile-pad must be a whole number/);
  await assert.rejects(run({}, ["net.pth"]), /takes no words, received "net.pth"/);
  await assert.rejects(run({ model: "no_such_file.pth" }), (error: UserError) => {
    assert.match(error.message, /no_such_file\.pth/);
    return error.exitCode === 4;
  });
});

Deno.test({
  name: "estimate prints a line for each fact, or all of them as JSON",
  sanitizeResources: false, // a native library stays loaded until the process ends
  fn: async () => {
    const model = "experiments/pretrained_models/realesr-animevideov3.safetensors";
    const printed: string[] = [];
    const flags = { model, tile: "32", "tile-pad": "2" };
    assert.equal(await run(flags, [], (text) => printed.push(text)), 0);
    assert.equal(await run({ ...flags, json: true }, [], (text) => printed.push(text)), 0);
    const [text = "", jsonText = ""] = printed;
    assert.match(text, /^Network {2}SRVGGNetCompact, x4, 621,424 parameters$/m);
    assert.match(text, /^Picture {2}64x48 to 256x192$/m);
    assert.match(text, /^Work .*MACs, .*MACs with tiles$/m);
    assert.match(text, /^Time .* an estimate, measured on \d+x\d+ pixels/m);
    const json = JSON.parse(jsonText);
    assert.deepEqual(json.output, { width: 256, height: 192 });
    assert.equal(json.arch, "SRVGGNetCompact");
    assert.equal(json.tiles, 2 * 2);
    assert(json.seconds > 0 && json.macsWithTiles > json.macs);
  },
});

Deno.test("the row of the table has the flags that are read", () => {
  const row = COMMANDS.find(({ name }) => name === "estimate")!;
  const names = row.flags.map(({ name }) => name);
  for (
    const name of ["model", "size", "tile", "tile-pad", "precision", "engine", "json", "plugins"]
  ) {
    assert(names.includes(name), name);
  }
});
