import assert from "node:assert/strict";
import fc from "fast-check";
import { NativeError } from "../../../core/engine/native/native_library.ts";
import { ExitCode, UserError } from "../../../core/errors.ts";
import { isOutOfMemory, runWithin, TileLimit } from "../../../core/restore/memory_split.ts";
import { fakeNetwork, picture, RADIUS } from "./_fakes.ts";

/** Throws as TensorFlow does when an input has more than `most` pixels. */
function bounded(most: () => number) {
  return fakeNetwork({
    before: ({ width, height }) => {
      if (width * height > most()) throw new NativeError("OOM when allocating tensor", 8);
    },
  });
}

Deno.test("runWithin() gives in parts what the whole gives, wherever memory runs out", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 40, max: 70 }),
      fc.integer({ min: 30, max: 70 }),
      fc.integer({ min: 1100, max: 3000 }),
      fc.constantFrom(1, 2, 4),
      async (across, down, most, multiple) => {
        const [width, height] = [across - across % multiple, down - down % multiple];
        const input = { width, height, data: picture(width, height, 3).data };
        const whole = await fakeNetwork().run(input);
        const said: string[] = [];
        const limit = new TileLimit(multiple, "reflect");
        const network = bounded(() => most);
        const made = await runWithin(limit, network, input, RADIUS, {
          say: (line) => said.push(line),
        });
        whole.forEach((value, i) => assert.ok(Math.abs(value - made[i]!) < 1e-5));
        const fits = width * height <= most;
        assert.equal(said.length > 0, !fits);
        // What fits is kept: the same input is not tried as a whole again.
        const tried = network.inputs.length;
        await runWithin(limit, network, input, RADIUS);
        for (const { width, height } of network.inputs.slice(tried)) {
          assert.ok(width * height <= most);
        }
      },
    ),
    { numRuns: 12, seed: 5 },
  );
});

Deno.test("runWithin() says how small tiles have become", async () => {
  const said: string[] = [];
  const limit = new TileLimit(1, "reflect");
  const input = { width: 64, height: 64, data: picture(64, 64, 3).data };
  for (let i = 0; i < 3; i++) {
    await runWithin(limit, bounded(() => 2800), input, RADIUS, { say: (line) => said.push(line) });
  }
  assert.deepEqual(said, ["out of memory at 64x64 pixels: going on with tiles of 52x52"]);
});

Deno.test("runWithin() gives up with ENVIRONMENT when the smallest tile does not fit", async () => {
  const limit = new TileLimit(1, "reflect");
  const input = { width: 64, height: 64, data: picture(64, 64, 3).data };
  await assert.rejects(runWithin(limit, bounded(() => 10), input, RADIUS), (error: UserError) => {
    assert.equal(error.exitCode, ExitCode.ENVIRONMENT);
    assert.match(error.message, /fake\.pth: memory does not suffice for \d+x\d+ pixels/);
    return true;
  });
});

Deno.test("runWithin() passes other errors on at once", async () => {
  const network = fakeNetwork({
    before: () => {
      throw new TypeError("broken");
    },
  });
  const limit = new TileLimit(1, "reflect");
  const input = { width: 64, height: 64, data: picture(64, 64, 3).data };
  await assert.rejects(runWithin(limit, network, input, RADIUS), /broken/);
  assert.equal(network.inputs.length, 1);
});

Deno.test("isOutOfMemory() knows the words of TensorFlow, V8, WebAssembly and WebGPU, and no others", () => {
  assert.ok(isOutOfMemory(new NativeError("anything", 8)));
  assert.ok(!isOutOfMemory(new NativeError("bad shape", 3)));
  for (
    const message of [
      "Array buffer allocation failed",
      "Invalid typed array length: 99999999999",
      "Aborted(Cannot enlarge memory arrays)",
      "OOM when allocating tensor with shape[1,64,9000,9000]",
      "Out of memory",
    ]
  ) assert.ok(isOutOfMemory(new RangeError(message)), message);
  assert.ok(!isOutOfMemory(new Error("the picture ends after 3 rows")));
  assert.ok(!isOutOfMemory(new UserError("out of memory", ExitCode.ENVIRONMENT)));
  assert.ok(!isOutOfMemory("out of memory"));
});
