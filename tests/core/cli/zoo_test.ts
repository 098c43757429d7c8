import { parseFor } from "../../../core/cli/args.ts";
import { COMMANDS } from "../../../core/cli/commands.ts";
import { runZoo } from "../../../core/cli/zoo.ts";
import { grantsFor } from "../../../core/cli/grants.ts";
import { ExitCode, type ExitCodeValue, UserError } from "../../../core/errors.ts";
import { zooFolder } from "../../../core/zoo/mod.ts";
import { type Answer, Server } from "../zoo/_server.ts";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";

const command = COMMANDS.find((c) => c.name === "zoo")!;
const BYTES = new TextEncoder().encode("weights");
const HASH = createHash("sha256").update(BYTES).digest("hex");
const CATALOGUE = `license: MIT
source: https://a.test
facts: made up
models:
  - name: First
    purpose: Testing
    network_g: { type: EDSR, upscale: 2 }
    scale: 2
    file: first.pth
    url: https://a.test/first.pth
    sha256: "${HASH}"
    size: 7
    psnr:
      - { set: Set5, channel: y, crop: 2, psnr: 38.11, ssim: 0.9602 }
  - name: Second
    purpose: Testing
    file: second.pth
    url: https://a.test/second.pth
  - name: Third
    purpose: Testing
    file: third.pth
    where: Drive, folder x
`;

/** What a command line came to. */
interface Ended {
  readonly code: number;
  readonly out: string;
}

/** Runs `zoo` with an empty cache and the catalogue above. */
async function withZoo(
  answer: (path: string) => Answer,
  act: (zoo: (...words: string[]) => Promise<Ended>, server: Server) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const before = Deno.env.get("DENOSR_CACHE");
  try {
    Deno.env.set("DENOSR_CACHE", join(folder, "cache"));
    await Deno.mkdir(join(folder, "zoo"));
    await Deno.writeTextFile(join(folder, "zoo", "test.yml"), CATALOGUE);
    await using server = new Server(({ path }) => answer(path));
    await act(async (...words) => {
      const out: string[] = [];
      const parsed = await parseFor(command, [...words, "--plugins", folder]);
      const code = await runZoo(parsed, {
        fetch: server.fetch,
        attempts: 1,
      }, (text) => out.push(text));
      return { code, out: out.join("\n") };
    }, server);
  } finally {
    if (before === undefined) Deno.env.delete("DENOSR_CACHE");
    else Deno.env.set("DENOSR_CACHE", before);
    await Deno.remove(folder, { recursive: true });
  }
}

function refused(act: Promise<unknown>, code: ExitCodeValue, says: RegExp): Promise<void> {
  return assert.rejects(act, (error) => {
    assert.ok(error instanceof UserError, String(error));
    assert.equal(error.exitCode, code);
    assert.match(error.message, says);
    return true;
  });
}

Deno.test("zoo lists models with arch, scale, size, license, and whether they are here", async () => {
  await withZoo(() => ({ body: BYTES }), async (zoo) => {
    const all = (await zoo()).out;
    assert.match(all, /^name +arch +scale +size +license +here\n/);
    assert.match(all, /^First +EDSR +x2 +7 B +MIT +-$/m);
    assert.match(all, /^Third +\? +MIT +by hand$/m);
    assert.match(
      all,
      /^realesr-animevideov3 +SRVGGNetCompact +x4 +1\.2 MB +BSD-3-Clause +shipped$/m,
    );
    await zoo("fetch", "First");
    const found = (await zoo("list", "edsr", "testing")).out.split("\n");
    assert.equal(found.length, 2);
    assert.match(found[1]!, /^First .* here$/);
    assert.match((await zoo("list", "nothing like it")).out, /The zoo has no model with "nothing/);
  });
});

Deno.test("zoo fetch fetches, says path and license, and the hash where none is published", async () => {
  await withZoo(() => ({ body: BYTES }), async (zoo, server) => {
    const path = join(zooFolder(), "first.pth");
    const first = await zoo("fetch", "first", "Second");
    assert.equal(first.code, ExitCode.OK);
    assert.ok(first.out.includes(`First was fetched: ${path}\n  license MIT, https://a.test`));
    assert.ok(first.out.includes(`SHA-256 ${HASH}; none is published`), first.out);
    assert.deepEqual(await Deno.readFile(path), BYTES);
    assert.match((await zoo("fetch", "First")).out, /^First is here: /);
    assert.equal(server.asked.length, 2);
    assert.equal((await zoo("path", "First")).out, path);
  });
});

Deno.test("of several models those that can be had are fetched, and the exit code says that some were not", async () => {
  const answer = (path: string) => path.endsWith("first.pth") ? { body: BYTES } : { status: 404 };
  await withZoo(answer, async (zoo) => {
    assert.equal((await zoo("fetch", "Second", "First", "Third")).code, ExitCode.SOME_FAILED);
    assert.equal((await zoo("path", "First")).code, ExitCode.OK);
    assert.equal((await zoo("fetch", "Second", "Third")).code, ExitCode.DATA);
    await refused(zoo("fetch", "Second"), ExitCode.DATA, /there is no such file \(404\)/);
  });
});

Deno.test("zoo info tells all that is known, also how options name the model", async () => {
  await withZoo(() => ({}), async (zoo) => {
    const { out } = await zoo("info", "First", "third");
    for (
      const line of [
        '  network_g {type: "EDSR", upscale: 2}',
        `  sha256    ${HASH}`,
        "  url       https://a.test/first.pth",
        "  published Set5: 38.11 dB, SSIM 0.9602 (Y, crop 2)",
        `  would be  ${join(zooFolder(), "first.pth")}`,
        "  options   path.pretrain_network_g: zoo:First",
        "  by hand   Drive, folder x",
        "  sha256    not published",
      ]
    ) assert.ok(out.split("\n").includes(line), `${line}\nin\n${out}`);
  });
});

Deno.test("zoo refuses what it does not know, with near matches", async () => {
  await withZoo(() => ({}), async (zoo) => {
    await refused(zoo("ftch"), ExitCode.USAGE, /unknown action "ftch", did you mean fetch\?/);
    await refused(zoo("fetch"), ExitCode.USAGE, /zoo fetch: name a model/);
    await refused(zoo("info", "Frist"), ExitCode.USAGE, /did you mean First/);
    await refused(zoo("path", "First"), ExitCode.DATA, /deno task zoo fetch First fetches it/);
    await refused(zoo("path", "Third"), ExitCode.DATA, /Drive, folder x\n.*save it as/);
  });
});

Deno.test("a run may read the zoo's folder, and what options name there is no path", () => {
  const read = (weights: string) =>
    grantsFor({ path: { pretrain_network_g: weights } }, ["opt.yml"], [], undefined).read;
  assert.ok(read("zoo:Net").includes(zooFolder()));
  // Losses and metrics find their networks there.
  assert.ok(read("a/net.pth").includes(zooFolder()));
  assert.ok(!read("zoo:a/Net").some((path) => path.includes("zoo:")));
});
