import assert from "node:assert/strict";
import { join } from "node:path";
import { ExitCode, type ExitCodeValue, UserError } from "../../../core/errors.ts";
import { encodeChecked } from "../../../core/weights/checksum.ts";
import { loadWeights } from "../../../core/weights/load.ts";
import { readSafetensors, writeSafetensors } from "../../../core/weights/safetensors.ts";
import { float32Tensor, type StateTensor } from "../../../core/weights/state_dict.ts";
import { bytesOf, fixture, fixturePath, op, pickle, pthZip } from "./_build.ts";

const folder = await Deno.makeTempDir();
globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));

function put(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  Deno.writeFileSync(path, bytes);
  return path;
}

async function fails(path: string, code: ExitCodeValue, message: RegExp): Promise<void> {
  await assert.rejects(
    loadWeights(path),
    (error) =>
      error instanceof UserError && error.exitCode === code && error.message.startsWith(path) &&
      message.test(error.message),
  );
}

function one(value: number): StateTensor {
  return float32Tensor([1], Float32Array.of(value));
}

async function value(path: string, paramKey?: string | null): Promise<[unknown, string[]]> {
  const said: string[] = [];
  const weights = await loadWeights(path, { paramKey, say: (line) => said.push(line) });
  return [weights.get("w")?.data[0], said];
}

Deno.test("loadWeights() tells the kind of a file by content, not by extension", async () => {
  const want = await loadWeights(fixturePath("zip.safetensors"));
  assert.deepEqual(
    new Map([...await loadWeights(put("zip.safetensors", fixture("zip.pth")))].toSorted()),
    new Map([...want].toSorted()),
  );
  assert.deepEqual(await loadWeights(put("st.pth", fixture("zip.safetensors"))), want);
  const legacy = await loadWeights(put("legacy.txt", fixture("legacy_bare.pth")));
  assert.equal(legacy.size, readSafetensors(fixture("legacy_bare.safetensors")).tensors.size);
});

Deno.test("loadWeights() selects by prefix in safetensors as by key in .pth", async () => {
  const both = put(
    "both",
    writeSafetensors(new Map([["params.w", one(1)], ["params_ema.w", one(2)]])),
  );
  assert.deepEqual(await value(both), [1, []]);
  assert.deepEqual(await value(both, "params"), [1, []]);
  assert.deepEqual(await value(both, "params_ema"), [2, []]);
  await assert.rejects(value(both, null), /parameters are under "params", "params_ema"/);
  const lone = put("lone", writeSafetensors(new Map([["params.module.w", one(1)]])));
  assert.deepEqual(await value(lone, "params_ema"), [
    1,
    [`${lone}: no "params_ema" in the file, using "params"`],
  ]);
  const bare = put("bare", writeSafetensors(new Map([["w", one(3)]])));
  assert.deepEqual(await value(bare), [3, []]);
  assert.deepEqual(await value(bare, null), [3, []]);
  assert.equal((await value(bare, "params_ema"))[0], 3);
  const own = put("own", writeSafetensors(new Map([["teacher.w", one(4)], ["params.w", one(1)]])));
  assert.deepEqual(await value(own, "teacher"), [4, []]);
});

Deno.test("loadWeights() checks the checksum of our files, and minds no other metadata", async () => {
  const { header, chunks } = encodeChecked(new Map([["params.w", one(1)]]));
  const bytes = bytesOf(header, ...chunks);
  assert.deepEqual(await value(put("ours", bytes)), [1, []]);
  bytes[bytes.length - 1]! ^= 1;
  await fails(
    put("flipped", bytes),
    ExitCode.STORAGE,
    /damaged: its checksum should be [0-9a-f]{12}…/,
  );
  const foreign = writeSafetensors(new Map([["w", one(1)]]), { checksum: "crc32:1234" });
  assert.deepEqual(await value(put("foreign", foreign)), [1, []]);
});

Deno.test("loadWeights() names a missing file, a folder and an empty file", async () => {
  await fails(join(folder, "nothing.pth"), ExitCode.DATA, /no such file, check the path/);
  await fails(folder, ExitCode.DATA, /is a folder, name the weights file in it/);
  await fails(put("empty.pth", new Uint8Array()), ExitCode.STORAGE, /it is empty \(0 bytes\)/);
});

Deno.test("loadWeights() says what a foreign file is", async () => {
  const cases: [string, RegExp][] = [
    ["version https://git-lfs.github.com/spec/v1\noid sha256:00", /a Git LFS pointer/],
    ["\n<!DOCTYPE html><html>", /a web page, so the download went wrong/],
    ["\x89PNG\r\n\x1a\n", /a PNG image/],
    ["\xff\xd8\xff\xe0", /a JPEG image/],
    ["name: x4\n", /text/],
    ["\0".repeat(100), /100 bytes of zeros/],
    ["\x01\x02\x03\x04\x05\x06\x07\x08\x09", /unknown kind \(9 bytes, beginning 01 02 03 04 05/],
    ["a".repeat(100) + "\0".repeat(157) + "ustar", /a tar archive/],
  ];
  for (const [content, message] of cases) {
    await fails(put("foreign", bytesOf(content)), ExitCode.STORAGE, message);
  }
  await fails(put("plain.pkl", pickle(op.dict({}))), ExitCode.STORAGE, /a plain Python pickle/);
});

Deno.test("loadWeights() reports damage as STORAGE and hostile content as DATA", async () => {
  const cut = (name: string) => put(name, fixture(name).subarray(0, 9000));
  await fails(cut("zip.pth"), ExitCode.STORAGE, /damaged: zip: the table of contents is missing/);
  await fails(cut("zip.safetensors"), ExitCode.STORAGE, /damaged: .* the file is cut off/);
  await fails(cut("legacy_bare.pth"), ExitCode.STORAGE, /damaged: storage .* is cut off/);
  const evil = pthZip(op.call(op.global("posix", "system"), op.text("true")));
  await fails(put("evil", evil), ExitCode.DATA, /refused to load: .*posix\.system/);
  await fails(put("list", pthZip(op.list())), ExitCode.DATA, /no dict of tensors/);
});
