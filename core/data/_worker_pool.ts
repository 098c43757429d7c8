/**
 * The loader's workers: hands batches out, notices workers that die or stop, and replays what they were reading.
 *
 * @module
 */
import { ExitCode, type ExitCodeValue, UserError } from "../errors.ts";
import type { Answer, Failure, Order, WorkerSpec } from "./_messages.ts";
import type { BatchJob } from "./collate.ts";
import type { Batch } from "./dataset.ts";

/** How a pool is made. */
export interface PoolOptions {
  readonly spec: WorkerSpec;
  /** Number of workers. */
  readonly count: number;
  /** Number of samples that every worker must find. */
  readonly length: number;
  /** A worker that has not got on by one sample in so many milliseconds is taken for stuck. */
  readonly timeout: number;
  /** Name of a sample, for messages. */
  readonly nameOf: (index: number) => string;
}

interface Task {
  readonly id: number;
  readonly job: BatchJob;
  readonly resolve: (batch: Batch) => void;
  readonly reject: (error: Error) => void;
  /** Samples read so far in this try. */
  done: number;
  /** Workers that were lost over it. */
  losses: number;
}

interface Seat {
  worker: Worker;
  open: boolean;
  /** Workers lost in this seat before they had opened. */
  openLosses: number;
  task: Task | undefined;
  /** Ticks of the watch since the last sign of life. */
  quiet: number;
  onClosed: (() => void) | undefined;
}

/** Ticks in one time-out. */
const TICKS = 4;
/** How long a worker may at least take to start and to list the files, in milliseconds. */
const OPEN_TIME = 60_000;
/** How long a worker may take to close by itself, in milliseconds. */
const CLOSE_TIME = 1000;

/** A fixed number of workers, each with one batch at a time. */
export class WorkerPool {
  readonly #options: PoolOptions;
  readonly #seats: Seat[];
  readonly #waiting: Task[] = [];
  readonly #watch: ReturnType<typeof setInterval>;
  #nextId = 0;
  #broken: Error | undefined;

  /** Starts the workers. */
  constructor(options: PoolOptions) {
    this.#options = options;
    this.#seats = Array.from({ length: options.count }, () => this.#seat());
    this.#watch = setInterval(() => this.#look(), options.timeout / TICKS);
  }

