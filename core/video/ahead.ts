/**
 * Work that runs a little ahead of who needs it, so that decoder, network and encoder overlap in bounded memory.
 *
 * @module
 */

/**
 * Yields what `source` yields, having up to `limit` further values made in the meantime. An error of the source comes when
 * its turn has come; leaving the loop early closes the source.
 *
 * @example
 * ```ts
 * import { ahead } from "./ahead.ts";
 * const seen: number[] = [];
 * for await (const n of ahead(async function* () { yield 1; yield 2; }(), 2)) seen.push(n);
 * console.assert(seen.join() === "1,2");
 * ```
 */
export async function* ahead<T>(source: AsyncIterable<T>, limit: number): AsyncGenerator<T> {
  const iterator = source[Symbol.asyncIterator]();
  const made: ({ readonly value: T } | { readonly error: unknown } | undefined)[] = [];
  let stopped = false;
  // Who waits for a value, and who waits for room: at most one each.
  let arrived = () => {};
  let taken = () => {};
  const making = (async () => {
    try {
      while (!stopped) {
        const { done, value } = await iterator.next();
        made.push(done ? undefined : { value });
        arrived();
        if (done) return;
        while (made.length >= limit && !stopped) {
          await new Promise<void>((resolve) => taken = resolve);
        }
      }
    } catch (error) {
      made.push({ error });
      arrived();
    }
  })();
  try {
    while (true) {
      while (made.length === 0) await new Promise<void>((resolve) => arrived = resolve);
      const next = made.shift();
      taken();
      if (next === undefined) return;
      if ("error" in next) throw next.error;
      yield next.value;
    }
  } finally {
    stopped = true;
    taken();
    await making;
    await iterator.return?.();
  }
}
