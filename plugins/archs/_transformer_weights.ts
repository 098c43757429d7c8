/**
 * Conclusions from shapes that several transformers share.
 *
 * @module
 */
import { exactSqrt, requireSize } from "../../core/weights/signature.ts";
import type { StateDict } from "../../core/weights/state_dict.ts";

/** The scale of convolutions `<name>.0`, `<name>.2`, … that are each followed by a pixel shuffle. */
export function shuffledScale(dict: StateDict, name: string): number {
  let scale = 1;
  for (let i = 0; dict.has(`${name}.${i}.weight`); i += 2) {
    const [outer, inner] = [0, 1].map((axis) => requireSize(dict, `${name}.${i}.weight`, axis));
    scale *= exactSqrt(outer! / inner!);
  }
  return scale;
}

/** A number by which `whole`, divided and rounded down, gives `part`: a whole one if there is one. */
export function divisorFor(whole: number, part: number): number {
  const exact = whole / part;
  const candidates = [Math.ceil(exact), Math.floor(exact), exact, exact - 0.01];
  return candidates.find((divisor) => Math.floor(whole / divisor) === part) ?? exact;
}
