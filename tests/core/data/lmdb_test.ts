import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { compareKeys, LmdbFault } from "../../../core/data/_lmdb_pages.ts";
import { LmdbTree } from "../../../core/data/_lmdb_tree.ts";
import { readLmdb } from "../../../core/data/lmdb.ts";
import { ExitCode, UserError } from "../../../core/errors.ts";
import { put, withFolder } from "./_files.ts";
import { dataFile, expectedDatabases, keyBytes, LMDB_DATA, MemorySource } from "./_lmdb.ts";

const PAGE = 4096;

/** Looks a key up in a data file in memory. */
async function get(
  bytes: Uint8Array<ArrayBuffer>,
  key: string,
  most = Infinity,
): Promise<Uint8Array | undefined> {
  return await (await LmdbTree.open(new MemorySource(bytes))).get(keyBytes(key), most);
}

/** The meta page with the higher transaction: where it begins. */
function newerMeta(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return view.getBigUint64(144, true) > view.getBigUint64(PAGE + 144, true) ? 0 : PAGE;
}

/** A number to write into a data file. */
type Patch = readonly [offset: number, value: number | bigint, width: 2 | 4 | 8];

/** A copy of a data file with little-endian numbers written over it. */
function patched(
  bytes: Uint8Array<ArrayBuffer>,
  ...patches: readonly Patch[]
): Uint8Array<ArrayBuffer> {
  const copy = bytes.slice();
  for (const [offset, value, width] of patches) {
    for (let i = 0; i < width; i++) {
      copy[offset + i] = Number(BigInt(value) >> BigInt(8 * i) & 255n);
    }
  }
  return copy;
}

Deno.test("every key of every data base has the value that Python's lmdb reads", async () => {
  const databases = await expectedDatabases();
  assert.deepEqual(Object.values(databases).map(({ depth }) => depth), [0, 1, 1, 3]);
  assert.deepEqual(
    Object.values(databases).map(({ overflow_pages }) => overflow_pages),
    [0, 2, 0, 2],
  );
  for (const [name, { values }] of Object.entries(databases)) {
    const bytes = await dataFile(name);
    for (const [key, [length, sha256]] of Object.entries(values)) {
      const value = await get(bytes, key);
      assert.ok(value !== undefined, `${name}: ${key}`);
      assert.equal(value.length, length);
      assert.equal(createHash("sha256").update(value).digest("hex"), sha256, `${name}: ${key}`);
      assert.deepEqual(await get(bytes, key, 5), value.slice(0, 5));
    }
  }
});

Deno.test("keys that are not there have no value: before, between and after others, deleted, empty, long", async () => {
  const bytes = await dataFile("many");
  const { many } = await expectedDatabases();
  const keys = Object.keys(many!.values);
  const near = keys.flatMap((key) => [key.slice(0, -1), `${key}\0`, `${key}k`]);
  const odd = ["", "\0\0", "abcd", "aa", "zz", "\xff".repeat(600), "000" + "k".repeat(470)];
  let missing = 0;
  for (const key of [...near, ...odd]) {
    if (keys.includes(key)) continue;
    assert.equal(await get(bytes, key), undefined, key);
    missing++;
  }
  assert.ok(missing > 140);
  assert.equal(await get(await dataFile("empty"), "a"), undefined);
});

Deno.test("the meta page of the newer transaction counts", async () => {
  const bytes = await dataFile("many");
  const { many } = await expectedDatabases();
  const newer = newerMeta(bytes), older = PAGE - newer;
  // The older transaction is the one before the deletions: made the newer one, it brings a key back.
  const turned = patched(bytes, [older + 144, 99, 8]);
  const known = Object.keys(many!.values);
  const source = new TextDecoder("latin1").decode(bytes);
  const all = new Set(source.match(/\d{3}k{470,499}(?=value of )/g));
  const deleted = [...all].filter((key) => !known.includes(key));
  assert.equal(deleted.length, 4);
  for (const key of deleted) {
    assert.equal(await get(bytes, key), undefined);
    assert.equal(
      new TextDecoder().decode(await get(turned, key)),
      `value of ${key.slice(0, 3)}`,
    );
  }
});

