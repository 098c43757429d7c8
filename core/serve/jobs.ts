/**
 * Jobs: wait in a queue, run one after the other, tell what happens, and are kept for a while.
 *
 * @module
 */
import type { Limits } from "./limits.ts";
import { Problem, problemOf } from "./problem.ts";

/** Where a job stands. */
export type JobState = "queued" | "running" | "done" | "failed" | "cancelled";

/** Something that happened to a job. */
export interface JobEvent {
  /** `queued`, `started`, `progress`, `note`, `done`, `failed` or `cancelled`. */
  readonly event: string;
  /** Details, for JSON. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** What a job makes. */
export interface JobResult {
  /** The file. */
  readonly bytes: Uint8Array;
  /** MIME type. */
  readonly type: string;
  /** Name for the file. */
  readonly name: string;
  /** Width in pixels. */
  readonly width: number;
  /** Height in pixels. */
  readonly height: number;
}

/** Does the work of a job: is told when to stop, and tells what happens. */
export type Work = (signal: AbortSignal, tell: (event: JobEvent) => void) => Promise<JobResult>;

/** Events of a job that are kept for those who listen late; a huge picture has more tiles than anybody draws. */
const KEPT_EVENTS = 5000;

/** Room for a picture that is on its way in, waits or is worked on. */
export interface Room {
  /**
   * Counts bytes that have come in.
   *
   * @throws {Problem} 429, if all pictures together are more than the server holds.
   */
  add(bytes: number): void;
  /** Gives it back; safe to call twice. */
  release(): void;
}

/** One job. */
export class Job {
  /** Cannot be guessed: who knows it may see the result. */
  readonly id: string = crypto.randomUUID();
  /** When it came, in milliseconds since 1970. */
  readonly created: number = Date.now();
  /** Where it stands. */
  state: JobState = "queued";
  /** What it made, once it is done and as long as it is kept. */
  result: JobResult | undefined;
  /** Why it failed or was cancelled. */
  problem: Problem | undefined;
  /** Seconds of work, once it is over. */
  seconds: number | undefined;
  /** Tiles done and in all, as far as known. */
  progress: { readonly done: number; readonly total: number } = { done: 0, total: 0 };
  /** What happened so far. */
  readonly events: JobEvent[] = [];
  /** Number of events that are no longer kept. */
  dropped = 0;
  /** When it ended, on the clock of `performance.now()`. */
  ended: number | undefined;
  readonly #stop = new AbortController();
  readonly #listeners = new Set<() => void>();
  readonly #settled = Promise.withResolvers<void>();
  #work: Work | undefined;

  /** Makes a job of some work; `name` is that of the picture, `room` is given back when the work is over. */
  constructor(readonly name: string, work: Work, readonly room: Room) {
    this.#work = work;
  }

  /** True when nothing more will happen. */
  get over(): boolean {
    return this.state !== "queued" && this.state !== "running";
  }

  /** Aborts when the job has to stop. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Resolves when the job is over. */
  get settled(): Promise<void> {
    return this.#settled.promise;
  }

  /** Takes the work, so that it, and the picture in it, is no longer held here. */
  takeWork(): Work | undefined {
    const work = this.#work;
    this.#work = undefined;
    return work;
  }

  /** Records an event and wakes those who listen. */
  tell(event: JobEvent): void {
    if (this.over) return;
    if (event.event === "progress") {
      this.progress = { done: Number(event.data["done"]), total: Number(event.data["total"]) };
    }
    this.events.push(event);
    if (this.events.length > KEPT_EVENTS) {
      this.events.shift();
      this.dropped++;
    }
    for (const wake of this.#listeners) wake();
  }

  /** Ends the job. */
  end(state: "done" | "failed" | "cancelled", details: Readonly<Record<string, unknown>>): void {
    if (this.over) return;
    this.tell({ event: state, data: details });
    this.state = state;
    this.ended = performance.now();
    // Work that has begun holds its picture until it has stopped.
    if (this.takeWork() !== undefined) this.room.release();
    this.#settled.resolve();
  }

  /** Asks the work to stop; at once if it has not begun. */
  cancel(why: Problem): void {
    if (this.over) return;
    this.problem = why;
    this.#stop.abort(why);
    this.end(why.code === "cancelled" ? "cancelled" : "failed", { error: why.toJSON() });
  }

  /**
   * What happened and happens, from event number `from` on, to the job's end. When the last one who listens leaves before
   * that, which `signal` tells, the job is cancelled: nobody wants the picture any more.
   */
  async *listen(
    signal: AbortSignal,
    from = 0,
  ): AsyncGenerator<{ readonly id: number; readonly event: JobEvent }> {
    let wake = Promise.withResolvers<void>();
    const ring = () => wake.resolve();
    this.#listeners.add(ring);
    signal.addEventListener("abort", ring);
    try {
      for (let next = Math.max(from, this.dropped);;) {
        while (next - this.dropped < this.events.length) {
          yield { id: next, event: this.events[next - this.dropped]! };
          next = Math.max(next + 1, this.dropped);
        }
        if (this.over || signal.aborted) return;
        await wake.promise;
        wake = Promise.withResolvers<void>();
      }
    } finally {
      signal.removeEventListener("abort", ring);
      this.#listeners.delete(ring);
      if (this.#listeners.size === 0) {
        this.cancel(new Problem("cancelled", "whoever watched the job has left"));
      }
    }
  }
}

/** All jobs of a server. */
export class JobQueue {
  readonly #jobs = new Map<string, Job>();
  readonly #waiting: Job[] = [];
  readonly #sweeper: ReturnType<typeof setInterval>;
  #running: { readonly job: Job; readonly finished: Promise<void> } | undefined;
  #stopped = false;
  #rooms = 0;
  #held = 0;
  /** Moving average of a job's seconds. */
  #seconds = 1;

