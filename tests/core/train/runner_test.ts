import { DivergedError } from "../../../core/train/diverged.ts";
import { type Hook, Priority } from "../../../core/train/hook.ts";
import { StopSignal } from "../../../core/train/stop.ts";
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
