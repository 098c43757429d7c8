import { DivergedError } from "../../../core/train/diverged.ts";
import { type Hook, Priority } from "../../../core/train/hook.ts";
import { LearningRateHook } from "../../../core/train/hooks/lr_hook.ts";
import { StopSignal } from "../../../core/train/stop.ts";
import type { Batch } from "../../../core/data/dataset.ts";
import type { SourcedBatch } from "../../../core/train/runner.ts";
import { FakeLoader, FakeModel, fakeOptions, fakeRunner } from "./_fakes.ts";
import assert from "node:assert/strict";

const opt = fakeOptions("/nowhere");

Deno.test("the runner calls hooks and model in the order of an iteration", async () => {
  const model = new FakeModel();
  const runner = fakeRunner({
    opt: { ...opt, train: { ...opt.train!, total_iter: 3 } },
    model,
    loader: new FakeLoader(2),
  });
  const { calls } = model;
  await runner.register({
    register: () => void calls.push("register"),
    beforeRun: () => void calls.push("beforeRun"),
    afterRun: () => void calls.push("afterRun"),
    beforeTrainEpoch: (r) => void calls.push(`beforeTrainEpoch ${r.epoch}`),
    afterTrainEpoch: (r) => void calls.push(`afterTrainEpoch ${r.epoch}`),
    beforeTrainIter: (r) => void calls.push(`before ${r.iter}`),
    afterTrainIter: (r, batch, log) =>
      void calls.push(`after ${r.iter} ${batch.paths["gt_path"]![0]} ${log["l_pix"]}`),
  });
  assert.equal(await runner.run(), "finished");
  assert.deepEqual(calls, [
    "register",
    "beforeRun",
    "beforeTrainEpoch 0",
    "before 0",
    "feed image_0.png",
    "optimize 1",
    "after 1 image_0.png 1",
    "before 1",
    "feed image_1.png",
    "optimize 2",
    "after 2 image_1.png 2",
    "afterTrainEpoch 0",
    "beforeTrainEpoch 1",
    "before 2",
    "feed image_2.png",
    "optimize 3",
    "after 3 image_2.png 3",
    "afterTrainEpoch 1",
    "afterRun",
  ]);
});

Deno.test("hooks run by priority, equal ones in the order in which they were added", async () => {
  const order: string[] = [];
  const hook = (name: string, priority?: number): Hook => ({
    ...(priority === undefined ? {} : { priority }),
    beforeRun: () => void order.push(name),
  });
  const runner = fakeRunner({ opt: { ...opt, train: { ...opt.train!, total_iter: 0 } } });
  await runner.register(hook("low", Priority.LOW));
  await runner.register(hook("normal 1"));
  await runner.register(hook("highest", Priority.HIGHEST));
  await runner.register(hook("normal 2", Priority.NORMAL));
  await runner.run();
  assert.deepEqual(order, ["highest", "normal 1", "normal 2", "low"]);
});

Deno.test("the runner waits for a hook's promise before it goes on", async () => {
  const model = new FakeModel();
  const runner = fakeRunner({ opt: { ...opt, train: { ...opt.train!, total_iter: 1 } }, model });
  await runner.register({
    async beforeTrainIter() {
      await new Promise((resolve) => setTimeout(resolve, 10));
      model.calls.push("waited");
    },
  });
  await runner.run();
  assert.deepEqual(model.calls, ["waited", "feed image_0.png", "optimize 1"]);
});

Deno.test("a resumed run goes on with the next batch and its epoch", async () => {
  const model = new FakeModel();
  const epochs: number[] = [];
  const runner = fakeRunner({ opt, model, loader: new FakeLoader(2) });
  runner.resumeAt(3, 1);
  await runner.register({ beforeTrainEpoch: (r) => void epochs.push(r.epoch) });
  assert.equal(await runner.run(), "finished");
  assert.equal(runner.startIter, 3);
  assert.deepEqual(model.calls.filter((c) => c.startsWith("feed")), [
    "feed image_3.png",
    "feed image_4.png",
    "feed image_5.png",
  ]);
  assert.deepEqual(model.calls.filter((c) => c.startsWith("opt")), [
    "optimize 4",
    "optimize 5",
    "optimize 6",
  ]);
  assert.deepEqual(epochs, [1, 2]);
});

Deno.test("a stop takes effect between two iterations, after the hooks of the first", async () => {
  const stop = new StopSignal();
  const model = new FakeModel((iter) => {
    if (iter === 2) stop.request("SIGINT");
    return { l_pix: 1 };
  });
  const after: number[] = [];
  let ended = false;
  const runner = fakeRunner({ opt, model, stop });
  await runner.register({
    afterTrainIter: (r) => void after.push(r.iter),
    afterRun: () => void (ended = true),
  });
  assert.equal(await runner.run(), "stopped");
  assert.deepEqual(after, [1, 2]);
  assert.equal(runner.iter, 2);
  assert.ok(ended, "afterRun, which saves, is called");
});

