/**
 * Several pictures in flight, so that one is read and another written while the network computes a third.
 *
 * @module
 */

/** Bounds how much is in flight. Waiters come in order, so a large one is not overtaken for ever. */
export class Slots {
  #free: number;
  readonly #waiting: { readonly weight: number; readonly go: () => void }[] = [];

  /** So many slots. */
  constructor(
    /** Slots in all. */
    readonly total: number,
  ) {
    this.#free = total;
  }

  /** Waits for `weight` slots (all of them, if there are fewer); dispose of what it resolves to in order to give them back. */
  async take(weight = 1): Promise<Disposable> {
    const wanted = Math.min(weight, this.total);
    if (this.#waiting.length > 0 || this.#free < wanted) {
      await new Promise<void>((go) => this.#waiting.push({ weight: wanted, go }));
    } else this.#free -= wanted;
    let held = true;
    return {
      [Symbol.dispose]: () => {
        if (held) this.#giveBack(wanted);
        held = false;
      },
    };
  }

  #giveBack(count: number): void {
    this.#free += count;
    for (let next; (next = this.#waiting[0]) && next.weight <= this.#free;) {
      this.#free -= next.weight;
      this.#waiting.shift();
      next.go();
    }
  }
}

/**
 * Runs `work` on all `items`, `most` at a time and begun in order. Stops to begin new ones when `signal` is aborted; those
 * that have begun see the signal themselves.
 *
 * @param work Must not reject for what concerns one item alone: the first rejection ends everything.
 */
export async function inFlight<T>(
  items: readonly T[],
  most: number,
  signal: AbortSignal,
  work: (item: T) => Promise<void>,
): Promise<void> {
  let next = 0;
  let failed = false;
  const worker = async (): Promise<void> => {
    while (next < items.length && !signal.aborted && !failed) {
      try {
        await work(items[next++]!);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const workers = Array.from({ length: Math.min(most, items.length) }, worker);
  const ends = await Promise.allSettled(workers);
  const broken = ends.find((end) => end.status === "rejected");
  if (broken !== undefined) throw broken.reason;
}
