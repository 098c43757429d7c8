import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { WeightsFileError } from "../../../core/weights/errors.ts";
import { readPth } from "../../../core/weights/pth.ts";
import { readSafetensors } from "../../../core/weights/safetensors.ts";
import { selectParams } from "../../../core/weights/select.ts";
import type { StateDict, TensorSource } from "../../../core/weights/state_dict.ts";
import { bytesOf, fixture, little, op, pickle, pthZip, raw, tensor } from "./_build.ts";

const silent = { say: () => {} };

function load(root: unknown): unknown {
  return (root as TensorSource).load();
}

function fails(kind: string, message: RegExp, run: () => unknown): void {
  assert.throws(
    run,
    (error) =>
      error instanceof WeightsFileError && error.kind === kind && message.test(error.message),
  );
}

function sameTensors(got: StateDict, want: StateDict): void {
  assert.deepEqual([...got.keys()].toSorted(), [...want.keys()].toSorted());
  for (const [name, tensor] of want) assert.deepEqual(got.get(name), tensor, name);
}

Deno.test("readPth() of a zip file gives the tensors of its safetensors twin, bit for bit", () => {
  const { serialization, root } = readPth(fixture("zip.pth"));
  assert.equal(serialization, "zip");
  sameTensors(selectParams(root, "params"), readSafetensors(fixture("zip.safetensors")).tensors);
});

Deno.test("readPth() of a legacy file gives the tensors of its safetensors twin, bit for bit", () => {
  const { serialization, root } = readPth(fixture("legacy_bare.pth"));
  assert.equal(serialization, "legacy");
  sameTensors(
    selectParams(root, null),
    readSafetensors(fixture("legacy_bare.safetensors")).tensors,
  );
});

Deno.test("readPth() keeps PyTorch's order of names", () => {
  const names = [...selectParams(readPth(fixture("zip.pth")).root, "params").keys()];
  assert.deepEqual(names.slice(0, 4), [
    "body.0.weight",
    "body.0.bias",
    "body.2.weight",
    "body.2.bias",
  ]);
});

Deno.test("readPth() follows offsets and strides of shared storages, and param_key", () => {
  type Expected = Record<string, Record<string, { shape: number[]; sha256: string }>>;
  const expected = JSON.parse(new TextDecoder().decode(fixture("expected.json"))) as Expected;
  for (const [file, key] of [["views.pth", "params"], ["params_ema.pth", "params_ema"]] as const) {
    const params = selectParams(readPth(fixture(file)).root, key);
    const got = Object.fromEntries(
      [...params].map(([name, { shape, data }]) => {
        const sha256 = createHash("sha256").update(raw(data)).digest("hex").slice(0, 16);
        return [name, { shape: [...shape], sha256 }];
      }),
    );
    assert.deepEqual(got, expected[file]);
  }
});

Deno.test("readPth() reads every element type, from any alignment", () => {
  const cases = [
    ["DoubleStorage", "F64", Float64Array.of(1.5, -2)],
    ["LongStorage", "I64", BigInt64Array.of(-1n, 2n ** 62n)],
    ["IntStorage", "I32", Int32Array.of(-1, 7)],
    ["ShortStorage", "I16", Int16Array.of(-1, 7)],
    ["CharStorage", "I8", Int8Array.of(-1, 7)],
    ["ByteStorage", "U8", Uint8Array.of(255, 7)],
    ["BoolStorage", "BOOL", Uint8Array.of(1, 0)],
  ] as const;
  for (const [type, dtype, data] of cases) {
    for (let shift = 0; shift < 8; shift++) {
      const body = tensor({ key: "0", length: 2, shape: [2], stride: [1], type });
      const file = bytesOf("x".repeat(shift), pthZip(body, { "0": raw(data) })).subarray(shift);
      assert.deepEqual(load(readPth(file).root), { shape: [2], dtype, data });
    }
  }
});