Deno.test("a stop during the last iteration still counts as finished", async () => {
  const stop = new StopSignal();
  const model = new FakeModel((iter) => {
    if (iter === 6) stop.request();
    return {};
  });
  assert.equal(await fakeRunner({ opt, model, stop }).run(), "finished");
});

Deno.test("a stop that was asked for before the start trains nothing", async () => {
  const stop = new StopSignal();
  stop.request();
  const loader = new FakeLoader();
  assert.equal(await fakeRunner({ opt, loader, stop }).run(), "stopped");
  assert.equal(loader.given, 0);
});

Deno.test("timers and signals get their turn between iterations", async () => {
  const stop = new StopSignal();
  const timer = setTimeout(() => stop.request(), 0);
  const runner = fakeRunner({ opt: { ...opt, train: { ...opt.train!, total_iter: 1e9 } }, stop });
  assert.equal(await runner.run(), "stopped");
  clearTimeout(timer);
});

for (
  const [name, value] of [["NaN", NaN], ["Infinity", Infinity], ["-Infinity", -Infinity]] as const
) {
  Deno.test(`a loss that is ${name} ends the run before any hook sees it`, async () => {
    const seen: number[] = [];
    let ended = false;
    const runner = fakeRunner({
      opt,
      model: new FakeModel((iter) => ({ l_pix: 0.5, l_percep: iter === 3 ? value : 1 })),
    });
    await runner.register({
      afterTrainIter: (r) => void seen.push(r.iter),
      afterRun: () => void (ended = true),
    });
    await assert.rejects(runner.run(), (error: unknown) => {
      assert.ok(error instanceof DivergedError);
      assert.equal(error.iter, 3);
      assert.match(error.message, new RegExp(`l_percep is ${name}\\n`));
      assert.match(error.message, /image_2\.png/);
      return true;
    });
    assert.deepEqual(seen, [1, 2]);
    assert.equal(runner.iter, 2);
    assert.ok(!ended, "afterRun would save a broken network");
  });
}

Deno.test("pauses are counted apart from iterations", () => {
  const runner = fakeRunner({ opt });
  runner.eta.step(1, 1);
  runner.notePause("validation", 4, 2);
  runner.notePause("checkpoint", 1, 100);
  assert.equal(runner.paused, 5);
  // Five iterations of 1 s and validations at 2, 4 and 6.
  assert.equal(runner.eta.seconds, 5 + 3 * 4);
});

/** A step that takes `ms` after it has let go of the thread. */
class SlowStep extends FakeModel {
  constructor(readonly ms = 10) {
    super();
  }

  override async optimizeParameters(iter: number): Promise<Record<string, number>> {
    const losses = await super.optimizeParameters(iter);
    await sleep(this.ms);
    this.calls.push(`done ${iter}`);
    return losses;
  }

  stageData(batch: Batch): void {
    this.calls.push(`stage ${batch.paths["gt_path"]![0]}`);
  }
}

/** Writes down when a batch is asked for, and gives the n-th one (from 1) when `ready(n)` has come. */
class SlowLoader extends FakeLoader {
  constructor(
    readonly calls: string[],
    readonly ready: (n: number) => Promise<unknown> = () => sleep(0),
  ) {
    super();
  }

