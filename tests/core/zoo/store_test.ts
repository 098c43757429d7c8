import { ExitCode, UserError } from "../../../core/errors.ts";
import { readCatalogue } from "../../../core/zoo/catalogue.ts";
import type { ZooEntry } from "../../../core/zoo/schema.ts";
import { fetchModel, isHere, placeOf, zooFolder } from "../../../core/zoo/store.ts";
import { Server } from "./_server.ts";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";

const BYTES = new TextEncoder().encode("weights");
const ENTRY: ZooEntry = {
  name: "Net",
  purpose: "testing",
  file: "net.pth",
  url: ["https://a.test/net.pth"],
  sha256: createHash("sha256").update(BYTES).digest("hex"),
  size: BYTES.length,
  redirects: [],
  license: "MIT",
  source: "https://a.test",
  facts: "made up",
  psnr: [],
  catalogue: "zoo/test.yml",
};

async function withCache(act: (env: (name: string) => string | undefined) => Promise<void>) {
  const folder = await Deno.makeTempDir();
  try {
    await act((name) => name === "DENOSR_CACHE" ? folder : undefined);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function refused(act: Promise<unknown>, says: RegExp): Promise<void> {
  return assert.rejects(act, (error) => {
    assert.ok(error instanceof UserError, String(error));
    assert.equal(error.exitCode, ExitCode.DATA);
    assert.match(error.message, says);
    return true;
  });
}

Deno.test("models are fetched into the folder zoo of the cache, and count as here when they are whole", async () => {
  await withCache(async (env) => {
    const path = placeOf(ENTRY, env);
    assert.equal(path, join(env("DENOSR_CACHE")!, "zoo", "net.pth"));
    assert.equal(await isHere(ENTRY, env), false);
    await using server = new Server(() => ({ body: BYTES }));
    const fetched = await fetchModel(ENTRY, { fetch: server.fetch }, env);
    assert.deepEqual(fetched, { path, sha256: ENTRY.sha256, fetched: true });
    assert.equal(await isHere(ENTRY, env), true);
    await Deno.writeTextFile(path, "weight");
    assert.equal(await isHere(ENTRY, env), false, "another length");
  });
  assert.throws(() => zooFolder(() => undefined), /set DENOSR_CACHE, or HOME/);
});

Deno.test("a model without an address is asked for by hand, and checked once it lies there", async () => {
  const entry: ZooEntry = { ...ENTRY, url: [], where: "Google Drive, folder x" };
  await withCache(async (env) => {
    const path = placeOf(entry, env);
    await refused(
      fetchModel(entry, {}, env),
      /Google Drive, folder x\n.*save it as .*net\.pth \(7 b/,
    );
    await Deno.mkdir(zooFolder(env));
    await Deno.writeTextFile(path, "wrong");
    await refused(
      fetchModel(entry, {}, env),
      /is not Net: it has 5 bytes and SHA-256 [0-9a-f]{64}/,
    );
    await Deno.writeFile(path, BYTES);
    assert.equal((await fetchModel(entry, {}, env)).fetched, false);
  });
});

Deno.test("shipped models are whole and need no network; one that is missing says how to bring it back", async () => {
  const { entries } = await readCatalogue();
  const shipped = entries.filter((entry) => entry.shipped !== undefined);
  assert.ok(shipped.length >= 3);
  for (const entry of shipped) {
    assert.equal(await isHere(entry), true, entry.name);
    const { path, fetched, sha256 } = await fetchModel(entry);
    assert.deepEqual([path, fetched, sha256], [placeOf(entry), false, entry.sha256]);
  }
  const gone = { ...shipped[0]!, shipped: "experiments/pretrained_models/none.safetensors" };
  await refused(fetchModel(gone), /is missing, but it comes with the program: .*git checkout/);
  const other = { ...shipped[0]!, sha256: "0".repeat(64) };
  await refused(fetchModel(other), /has SHA-256 [0-9a-f]{64}, but it comes with the program/);
});
