import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { basename, join } from "node:path";
import { ExitCode, UserError } from "../../../core/errors.ts";
import {
  findCheckpoints,
  modelPath,
  newestValid,
  readChecked,
  verifyChecked,
  writeChecked,
} from "../../../core/storage/checkpoint.ts";
import { float32Tensor, type StateDict, writeSafetensors } from "../../../core/weights/mod.ts";

async function withFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function tensors(): StateDict {
  return new Map([
    ["params.w", float32Tensor([2, 2], Float32Array.of(1, 2, 3, 4))],
    ["params_ema.w", float32Tensor([2, 2], Float32Array.of(5, 6, 7, 8))],
  ]);
}

const metadata = { state: '{"iter":5,"note":"\\"checksum\\":\\"0\\""}', a: "b" };

Deno.test("writeChecked() and readChecked() give back tensors and metadata", () =>
  withFolder(async (folder) => {
    const path = join(folder, "5.state");
    await writeChecked(path, tensors(), metadata);
    const back = await readChecked(path);
    assert.deepEqual([...back.tensors], [...tensors()]);
    assert.deepEqual(back.metadata, metadata);
    assert.deepEqual(await verifyChecked(path), { valid: true });
  }));

Deno.test("writeChecked() stores the SHA-256 of the file with the checksum's digits as zeros", () =>
  withFolder(async (folder) => {
    const path = join(folder, "a");
    await writeChecked(path, tensors(), metadata);
    const bytes = await Deno.readFile(path);
    const text = new TextDecoder("latin1").decode(bytes);
    const checksum = /"checksum":"([0-9a-f]{64})"/.exec(text)![1]!;
    bytes.fill(0x30, text.indexOf(checksum), text.indexOf(checksum) + 64);
    assert.equal(createHash("sha256").update(bytes).digest("hex"), checksum);
  }));

Deno.test("writeChecked() of the same content gives the same bytes", () =>
  withFolder(async (folder) => {
    const [a, b] = [join(folder, "a"), join(folder, "b")];
    await writeChecked(a, tensors(), metadata);
    await writeChecked(b, tensors(), Object.fromEntries(Object.entries(metadata).toReversed()));
    assert.deepEqual(await Deno.readFile(a), await Deno.readFile(b));
  }));

Deno.test("writeChecked() writes pieces smaller and larger than its buffer in order", () =>
  withFolder(async (folder) => {
    const sizes = [10, 1 << 20, 3, (1 << 20) - 3, 1, 1_500_000, 7];
    const big: StateDict = new Map(
      sizes.map((size, i) => [`${i}`, float32Tensor([size], new Float32Array(size).fill(i + 1))]),
    );
    const path = join(folder, "a");
    await writeChecked(path, big);
    assert.deepEqual(await verifyChecked(path), { valid: true });
    const { tensors } = await readChecked(path);
    for (const [name, { data }] of tensors) {
      assert.equal(data.length, sizes[Number(name)]);
      assert.ok(data.every((value) => value === Number(name) + 1));
    }
  }));

Deno.test("readChecked() and verifyChecked() find every flipped bit and every cut", () =>
  withFolder(async (folder) => {
    const path = join(folder, "a");
    await writeChecked(path, tensors(), { a: "b" });
    const sound = await Deno.readFile(path);
    const check = async (bytes: Uint8Array, what: string) => {
      await Deno.writeFile(path, bytes);
      assert.equal((await verifyChecked(path)).valid, false, what);
      await assert.rejects(
        readChecked(path),
        (error) =>
          error instanceof UserError && error.exitCode === ExitCode.STORAGE &&
          error.message.startsWith(`${path}: the checkpoint is damaged: `),
        what,
      );
    };
    for (let at = 0; at < sound.length; at += 3) {
      const bytes = sound.slice();
      bytes[at]! ^= 1 << (at % 8);
      await check(bytes, `bit ${at % 8} of byte ${at}`);
    }
    for (let length = 0; length < sound.length; length += 7) {
      await check(sound.slice(0, length), `cut after ${length}`);
    }
    await check(new Uint8Array([...sound, 0]), "a byte more");
  }));

Deno.test("readChecked() refuses a safetensors file without a checksum, and a missing file", () =>
  withFolder(async (folder) => {
    const path = join(folder, "a");
    await Deno.writeFile(path, writeSafetensors(tensors()));
    await assert.rejects(readChecked(path), /damaged: it has no checksum/);
    assert.deepEqual(await verifyChecked(path), { valid: false, reason: "it has no checksum" });
    await assert.rejects(readChecked(join(folder, "no")), /cannot be read, .*\(ENOENT\)/);
  }));

Deno.test("findCheckpoints() lists <iter>.state newest first, by number", () =>
  withFolder(async (folder) => {
    for (const name of ["5.state", "40.state", "300.state", "x.state", "7.state.bak", ".9.state"]) {
      await Deno.writeTextFile(join(folder, name), "");
    }
    await Deno.mkdir(join(folder, "1000.state"));
    const found = await findCheckpoints(folder);
    assert.deepEqual(found.map(({ iter, path }) => [iter, basename(path)]), [
      [300, "300.state"],
      [40, "40.state"],
      [5, "5.state"],
    ]);
    assert.deepEqual(await findCheckpoints(join(folder, "no")), []);
    await assert.rejects(findCheckpoints(join(folder, "5.state")), /cannot be listed/);
  }));

Deno.test("newestValid() walks back to the newest sound checkpoint and says what it skipped", () =>
  withFolder(async (folder) => {
    for (const iter of [10, 20, 30, 40]) {
      await writeChecked(join(folder, `${iter}.state`), tensors(), { state: `{"iter":${iter}}` });
    }
    const damage = join(folder, "30.state");
    const bytes = await Deno.readFile(damage);
    bytes[bytes.length - 1]! ^= 1;
    await Deno.writeFile(damage, bytes);
    await Deno.truncate(join(folder, "40.state"), 100);
    const { checkpoint, skipped } = await newestValid(folder);
    assert.equal(checkpoint?.iter, 20);
    assert.deepEqual(skipped.map(({ iter }) => iter), [40, 30]);
    assert.match(skipped[0]!.reason, /cut off/);
    assert.match(skipped[1]!.reason, /checksum should be/);
  }));

Deno.test("newestValid() asks the caller's check, and gives nothing when none holds", () =>
  withFolder(async (folder) => {
    const states = join(folder, "training_states");
    await Deno.mkdir(states);
    await Deno.mkdir(join(folder, "models"));
    for (const iter of [1, 2]) await writeChecked(join(states, `${iter}.state`), new Map());
    const withModel = () =>
      newestValid(states, (found) => verifyChecked(modelPath(found, "net_g")));
    assert.equal((await withModel()).checkpoint, undefined);
    assert.equal((await withModel()).skipped.length, 2);
    await writeChecked(join(folder, "models", "net_g_1.safetensors"), tensors());
    assert.equal((await withModel()).checkpoint?.iter, 1);
    assert.deepEqual(await newestValid(join(folder, "no")), { checkpoint: undefined, skipped: [] });
  }));