  override async next(): Promise<SourcedBatch> {
    this.calls.push("next");
    const next = await super.next();
    await this.ready(this.given);
    return next;
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function withIterations(total_iter: number) {
  return { ...opt, train: { ...opt.train!, total_iter } };
}

Deno.test("the next batch is fetched and staged while a step computes, and none is beyond the end", async () => {
  const model = new SlowStep();
  const loader = new SlowLoader(model.calls);
  assert.equal(await fakeRunner({ opt: withIterations(3), model, loader }).run(), "finished");
  assert.deepEqual(model.calls, [
    "next",
    "feed image_0.png",
    "optimize 1",
    "next",
    "stage image_1.png",
    "done 1",
    "feed image_1.png",
    "optimize 2",
    "next",
    "stage image_2.png",
    "done 2",
    "feed image_2.png",
    "optimize 3",
    "done 3",
  ]);
  assert.equal(loader.given, 3);
});

Deno.test("a batch is staged only if no hook may change it before it is fed", async () => {
  const leaves: Hook = { leavesBatch: true, beforeTrainIter: () => {} };
  const looks: Hook = { afterTrainIter: () => {} };
  const changes: Hook = { beforeTrainIter: () => {} };
  for (
    const [hooks, staged] of [[[], 1], [[leaves, looks], 1], [[leaves, changes], 0]] as const
  ) {
    const model = new SlowStep();
    const loader = new SlowLoader(model.calls);
    const runner = fakeRunner({ opt: withIterations(2), model, loader });
    for (const hook of hooks) await runner.register(hook);
    await runner.run();
    assert.equal(model.calls.filter((call) => call.startsWith("stage")).length, staged);
    assert.ok(
      model.calls.indexOf("next", 1) < model.calls.indexOf("done 1"),
      "fetched in any case",
    );
  }
});

Deno.test("the built-in hooks leave the batch as it is", () => {
  const hook: Hook = new LearningRateHook();
  assert.equal(hook.leavesBatch, true);
});

Deno.test("a batch that the loop already waits for is fed without being staged, and the wait is data time", async () => {
  const model = new SlowStep(0);
  const loader = new SlowLoader(model.calls, () => sleep(40));
  const runner = fakeRunner({ opt: withIterations(2), model, loader });
  await runner.run();
  assert.ok(!model.calls.some((call) => call.startsWith("stage")), model.calls.join());
  assert.ok(runner.times.data > 0.02 && runner.times.data <= runner.times.iter);
});

Deno.test("a batch that was fetched during the step before costs no data time", async () => {
  const model = new SlowStep(500);
  const times: number[] = [];
  const loader = new SlowLoader(model.calls, () => sleep(200));
  const runner = fakeRunner({ opt: withIterations(2), model, loader });
  await runner.register({ afterTrainIter: (r) => void times.push(r.times.data) });
  await runner.run();
  assert.ok(times[0]! > 0.15, "the first batch has to be waited for");
  assert.ok(times[1]! < 0.15, `the second one took ${times[1]} s`);
});

Deno.test("a batch that cannot be fetched is an error when it is needed, after the hooks of the step before", async () => {
  // Before the step is done, and after it.
  for (const ms of [0, 30]) {
    const model = new SlowStep(10);
    const after: number[] = [];
    const loader = new SlowLoader(model.calls, async (n) => {
      await sleep(ms);
      if (n === 3) throw new Error("batch 3 cannot be read");
    });
    const runner = fakeRunner({ opt, model, loader });
    await runner.register({
      async afterTrainIter(r) {
        await sleep(5);
        after.push(r.iter);
      },
    });
    await assert.rejects(runner.run(), /^Error: batch 3 cannot be read$/);
    assert.deepEqual(after, [1, 2]);
    assert.equal(runner.iter, 2);
  }
});

Deno.test("a step that fails is what is thrown, whatever becomes of the batch after it", async () => {
  const model = new SlowStep();
  model.optimizeParameters = () => Promise.reject(new Error("out of memory"));
  const loader = new SlowLoader(model.calls, async (n) => {
    await sleep(0);
    if (n === 2) throw new Error("batch 2 cannot be read");
  });
  await assert.rejects(fakeRunner({ opt, model, loader }).run(), /^Error: out of memory$/);
  await sleep(5);
  assert.equal(loader.given, 2);
});

Deno.test("a stop drops the batch that was fetched: it is neither staged nor counted, and none is asked for", async () => {
  const stop = new StopSignal();
  const model = new SlowStep(0);
  const late = Promise.withResolvers<void>();
  const loader = new SlowLoader(
    model.calls,
    (n) => n === 1 ? Promise.resolve() : late.promise,
  );
  const runner = fakeRunner({ opt, model, loader, stop });
  await runner.register({
    afterTrainIter: () => stop.request(),
    async afterRun() {
      late.resolve();
      await sleep(0);
    },
  });
  assert.equal(await runner.run(), "stopped");
  assert.equal(runner.iter, 1);
  assert.deepEqual(model.calls, ["next", "feed image_0.png", "optimize 1", "next", "done 1"]);

  const early = new StopSignal();
  const hurried = new FakeLoader();
  const second = fakeRunner({ opt, loader: hurried, stop: early });
  await second.register({ beforeTrainIter: () => early.request() });
  assert.equal(await second.run(), "stopped");
  assert.equal(hurried.given, 1, "after a stop nothing is fetched");
});

Deno.test("epochs begin and end with their own batches, though those are fetched ahead", async () => {
  const model = new SlowStep(5);
  const { calls } = model;
  const runner = fakeRunner({ opt: withIterations(3), model, loader: new SlowLoader(calls) });
  await runner.register({
    beforeTrainEpoch: (r) => void calls.push(`epoch ${r.epoch} after ${r.iter}`),
    afterTrainEpoch: (r) => void calls.push(`end ${r.epoch} after ${r.iter}`),
  });
  await runner.run();
  assert.deepEqual(calls.filter((call) => /^(epoch|end|feed)/.test(call)), [
    "epoch 0 after 0",
    "feed image_0.png",
    "feed image_1.png",
    "end 0 after 2",
    "epoch 1 after 2",
    "feed image_2.png",
    "end 1 after 3",
  ]);
});
