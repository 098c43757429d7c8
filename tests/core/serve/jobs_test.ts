import assert from "node:assert/strict";
import { type Job, JobQueue, type JobResult, type Work } from "../../../core/serve/jobs.ts";
import { DEFAULT_LIMITS, type Limits } from "../../../core/serve/limits.ts";
import { Problem } from "../../../core/serve/problem.ts";
import { until } from "./_server.ts";

function queueWith(limits: Partial<Limits> = {}) {
  const logged: string[] = [];
  const queue = new JobQueue({ ...DEFAULT_LIMITS, ...limits }, (line) => void logged.push(line));
  return { queue, logged, [Symbol.asyncDispose]: () => queue.stop() };
}

const result = (size = 4): JobResult => ({
  bytes: new Uint8Array(size),
  type: "image/png",
  name: "a.png",
  width: 1,
  height: 1,
});

/** Work that ends when it is told to, or stopped. */
function gate() {
  const opened = Promise.withResolvers<void>();
  const state = { started: false, stopped: false };
  const work: Work = async (signal) => {
    state.started = true;
    await Promise.race([
      opened.promise,
      new Promise((_, fail) =>
        signal.addEventListener("abort", () => {
          state.stopped = true;
          fail(signal.reason);
        })
      ),
    ]);
    return result();
  };
  return { work, state, open: () => opened.resolve() };
}

const submit = (queue: JobQueue, work: Work): Job => queue.submit("a.png", work, queue.reserve());

async function heard(job: Job, signal = new AbortController().signal): Promise<string[]> {
  const names: string[] = [];
  for await (const { event } of job.listen(signal)) names.push(event.event);
  return names;
}

Deno.test("jobs run one after the other, and tell what happens, also to those who come late", async () => {
  await using made = queueWith();
  const { queue } = made;
  const first = gate(), second = gate();
  const a = submit(queue, first.work);
  const b = submit(queue, second.work);
  await until(() => first.state.started);
  assert.deepEqual([queue.running, queue.queued, second.state.started], [1, 1, false]);
  assert.deepEqual(b.events[0]?.data, { ahead: 1 });
  const watching = heard(a);
  first.open();
  await a.settled;
  await until(() => second.state.started);
  assert.deepEqual(await watching, ["queued", "started", "done"]);
  assert.deepEqual(await heard(a), ["queued", "started", "done"]);
  assert.equal(a.result?.bytes.length, 4);
  second.open();
  await b.settled;
});

Deno.test("reserve() refuses more than the limit, with a time to wait, and counts bytes", async () => {
  await using made = queueWith({ maxJobs: 2, maxHeld: 100 });
  const { queue } = made;
  const room = queue.reserve();
  queue.reserve();
  const full = (use: () => void) => {
    try {
      use();
    } catch (error) {
      assert.ok(error instanceof Problem);
      assert.deepEqual([error.status, error.headers["retry-after"]], [429, "1"]);
      return;
    }
    throw new Error("it was not refused");
  };
  full(() => queue.reserve());
  room.add(90);
  full(() => room.add(11));
  room.release();
  room.release();
  const next = queue.reserve();
  next.add(100);
  full(() => queue.reserve());
});

Deno.test("cancelling a job that waits never starts it, and its room is free at once", async () => {
  await using made = queueWith({ maxJobs: 2 });
  const { queue } = made;
  const first = gate(), second = gate();
  const a = submit(queue, first.work);
  const b = submit(queue, second.work);
  await until(() => first.state.started);
  queue.remove(b);
  assert.equal(b.state, "cancelled");
  const c = submit(queue, gate().work);
  first.open();
  await a.settled;
  await until(() => c.state === "running");
  assert.equal(second.state.started, false);
  assert.throws(() => queue.get(b.id), /no such job/);
});

Deno.test("a job whose last listener leaves is cancelled; one that nobody ever watched is not", async () => {
  await using made = queueWith();
  const { queue } = made;
  const { work, state } = gate();
  const job = submit(queue, work);
  await until(() => state.started);
  const one = new AbortController(), two = new AbortController();
  const watching = [heard(job, one.signal), heard(job, two.signal)];
  await until(() => state.started);
  one.abort();
  await watching[0];
  assert.equal(job.state, "running");
  two.abort();
  await watching[1];
  assert.equal(job.state, "cancelled");
  await until(() => state.stopped);
  const alone = gate();
  const other = submit(queue, alone.work);
  await until(() => alone.state.started);
  alone.open();
  await other.settled;
  assert.equal(other.state, "done");
});

Deno.test("a job that takes too long is stopped and says so; the next one runs", async () => {
  await using made = queueWith({ timeout: 0.02 });
  const { queue } = made;
  const { work, state } = gate();
  const job = submit(queue, work);
  await job.settled;
  assert.equal(job.state, "failed");
  assert.equal(job.problem?.status, 504);
  await until(() => state.stopped && queue.running === 0);
  const next = submit(queue, () => Promise.resolve(result()));
  await next.settled;
  assert.equal(next.state, "done");
});

Deno.test("a defect fails its job without details for the client, and is logged", async () => {
  await using made = queueWith();
  const { queue, logged } = made;
  const job = submit(queue, () => Promise.reject(new Error("secret path /home/me")));
  await job.settled;
  assert.equal(job.problem?.status, 500);
  assert.doesNotMatch(job.problem!.message, /secret/);
  assert.match(logged.join(), /secret path/);
});

Deno.test("results are kept within bytes and time, the newest always", async () => {
  await using made = queueWith({ keepBytes: 100, keepSeconds: 60 });
  const { queue } = made;
  const jobs: Job[] = [];
  for (const size of [40, 40, 90]) {
    const job = submit(queue, () => Promise.resolve(result(size)));
    await job.settled;
    await until(() => queue.running === 0);
    jobs.push(job);
  }
  assert.deepEqual(jobs.map((job) => job.result?.bytes.length), [undefined, undefined, 90]);
  assert.equal(queue.size, 3);
  queue.sweep(performance.now() + 61000);
  assert.equal(queue.size, 0);
});

Deno.test("stop() ends what waits and what runs", async () => {
  const { queue } = queueWith();
  const { work, state } = gate();
  const a = submit(queue, work);
  const b = submit(queue, work);
  await until(() => state.started);
  await queue.stop();
  assert.ok(state.stopped && a.over && b.over);
  assert.equal(a.problem?.code, "stopping");
  assert.throws(() => queue.reserve(), /about to end/);
});