Deno.test("compareKeys() goes by unsigned bytes, the shorter key first", () => {
  const sorted = ["", "\0", "a", "a\0", "ab", "b", "\x7f", "\x80", "\xff"];
  for (const [i, a] of sorted.entries()) {
    for (const [j, b] of sorted.entries()) {
      assert.equal(Math.sign(compareKeys(keyBytes(a), keyBytes(b))), Math.sign(i - j));
    }
  }
});

Deno.test("readLmdb() gives the first key that is there, many at once, and names the file", async () => {
  const file = `${LMDB_DATA}gt.lmdb/data.mdb`;
  const png = await Deno.readFile(`${LMDB_DATA}files/gt/a.v1.png`);
  const all = await Promise.all(
    Array.from({ length: 40 }, (_, i) => readLmdb(file, i % 2 ? ["a.v1"] : ["none", "a.v1"])),
  );
  for (const value of all) assert.deepEqual(value, png);
  assert.equal(await readLmdb(file, ["a"]), undefined);
  await withFolder(async (folder) => {
    await put(folder, {
      "text.mdb": "version https://git-lfs.github.com/spec/v1",
      "tiny.mdb": "x",
      "none.mdb": "",
      "big.mdb": new Uint8Array(5000),
    });
    for (
      const [name, what] of [
        ["nothing.mdb", "does not exist"],
        ["none.mdb", "is cut off: meta page 0 is not whole"],
        ["tiny.mdb", "is cut off: meta page 0 is not whole"],
        ["text.mdb", "is no LMDB data file"],
        ["big.mdb", "is no LMDB data file"],
      ] as const
    ) {
      await assert.rejects(readLmdb(`${folder}/${name}`, ["a"]), (error: unknown) => {
        assert.ok(error instanceof UserError && error.exitCode === ExitCode.DATA);
        assert.equal(error.message, `${folder}/${name} ${what}`);
        return true;
      });
    }
    await assert.rejects(readLmdb(folder, ["a"]), { name: "UserError" });
  });
});