  /** Starts an empty queue; `log` receives defects of the program. */
  constructor(readonly limits: Limits, readonly log: (line: string) => void) {
    this.#sweeper = setInterval(() => this.sweep(), 5000);
  }

  /** Jobs that wait. */
  get queued(): number {
    return this.#waiting.filter((job) => !job.over).length;
  }

  /** Jobs that run: 0 or 1. */
  get running(): number {
    return this.#running === undefined ? 0 : 1;
  }

  /** Jobs that are remembered. */
  get size(): number {
    return this.#jobs.size;
  }

  /**
   * Makes room for a picture; to be asked before a body is read.
   *
   * @throws {Problem} 429 with `Retry-After` if too much waits; 503 if the server is about to end.
   */
  reserve(): Room {
    if (this.#stopped) throw new Problem("stopping", "the server is about to end");
    if (this.#rooms >= this.limits.maxJobs) throw this.#full("pictures");
    this.#rooms++;
    let held = 0, released = false;
    return {
      add: (bytes) => {
        if (this.#held + bytes > this.limits.maxHeld) throw this.#full("bytes of pictures");
        held += bytes;
        this.#held += bytes;
      },
      release: () => {
        if (released) return;
        released = true;
        this.#rooms--;
        this.#held -= held;
      },
    };
  }

  #full(what: string): Problem {
    const { maxJobs, maxHeld } = this.limits;
    const seconds = Math.min(60, Math.max(1, Math.ceil(this.#seconds)));
    return new Problem(
      "too_many_jobs",
      `${what === "pictures" ? maxJobs : maxHeld} ${what} wait already: try again in ${seconds} s`,
      { "retry-after": String(seconds) },
    );
  }

  /** Puts work for which there is room at the end of the queue. */
  submit(name: string, work: Work, room: Room): Job {
    const job = new Job(name, work, room);
    if (this.#stopped) {
      job.cancel(new Problem("stopping", "the server is about to end"));
      return job;
    }
    this.#jobs.set(job.id, job);
    this.#waiting.push(job);
    job.tell({ event: "queued", data: { ahead: this.queued - 1 + this.running } });
    this.#next();
    return job;
  }

  /**
   * The job of an id.
   *
   * @throws {Problem} 404, if there is none, or it is no longer kept.
   */
  get(id: string): Job {
    const job = this.#jobs.get(id);
    if (job === undefined) {
      throw new Problem(
        "not_found",
        "there is no such job; finished ones are kept for a while only",
      );
    }
    return job;
  }

  /** Cancels a job if it is not over, and forgets it with its result. */
  remove(job: Job): void {
    job.cancel(new Problem("cancelled", "the job was cancelled"));
    job.result = undefined;
    this.#jobs.delete(job.id);
    this.#dropOver();
  }

  /** Forgets jobs that are over for long, and results beyond the limit. */
  sweep(now = performance.now()): void {
    let bytes = 0;
    const over = [...this.#jobs.values()].filter((job) => job.over)
      .sort((a, b) => b.ended! - a.ended!);
    for (const [i, job] of over.entries()) {
      const size = job.result?.bytes.length ?? 0;
      bytes += size;
      const old = now - job.ended! > this.limits.keepSeconds * 1000;
      if (old || i >= KEPT_JOBS) this.#jobs.delete(job.id);
      if (old || i > 0 && bytes > this.limits.keepBytes) {
        job.result = undefined;
        bytes -= size;
      }
    }
  }

  /** Cancels everything and waits until the work that runs has stopped. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#sweeper);
    const why = new Problem("stopping", "the server was ended");
    for (const job of this.#jobs.values()) job.cancel(why);
    this.#dropOver();
    await this.#running?.finished;
  }

  #dropOver(): void {
    for (let i = this.#waiting.length - 1; i >= 0; i--) {
      if (this.#waiting[i]!.over) this.#waiting.splice(i, 1);
    }
  }

  #next(): void {
    this.#dropOver();
    if (this.#running !== undefined || this.#stopped) return;
    const job = this.#waiting.shift();
    const work = job?.takeWork();
    if (job === undefined || work === undefined) return;
    const finished = this.#run(job, work).then(() => {
      this.#running = undefined;
      this.sweep();
      this.#next();
    });
    this.#running = { job, finished };
  }

  async #run(job: Job, work: Work): Promise<void> {
    job.state = "running";
    job.tell({ event: "started", data: {} });
    const { timeout } = this.limits;
    const clock = setTimeout(() => {
      job.cancel(
        new Problem("time_limit", `the picture took longer than the limit of ${timeout} s`),
      );
    }, timeout * 1000);
    const start = performance.now();
    try {
      const result = await work(job.signal, (event) => job.tell(event));
      job.seconds = (performance.now() - start) / 1000;
      if (job.over) return;
      this.#seconds += (job.seconds - this.#seconds) * 0.2;
      job.result = result;
      const { type, name, width, height } = result;
      const size = result.bytes.length;
      job.end("done", { type, name, width, height, bytes: size, seconds: job.seconds });
    } catch (error) {
      if (job.over) return;
      job.problem = problemOf(error, this.log);
      job.end("failed", { error: job.problem.toJSON() });
    } finally {
      clearTimeout(clock);
      job.room.release();
    }
  }
}

/** Jobs that are over and remembered, at most. */
const KEPT_JOBS = 1000;
