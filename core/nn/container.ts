/**
 * Modules that hold modules under numbers.
 *
 * @module
 */
import { type Tensor, type Tensor4D, tf } from "../engine/tf.ts";
import { checkpointed } from "./checkpoint.ts";
import { Module } from "./module.ts";

/** A list of modules with the keys `0`, `1`, …; it has no forward of its own. */
export class ModuleList<M extends Module = Module> extends Module {
  readonly #modules: M[] = [];

  /** Creates it from `modules`. */
  constructor(modules: readonly M[] = []) {
    super();
    for (const module of modules) this.push(module);
  }

  /** Number of modules. */
  get length(): number {
    return this.#modules.length;
  }

  /** Appends a module. */
  push(module: M): void {
    numbered(this, this.#modules.length, module);
    this.#modules.push(module);
  }

  /**
   * The module at `index`.
   *
   * @throws {RangeError} If there is none.
   */
  at(index: number): M {
    const module = this.#modules[index];
    if (module === undefined) throw new RangeError(`there is no module ${index} of ${this.length}`);
    return module;
  }

  /** Walks the modules. */
  [Symbol.iterator](): IterableIterator<M> {
    return this.#modules.values();
  }

  /**
   * Not to be called.
   *
   * @throws {TypeError} Always.
   */
  override forward(): never {
    throw new TypeError("a ModuleList cannot be called, call its modules");
  }
}

/** Modules that are applied one after the other; keys are numbers. Without modules it returns its input. */
export class Sequential extends Module<Tensor4D> {
  readonly #modules: Module<Tensor>[] = [];

  /**
   * Creates it from `modules` with the keys `0`, `1`, …; `undefined` leaves a number out, for what has no parameters and is
   * done elsewhere.
   */
  constructor(...modules: readonly (Module<Tensor> | undefined)[]) {
    super();
    for (const [index, module] of modules.entries()) {
      if (module === undefined) continue;
      numbered(this, index, module);
      this.#modules.push(module);
    }
  }

  /** Number of modules. */
  get length(): number {
    return this.#modules.length;
  }

  /** Walks the modules. */
  [Symbol.iterator](): IterableIterator<Module<Tensor>> {
    return this.#modules.values();
  }

  /** `[n, h, w, c]` through all modules in turn. */
  override forward(x: Tensor): Tensor4D {
    return inTurn(this.#modules, x);
  }
}

/** The blocks of a network, which can be computed twice instead of being kept: see `train.checkpoint_blocks`. */
export class BlockSequence extends Sequential {
  /** While training, so many blocks keep the input of the first alone; 0 keeps all. */
  checkpointEvery = 0;

  /** `[n, h, w, c]` through all blocks in turn. */
  override forward(x: Tensor): Tensor4D {
    const every = this.checkpointEvery;
    if (every === 0 || !this.training) return super.forward(x);
    const blocks = [...this];
    let y = x as Tensor4D;
    for (let from = 0; from < blocks.length; from += every) {
      const group = blocks.slice(from, from + every);
      y = checkpointed(group, y, (input) => inTurn(group, input));
    }
    return y;
  }
}

/**
 * Sets {@linkcode BlockSequence.checkpointEvery} on the outermost sequences of blocks in `net`.
 *
 * @returns Their number.
 */
export function checkpointBlocks(net: Module, every: number): number {
  const found: string[] = [];
  for (const [name, module] of net.namedModules()) {
    if (!(module instanceof BlockSequence)) continue;
    if (found.some((outer) => outer === "" || name.startsWith(`${outer}.`))) continue;
    module.checkpointEvery = every;
    found.push(name);
  }
  return found.length;
}

function inTurn(modules: readonly Module<Tensor>[], x: Tensor): Tensor4D {
  if (modules.length === 0) return tf.clone(x) as Tensor4D;
  let y = x;
  for (const module of modules) {
    // What a module leaves behind goes at once; what gradients need of it is kept by their tape.
    const next = tf.tidy(() => module.forward(y));
    if (y !== x && y !== next) y.dispose();
    y = next;
  }
  return y as Tensor4D;
}

/** Returns its input. */
export class Identity extends Module<Tensor4D> {
  /** `[n, h, w, c]` unchanged. */
  override forward(x: Tensor4D): Tensor4D {
    return tf.clone(x);
  }
}

function numbered(owner: Module, index: number, module: Module): void {
  Object.defineProperty(owner, index, { value: module, enumerable: true });
}
