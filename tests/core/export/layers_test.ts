/** Tests of which layer a node belongs to. */
import assert from "node:assert/strict";
import { LayerSpans } from "../../../core/export/layers.ts";
import { Module } from "../../../core/nn/mod.ts";

/** Adds so many nodes. */
class Adder extends Module<number> {
  constructor(readonly graph: { size: number }, readonly count: number) {
    super();
  }
  override forward(): number {
    return this.graph.size += this.count;
  }
}

class Pair extends Module<number> {
  readonly inner: Adder;
  constructor(readonly graph: { size: number }) {
    super();
    this.inner = new Adder(graph, 3);
  }
  override forward(): number {
    this.graph.size++;
    this.inner.forward();
    return this.graph.size++;
  }
}

Deno.test("nodes belong to the innermost module that made them", () => {
  const graph = { size: 0 };
  class Net extends Module<number> {
    readonly first = new Adder(graph, 2);
    readonly pair = new Pair(graph);
    readonly same = this.first;
    override forward(): number {
      graph.size++;
      this.first.forward();
      this.pair.forward();
      return this.same.forward();
    }
  }
  const net = new Net();
  const layers = new LayerSpans(net);
  assert.equal(layers.watch(graph, () => net.forward()), 10);
  const of = Array.from({ length: 11 }, (_, node) => layers.of(node));
  const inner = ["pair.inner", "pair.inner", "pair.inner"];
  const want = ["", "first", "first", "pair", ...inner, "pair", "first", "first", ""];
  assert.deepEqual(of, want);
  // Nothing is left on the modules, and the next call begins anew.
  assert.ok(!Object.hasOwn(net.first, "forward"));
  graph.size = 0;
  layers.watch(graph, () => net.pair.forward());
  assert.deepEqual([layers.of(0), layers.of(1), layers.of(5)], ["pair", "pair.inner", ""]);
});

Deno.test("modules that throw are as before", () => {
  class Broken extends Module<number> {
    override forward(): number {
      throw new Error("broken");
    }
  }
  class Net extends Module<number> {
    readonly part = new Broken();
    override forward(): number {
      return this.part.forward();
    }
  }
  const net = new Net();
  const layers = new LayerSpans(net);
  assert.throws(() => layers.watch({ size: 0 }, () => net.forward()), /broken/);
  assert.ok(!Object.hasOwn(net.part, "forward"));
});