Deno.test("readPth() widens float16 and bfloat16", () => {
  const half = tensor({ key: "0", length: 2, shape: [2], stride: [1], type: "HalfStorage" });
  assert.deepEqual(
    load(readPth(pthZip(half, { "0": bytesOf(little(0x3c00, 2), little(0xc000, 2)) })).root),
    { shape: [2], dtype: "F16", data: Float32Array.of(1, -2) },
  );
  const brain = tensor({ key: "0", length: 2, shape: [2], stride: [1], type: "BFloat16Storage" });
  assert.deepEqual(
    load(readPth(pthZip(brain, { "0": bytesOf(little(0x3f80, 2), little(0xc000, 2)) })).root),
    { shape: [2], dtype: "BF16", data: Float32Array.of(1, -2) },
  );
});

Deno.test("readPth() reads scalars, empty, transposed and expanded tensors", () => {
  const storage = raw(Float32Array.of(0, 1, 2, 3, 4, 5));
  const read = (shape: number[], stride: number[], offset = 0) => {
    const body = tensor({ key: "0", length: 6, shape, stride, offset });
    return load(readPth(pthZip(body, { "0": storage })).root) as { data: Float32Array };
  };
  assert.deepEqual([...read([], [], 4).data], [4]);
  assert.deepEqual([...read([0, 3], [3, 1]).data], []);
  assert.deepEqual([...read([3, 2], [1, 3]).data], [0, 3, 1, 4, 2, 5]);
  assert.deepEqual([...read([2, 3], [0, 1], 3).data], [3, 4, 5, 3, 4, 5]);
  assert.deepEqual([...read([2, 1, 2], [3, 99, 1], 1).data], [1, 2, 4, 5]);
});

Deno.test("readPth() gives tensors that share a storage their own memory", () => {
  const one = tensor({ key: "0", length: 2, shape: [2], stride: [1] });
  const file = pthZip(op.dict({ a: one, b: one }), { "0": raw(Float32Array.of(1, 2)) });
  const params = selectParams(readPth(file).root, null);
  params.get("a")!.data[0] = 9;
  assert.equal(params.get("b")!.data[0], 1);
});

Deno.test("readPth() reads deflated and zip64 archives, parameters and nested dicts", () => {
  const inner = tensor({ key: "0", length: 2, shape: [2], stride: [1] });
  const parameter = op.call(op.global("torch._utils", "_rebuild_parameter"), inner, op.no, op.none);
  const body = op.dict({ epoch: op.int(3), params: op.dict({ w: parameter }) });
  const want = { shape: [2], dtype: "F32", data: Float32Array.of(1, 2) };
  for (const options of [{ deflate: true }, { zip64: true }, { deflate: true, zip64: true }]) {
    const file = pthZip(body, { "0": raw(want.data) }, options);
    assert.deepEqual(selectParams(readPth(file).root, "params"), new Map([["w", want]]));
  }
});

Deno.test("readPth() reads what training states hold besides tensors", () => {
  const dtype = bytesOf(
    op.call(op.global("numpy", "dtype"), op.text("f8"), op.no, bytesOf("\x88")),
    op.tuple(op.int(3), op.text("<"), op.none, op.none, op.none, op.int(-1), op.int(-1), op.int(0)),
    "b",
  );
  const eight = op.call(
    op.global("_codecs", "encode"),
    bytesOf("X", little(9, 4), "\0\0\0\0\0\0\xc2\xa0?"), // 2^-5 as float64, its bytes as UTF-8
    op.text("latin1"),
  );
  const { root } = readPth(pthZip(op.dict({
    lr: op.call(op.global("numpy.core.multiarray", "scalar"), dtype, eight),
    milestones: op.call(
      op.global("collections", "Counter"),
      bytesOf("}", op.int(1000), op.int(1), "s"),
    ),
    size: op.call(op.global("torch", "Size"), op.ints([1, 2])),
    device: op.call(op.global("torch", "device"), op.text("cpu")),
    old: op.call(
      op.global("collections", "OrderedDict"),
      op.list(op.list(op.text("k"), op.int(1))),
    ),
  })));
  assert.deepEqual(
    root,
    new Map<string, unknown>([
      ["lr", 2 ** -5],
      ["milestones", new Map([[1000, 1]])],
      ["size", [1, 2]],
      ["device", "cpu"],
      ["old", new Map([["k", 1]])],
    ]),
  );
});

