/**
 * Exact resume: whatever ended a run, the one that goes on writes the same bytes as one that was never stopped.
 *
 * @module
 */
import { ExitCode } from "../../../core/errors.ts";
import { RunHistory } from "../../../core/log/history.ts";
import { inPlace, type Place, trainOptions, type Yaml } from "../cli/_runs.ts";
import assert from "node:assert/strict";
import { join } from "node:path";

const HOOK = new URL("../../../core/registry.ts", import.meta.url);
const TRAIN = ["train", "-opt", "opt.yml"];

/** A plugin that sends a signal to its own process at a given point of the first run, not of the one that resumes. */
const STOP_HOOK = `
import { HOOK_REGISTRY } from ${JSON.stringify(HOOK.href)};
class StopHook {
  constructor({ iter, signal, point, priority = 50 }) {
    this.priority = priority;
    this[point] = (runner) => {
      if (runner.startIter === 0 && runner.iter === iter) Deno.kill(Deno.pid, signal);
    };
  }
}
HOOK_REGISTRY.register()(StopHook);
`;

interface Stop {
  readonly iter: number;
  readonly signal: "SIGINT" | "SIGTERM" | "SIGKILL";
  readonly point: "afterTrainIter" | "afterValIter" | "beforeSaveCheckpoint";
  readonly priority?: number;
}

function options(workers: number, stop?: Stop): Yaml {
  return trainOptions({
    data: { num_worker_per_gpu: workers },
    top: {
      plugins: ["own"],
      hooks: stop === undefined ? [] : [{ type: "StopHook", ...stop }],
    },
  });
}

/** What a run leaves: checksums of files would hide where they differ, so the bytes themselves. */
async function outcome(place: Place): Promise<Record<string, unknown>> {
  const at = (path: string) => join(place.root, "experiments", "tiny", path);
  const curves: Record<string, unknown> = {};
  for (const [tag, points] of RunHistory.read(at("history.jsonl"))) {
    if (!tag.includes("time")) curves[tag] = points;
  }
  const files: Record<string, string> = {};
  for (
    const file of [
      "models/net_g_latest.safetensors",
      "models/net_g_12.safetensors",
      "training_states/12.state",
      "metrics.json",
    ]
  ) {
    files[file] = (await Deno.readFile(at(file))).toBase64();
  }
  return { files, curves };
}

async function train(place: Place, opt: Yaml, args: readonly string[] = []) {
  await place.put("own/stop_hook.ts", STOP_HOOK);
  await place.options(opt);
  return await place.run([...TRAIN, ...args]);
}

/** Runs without an interruption. */
let unbroken: Promise<Record<string, unknown>> | undefined;
function unbrokenOutcome(): Promise<Record<string, unknown>> {
  return unbroken ??= (async () => {
    let result: Record<string, unknown> = {};
    await inPlace(async (place) => {
      const { code, stderr } = await train(place, options(0));
      assert.equal(code, 0, stderr);
      result = await outcome(place);
    });
    return result;
  })();
}

async function goesOnExactly(place: Place, opt: Yaml, from: number): Promise<string> {
  const { code, stderr } = await train(place, opt, ["--auto_resume"]);
  assert.equal(code, 0, stderr);
  assert.match(stderr, new RegExp(`Resuming training from epoch: \\d+, iter: ${from} `));
  const [got, wanted] = [await outcome(place), await unbrokenOutcome()];
  assert.deepEqual(got["curves"], wanted["curves"]);
  assert.deepEqual(got["files"], wanted["files"]);
  return stderr;
}

const STOPS: readonly (readonly [string, Stop, number, number, number])[] = [
  ["Ctrl-C", { iter: 5, signal: "SIGINT", point: "afterTrainIter" }, 0, ExitCode.INTERRUPTED, -1],
  ["SIGTERM", { iter: 7, signal: "SIGTERM", point: "afterTrainIter" }, 1, ExitCode.TERMINATED, -1],
  ["kill -9", { iter: 6, signal: "SIGKILL", point: "afterTrainIter" }, 0, 137, 4],
  ["kill -9 with a worker", { iter: 11, signal: "SIGKILL", point: "afterTrainIter" }, 1, 137, 8],
  ["Ctrl-C in a validation", { iter: 4, signal: "SIGINT", point: "afterValIter" }, 0, 130, -1],
  ["kill -9 in a validation", { iter: 8, signal: "SIGKILL", point: "afterValIter" }, 0, 137, 4],
  [
    "kill -9 while a checkpoint is being saved",
    { iter: 8, signal: "SIGKILL", point: "beforeSaveCheckpoint" },
    0,
    137,
    4,
  ],
];

for (const [name, stop, workers, wantedCode, from] of STOPS) {
  Deno.test(`a run ended by ${name} goes on to the same bytes, losses and metrics`, () =>
    inPlace(async (place) => {
      const first = await train(place, options(workers, stop));
      assert.equal(first.code, wantedCode, first.stderr);
      let at = from;
      if (from < 0) {
        const saved = /Stopped and saved at iteration (\d+) of 12/.exec(first.stderr)?.[1];
        assert.ok(saved !== undefined, first.stderr);
        at = Number(saved);
        assert.ok(at >= stop.iter && at < 12, `stopped at ${at}`);
        assert.match(first.stdout, /Go on: +deno task train -opt opt.yml --auto_resume/);
      }
      // The number of workers may change, too.
      await goesOnExactly(place, options(1 - workers, stop), at);
    }));
}

