import assert from "node:assert/strict";
import { join } from "node:path";
import { loadWeights, readSafetensors, type StateDict } from "../../../core/weights/mod.ts";

interface View {
  readonly pool: string;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly stride: readonly number[];
}
interface Case {
  readonly name: string;
  readonly kind: string;
  readonly weights: {
    readonly safetensors: string;
    readonly pth: { readonly file: string; readonly param_key: string | null };
    readonly views?: Readonly<Record<string, View>>;
    readonly only_in_pth?: readonly string[];
  };
}

/** Element by element, by the definition of a strided view. */
function expand({ offset, shape, stride }: View, pool: ArrayLike<unknown>): unknown[] {
  let places = [offset];
  shape.forEach((size, axis) => {
    places = places.flatMap((at) => Array.from({ length: size }, (_, i) => at + i * stride[axis]!));
  });
  return places.map((at) => pool[at]);
}

const root = Deno.env.get("DENOSR_PARITY");

Deno.test({
  name: root
    ? "loadWeights() of every .pth of the parity set gives its safetensors twin, bit for bit"
    : "loadWeights() on the parity set (skipped: set DENOSR_PARITY to its folder)",
  ignore: !root,
  async fn(t) {
    for (const folder of [root!, join(root!, "extra")]) {
      const index = JSON.parse(await Deno.readTextFile(join(folder, "index.json")));
      const cases = (index.cases as readonly Case[]).filter(({ kind }) => kind === "arch");
      assert.ok(cases.length > 20);
      for (const { name, weights } of cases) {
        await t.step(name, async () => {
          const said: string[] = [];
          const got = await loadWeights(join(folder, weights.pth.file), {
            paramKey: weights.pth.param_key,
            say: (line) => said.push(line),
          });
          const bytes = await Deno.readFile(join(folder, weights.safetensors));
          compare(got, readSafetensors(bytes).tensors, weights);
          assert.deepEqual(said, []);
        });
      }
    }
  },
});

function compare(
  got: StateDict,
  twin: StateDict,
  { views = {}, only_in_pth }: Case["weights"],
): void {
  for (const [name, { shape, data }] of twin) {
    if (name.startsWith("pool.")) continue;
    assert.deepEqual(got.get(name)?.shape, shape, name);
    // The twin may store the same numbers in half precision: both are Float32Arrays here.
    assert.deepEqual(got.get(name)?.data, data, name);
  }
  for (const [name, view] of Object.entries(views)) {
    assert.deepEqual(got.get(name)?.shape, view.shape, name);
    const want = expand(view, twin.get(view.pool)!.data);
    assert.ok(want.every((value, i) => got.get(name)!.data[i] === value), name);
  }
  for (const name of only_in_pth ?? []) assert.ok(got.has(name), name);
}