Deno.test("files of another kind and damaged ones are refused with the reason", async () => {
  const gt = await dataFile("gt.lmdb");
  const meta = newerMeta(gt);
  const view = new DataView(gt.buffer);
  const leaf = PAGE * Number(view.getBigUint64(meta + 128, true));
  const node = leaf + view.getUint16(leaf + 16, true); // of a.v1, whose value is on overflow pages
  const overflow = PAGE * Number(view.getBigUint64(node + 8 + 4, true));
  const outside = /node 0 of page \d+ does not lie within it/;
  const cases: readonly (readonly [RegExp, Patch])[] = [
    [/has LMDB's data format 2; only format 1 is read/, [20, 2, 4]],
    [/has LMDB's data format 3/, [PAGE + 20, 3, 4]],
    [/is no LMDB data file/, [16, 0, 4]],
    [/written on a big-endian machine/, [16, 0xdec0efbe, 4]],
    [/page 1 is no meta page/, [PAGE + 16, 0, 4]],
    [/page 1 is not marked as a meta page/, [PAGE + 10, 2, 2]],
    [/meta page 0 says 4095 bytes a page/, [40, 4095, 4]],
    [/meta page 0 says 65536 bytes a page/, [40, 65536, 4]],
    [/differ in the size of pages/, [PAGE + 40, 8192, 4]],
    [/has duplicates or an order of keys of its own/, [meta + 92, 4, 2]],
    [/its tree has 0 levels/, [meta + 94, 0, 2]],
    [/its tree has 33 levels/, [meta + 94, 33, 2]],
    [/page 1 is named, its pages are 2 to 4/, [meta + 128, 1, 8]],
    [/page 99 is named, its pages are 2 to 4/, [meta + 128, 99, 8]],
    [/names page 18446744073709551614/, [meta + 128, 2n ** 64n - 2n, 8]],
    [/says that its last page is/, [meta + 136, 2 ** 52, 8]],
    [/page 4 is named, its pages are 2 to 1/, [meta + 136, 1, 8]],
    [/is no leaf page/, [leaf + 10, 1, 2]],
    [/is no leaf page/, [leaf + 10, 0x22, 2]],
    [/says that it is another one/, [leaf, 77, 8]],
    [/says that it has 0 nodes/, [leaf + 12, 16, 2]],
    [/says that it has 2040 nodes/, [leaf + 12, PAGE, 2]],
    [outside, [leaf + 16, PAGE - 7, 2]],
    [outside, [leaf + 16, 16, 2]],
    [outside, [node + 6, PAGE, 2]],
    [outside, [node + 4, 0, 2]],
    [outside, [node + 4, 9, 2]],
    [/holds a data base of its own under that key/, [node + 4, 2, 2]],
    [/holds several values under that key/, [node + 4, 4, 2]],
    [/page 5 is named/, [node + 8 + 4, 5, 8]],
    [/is no overflow page/, [overflow + 10, 2, 2]],
    [/bytes at page \d+ do not fit its 1 pages/, [overflow + 12, 1, 4]],
    [/page 5 is named, its pages are 2 to 4/, [overflow + 12, 4, 4]],
    [/the 4294967295 bytes at page \d+ do not fit its 2 pages/, [node, 0xffffffff, 4]],
  ];
  for (const [message, patch] of cases) {
    const bytes = patched(gt, patch);
    await assert.rejects(get(bytes, "a.v1"), (error: unknown) => {
      assert.ok(error instanceof LmdbFault, `${message}: ${error}`);
      assert.match(error.message, message);
      return true;
    }, String(message));
  }
  const small = new Uint8Array(200);
  await assert.rejects(
    get(patched(small, [12, 0xbeefc0de, 4]), "a"),
    /written on a 32-bit machine/,
  );
  await assert.rejects(get(await dataFile("named"), "inner"), /holds a data base of its own/);
});

Deno.test("a branch that points back to the root ends in an error", async () => {
  const bytes = await dataFile("many");
  const meta = newerMeta(bytes), view = new DataView(bytes.buffer);
  const root = Number(view.getBigUint64(meta + 128, true));
  const patches: Patch[] = [[meta + 94, 32, 2]];
  const count = (view.getUint16(root * PAGE + 12, true) - 16) / 2;
  for (let i = 0; i < count; i++) {
    const node = root * PAGE + view.getUint16(root * PAGE + 16 + 2 * i, true);
    patches.push([node, root, 4], [node + 4, 0, 2]);
  }
  await assert.rejects(get(patched(bytes, ...patches), "b"), /page \d+ is no leaf page/);
});

Deno.test("a file that is cut off anywhere gives a value that is right, or an error", async () => {
  const bytes = await dataFile("many");
  const { many } = await expectedDatabases();
  const keys = Object.keys(many!.values).filter((_, i) => i % 5 === 0);
  let right = 0, refused = 0;
  for (let length = 0; length < bytes.length; length += 2000) {
    for (const key of [...keys, "large"]) {
      try {
        const value = await get(bytes.slice(0, length), key);
        assert.equal(
          createHash("sha256").update(value!).digest("hex"),
          many!.values[key]![1],
        );
        right++;
      } catch (error) {
        assert.ok(error instanceof LmdbFault, String(error));
        assert.match(error.message, /is cut off/);
        refused++;
      }
    }
  }
  assert.ok(right > 25 && refused > 250, `${right} ${refused}`);
});

Deno.test("bytes that are changed at random give an error or some value, within the file and the reads of one look-up", async () => {
  const files = await Promise.all(["many", "gt.lmdb", "named"].map(dataFile));
  const { many } = await expectedDatabases();
  const keys = [...Object.keys(many!.values), "a.v1", "b", "inner", "nothing"];
  // Most of a page is keys and values; headers, offsets and meta pages are hit more often than by chance.
  const place = fc.record({
    page: fc.nat(),
    offset: fc.oneof(fc.nat(40), fc.nat(160), fc.nat(PAGE - 1)),
    value: fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 2, 4, 255)),
  });
  const seen = { faults: 0, values: 0 };
  await fc.assert(
    fc.asyncProperty(
      fc.nat(files.length - 1),
      fc.array(place, { minLength: 1, maxLength: 12 }),
      fc.constantFrom(...keys),
      fc.option(fc.nat()),
      async (which, places, key, cut) => {
        let bytes = files[which]!.slice();
        for (const { page, offset, value } of places) {
          bytes[page % (bytes.length / PAGE) * PAGE + offset] = value;
        }
        if (cut !== null) bytes = bytes.slice(0, cut % bytes.length);
        try {
          await get(bytes, key);
          seen.values++;
        } catch (error) {
          if (!(error instanceof LmdbFault)) throw error;
          seen.faults++;
        }
      },
    ),
    { numRuns: 2000, seed: 20 },
  );
  assert.ok(seen.faults > 300 && seen.values > 200, JSON.stringify(seen));
});
