/**
 * Files that were made to harm whoever reads them: each is refused by the error of its kind, in little time, without large
 * allocations. What the messages say is tested beside each reader.
 *
 * @module
 */
import assert from "node:assert/strict";
import { WeightsFileError } from "../../../core/weights/errors.ts";
import { readNcnn } from "../../../core/weights/ncnn.ts";
import { readPth } from "../../../core/weights/pth.ts";
import { readSafetensors } from "../../../core/weights/safetensors.ts";
import { selectParams } from "../../../core/weights/select.ts";
import { parseTfjsModel } from "../../../core/weights/tfjs_layers.ts";
import { ZipArchive } from "../../../core/weights/zip.ts";
import { bytesOf, little, op, pickle, pthZip, tensor, zip } from "./_build.ts";

/** Milliseconds that a case may take: 50 on a machine that does nothing else, which that of a test suite is not. */
const LIMIT_MS = 100;
/** Bytes of array buffers that a case may leave behind or hold at its end. */
const LIMIT_BYTES = 1 << 25;

/** Runs `read` up to five times: other work on the machine must not count. */
function refuses(what: string, kind: string, read: () => unknown, limit = LIMIT_MS): void {
  Deno.test(`${what} is refused at once`, () => {
    let best = Infinity;
    for (let attempt = 0; attempt < 5 && best > limit; attempt++) {
      const before = Deno.memoryUsage().external;
      const started = performance.now();
      assert.throws(read, (error) => {
        assert.ok(error instanceof WeightsFileError, String(error));
        assert.equal(error.kind, kind, error.message);
        // A message is one that people can read, whatever the file holds.
        assert.ok(error.message.length < 1000, `${error.message.length} characters`);
        return true;
      });
      best = Math.min(best, performance.now() - started);
      assert.ok(Deno.memoryUsage().external - before < LIMIT_BYTES);
    }
    assert.ok(best <= limit, `${best.toFixed(0)} ms`);
  });
}

const noSay = { say: () => {} };
const load = (file: Uint8Array) => () => selectParams(readPth(file).root, null, noSay);

/** A zip64 archive of a megabyte that announces `count` entries. */
function announced(count: number): Uint8Array {
  const bytes = zip([{ name: "a", bytes: new Uint8Array(1_100_000) }], { zip64: true });
  const record = bytes.length - 22 - 20 - 56;
  bytes.set(little(count, 8), record + 24);
  bytes.set(little(count, 8), record + 32);
  return bytes;
}

const zeros = new Uint8Array(20_000_000);
const million = announced(1e6), countless = announced(2 ** 53);
refuses("a zip that announces a million entries", "refused", () => new ZipArchive(million));
refuses("a zip that announces 2^53 entries", "damaged", () => new ZipArchive(countless));
const bomb = zip([{ name: "archive/data.pkl", bytes: zeros, deflate: true }]);
refuses("a deflated pickle that grows a thousandfold", "refused", () => readPth(bomb));
const storage = zip([
  {
    name: "archive/data.pkl",
    bytes: pickle(tensor({ key: "0", length: 5e6, shape: [1], stride: [1] })),
  },
  { name: "archive/data/0", bytes: zeros, deflate: true },
]);
refuses("a deflated storage that grows a thousandfold", "refused", load(storage));
const upwards = zip([{ name: `../${"n".repeat(60_000)}`, bytes: bytesOf("x") }]);
refuses("a zip with an endless name upwards", "refused", () => new ZipArchive(upwards));

// The file has a megabyte, and time grows with the file, but no faster.
const opcodes = zip([{
  name: "a/data.pkl",
  bytes: bytesOf("\x80\x02", "N".repeat(1_000_001), "."),
}]);
refuses("a pickle of a million opcodes", "refused", () => readPth(opcodes), 5 * LIMIT_MS);
const endless = pthZip(op.call(op.global("os".repeat(500_000), "system")));
refuses("a pickle with an endless global", "refused", () => readPth(endless));
const claim = pthZip(bytesOf("X", little(0xffffffff, 4), "a"));
refuses("a pickle whose text claims 4 GiB", "damaged", () => readPth(claim));
// A list of lists of lists, ten times each: 10^9 leaves if anybody walked it.
const nested = pthZip(bytesOf(
  "]q\x00",
  ...Array.from(
    { length: 9 },
    (_, i) =>
      bytesOf("](", `h${String.fromCharCode(i)}`.repeat(10), `eq${String.fromCharCode(i + 1)}`),
  ),
  "Q",
));
refuses("a pickle of lists shared a billionfold", "refused", () => readPth(nested));
const shared = bytesOf(op.ints(Array(64).fill(1)), "q\x00");
refuses(
  "a tensor whose shape is a shared list of lists",
  "damaged",
  () =>
    readPth(
      pthZip(
        op.list(
          shared,
          op.call(
            op.global("torch._utils", "_rebuild_tensor"),
            op.none,
            op.int(0),
            bytesOf("h\x00"),
            bytesOf("h\x00"),
          ),
        ),
      ),
    ),
);

