/**
 * Lets other work have its turn during long computations on this thread.
 *
 * @module
 */
import { setImmediate } from "node:timers";

/** Longest time in milliseconds that the thread is kept at once. */
const SLICE = 12;

/**
 * Makes a function that is called between small pieces of work: when the thread has been kept for 12 ms it waits until the
 * event loop has gone round. (Deno's `node:zlib` computes on the calling thread even in its asynchronous form, and never
 * lets timers or requests through by itself.)
 */
export function breather(): () => Promise<void> | undefined {
  let since = performance.now();
  return () => {
    if (performance.now() - since < SLICE) return undefined;
    return new Promise((resolve) =>
      setImmediate(() => {
        since = performance.now();
        resolve();
      })
    );
  };
}