  /** Reads a batch in the first worker that is free. */
  run(job: BatchJob): Promise<Batch> {
    if (this.#broken !== undefined) return Promise.reject(this.#broken);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ id: this.#nextId++, job, resolve, reject, done: 0, losses: 0 });
      this.#handOut();
    });
  }

  /** Forgets the batches that no worker has begun; their promises are rejected. */
  cancelWaiting(): void {
    for (const task of this.#waiting.splice(0)) task.reject(new Error("the batch was cancelled"));
  }

  /** Closes the workers, by force if they do not within a second. Unfinished batches are rejected. */
  async dispose(): Promise<void> {
    clearInterval(this.#watch);
    this.#broken ??= new Error("the loader was disposed");
    this.#rejectAll(this.#broken);
    await Promise.all(this.#seats.map((seat) => this.#close(seat)));
    this.#seats.length = 0;
  }

  #seat(): Seat {
    const seat: Seat = {
      worker: this.#spawn(() => seat),
      open: false,
      openLosses: 0,
      task: undefined,
      quiet: 0,
      onClosed: undefined,
    };
    return seat;
  }

  #spawn(seatOf: () => Seat): Worker {
    const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    const current = (): Seat | undefined => {
      const seat = seatOf();
      return seat.worker === worker ? seat : undefined;
    };
    worker.onmessage = ({ data }: MessageEvent<Answer>) => {
      const seat = current();
      if (seat !== undefined) this.#hear(seat, data);
    };
    worker.onerror = (event) => {
      event.preventDefault(); // or the whole process ends
      const seat = current();
      if (seat !== undefined) this.#lose(seat, `stopped: ${event.message}`);
    };
    worker.onmessageerror = () => {
      const seat = current();
      if (seat !== undefined) this.#lose(seat, "sent what cannot be sent between threads");
    };
    this.#order(worker, { kind: "open", spec: this.#options.spec });
    return worker;
  }

  #order(worker: Worker, order: Order): void {
    worker.postMessage(order);
  }

  #hear(seat: Seat, answer: Answer): void {
    seat.quiet = 0;
    const { task } = seat;
    switch (answer.kind) {
      case "opened":
        if (answer.length !== this.#options.length) {
          this.#break(
            new UserError(
              `the dataset changed while loader workers were starting ` +
                `(${this.#options.length} samples, then ${answer.length})`,
              ExitCode.DATA,
            ),
          );
          return;
        }
        seat.open = true;
        break;
      case "unopened":
        this.#break(toError(answer.error, "a loader worker could not open the dataset: "));
        return;
      case "progress":
        if (task !== undefined) task.done++;
        return;
      case "batch":
        seat.task = undefined;
        task?.resolve(answer.batch);
        break;
      case "failed":
        seat.task = undefined;
        task?.reject(toError(answer.error));
        break;
      case "closed":
        seat.onClosed?.();
        return;
    }
    this.#handOut();
  }

  #handOut(): void {
    for (const seat of this.#seats) {
      if (this.#waiting.length === 0) return;
      if (!seat.open || seat.task !== undefined) continue;
      const task = this.#waiting.shift()!;
      task.done = 0;
      seat.task = task;
      seat.quiet = 0;
      this.#order(seat.worker, { kind: "read", id: task.id, job: task.job });
    }
  }

  /** One tick. If the main thread was busy for long, only one tick has passed for the workers as well. */
  #look(): void {
    const { timeout } = this.#options;
    for (const seat of this.#seats) {
      if (seat.open && seat.task === undefined) continue;
      const patience = seat.open ? TICKS : TICKS * Math.ceil(OPEN_TIME / timeout);
      if (++seat.quiet > patience) {
        this.#lose(seat, `got no further for ${timeout * patience / TICKS / 1000} s`, true);
      }
    }
  }

  /** A worker is gone or stuck: a new one takes its seat and its batch; the second time is an error. */
  #lose(seat: Seat, why: string, stuck = false): void {
    seat.worker.terminate();
    if (this.#broken !== undefined) {
      seat.onClosed?.();
      return;
    }
    const { task } = seat;
    seat.task = undefined;
    if (!seat.open && ++seat.openLosses > 1) {
      this.#break(
        new UserError(`a loader worker ${why}, twice, while opening the dataset`, ExitCode.DATA),
      );
      return;
    }
    if (task !== undefined && ++task.losses > 1) {
      // A worker that crashes takes its last messages with it; one that is stuck has sent them.
      const left = task.job.slots.slice(task.done, stuck ? task.done + 1 : undefined);
      const names = new Set(left.map(({ index }) => this.#options.nameOf(index)));
      this.#break(
        new UserError(
          `a loader worker ${why}, twice, while reading ${names.size > 1 ? "one of " : ""}` +
            [...names].join(", "),
          ExitCode.DATA,
        ),
        task,
      );
      return;
    }
    if (task !== undefined) this.#waiting.unshift(task);
    seat.open = false;
    seat.quiet = 0;
    seat.worker = this.#spawn(() => seat);
  }

  #break(error: Error, task?: Task): void {
    this.#broken ??= error;
    task?.reject(error);
    this.#rejectAll(error);
  }

  #rejectAll(error: Error): void {
    for (const task of this.#waiting.splice(0)) task.reject(error);
    for (const seat of this.#seats) {
      seat.task?.reject(error);
      seat.task = undefined;
    }
  }

  async #close(seat: Seat): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    await new Promise<void>((resolve) => {
      seat.onClosed = resolve;
      timer = setTimeout(resolve, CLOSE_TIME);
      this.#order(seat.worker, { kind: "close" });
    });
    clearTimeout(timer);
    seat.worker.terminate();
  }
}

function toError({ message, stack, exitCode }: Failure, prefix = ""): Error {
  if (exitCode !== undefined) return new UserError(message, exitCode as ExitCodeValue);
  const cause = new Error(message);
  if (stack !== undefined) cause.stack = stack;
  return new UserError(prefix + message, ExitCode.DATA, { cause });
}
