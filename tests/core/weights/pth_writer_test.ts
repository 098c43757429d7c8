import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import { encodePth, writePth } from "../../../core/weights/pth_writer.ts";
import { readPth } from "../../../core/weights/pth.ts";
import { selectParams } from "../../../core/weights/select.ts";
import {
  float32Tensor,
  type StateDict,
  type StateDType,
  type StateTensor,
} from "../../../core/weights/state_dict.ts";
import { ZipArchive } from "../../../core/weights/zip.ts";

const silent = { say: () => {} };

/** One small tensor of every type that `.pth` files can hold. */
const EVERY: StateDict = new Map<string, StateTensor>([
  ["conv.weight", float32Tensor([2, 1, 1, 3], Float32Array.of(1, -2, 3.5, 4, 5, 6))],
  ["half", { shape: [3], dtype: "F16", data: Float32Array.of(1.5, -2, 65504) }],
  ["brain", { shape: [2, 1], dtype: "BF16", data: Float32Array.of(1.5, -2) }],
  ["double", { shape: [1], dtype: "F64", data: Float64Array.of(0.1) }],
  ["count", { shape: [], dtype: "I64", data: BigInt64Array.of(-(2n ** 62n)) }],
  ["i32", { shape: [2], dtype: "I32", data: Int32Array.of(-1, 7) }],
  ["i16", { shape: [2], dtype: "I16", data: Int16Array.of(-1, 7) }],
  ["i8", { shape: [2], dtype: "I8", data: Int8Array.of(-1, 7) }],
  ["u8", { shape: [2], dtype: "U8", data: Uint8Array.of(255, 7) }],
  ["flag", { shape: [2], dtype: "BOOL", data: Uint8Array.of(1, 0) }],
  ["empty", { shape: [2, 0, 3], dtype: "F32", data: new Float32Array() }],
  ["naïve \n name", float32Tensor([1], Float32Array.of(9))],
]);

function read(bytes: Uint8Array, key: string | null): [string, StateTensor][] {
  return [...selectParams(readPth(bytes).root, key, silent)];
}

Deno.test("writePth() and back gives the same tensors in the same order, every type", () => {
  assert.deepEqual(read(writePth({ params: EVERY }), "params"), [...EVERY]);
  assert.deepEqual(read(writePth(EVERY), null), [...EVERY]);
  const ema: StateDict = new Map([["w", float32Tensor([1], Float32Array.of(2))]]);
  const both = writePth({ params: EVERY, params_ema: ema });
  assert.deepEqual(read(both, "params_ema"), [...ema]);
  assert.deepEqual([...(readPth(both).root as Map<string, unknown>).keys()], [
    "params",
    "params_ema",
  ]);
});

Deno.test("writePth() and back keeps any names, shapes and numbers", () => {
  const entry = fc.tuple(fc.string({ unit: "binary" }), fc.float32Array({ maxLength: 5 }));
  fc.assert(
    fc.property(
      fc.uniqueArray(entry, { selector: ([name]) => name, minLength: 1, maxLength: 20 }),
      (entries) => {
        const dict: StateDict = new Map(
          // "module." belongs to DataParallel and is stripped on reading.
          entries.map(([name, data]) => [`p${name}`, float32Tensor([data.length, 1], data)]),
        );
        assert.deepEqual(read(writePth(dict), null), [...dict]);
      },
    ),
    { seed: 4, numRuns: 30 },
  );
});

Deno.test("writePth() and back keeps a thousand tensors apart", () => {
  const many: StateDict = new Map(
    Array.from({ length: 1000 }, (_, i) => [`w${i}`, float32Tensor([1], Float32Array.of(i))]),
  );
  assert.deepEqual(read(writePth(many), null), [...many]);
});

Deno.test("writePth() stores floats in half precision when asked, and nothing else", () => {
  for (const floats of ["F16", "BF16", "F32"] as const) {
    const got = new Map(read(writePth(EVERY, { floats }), null));
    const dtypes = (name: string): StateDType => got.get(name)!.dtype;
    assert.deepEqual(["conv.weight", "half", "brain"].map(dtypes), [floats, floats, floats]);
    assert.deepEqual(["double", "count", "i8"].map(dtypes), ["F64", "I64", "I8"]);
  }
});

