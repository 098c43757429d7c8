import assert from "node:assert/strict";
import { ExitCode, UserError } from "../../../core/errors.ts";
import { listSets, selectParams } from "../../../core/weights/select.ts";
import { float32Tensor, type TensorSource } from "../../../core/weights/state_dict.ts";

function source(value: number): TensorSource {
  const tensor = float32Tensor([1], Float32Array.of(value));
  return { ...tensor, load: () => tensor };
}

function dict(value: number, name = "w"): Map<string, unknown> {
  return new Map([[name, source(value)]]);
}

function pick(root: unknown, key?: string | null): { value: unknown; said: string[] } {
  const said: string[] = [];
  const params = selectParams(root, key, { say: (line) => said.push(line) });
  return { value: params.get("w")?.data[0], said };
}

const both = new Map([["params", dict(1)], ["params_ema", dict(2)]]);

Deno.test("selectParams() takes the key that is asked for, and says nothing", () => {
  assert.deepEqual(pick(both, "params"), { value: 1, said: [] });
  assert.deepEqual(pick(both, "params_ema"), { value: 2, said: [] });
  assert.deepEqual(pick(dict(3), null), { value: 3, said: [] });
});

Deno.test("selectParams() falls back to params, and says so", () => {
  const root = new Map([["params", dict(1)]]);
  assert.deepEqual(pick(root, "params_ema"), {
    value: 1,
    said: ['no "params_ema" in the file, using "params"'],
  });
});

Deno.test("selectParams() takes state_dict or bare tensors where the key is missing, and says so", () => {
  const lightning = new Map<string, unknown>([["epoch", 1], ["state_dict", dict(4)]]);
  for (const key of ["params", null]) {
    const { value, said } = pick(lightning, key);
    assert.equal(value, 4);
    assert.match(said.join(), /using "state_dict"/);
  }
  assert.deepEqual(pick(dict(3), "params"), {
    value: 3,
    said: ['no "params" in the file, using its tensors without a key'],
  });
});

Deno.test("selectParams() without a key prefers params and says any other choice", () => {
  assert.deepEqual(pick(both), { value: 1, said: [] });
  assert.deepEqual(pick(dict(3)), { value: 3, said: [] });
  assert.deepEqual(pick(new Map([["params_ema", dict(2)]])), {
    value: 2,
    said: ['no "params" in the file, using "params_ema"'],
  });
});

Deno.test("selectParams() finds the keys of other trainers, and says so", () => {
  for (const key of ["model_state_dict", "model", "net", "generator", "netG", "net_g", "g_ema"]) {
    const root = new Map<string, unknown>([["epoch", 1], [key, dict(6)], ["optimizer", new Map()]]);
    for (const wanted of [undefined, null, "params"]) {
      const { value, said } = pick(root, wanted);
      assert.equal(value, 6);
      assert.ok(said.join().includes(`using "${key}"`), said.join());
    }
  }
  // An only entry counts where nothing is asked for; a list of its own, or a second entry, does not.
  assert.deepEqual(pick(new Map([["weights", dict(7)]])), {
    value: 7,
    said: ['no "params" in the file, using "weights"'],
  });
  assert.throws(() => pick(new Map([["weights", dict(7)]]), "params"), /under the key "params"/);
  assert.throws(() => pick(new Map([["a", dict(1)], ["b", dict(2)]])), /under "a", "b"/);
});

Deno.test("selectParams() strips prefixes of wrappers where all names have them", () => {
  const names = (...keys: string[]) => {
    const entries = keys.map((key) => [key, source(1)] as const);
    return [...selectParams(new Map(entries), null).keys()];
  };
  for (const prefix of ["netG.", "net_g.", "generator.", "_orig_mod.", "_orig_mod.netG."]) {
    assert.deepEqual(names(`${prefix}a.w`, `${prefix}b`), ["a.w", "b"], prefix);
  }
  assert.deepEqual(names("netG.w", "b"), ["netG.w", "b"]);
  // Names of old ESRGAN files and of the denoisers of KAIR begin so.
  assert.deepEqual(names("model.0.weight", "model.1.sub.0.bias"), [
    "model.0.weight",
    "model.1.sub.0.bias",
  ]);
});

Deno.test("selectParams() takes the network out of a checkpoint of Lightning", () => {
  const tensors = new Map([
    ["netG.w", source(8)],
    ["netD.w", source(9)],
    ["loss.vgg.w", source(9)],
  ]);
  const lightning = new Map<string, unknown>([
    ["pytorch-lightning_version", "2.1"],
    ["state_dict", tensors],
  ]);
  const { value, said } = pick(lightning);
  assert.equal(value, 8);
  assert.match(said.join("\n"), /Lightning, using "netG\.\*" and leaving out 2 other tensors/);
  const plain = new Map<string, unknown>([...lightning, ["state_dict", dict(5, "model.w")]]);
  assert.equal(pick(plain).value, 5);
});

Deno.test("listSets() lists keys and numbers of tensors", () => {
  assert.deepEqual(listSets(both), [{ key: "params", tensors: 1 }, {
    key: "params_ema",
    tensors: 1,
  }]);
  assert.deepEqual(listSets(new Map<string, unknown>([...dict(1), ["a", dict(2)], ["n", 1]])), [
    { key: null, tensors: 1 },
    { key: "a", tensors: 1 },
  ]);
  assert.deepEqual(listSets([1]), []);
});

Deno.test("selectParams() strips module. once, and refuses names that then collide", () => {
  assert.equal(pick(dict(5, "module.w"), null).value, 5);
  const names = selectParams(dict(5, "module.module.w"), null).keys();
  assert.deepEqual([...names], ["module.w"]);
  assert.throws(
    () => pick(new Map([...dict(1), ...dict(2, "module.w")]), null),
    /holds "w" with and without "module\."/,
  );
});

Deno.test("selectParams() leaves out what is no tensor, and says so", () => {
  const { value, said } = pick(new Map<string, unknown>([...dict(1), ["note", "hi"]]), null);
  assert.equal(value, 1);
  assert.deepEqual(said, ['left out 1 entries that are not tensors: "note"']);
});

Deno.test("selectParams() lists what the file has when nothing fits", () => {
  const refused = (root: unknown, key: string | null, message: RegExp) =>
    assert.throws(
      () => pick(root, key),
      (error) =>
        error instanceof UserError && error.exitCode === ExitCode.DATA &&
        message.test(error.message),
    );
  refused(both, null, /without a key, parameters are under "params", "params_ema": set param_key/);
  refused(
    new Map([["ema", dict(1)]]),
    "params",
    /under the key "params", parameters are under "ema"/,
  );
  refused(new Map([["epoch", 5]]), "params", /it holds "epoch"/);
  refused(new Map(), "params", /it holds nothing/);
  refused([1, 2], null, /no dict of tensors/);
});
