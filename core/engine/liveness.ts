/**
 * How much memory a graph needs whose executor releases each tensor after its last use, as TensorFlow's does; in contrast to
 * tensor code that is run op by op and keeps what it makes until its scope ends.
 *
 * @module
 */
import type { KernelObserver, ShapedTensor } from "./shape_backend.ts";
import type { Shaped } from "./shape_rules.ts";

/** Give another shape to the same bytes. */
const VIEWS = new Set(["Reshape", "ExpandDims", "Identity"]);

/** Can write their result over an input that nobody else needs. */
const IN_PLACE = new Set([
  "Add",
  "AddN",
  "LeakyRelu",
  "Multiply",
  "RealDiv",
  "Relu",
  "Sigmoid",
  "Softplus",
  "Sub",
  "Tanh",
]);

/** Are made of others, and need so many tensors of the size of their result meanwhile. */
const INNER: Readonly<Record<string, number>> = { Prelu: 1, Softmax: 1 };

interface Made {
  readonly bytes: number;
  /** Number of the op that uses it last. */
  last: number;
}

interface Op {
  readonly kernel: string;
  readonly inputs: readonly Made[];
  readonly outputs: readonly Made[];
}

/** Listens to kernels that run within `withShapes`, and says what their graph needs. */
export class Liveness {
  #ops: Op[] = [];
  #made = new Map<object, Made>();

  /** To be told of every kernel. */
  readonly observe: KernelObserver = (kernel, inputs, _attributes, outputs) => {
    const used = new Set(
      Object.values(inputs).flatMap((info) => (info && this.#made.get(info.dataId)) ?? []),
    );
    for (const made of used) made.last = this.#ops.length;
    const [first] = used;
    if (VIEWS.has(kernel) && first !== undefined) {
      for (const { dataId } of outputs) this.#made.set(dataId, first);
      return;
    }
    const results = outputs.map((output): Made => {
      // What is made of weights alone is folded into the graph.
      const bytes = used.size === 0 ? 0 : sizeOf(output);
      const made = { bytes, last: this.#ops.length };
      this.#made.set(output.dataId, made);
      return made;
    });
    this.#ops.push({ kernel, inputs: [...used], outputs: results });
  };

  /** Counts `picture`, which is there all the time, and forgets what was heard before. */
  begin(picture: ShapedTensor): void {
    this.#ops = [];
    this.#made = new Map([[picture.dataId, { bytes: sizeOf(picture), last: Infinity }]]);
  }

  /** Most bytes that exist at a time, from the picture to the last result. */
  peak(): number {
    const [picture] = this.#made.values();
    let live = picture?.bytes ?? 0, most = live;
    for (const [index, { kernel, inputs, outputs }] of this.#ops.entries()) {
      const size = outputs.reduce((sum, { bytes }) => sum + bytes, 0);
      const dying = inputs.filter(({ last }) => last === index);
      const reused = IN_PLACE.has(kernel) && dying.some(({ bytes }) => bytes === size);
      const inner = (INNER[kernel] ?? 0) * size;
      most = Math.max(most, live + (reused ? 0 : size) + inner);
      const unused = outputs.filter(({ last }) => last === index && index < this.#ops.length - 1);
      live += size - [...dying, ...unused].reduce((sum, { bytes }) => sum + bytes, 0);
    }
    return most;
  }
}

function sizeOf({ shape, dtype }: Shaped): number {
  return shape.reduce((a, b) => a * b, 1) * (dtype === "bool" ? 1 : 4);
}
