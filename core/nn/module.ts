/**
 * What a network is: a tree of modules, whose field names are PyTorch's state-dict keys.
 *
 * @module
 */
import type { Tensor, Tensor4D, TensorContainer } from "../engine/tf.ts";
import { ExitCode, UserError } from "../errors.ts";
import {
  compareKeys,
  describeMismatch,
  type KeyComparison,
  keysMatch,
} from "../weights/compare.ts";
import type { StateDict } from "../weights/state_dict.ts";
import type { PaddingMode } from "./padding.ts";
import { Buffer, Parameter, type StateHolder } from "./parameter.ts";

export { Buffer, type BufferOptions, Parameter, type Presence, StateHolder } from "./parameter.ts";
export type { KeyComparison, ShapeMismatch } from "../weights/compare.ts";

/** Images or feature maps, float32 `[n, h, w, c]`. */
export type Image = Tensor4D;

/** Values of {@linkcode Module.sizePadding}. */
export type SizePadding = PaddingMode | "inside";

/**
 * A part of a network, or a whole one.
 *
 * Fields that are modules, parameters or buffers are its children; their names, joined by dots, are the keys of the state
 * dict, and the order in which the class declares them is the order of PyTorch: a module's own parameters, its own
 * buffers, then its children. `Out` is what {@linkcode Module.forward} returns.
 *
 * @example
 * ```ts ignore
 * import { Conv2d, type Image, Module, relu } from "./core/nn/mod.ts";
 *
 * class Net extends Module<Image> {
 *   readonly head = new Conv2d(3, 64, 3); // head.weight, head.bias
 *
 *   override forward(lq: Image): Image {
 *     return relu(this.head.forward(lq));
 *   }
 * }
 * ```
 */
export abstract class Module<Out extends TensorContainer = TensorContainer> {
  /** True while training; layers that behave differently then look at it. Set by {@linkcode Module.train}. */
  training = true;

  /**
   * Height and width of the input must be multiples of this, or the network brings them there by itself; who feeds the
   * network pads as {@linkcode Module.sizePadding} says, and crops. Tiles of a picture begin at multiples of it.
   */
  get sizeMultiple(): number {
    return 1;
  }

  /**
   * How an input is padded at the bottom and on the right to {@linkcode Module.sizeMultiple}, default `reflect`; `inside` if
   * only the network itself can do it, as it pads something else than its input.
   */
  get sizePadding(): SizePadding {
    return "reflect";
  }

  /**
   * Pixels of the input, along rows or columns, beyond which nothing changes a pixel of the output, Infinity for all of the
   * picture; undefined, the default, if it is to be found from the structure (`core/nn/receptive_field.ts`).
   */
  get receptiveField(): number | undefined {
    return undefined;
  }

  /**
   * Computes the output. Arguments are borrowed and the result belongs to the caller; intermediate tensors are left to
   * the `tf.tidy` or gradient scope that it is called in.
   */
  abstract forward(...inputs: Tensor[]): Out;

  /** Switches this module and all below to training mode, or with `false` to evaluation mode. */
  train(mode = true): this {
    for (const [, module] of this.namedModules()) module.training = mode;
    return this;
  }

  /** Switches to evaluation mode. */
  eval(): this {
    return this.train(false);
  }

  /** This module (under the empty name) and all below by dotted name, parents before children. */
  *namedModules(prefix = ""): Generator<[string, Module]> {
    yield [prefix, this];
    for (const [key, child] of this.#children()) {
      if (child instanceof Module) yield* child.namedModules(join(prefix, key));
    }
  }

  /** Parameters by dotted name, in PyTorch's order; one that is shared appears once. */
  namedParameters(): Map<string, Parameter> {
    const seen = new Set<Parameter>();
    const found = new Map<string, Parameter>();
    for (const [name, holder] of this.#holders()) {
      if (!(holder instanceof Parameter) || seen.has(holder)) continue;
      seen.add(holder);
      found.set(name, holder);
    }
    return found;
  }

  /** Parameters in PyTorch's order. */
  parameters(): Parameter[] {
    return [...this.namedParameters().values()];
  }

  /** Buffers by dotted name, those without a key in state dicts too. */
  namedBuffers(): Map<string, Buffer> {
    const found = new Map<string, Buffer>();
    for (const [name, holder] of this.#holders()) {
      if (holder instanceof Buffer) found.set(name, holder);
    }
    return found;
  }