const one = (shape: number[], stride: number[], offset = 0) =>
  pthZip(op.dict({ w: tensor({ key: "0", length: 1, shape, stride, offset }) }), {
    "0": new Uint8Array(4),
  });
refuses("a tensor of 2^62 elements of one", "damaged", load(one([2147483647, 2147483647], [0, 0])));
refuses("a tensor of 2^30 elements of one", "refused", load(one([32768, 32768], [0, 0])));
refuses("a tensor outside of its storage", "damaged", load(one([1], [1], 2147483647)));
refuses("a tensor with steps backwards", "damaged", load(one([2], [-1])));
const many = Object.fromEntries(
  Array.from({ length: 50 }, (_, i) => [
    `w${i}`,
    tensor({ key: "0", length: 1, shape: [1000, 1000], stride: [0, 0] }),
  ]),
);
refuses(
  "fifty tensors of 10^6 elements of one",
  "refused",
  load(pthZip(op.dict(many), { "0": new Uint8Array(4) })),
);
const huge = tensor({ key: "k".repeat(100_000), length: 0x7fffffff, shape: [1], stride: [1] });
refuses("a storage of 8 GiB with an endless key", "damaged", load(pthZip(huge)));

/** A safetensors file of that header. */
function safetensors(header: string, data = 0): Uint8Array {
  return bytesOf(little(header.length, 8), header, new Uint8Array(data));
}
const entry = (shape: string, begin: number | string, end: number | string) =>
  `{"w":{"dtype":"F32","shape":${shape},"data_offsets":[${begin},${end}]}}`;
for (
  const [what, file] of [
    ["a header of 2^63 bytes", bytesOf(little(2n ** 63n, 8), "{}")],
    ["a header of 99 MB in a small file", bytesOf(little(99_000_000, 8), "{}")],
    ["a shape of 10^30", safetensors(entry("[1000000000000000,1000000000000000]", 0, 4), 4)],
    ["offsets of 2^53 - 1", safetensors(entry("[1]", 9007199254740987, 9007199254740991), 4)],
    ["negative offsets", safetensors(entry("[1]", -4, 0), 4)],
    [
      "a shape of a hundred thousand axes",
      safetensors(entry(`[${"1,".repeat(100_000)}2]`, 0, 4), 4),
    ],
    ["an endless name", safetensors(entry("[2]", 0, 4).replace("w", "w".repeat(1_000_000)), 4)],
    ["nesting without end", safetensors('{"a":'.repeat(100_000))],
  ] as const
) refuses(`safetensors with ${what}`, "damaged", () => readSafetensors(file));

const ncnn = (...lines: string[]) => bytesOf(["7767517", ...lines, ""].join("\n"));
refuses(
  "an ncnn model of a million layers",
  "refused",
  () => readNcnn(ncnn("1000000 1", "Input a 0 1 x"), new Uint8Array()),
);
refuses(
  "an ncnn layer of 2^31 filters",
  "damaged",
  () =>
    readNcnn(
      ncnn("2 2", "Input a 0 1 x", "Convolution c 1 1 x y 0=2147483648 1=1 6=2147483648"),
      new Uint8Array(8),
    ),
);
refuses(
  "an ncnn layer with a list that never ends",
  "damaged",
  () => readNcnn(ncnn("1 1", `Input a 0 1 x -23300=1${",1".repeat(500_000)}`), new Uint8Array()),
);
refuses(
  "an ncnn layer of four thousand million blobs",
  "damaged",
  () => readNcnn(ncnn("1 1", "Concat a 4000000000 1 x"), new Uint8Array()),
);

const model = (weights: unknown, paths: unknown = ["a"]) => () =>
  parseTfjsModel(bytesOf(JSON.stringify({ weightsManifest: [{ paths, weights }] })));
refuses("a layers model of 10^5 shards", "refused", model([], Array(100_000).fill("a")));
refuses("a layers model of 10^5 tensors", "refused", model(Array(100_000).fill(0)));
refuses("a layers model with a shard upwards", "refused", model([], ["../../etc/passwd"]));