Deno.test("readPth() refuses Python names that weights do not need, and runs nothing", () => {
  for (
    const [module, name] of [
      ["os", "system"],
      ["builtins", "eval"],
      ["torch.storage", "_load_from_bytes"],
      ["torch", "load"],
      ["collections", "__class__"],
      ["torch.nn.modules.conv", "Conv2d"],
    ] as const
  ) {
    const evil = op.call(op.global(module, name), op.text("touch owned"));
    const named = new RegExp(`${module}\\.${name}.*nothing was run`);
    fails("refused", named, () => readPth(pthZip(evil)));
    fails("refused", named, () => readPth(bytesOf(legacyHead(), pickle(evil), pickle(op.list()))));
  }
});

Deno.test("readPth() refuses to call a storage type or to load through a persistent id", () => {
  fails(
    "refused",
    /calls torch\.FloatStorage/,
    () => readPth(pthZip(op.call(op.global("torch", "FloatStorage"), op.int(5)))),
  );
  fails("refused", /no tensor storage/, () => readPth(pthZip(bytesOf(op.text("module"), "Q"))));
});

Deno.test("readPth() refuses views that leave their storage, in any way", () => {
  const read = (shape: number[], stride: number[], offset = 0, length = 4) => () => {
    const body = tensor({ key: "0", length, shape, stride, offset });
    return load(readPth(pthZip(body, { "0": new Uint8Array(4 * length) })).root);
  };
  fails("damaged", /reaches element 4 of storage "0", which has 4/, read([5], [1]));
  fails("damaged", /reaches element 4/, read([2], [1], 3));
  fails("damaged", /reaches element 2147483647/, read([2], [2147483647]));
  fails("damaged", /broken offset, shape or stride/, read([2], [-1], 1));
  fails("damaged", /broken offset, shape or stride/, read([-1], [1]));
  fails("damaged", /broken offset, shape or stride/, read([2], [1], -1));
  fails("damaged", /makes no sense/, read([2, 2], [1]));
  fails("damaged", /makes no sense/, read(Array(40).fill(2147483647), Array(40).fill(0)));
});

Deno.test("readPth() refuses to expand one element to gigabytes, before allocating", () => {
  const body = tensor({ key: "0", length: 1, shape: [100_000, 100_000], stride: [0, 0] });
  const { root } = readPth(pthZip(body, { "0": new Uint8Array(4) }));
  const before = performance.now();
  fails("refused", /expand to far more memory/, () => load(root));
  assert.ok(performance.now() - before < 100);
});

Deno.test("readPth() refuses many views that together expand to gigabytes", () => {
  const one = tensor({ key: "0", length: 1, shape: [1000, 1000], stride: [0, 0] });
  const entries = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`w${i}`, one]));
  const { root } = readPth(pthZip(op.dict(entries), { "0": new Uint8Array(4) }));
  fails("refused", /expand to far more memory/, () => selectParams(root, null, silent));
});

Deno.test("readPth() refuses pickles that blow up text or lists by sharing them", () => {
  const long = bytesOf(op.text("x".repeat(1000)), "q\x00");
  const encode = op.call(op.global("_codecs", "encode"), bytesOf("h\x00"), op.text("latin1"));
  fails("refused", /encodes text/, () => readPth(pthZip(op.list(long, encode))));
  const pairs = bytesOf(op.list(op.list(op.int(1), op.int(2))), "q\x00");
  const again = op.call(op.global("collections", "OrderedDict"), bytesOf("h\x00"));
  assert.deepEqual(readPth(pthZip(op.list(pairs, again, again))).root, [
    [],
    new Map([[1, 2]]),
    new Map(),
  ]);
});

