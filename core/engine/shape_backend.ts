/**
 * Runs tensor code without numbers: only shapes are computed, and what the code would cost is counted. Needs no engine, no
 * memory for pictures, and a second at most.
 *
 * @module
 */
import { DataStorage, KernelBackend, type TensorInfo } from "@tensorflow/tfjs-core";
import { SHAPE_RULES, type Shaped } from "./shape_rules.ts";
import { type DataType, type TensorFlow, useTf } from "./tf.ts";

/** What tensor code costs. */
export interface Costs {
  /** Multiply-accumulate operations of convolutions and products of matrices. */
  readonly macs: number;
  /** Most bytes of tensors that exist at a time, parameters that the code uses included. */
  readonly peakBytes: number;
}

const NAME = "shapes";

/** A backend that keeps no data. */
class ShapeBackend extends KernelBackend {
  readonly #data = new DataStorage<{ readonly bytes: number; references: number }>(
    this,
    undefined as never,
  );
  macs = 0;
  bytes = 0;
  peakBytes = 0;

  constructor(readonly observer?: KernelObserver) {
    super();
  }

  override write(_values: unknown, shape: number[], dtype: DataType): object {
    return this.make({ shape, dtype }).dataId;
  }

  make({ shape, dtype }: Shaped): TensorInfo {
    const dataId = {};
    const size = shape.reduce((a, b) => a * b, 1);
    const bytes = size * (dtype === "bool" ? 1 : dtype === "complex64" ? 8 : 4);
    this.#data.set(dataId, { bytes, references: 1 });
    this.bytes += bytes;
    this.peakBytes = Math.max(this.peakBytes, this.bytes);
    return { dataId, shape, dtype };
  }

  override incRef(dataId: object): void {
    this.#data.get(dataId).references++;
  }

  override refCount(dataId: object): number {
    return this.#data.has(dataId) ? this.#data.get(dataId).references : 0;
  }

  override disposeData(dataId: object, force = false): boolean {
    if (!this.#data.has(dataId)) return true;
    const entry = this.#data.get(dataId);
    entry.references--;
    if (!force && entry.references > 0) return false;
    this.bytes -= entry.bytes;
    this.#data.delete(dataId);
    return true;
  }

  override numDataIds(): number {
    return this.#data.numDataIds();
  }

  override floatPrecision(): 32 {
    return 32;
  }

  override epsilon(): number {
    return 1e-7;
  }

  override readSync(): never {
    throw new TypeError("the code looks at numbers, so that its costs cannot be told from shapes");
  }

  override read(): never {
    return this.readSync();
  }

  override memory(): { unreliable: boolean } {
    return { unreliable: false };
  }

  override dispose(): void {}
}

/** What happens while shapes are computed. */
export interface ShapeScope {
  /** Runs `code`, whose tensors are released afterwards, and says what it costs. */
  measure(code: () => void): Costs;
}

/** A tensor of a kernel: which one, and its shape. */
export interface ShapedTensor extends Shaped {
  /** The same for tensors that share their numbers. */
  readonly dataId: object;
}

/** Is told of every kernel that runs: its name, what goes in, its attributes, and what comes out. */
export type KernelObserver = (
  kernel: string,
  inputs: Readonly<Record<string, ShapedTensor | undefined>>,
  attributes: Readonly<Record<string, unknown>>,
  outputs: readonly ShapedTensor[],
) => void;

/**
 * Runs `pass` with a backend that computes shapes alone. A running engine is set aside for the moment.
 *
 * @throws {TypeError} If the code reads numbers, or uses a kernel whose shape is not known.
 */
export async function withShapes<T>(
  pass: (scope: ShapeScope) => T,
  observer?: KernelObserver,
): Promise<T> {
  const tf = await useTf();
  const before: string | undefined = tf.engine().backendName;
  const backend = new ShapeBackend(observer);
  tf.registerBackend(NAME, () => backend);
  registerKernels(tf);
  tf.setBackend(NAME);
  try {
    return pass({
      measure(code) {
        backend.macs = 0;
        backend.peakBytes = backend.bytes;
        tf.engine().startScope();
        try {
          code();
        } finally {
          tf.engine().endScope();
        }
        return { macs: backend.macs, peakBytes: backend.peakBytes };
      },
    });
  } finally {
    if (before) tf.setBackend(before);
    tf.removeBackend(NAME);
  }
}

/**
 * Counts what `code` costs, whose tensors are released afterwards. A running engine is set aside for the moment.
 *
 * @throws {TypeError} If the code reads numbers, or uses a kernel whose shape is not known.
 */
export function countCosts(code: () => void): Promise<Costs> {
  return withShapes(({ measure }) => measure(code));
}

let registered = false;

/** A kernel for each rule, and for all others one that says that there is none. */
function registerKernels(tf: TensorFlow): void {
  if (registered) return;
  registered = true;
  const known = tf.getKernelsForBackend("cpu").map(({ kernelName }) => kernelName);
  for (const kernelName of new Set([...Object.keys(SHAPE_RULES), ...known])) {
    const rule = SHAPE_RULES[kernelName];
    tf.registerKernel({
      kernelName,
      backendName: NAME,
      kernelFunc: ({ inputs, attrs, backend }) => {
        if (rule === undefined) {
          throw new TypeError(`the shape that ${kernelName} gives is not known`);
        }
        const { outputs, macs = 0 } = rule(inputs as Record<string, Shaped>, { ...attrs });
        const shapes = backend as ShapeBackend;
        shapes.macs += macs;
        const made = outputs.map((output) => shapes.make(output));
        shapes.observer?.(kernelName, inputs as Record<string, TensorInfo>, { ...attrs }, made);
        return made.length === 1 && kernelName !== "SplitV" && kernelName !== "Unpack"
          ? made[0]!
          : made;
      },
    });
  }
}