Deno.test("writePth() lays the archive out as torch.save() does", () => {
  const bytes = writePth({ params: EVERY });
  const view = new DataView(bytes.buffer);
  const zip = new ZipArchive(bytes);
  assert.deepEqual(zip.names, [
    "archive/data.pkl",
    "archive/byteorder",
    ...[...EVERY.keys()].map((_, i) => `archive/data/${i}`),
    "archive/version",
  ]);
  for (const name of zip.names) zip.read(name); // checks every checksum
  // Local headers, one after the other: stored, whole, and their data at multiples of 64.
  let at = 0;
  for (const name of zip.names) {
    assert.equal(view.getUint32(at, true), 0x04034b50);
    assert.equal(view.getUint16(at + 8, true), 0, "stored");
    assert.equal(view.getUint32(at + 18, true), view.getUint32(at + 22, true));
    const start = at + 30 + view.getUint16(at + 26, true) + view.getUint16(at + 28, true);
    assert.equal(start % 64, 0, name);
    at = start + view.getUint32(at + 18, true);
  }
  assert.equal(view.getUint32(at, true), 0x02014b50, "the table of contents follows");
  const text = (name: string) => new TextDecoder("latin1").decode(zip.read(name));
  assert.equal(text("archive/version"), "3\n");
  assert.equal(text("archive/byteorder"), "little");
  // Protocol 2, and no names but those that torch.load(weights_only=True) allows.
  const pickle = text("archive/data.pkl");
  assert.deepEqual([...zip.read("archive/data.pkl")!.subarray(0, 2)], [0x80, 2]);
  assert.ok(pickle.endsWith("."));
  const globals = [...pickle.matchAll(/c([a-z][\w.]+)\n(\w+)\n/g)].map(([, m, n]) => `${m}.${n}`);
  assert.deepEqual(
    new Set(globals),
    new Set([
      "collections.OrderedDict",
      "torch._utils._rebuild_tensor_v2",
      ..."Float Half BFloat16 Double Long Int Short Char Byte Bool".split(" ").map((t) =>
        `torch.${t}Storage`
      ),
    ]),
  );
});

Deno.test("encodePth() gives the tensors' own bytes, and the same file for the same content", () => {
  const data = Float32Array.of(1, 2);
  const chunks = [...encodePth(new Map([["w", float32Tensor([2], data)]]))];
  assert.ok(chunks.some(({ buffer }) => buffer === data.buffer));
  assert.deepEqual(writePth(EVERY), writePth(new Map(EVERY)));
});

Deno.test("encodePth() refuses what a .pth cannot hold before it gives a byte", () => {
  const write = (tensor: StateTensor) => () => encodePth(new Map([["w", tensor]]));
  const data = new Float32Array(3);
  assert.throws(
    write({ shape: [1], dtype: "U16", data: Uint16Array.of(1) }),
    /tensor "w": PyTorch's files have no storage for U16/,
  );
  assert.throws(write({ shape: [2], dtype: "F32", data }), /"w": shape \[2\] does not hold 3/);
  assert.throws(write({ shape: [3], dtype: "I32", data }), /"w": dtype I32 needs a Int32Array/);
});

const python = Deno.env.get("DENOSR_TORCH");

Deno.test({
  name: python
    ? "torch.load(weights_only=True) reads what writePth() writes, mapped or not"
    : "torch.load() of what writePth() writes (skipped: set DENOSR_TORCH to a Python with PyTorch)",
  ignore: !python,
  async fn() {
    const folder = await Deno.makeTempDir();
    try {
      const path = join(folder, "a.pth");
      await Deno.writeFile(path, writePth({ params: EVERY }));
      const script = `
import sys, json, torch
for mmap in (False, True):
    d = torch.load(sys.argv[1], weights_only=True, mmap=mmap)["params"]
    print(json.dumps([[k, str(v.dtype), list(v.shape), v.double().flatten().tolist()] for k, v in d.items()]))`;
      const { stdout, stderr } = await new Deno.Command(python!, { args: ["-c", script, path] })
        .output();
      const lines = new TextDecoder().decode(stdout).trim().split("\n");
      assert.equal(lines.length, 2, new TextDecoder().decode(stderr));
      const names: Partial<Record<StateDType, string>> = {
        ...{ F32: "float32", F16: "float16", BF16: "bfloat16", F64: "float64", I64: "int64" },
        ...{ I32: "int32", I16: "int16", I8: "int8", U8: "uint8", BOOL: "bool" },
      };
      const want = [...EVERY].map((
        [name, { dtype, shape, data }],
      ) => [name, `torch.${names[dtype]}`, shape, Array.from(data as Float32Array, Number)]);
      for (const line of lines) assert.deepEqual(JSON.parse(line), want);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
