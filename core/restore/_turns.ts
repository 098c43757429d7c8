/**
 * Work that waits for the work before it.
 *
 * @module
 */

/** A queue in which one thing is done at a time. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** Whether something is being done or waits. */
  get busy(): boolean {
    return this.#waiting > 0;
  }

  /** Does `work` when everything before is done, whether that failed or not. */
  take<T>(work: () => Promise<T>): Promise<T> {
    this.#waiting++;
    const result = this.#last.then(work).finally(() => void this.#waiting--);
    this.#last = result.catch(() => {}); // who asked hears of it
    return result;
  }
}

/** `work`, or the signal's reason as soon as it is aborted; `work` goes on, and nobody hears of it any more. */
export async function unlessAborted<T>(work: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (signal === undefined) return await work;
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = () => reject(signal.reason);
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener("abort", stop);
    work.catch(() => {});
  }
}
