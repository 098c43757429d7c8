import { ExitCode, UserError } from "../../../core/errors.ts";
import { withInitSeed } from "../../../core/nn/init.ts";
import { loadPlugins } from "../../../core/plugins.ts";
import { ARCH_REGISTRY } from "../../../core/registry.ts";
import { loadWeights } from "../../../core/weights/load.ts";
import { readCatalogue, resolveWeights, zooName } from "../../../core/zoo/mod.ts";
import { Server } from "./_server.ts";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";

Deno.test("zoo:NAME names a model, anything else a path", async () => {
  assert.equal(zooName("zoo:Net"), "Net");
  assert.equal(zooName("zoo: Net "), "Net");
  for (const path of ["zoo/net.pth", "a/zoo:net.pth", "C:\\zoo\\net.pth"]) {
    assert.equal(zooName(path), undefined);
    assert.equal(await resolveWeights(path), path);
  }
  await assert.rejects(resolveWeights("zoo:realesr-animevideo"), (error) => {
    assert.ok(error instanceof UserError && error.exitCode === ExitCode.USAGE);
    assert.match(error.message, /did you mean realesr-animevideov3/);
    return true;
  });
});

/** A cache folder, and a plugin folder with the model Net, which is at 127.0.0.1, the one host that tests may reach. */
async function withNet(act: (folder: string, bytes: Uint8Array) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  const before = Deno.env.get("DENOSR_CACHE");
  try {
    Deno.env.set("DENOSR_CACHE", join(folder, "cache"));
    const bytes = new TextEncoder().encode("weights");
    await Deno.mkdir(join(folder, "zoo"));
    await Deno.writeTextFile(
      join(folder, "zoo", "net.yml"),
      `license: MIT
source: https://a.test
facts: made up
models:
  - name: Net
    purpose: testing
    file: net.pth
    url: https://127.0.0.1/net.pth
    sha256: "${createHash("sha256").update(bytes).digest("hex")}"
`,
    );
    await act(folder, bytes);
  } finally {
    if (before === undefined) Deno.env.delete("DENOSR_CACHE");
    else Deno.env.set("DENOSR_CACHE", before);
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test({
  name: "a model that is not here is not fetched without the permission, but its command is told",
  permissions: {
    read: true,
    write: true,
    env: true,
    sys: true,
    net: false,
    run: false,
    ffi: false,
  },
  fn: async () => {
    await withNet(async (folder) => {
      await assert.rejects(resolveWeights("zoo:net", { plugins: [folder] }), (error) => {
        assert.ok(error instanceof UserError && error.exitCode === ExitCode.DATA);
        assert.match(error.message, /zoo:net is not here: run deno task zoo fetch Net/);
        return true;
      });
    });
  },
});

Deno.test("with the permission it is fetched once", async () => {
  await withNet(async (folder, bytes) => {
    await using server = new Server(() => ({ body: bytes }));
    const said: string[] = [];
    const options = {
      plugins: [folder],
      fetch: server.fetch,
      say: (line: string) => said.push(line),
    };
    const path = await resolveWeights("zoo:Net", options);
    assert.equal(path, join(folder, "cache", "zoo", "net.pth"));
    assert.deepEqual(said, ["fetching Net (MIT) from 127.0.0.1"]);
    assert.equal(await resolveWeights("zoo:Net", options), path);
    assert.equal(server.asked.length, 1);
  });
});

Deno.test("the shipped models fit the networks that the catalogue gives for them", async () => {
  await loadPlugins();
  const { entries } = await readCatalogue();
  for (const entry of entries.filter(({ shipped }) => shipped !== undefined)) {
    const { type, ...options } = entry.network_g!;
    const arch = ARCH_REGISTRY.get(type, entry.name);
    const net = withInitSeed(0, () => new arch.value(arch.options!.parse(options)));
    const path = await resolveWeights(`zoo:${entry.name}`);
    const weights = await loadWeights(path, { paramKey: entry.param_key, say: () => {} });
    assert.deepEqual(net.compareWith(weights), { missing: [], unexpected: [], mismatched: [] });
    for (const [name, { data }] of weights) {
      assert.ok((data as Float32Array).every(Number.isFinite), `${entry.name}: ${name}`);
      assert.ok((data as Float32Array).some((x) => x !== 0), `${entry.name}: ${name} is all zeros`);
    }
  }
});
