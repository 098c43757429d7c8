/**
 * How far around a pixel networks look whose attention is in windows, plain and shifted in turn.
 *
 * @module
 */

/** A layer: attention in windows, in windows that are shifted by half their size, or a convolution by its radius. */
export type ReachStep = "window" | "shifted" | number;

/** The blocks of a group: every second one shifts its windows, if any does. */
export function windowSteps(depth: number, shifts: boolean): ReachStep[] {
  return Array.from({ length: depth }, (_, i) => shifts && i % 2 === 1 ? "shifted" : "window");
}

/**
 * The radius of a network whose attention is in windows of `size` pixels, that begin at multiples of it, or half a window behind:
 * `steps` are its layers in order.
 */
export function windowedRadius(
  size: number,
  steps: readonly ReachStep[],
): number {
  // For each place in a window: from where to where it looks, relative to itself.
  let low = new Array<number>(size).fill(0), high = [...low];
  const at = (list: readonly number[], place: number): number =>
    list[((place % size) + size) % size]!;
  for (const step of steps) {
    const shift = step === "shifted" ? Math.floor(size / 2) : 0;
    const range = (place: number): readonly [number, number] => {
      if (typeof step === "number") return [place - step, place + step];
      const start = place - (place - shift + size) % size;
      return [start, start + size - 1];
    };
    const next = (best: (...values: number[]) => number, list: readonly number[]): number[] =>
      list.map((_, place) => {
        const [from, to] = range(place);
        const reached = Array.from({ length: to - from + 1 }, (_, i) => from + i);
        return best(...reached.map((other) => at(list, other) + other - place));
      });
    [low, high] = [next(Math.min, low), next(Math.max, high)];
  }
  return Math.max(...high, ...low.map((value) => -value));
}