  /** Shapes of what state dicts hold, in PyTorch's layout and order. Needs no engine. */
  stateShapes(): Map<string, readonly number[]> {
    return new Map([...this.#persistent()].map(([name, { shape }]) => [name, shape]));
  }

  /** Number of trainable and frozen elements, buffers not counted. */
  numParameters(): number {
    return this.parameters().reduce((sum, parameter) => sum + parameter.size, 0);
  }

  /** Sets whether gradients are wanted for all parameters. */
  requiresGrad(value = true): this {
    for (const parameter of this.parameters()) parameter.requiresGrad = value;
    return this;
  }

  /** Reads all parameters and persistent buffers back, in PyTorch's layout and order. */
  async stateDict(): Promise<StateDict> {
    const dict: StateDict = new Map();
    for (const [name, holder] of this.#persistent()) dict.set(name, await holder.read());
    return dict;
  }

  /**
   * How a state dict differs from what this network needs; buffers that the network derives, and optional ones that the dict
   * lacks, do not count. Needs no engine.
   */
  compareWith(dict: StateDict): KeyComparison {
    const holders = [...this.#persistent()].map(([name, holder]) =>
      [name, holder, holder instanceof Buffer ? holder.presence : "required"] as const
    );
    const wanted = holders.filter(([name, , presence]) =>
      presence === "required" || (presence === "optional" && dict.has(name))
    );
    const derived = new Set(holders.flatMap(([name, , p]) => p === "derived" ? [name] : []));
    return compareKeys(
      new Map(wanted.map(([name, { shape }]) => [name, shape])),
      new Map([...dict].filter(([name]) => !derived.has(name))),
    );
  }

  /**
   * Loads parameters and persistent buffers from a state dict, which is copied. Strict by default: all or nothing. With
   * `strict: false` what fits by name and shape is loaded and the rest is left as it was. What counts as a difference says
   * {@linkcode Module.compareWith}.
   *
   * @returns The differences between the network and the dict.
   * @throws {UserError} If strict and something is missing, unexpected or of another shape.
   */
  loadStateDict(dict: StateDict, options: { readonly strict?: boolean } = {}): KeyComparison {
    const comparison = this.compareWith(dict);
    if ((options.strict ?? true) && !keysMatch(comparison)) {
      throw new UserError(
        `the weights do not fit ${this.constructor.name}\n${describeMismatch(comparison)}`,
        ExitCode.DATA,
      );
    }
    const unfit = new Set(comparison.mismatched.map(({ name }) => name));
    for (const [name, holder] of this.#persistent()) {
      if (holder instanceof Buffer && holder.presence === "derived") continue;
      const tensor = dict.get(name);
      if (tensor !== undefined && !unfit.has(name)) holder.write(tensor.data);
    }
    return comparison;
  }

  /** Makes all tensors on the device now, rather than at first use. */
  materialize(): this {
    for (const holder of this.#holders().values()) void holder.value;
    return this;
  }

  /** Releases all tensors. */
  dispose(): void {
    for (const holder of this.#holders().values()) holder.dispose();
  }

  #persistent(): Map<string, StateHolder> {
    const all = [...this.#holders()];
    return new Map(all.filter(([, holder]) => !(holder instanceof Buffer) || holder.persistent));
  }

  #holders(): Map<string, StateHolder> {
    const found = new Map<string, StateHolder>();
    for (const [prefix, module] of this.namedModules()) {
      const own = module.#children();
      for (const kind of [Parameter, Buffer]) {
        for (const [key, child] of own) {
          if (child instanceof kind) found.set(join(prefix, key), child);
        }
      }
    }
    return found;
  }

  #children(): [string, Module | StateHolder][] {
    const found: [string, Module | StateHolder][] = [];
    for (const [key, value] of Object.entries(this) as [string, unknown][]) {
      if (isChild(value)) found.push([key, value]);
      else if (Array.isArray(value) && value.some(isChild)) {
        throw new TypeError(
          `${this.constructor.name}.${key} is an array of modules, whose parameters would be lost: ` +
            `use ModuleList or Sequential`,
        );
      }
    }
    return found;
  }
}

/** A class that can be registered in `ARCH_REGISTRY`: made from the checked option block, without `type`. */
export interface ArchClass {
  /** Creates the network. */
  // The options of a plugin are checked by its own schema; the registry cannot know their type.
  // deno-lint-ignore no-explicit-any
  new (options: any): Module;
  /** Name of the class. */
  readonly name: string;
}

/**
 * Copies all parameters and buffers, from a network to another one of the same class and options; the start of a moving
 * average.
 *
 * @throws {RangeError} If the two do not have the same names.
 */
export function copyParameters(from: Module, to: Module): void {
  const source = new Map<string, StateHolder>([...from.namedParameters(), ...from.namedBuffers()]);
  const target = new Map<string, StateHolder>([...to.namedParameters(), ...to.namedBuffers()]);
  for (const name of [...target.keys(), ...source.keys()]) {
    if (!source.has(name) || !target.has(name)) {
      throw new RangeError(`the two networks differ: only one of them has "${name}"`);
    }
  }
  for (const [name, holder] of target) holder.value.assign(source.get(name)!.value);
}

function isChild(value: unknown): value is Module | StateHolder {
  return value instanceof Module || value instanceof Parameter || value instanceof Buffer;
}

function join(prefix: string, key: string): string {
  return prefix === "" ? key : `${prefix}.${key}`;
}
