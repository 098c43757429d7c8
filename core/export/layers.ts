/**
 * Which layer of a network a recorded node belongs to.
 *
 * @module
 */
import type { RecordedGraph } from "../engine/native/recorded_graph.ts";
import type { Module } from "../nn/module.ts";

interface Span {
  readonly from: number;
  readonly to: number;
  readonly layer: string;
}

/** Notes which nodes each module's `forward` adds to a graph. */
export class LayerSpans {
  readonly #net: Module;
  /** Inner ones before the ones around them. */
  #spans: Span[] = [];
  /** By node; made of the spans when somebody asks. */
  #layers: readonly string[] | undefined;

  /** For the modules of `net`. */
  constructor(net: Module) {
    this.#net = net;
  }

  /** Runs `fn`, which records the network into `graph`; what earlier calls noted is forgotten. */
  watch<T>(graph: Pick<RecordedGraph, "size">, fn: () => T): T {
    const watched: Module[] = [];
    this.#spans = [];
    this.#layers = undefined;
    for (const [layer, module] of this.#net.namedModules()) {
      if (layer === "" || watched.includes(module)) continue;
      const { forward } = module;
      watched.push(module);
      module.forward = (...inputs) => {
        const from = graph.size;
        try {
          return forward.apply(module, inputs);
        } finally {
          this.#spans.push({ from, to: graph.size, layer });
        }
      };
    }
    try {
      return fn();
    } finally {
      // What is left is the method of the class.
      for (const module of watched) delete (module as Partial<Module>).forward;
    }
  }

  /** Dotted name of the innermost module that made the node; empty for the network itself. */
  of(node: number): string {
    this.#layers ??= this.#byNode();
    return this.#layers[node] ?? "";
  }

  #byNode(): string[] {
    const layers: string[] = [];
    for (const { from, to, layer } of this.#spans.toReversed()) {
      for (let node = from; node < to; node++) layers[node] = layer;
    }
    return layers;
  }
}