Deno.test("readPth() refuses storages that are missing, cut off or of two types", () => {
  const body = tensor({ key: "0", length: 4, shape: [4], stride: [1] });
  fails("damaged", /storage "0" should have 16 bytes, but is missing/, () => readPth(pthZip(body)));
  fails(
    "damaged",
    /should have 16 bytes, but has 12/,
    () => readPth(pthZip(body, { "0": new Uint8Array(12) })),
  );
  const other = tensor({ key: "0", length: 4, shape: [4], stride: [1], type: "IntStorage" });
  fails(
    "damaged",
    /two types or sizes/,
    () => readPth(pthZip(op.list(body, other), { "0": new Uint8Array(16) })),
  );
  const huge = tensor({ key: "0", length: 0x7fffffff, shape: [1], stride: [1] });
  fails(
    "damaged",
    /should have 8589934588 bytes/,
    () => readPth(pthZip(huge, { "0": new Uint8Array(4) })),
  );
});

function legacyHead(version = 1001, little = "\x88"): Uint8Array {
  const magic = bytesOf("\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19");
  const system = bytesOf("}", op.text("little_endian"), little, "s");
  return bytesOf(pickle(magic), pickle(op.int(version)), pickle(system));
}

Deno.test("readPth() of a legacy file follows storage views", () => {
  const storage = bytesOf(
    op.tuple(
      op.text("storage"),
      op.global("torch", "FloatStorage"),
      op.text("k"),
      op.text("cpu"),
      op.int(4),
      op.tuple(op.text("view"), op.int(1), op.int(3)),
    ),
    "Q",
  );
  const body = op.call(
    op.global("torch._utils", "_rebuild_tensor"),
    ...[storage, op.int(1), op.ints([2]), op.ints([1])],
  );
  const file = bytesOf(
    ...[legacyHead(), pickle(body), pickle(op.list(op.text("k"))), little(4, 8)],
    raw(Float32Array.of(0, 1, 2, 3)),
  );
  assert.deepEqual(load(readPth(file).root), {
    shape: [2],
    dtype: "F32",
    data: Float32Array.of(2, 3),
  });
});

Deno.test("readPth() refuses legacy files that are cut off, big-endian or of another version", () => {
  const bytes = fixture("legacy_bare.pth");
  fails("damaged", /cut off/, () => readPth(bytes.subarray(0, bytes.length - 1)));
  fails("damaged", /cut off/, () => readPth(bytes.subarray(0, 600)));
  fails("unsupported", /format version/, () => readPth(legacyHead(1002)));
  fails("unsupported", /big-endian/, () => readPth(legacyHead(1001, "\x89")));
});

Deno.test("readPth() says when a zip is TorchScript, big-endian or something else", () => {
  const text = (name: string, content: string) => ({ name, bytes: bytesOf(content) });
  fails(
    "unsupported",
    /TorchScript/,
    () => readPth(pthZip(op.none, {}, { more: [text("archive/constants.pkl", "")] })),
  );
  fails(
    "unsupported",
    /TorchScript/,
    () => readPth(pthZip(op.none, {}, { more: [text("archive/code/__torch__.py", "")] })),
  );
  fails(
    "unsupported",
    /big-endian/,
    () => readPth(pthZip(op.none, {}, { more: [text("archive/byteorder", "big")] })),
  );
  fails(
    "unsupported",
    /two|no data\.pkl/,
    () => readPth(pthZip(op.none, {}, { more: [text("b/data.pkl", "")] })),
  );
});

Deno.test("readPth() of damaged bytes reads or throws a WeightsFileError, nothing else", () => {
  for (const name of ["zip.pth", "legacy_bare.pth"]) {
    const sound = fixture(name);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(sound.length - 1), fc.nat(255)), { maxLength: 4 }),
        fc.array(fc.tuple(fc.nat(3000), fc.nat(255)), { maxLength: 2 }),
        fc.option(fc.nat(sound.length)),
        (anywhere, early, length) => {
          const bytes = sound.slice(0, length ?? sound.length);
          for (const [at, value] of [...anywhere, ...early]) bytes[at] = value;
          try {
            selectParams(readPth(bytes).root, undefined, silent);
          } catch (error) {
            const known = error instanceof WeightsFileError ||
              (error as Error).name === "UserError";
            assert.ok(known, String((error as Error).stack));
          }
        },
      ),
      { seed: 3, numRuns: 300 },
    );
  }
});
