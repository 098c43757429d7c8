import type { FloatImage } from "../../../core/data/image.ts";
import { ExitCode, UserError } from "../../../core/errors.ts";
import { Logger } from "../../../core/log/logger.ts";
import { HOOK_REGISTRY } from "../../../core/registry.ts";
import { CheckShapesHook } from "../../../plugins/hooks/check_shapes_hook.ts";
import { FakeLoader, fakeOptions, fakeRunner, fakeSet } from "../../core/train/_fakes.ts";
import assert from "node:assert/strict";

function image(width: number, height: number, channels: number): FloatImage {
  return { width, height, channels, data: new Float32Array(width * height * channels) };
}

const network_g = { type: "Net", num_in_ch: 3, num_out_ch: 3, upscale: 2 };
const fitting = { lq: image(4, 3, 3), gt: image(8, 6, 3), lq_path: "a", gt_path: "b" };

/** Runs one iteration and gives the error, or undefined. */
async function failure(
  changes: Record<string, unknown>,
  ...sets: ReturnType<typeof fakeSet>[]
): Promise<{ error: UserError | undefined; given: number }> {
  const loader = new FakeLoader();
  const runner = fakeRunner({
    opt: fakeOptions("/nowhere", {
      network_g,
      datasets: Object.fromEntries(sets.map(({ key, options }) => [key, options])),
      train: { total_iter: 1, warmup_iter: -1, ema_decay: 0 },
      ...changes,
    }),
    loader,
    datasets: sets,
  });
  await runner.register(new CheckShapesHook());
  try {
    await runner.run();
    return { error: undefined, given: loader.given };
  } catch (error) {
    assert.ok(error instanceof UserError, String(error));
    return { error, given: loader.given };
  }
}

Deno.test("CheckShapesHook lets a run pass whose shapes fit", async () => {
  const result = await failure({}, fakeSet("train", fitting), fakeSet("val", fitting));
  assert.deepEqual(result, { error: undefined, given: 1 });
});

Deno.test("CheckShapesHook says which sets fit", async () => {
  const lines: string[] = [];
  const logger = new Logger({ terminal: null });
  logger.info = (line) => void lines.push(line);
  const opt = fakeOptions("/nowhere", { network_g });
  await new CheckShapesHook().beforeRun(
    fakeRunner({ opt, logger, datasets: [fakeSet("val", fitting)] }),
  );
  assert.deepEqual(lines, [
    "CheckShapesHook: datasets.val fits the network (lq [3, 4, 3], gt [6, 8, 3])",
  ]);
});

Deno.test("CheckShapesHook stops before the first batch and names the set and the key", async () => {
  const gray = { lq: image(4, 3, 1), gt: image(8, 6, 1), lq_path: "a", gt_path: "b" };
  const { error, given } = await failure(
    {},
    fakeSet("train", fitting),
    fakeSet("val_2", gray, { color: "y" }),
  );
  assert.equal(given, 0);
  assert.equal(error!.exitCode, ExitCode.DATA);
  assert.match(
    error!.message,
    /datasets\.val_2: lq has 1 channel, but network_g\.num_in_ch is 3: set network_g\.num_in_ch to 1, or remove color: y from datasets\.val_2/,
  );
  assert.match(error!.message, /datasets\.val_2: gt has 1 channel, but network_g\.num_out_ch is 3/);
});

Deno.test("CheckShapesHook names color: y when a gray network gets colour", async () => {
  const { error } = await failure(
    { network_g: { ...network_g, num_in_ch: 1, num_out_ch: 1 } },
    fakeSet("train", fitting),
  );
  assert.match(error!.message, /lq has 3 channels.*or set datasets\.train\.color to y/);
});

Deno.test("CheckShapesHook compares the sizes of lq and gt with scale", async () => {
  const x4 = { ...fitting, gt: image(16, 12, 3) };
  const { error } = await failure({}, fakeSet("train", x4));
  assert.match(
    error!.message,
    /datasets\.train: gt 16x12 is not 2 times lq 4x3: set scale to 4, or check that dataroot_lq/,
  );
  const odd = { ...fitting, gt: image(8, 7, 3) };
  assert.match((await failure({}, fakeSet("train", odd))).error!.message, /lq 4x3: check that/);
});

Deno.test("CheckShapesHook compares the network's scale with scale, as a usage error", async () => {
  for (const key of ["upscale", "scale"]) {
    const { error } = await failure(
      { network_g: { type: "Net", num_in_ch: 3, num_out_ch: 3, [key]: 3 } },
      fakeSet("train", fitting),
    );
    assert.equal(error!.exitCode, ExitCode.USAGE);
    assert.match(
      error!.message,
      new RegExp(
        `network_g\\.${key} is 3, but scale is 2: set network_g\\.${key} to 2, or scale to 3`,
      ),
    );
  }
});

Deno.test("CheckShapesHook takes sets without gt and networks without such keys", async () => {
  const single = { lq: image(5, 5, 1), lq_path: "a" };
  const result = await failure({ network_g: { type: "Net" } }, fakeSet("val", single));
  assert.equal(result.error, undefined);
});

Deno.test("CheckShapesHook is registered and takes no options", () => {
  const entry = HOOK_REGISTRY.get("CheckShapesHook");
  assert.equal(entry.value, CheckShapesHook);
  assert.equal(entry.options!.safeParse({}).success, true);
  assert.equal(entry.options!.safeParse({ every: 3 }).success, false);
});
