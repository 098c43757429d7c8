/**
 * `tf.einsum` of one or two tensors by transposing and one matrix product, for engines without the kernel, and its
 * gradient, which TensorFlow.js lacks.
 *
 * @module
 */
import { type Tensor, tf } from "../tf.ts";

/** The index letters of an equation such as `bij,bjk->bik`. */
interface Equation {
  readonly inputs: readonly string[];
  readonly output: string;
}

/**
 * Computes `equation`, with an explicit `->`, no `...` and no letter twice in one term.
 *
 * @throws {RangeError} If the equation is of another form, or does not fit the tensors.
 */
export function einsum(equation: string, ...tensors: Tensor[]): Tensor {
  const { inputs, output } = parse(equation, tensors);
  return tf.tidy(() => {
    const [a, b] = tensors, [lettersA, lettersB] = inputs;
    if (tensors.length === 1) return permute(sumAway(a!, lettersA!, output), lettersA!, output);
    const sizes = new Map<string, number>();
    inputs.forEach((letters, i) =>
      [...letters].forEach((letter, axis) => sizes.set(letter, tensors[i]!.shape[axis]!))
    );
    const inA = lettersA!, inB = lettersB!;
    const batch = [...inA].filter((l) => inB.includes(l) && output.includes(l)).join("");
    const summed = [...inA].filter((l) => inB.includes(l) && !output.includes(l)).join("");
    const freeA = [...inA].filter((l) => !inB.includes(l) && output.includes(l)).join("");
    const freeB = [...inB].filter((l) => !inA.includes(l) && output.includes(l)).join("");
    const count = (letters: string) => [...letters].reduce((n, l) => n * sizes.get(l)!, 1);
    const left = permute(sumAway(a!, inA, output + inB), inA, batch + freeA + summed);
    const right = permute(sumAway(b!, inB, output + inA), inB, batch + summed + freeB);
    const product = tf.matMul(
      tf.reshape(left, [count(batch), count(freeA), count(summed)]),
      tf.reshape(right, [count(batch), count(summed), count(freeB)]),
    );
    const order = batch + freeA + freeB;
    const shaped = tf.reshape(product, [...order].map((l) => sizes.get(l)!));
    return permute(shaped, order, output);
  });
}

/** Gradient of {@linkcode einsum} with regard to its tensor number `index`. */
export function einsumGradient(
  equation: string,
  tensors: readonly Tensor[],
  dy: Tensor,
  index: number,
): Tensor {
  const { inputs, output } = parse(equation, tensors);
  return tf.tidy(() => {
    const wanted = inputs[index]!;
    const others = inputs.filter((_, i) => i !== index);
    const rest = tensors.filter((_, i) => i !== index);
    // Letters that only this tensor has were summed: their gradient is the same all along them.
    const known = [...wanted].filter((l) => output.includes(l) || others.join("").includes(l));
    const shape = [...wanted].map((l, axis) =>
      known.includes(l) ? tensors[index]!.shape[axis]! : 1
    );
    const partial = einsum(`${[output, ...others].join(",")}->${known.join("")}`, dy, ...rest);
    return tf.broadcastTo(tf.reshape(partial, shape), tensors[index]!.shape);
  });
}

function parse(equation: string, tensors: readonly Tensor[]): Equation {
  const plain = equation.replaceAll(" ", "");
  const match = /^([a-zA-Z]*(?:,[a-zA-Z]*)?)->([a-zA-Z]*)$/.exec(plain);
  const inputs = (match?.[1] ?? "").split(",");
  const terms = [...inputs, match?.[2] ?? ""];
  if (!match || terms.some((term) => new Set(term).size !== term.length)) {
    throw new RangeError(
      `einsum takes "ab,bc->ac" with one or two terms and no letter twice in a term, received "${equation}"`,
    );
  }
  if (
    inputs.length !== tensors.length || inputs.some((term, i) => term.length !== tensors[i]!.rank)
  ) {
    throw new RangeError(
      `einsum "${equation}" does not fit ${tensors.length} tensors of rank ${
        tensors.map((tensor) => tensor.rank).join(" and ")
      }`,
    );
  }
  return { inputs, output: match[2]! };
}

/** Sums over the letters that are not in `kept`, keeping their axes with size 1. */
function sumAway(x: Tensor, letters: string, kept: string): Tensor {
  const axes = [...letters].flatMap((l, axis) => kept.includes(l) ? [] : [axis]);
  return axes.length > 0 ? tf.sum(x, axes, true) : x;
}

/** Moves axes named `from` into the order of `to`; axes that `to` lacks have size 1 and go. */
function permute(x: Tensor, from: string, to: string): Tensor {
  const gone = [...from].filter((l) => !to.includes(l));
  const order = [...gone, ...to].map((l) => from.indexOf(l));
  const moved = order.every((axis, i) => axis === i) ? x : tf.transpose(x, order);
  return gone.length > 0 ? tf.reshape(moved, moved.shape.slice(gone.length)) : moved;
}