/** Ways in which the newest checkpoint, of iteration 8, can be spoilt. */
const DAMAGE: Record<string, (folder: string) => Promise<void>> = {
  "a truncated state": async (folder) => {
    const path = `${folder}/training_states/8.state`;
    await Deno.truncate(path, Math.floor((await Deno.stat(path)).size / 2));
  },
  "an empty state": (folder) => Deno.truncate(`${folder}/training_states/8.state`, 0),
  "a flipped bit in the state": (folder) => flip(`${folder}/training_states/8.state`, 0.9),
  "a flipped bit in the network": (folder) => flip(`${folder}/models/net_g_8.safetensors`, 0.7),
  "a flipped bit in the network's header": (folder) =>
    flip(`${folder}/models/net_g_8.safetensors`, 0.01),
  "a missing network": (folder) => Deno.remove(`${folder}/models/net_g_8.safetensors`),
  "a network of another age": (folder) =>
    Deno.copyFile(`${folder}/models/net_g_4.safetensors`, `${folder}/models/net_g_8.safetensors`),
};

async function flip(path: string, where: number): Promise<void> {
  const bytes = await Deno.readFile(path);
  bytes[Math.floor(bytes.length * where)]! ^= 4;
  await Deno.writeFile(path, bytes);
}

Deno.test("a damaged checkpoint is passed over, said so, and the older one gives the same bytes", () =>
  inPlace(async (place) => {
    const stop: Stop = { iter: 10, signal: "SIGKILL", point: "afterTrainIter" };
    assert.equal((await train(place, options(0, stop))).code, 137);
    const folder = join(place.root, "experiments", "tiny");
    const kept = join(place.root, "kept");
    await copy(folder, kept);
    for (const [name, damage] of Object.entries(DAMAGE)) {
      await Deno.remove(folder, { recursive: true });
      await copy(kept, folder);
      await damage(folder);
      const said = await goesOnExactly(place, options(0, stop), 4);
      assert.match(said, /8\.state does not hold and is passed over: /, name);
    }
  }));

Deno.test("without a sound checkpoint --auto_resume ends with a storage error and changes nothing", () =>
  inPlace(async (place) => {
    const stop: Stop = { iter: 5, signal: "SIGKILL", point: "afterTrainIter" };
    await train(place, options(0, stop));
    await Deno.truncate(join(place.root, "experiments/tiny/training_states/4.state"), 100);
    const { code, stderr } = await train(place, options(0), ["--auto_resume"]);
    assert.equal(code, ExitCode.STORAGE, stderr);
    assert.match(stderr, /error: no intact checkpoint in experiments\/tiny\/training_states/);
    assert.match(stderr, /4\.state does not hold/);
    assert.deepEqual(await place.names("experiments"), ["tiny"]);
  }));

Deno.test("path.resume_state goes on from the named state, though there are later ones", () =>
  inPlace(async (place) => {
    assert.equal((await train(place, options(0))).code, 0);
    const { code, stderr } = await train(place, {
      ...options(0),
      path: { resume_state: "experiments/tiny/training_states/4.state" },
    });
    assert.equal(code, 0, stderr);
    assert.match(stderr, /Resuming training from epoch: \d+, iter: 4 /);
    assert.deepEqual(await outcome(place), await unbrokenOutcome());
    assert.deepEqual(await place.names("experiments"), ["tiny"]);
  }));

Deno.test("--auto_resume without a checkpoint starts anew, and after the end changes nothing", () =>
  inPlace(async (place) => {
    const first = await train(place, options(0), ["--auto_resume"]);
    assert.equal(first.code, 0, first.stderr);
    assert.match(first.stderr, /Nothing to resume in .*, the run starts anew/);
    const report = await Deno.readTextFile(join(place.root, "experiments/tiny/report.html"));
    const again = await train(place, options(0), ["--auto_resume"]);
    assert.equal(again.code, 0, again.stderr);
    assert.deepEqual(await outcome(place), await unbrokenOutcome());
    assert.equal(
      await Deno.readTextFile(join(place.root, "experiments/tiny/report.html")),
      report,
      "a run that had finished keeps the report with its pictures",
    );
  }));

Deno.test("a checkpoint of another network is refused with the names that do not fit", () =>
  inPlace(async (place) => {
    assert.equal((await train(place, options(0))).code, 0);
    const { network_g, ...rest } = options(0);
    const { code, stderr } = await train(place, {
      ...rest,
      network_g: { ...network_g as Yaml, num_feat: 16 },
    }, ["--auto_resume"]);
    assert.equal(code, ExitCode.STORAGE, stderr);
    assert.match(stderr, /conv_first\.weight/);
  }));

async function copy(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copy(`${from}/${name}`, `${to}/${name}`);
    else await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
}
