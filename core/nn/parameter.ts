/**
 * What a network holds: parameters, which training changes, and buffers, which it does not.
 *
 * Both know two layouts: the device's (TensorFlow) and that of files (PyTorch), see `core/nn/layout.ts`. The tensor on the
 * device is made when it is first asked for, so that networks can be built and counted without one.
 *
 * @module
 */
import type { StateDType, StateTensor } from "../weights/state_dict.ts";
import type { Rng } from "../random.ts";
import { tf, type Variable } from "../engine/tf.ts";
import { constant, type Initializer, nextInitRng } from "./init.ts";
import { type Layout, plain, toDevice, toTorch } from "./layout.ts";

/** What parameters and buffers share: a named tensor that files hold in PyTorch's layout. */
export abstract class StateHolder {
  /** Shape in PyTorch's layout. */
  readonly shape: readonly number[];
  /** Element type in files. */
  readonly dtype: StateDType;
  /** How it lies on the device. */
  readonly layout: Layout;
  #variable: Variable | undefined;
  #initializer: Initializer;
  #trainable: boolean;
  readonly #rng: Rng;

  /** Used by the two subclasses. */
  protected constructor(
    shape: readonly number[],
    initializer: Initializer,
    layout: Layout,
    dtype: StateDType,
    trainable: boolean,
  ) {
    this.shape = shape;
    this.layout = layout;
    this.dtype = dtype;
    this.#trainable = trainable;
    this.#initializer = initializer;
    this.#rng = nextInitRng();
  }

  /** The variable on the device, in the device's layout; made on first use. It belongs to this object. */
  get value(): Variable {
    return this.#variable ??= this.#make(this.#initializer(this.#rng, this.shape));
  }

  /** Number of elements. */
  get size(): number {
    return this.shape.reduce((product, size) => product * size, 1);
  }

  /** Whether gradients are computed; BasicSR's `requires_grad`. */
  protected get trainable(): boolean {
    return this.#trainable;
  }
  protected set trainable(value: boolean) {
    this.#trainable = value;
    if (this.#variable) this.#variable.trainable = value;
  }

  /** Starts anew from `initializer`, with the numbers of this object's own stream. */
  initialize(initializer: Initializer): void {
    this.#initializer = initializer;
    if (this.#variable) this.write(initializer(this.#rng, this.shape));
  }

  /** Reads the elements back, in PyTorch's layout; the result belongs to the caller. */
  async read(): Promise<StateTensor> {
    const data = toTorch(await this.value.data() as Float32Array | Int32Array, this.layout);
    return {
      shape: this.shape,
      dtype: this.dtype,
      data: this.dtype === "I64" ? BigInt64Array.from(data, BigInt) : data,
    };
  }

  /**
   * Overwrites the elements; `data` is in PyTorch's layout and is copied.
   *
   * @throws {RangeError} If there are not {@linkcode size} of them.
   */
  write(data: ArrayLike<number | bigint>): void {
    if (data.length !== this.size) {
      throw new RangeError(`a tensor of shape [${this.shape}] cannot take ${data.length} elements`);
    }
    if (this.#variable === undefined) {
      this.#variable = this.#make(data);
      return;
    }
    const fresh = this.#tensor(data);
    this.#variable.assign(fresh);
    fresh.dispose();
  }

  /** Releases the tensor. */
  dispose(): void {
    this.#variable?.dispose();
    this.#variable = undefined;
  }

  #make(data: ArrayLike<number | bigint>): Variable {
    const initial = this.#tensor(data);
    const variable = tf.variable(initial, this.#trainable);
    initial.dispose();
    return variable;
  }

  #tensor(data: ArrayLike<number | bigint>): ReturnType<typeof tf.tensor> {
    const shape = [...this.layout.shape];
    return this.dtype === "F32"
      ? tf.tensor(
        toDevice(
          data instanceof Float32Array ? data : Float32Array.from(data, Number),
          this.layout,
        ),
        shape,
        "float32",
      )
      : tf.tensor(toDevice(Int32Array.from(data, Number), this.layout), shape, "int32");
  }
}

/** A float32 tensor that training changes. */
export class Parameter extends StateHolder {
  /**
   * Creates it.
   *
   * @param shape Shape in PyTorch's layout.
   * @param initializer Fills that shape.
   * @param layout How it lies on the device; default the same.
   */
  constructor(shape: readonly number[], initializer: Initializer, layout: Layout = plain(shape)) {
    super(shape, initializer, layout, "F32", true);
  }

  /** False keeps optimizers away from it. */
  get requiresGrad(): boolean {
    return this.trainable;
  }
  set requiresGrad(value: boolean) {
    this.trainable = value;
  }
}

/** Options of a {@linkcode Buffer}. */
export interface BufferOptions {
  /** `F32`, or `I64` for integers (32 bits on the device). Default `F32`. */
  readonly dtype?: "F32" | "I64";
  /** Whether state dicts have it; false for what no file holds. Default true. */
  readonly persistent?: boolean;
  /** What it means that a file has it or lacks it. Default `required`. */
  readonly presence?: Presence;
  /** How it lies on the device; default as in files. */
  readonly layout?: Layout;
}

/**
 * What a persistent buffer asks of files: `required` must be there; `optional` is read where it is there (counters that older
 * files lack); `derived` is written for PyTorch's sake but never read, as the network makes it by itself (index tables, masks).
 */
export type Presence = "required" | "optional" | "derived";

/** A tensor that belongs to a network but is not trained: running statistics, means, index tables. */
export class Buffer extends StateHolder {
  /** Whether state dicts have it. */
  readonly persistent: boolean;
  /** What it means that a file has it or lacks it. */
  readonly presence: Presence;

  /** Creates it with `shape`, that in files; zeros by default. */
  constructor(
    shape: readonly number[],
    initializer: Initializer = constant(0),
    options: BufferOptions = {},
  ) {
    super(shape, initializer, options.layout ?? plain(shape), options.dtype ?? "F32", false);
    this.persistent = options.persistent ?? true;
    this.presence = options.presence ?? "required";
  }
}
