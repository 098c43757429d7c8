import assert from "node:assert/strict";
import { ExitCode, UserError } from "../../../core/errors.ts";
import {
  checkHash,
  findPretrained,
  loadPretrained,
  PRETRAINED,
  requirePretrained,
} from "../../../core/nets/pretrained.ts";
import { LPIPS_FILES } from "../../../core/nets/lpips.ts";
import { VGG_TYPES } from "../../../core/nets/vgg.ts";
import { readCatalogue } from "../../../core/zoo/catalogue.ts";

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const userError = (exitCode: number, ...patterns: RegExp[]) => (error: unknown): boolean => {
  assert.ok(error instanceof UserError);
  assert.equal(error.exitCode, exitCode);
  for (const pattern of patterns) assert.match(error.message, pattern);
  return true;
};

Deno.test("every network that is loaded by name has its file, with a hash and a license", () => {
  const names = Object.keys(PRETRAINED);
  for (const type of VGG_TYPES) assert.ok(names.includes(type), type);
  for (const { network, layers } of Object.values(LPIPS_FILES)) {
    assert.ok(names.includes(network) && names.includes(layers));
  }
  const files = new Set<string>();
  for (const { file, sha256, license, url } of Object.values(PRETRAINED)) {
    assert.match(sha256, /^[0-9a-f]{8}([0-9a-f]{56})?$/);
    assert.ok(sha256.length === 64 || file.includes(sha256), file);
    assert.ok(license !== "" && url.startsWith("https://"));
    files.add(file);
  }
  assert.equal(files.size, names.length, "no two have one file");
});

Deno.test("the zoo knows every file under the same name, with the same hash and address", async () => {
  const catalogue = await readCatalogue([]);
  for (const [name, { file, sha256, license, url }] of Object.entries(PRETRAINED)) {
    const entry = catalogue.get(name);
    assert.equal(entry.file, file);
    assert.ok(entry.url.includes(url), name);
    assert.equal(entry.license, license);
    assert.ok((entry.sha256 ?? entry.sha256_prefix)?.startsWith(sha256), name);
  }
});

Deno.test("requirePretrained() finds a file in the first place that has it", async () => {
  await inFolder(async (folder) => {
    const places = [`${folder}/one`, `${folder}/two`];
    await Deno.mkdir(places[1]!);
    assert.equal(await findPretrained("vgg19", places), undefined);
    const path = `${places[1]}/vgg19-dcbb9e9d.pth`;
    await Deno.writeTextFile(path, "x");
    assert.deepEqual(await requirePretrained("vgg19", undefined, places), [path]);
    await Deno.mkdir(places[0]!);
    await Deno.writeTextFile(`${places[0]}/vgg19-dcbb9e9d.pth`, "x");
    assert.deepEqual(await requirePretrained("vgg19", undefined, places), [
      `${places[0]}/vgg19-dcbb9e9d.pth`,
    ]);
  });
});

Deno.test("a missing file is told with place, address, license and command", async () => {
  await inFolder(async (folder) => {
    await assert.rejects(
      requirePretrained(["pt_inception", "vgg16"], "metric fid", [`${folder}/a`, `${folder}/b`]),
      userError(
        ExitCode.DATA,
        /^metric fid: weights are missing: pt_inception-2015-12-05-6726825d\.pth \(Inception.*\), vgg16-/,
        /deno task zoo fetch pt_inception vgg16\n/,
        /\/a\/vgg16-397923af\.pth +from https/,
        /from https:\/\/github\.com\/mseitzer\/pytorch-fid\/\S+ \(Apache-2\.0\)/,
        /looked in .*\/a, .*\/b$/,
      ),
    );
  });
});

Deno.test("a file of another content is refused before it is read as weights", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/lpips_alex_v0.1.pth`, "something else");
    await assert.rejects(
      loadPretrained("lpips_alex", undefined, [folder]),
      userError(ExitCode.STORAGE, /damaged or another file .* instead of df73285e/),
    );
    // SHA-256 of "abc": FIPS 180-2, appendix B.1.
    await Deno.writeTextFile(`${folder}/abc`, "abc");
    const url = "https://example.org";
    await checkHash(`${folder}/abc`, { sha256: "ba7816bf", url });
    await assert.rejects(checkHash(`${folder}/abc`, { sha256: "ba7816bd", url }));
  });
});
