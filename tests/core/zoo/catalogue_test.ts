import { ExitCode, UserError } from "../../../core/errors.ts";
import { loadPlugins } from "../../../core/plugins.ts";
import { ARCH_REGISTRY } from "../../../core/registry.ts";
import { type Catalogue, readCatalogue } from "../../../core/zoo/mod.ts";
import assert from "node:assert/strict";
import { join } from "node:path";

/** Archs that the catalogue has weights of while the program may not have them. */
const MAY_BE_ABSENT = new Set(["DAT"]);

/** Runs `act` with a plugin folder whose `zoo` holds these files. */
async function withFolder(
  files: Record<string, string>,
  act: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "denosr plugins (é) " });
  try {
    await Deno.mkdir(join(folder, "zoo"));
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(join(folder, "zoo", name), text);
    }
    await act(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function refusal(folder: string): Promise<string> {
  let message = "";
  await assert.rejects(readCatalogue([folder]), (error) => {
    assert.ok(error instanceof UserError, String(error));
    assert.equal(error.exitCode, ExitCode.USAGE);
    message = error.message;
    return true;
  });
  return message;
}

const TOP = "license: MIT\nsource: https://a.test/net\nfacts: its README\n";
const ENTRY = `  - name: Net_x2
    purpose: Bicubic x2
    network_g: { type: EDSR, upscale: 2 }
    scale: 2
    file: net_x2.pth
    url: https://a.test/net_x2.pth
`;

let own: Catalogue | undefined;
const catalogue = async () => own ??= await readCatalogue();

Deno.test("every entry of the program's catalogue names a way to its file and where its facts are from", async () => {
  const { entries } = await catalogue();
  assert.ok(entries.length > 80, `${entries.length}`);
  for (const entry of entries) {
    assert.ok(entry.url.length > 0 || entry.where !== undefined || entry.shipped !== undefined);
    for (const url of entry.url) {
      assert.equal(new URL(url).protocol, "https:", entry.name);
      assert.doesNotMatch(url, /drive\.google/, "Drive answers with a page, not with the file");
    }
    for (const text of [entry.purpose, entry.license, entry.source, entry.facts]) {
      assert.ok(text.length > 2, entry.name);
    }
  }
  for (const key of ["name", "file"] as const) {
    const values = entries.map((entry) => entry[key].toLowerCase());
    assert.equal(new Set(values).size, values.length, key);
  }
});

Deno.test("a hash in the name of a file is the one that is checked", async () => {
  let count = 0;
  for (const { file, sha256, sha256_prefix } of (await catalogue()).entries) {
    const named = /-([0-9a-f]{8})\.pth$/.exec(file)?.[1];
    if (named === undefined) continue;
    assert.ok((sha256 ?? sha256_prefix)?.startsWith(named), file);
    count++;
  }
  assert.ok(count >= 12, `${count}`);
});

Deno.test("every network of the catalogue is an arch of this program, with options that it takes", async () => {
  await loadPlugins();
  const known = new Set(ARCH_REGISTRY.names());
  for (const entry of (await catalogue()).entries) {
    const network = entry.network_g ?? entry.network_d;
    if (network === undefined) continue;
    const { type, ...options } = network;
    if (!known.has(type)) {
      assert.ok(MAY_BE_ABSENT.has(type), `${entry.name}: no arch ${type}`);
      continue;
    }
    const checked = ARCH_REGISTRY.get(type, entry.name).options?.safeParse(options);
    assert.ok(checked?.success !== false, `${entry.name}: ${checked?.error}`);
    const scale = options["upscale"] ?? options["scale"];
    if (entry.network_g !== undefined && scale !== undefined) {
      assert.equal(scale, entry.scale, entry.name);
    }
  }
});

Deno.test("the hosts of the catalogue are those of its addresses and of their redirects", async () => {
  const all = await catalogue();
  const hosts = all.hosts();
  for (
    const host of ["github.com", "release-assets.githubusercontent.com", "download.pytorch.org"]
  ) {
    assert.ok(hosts.includes(host), host);
  }
  for (const { url } of all.entries) {
    for (const address of url) assert.ok(hosts.includes(new URL(address).host), address);
  }
  assert.deepEqual(all.hosts([all.get("vgg19")]), ["download.pytorch.org"]);
  assert.deepEqual(all.hosts([all.get("realesr-animevideov3")]), []);
});

Deno.test("names are found whatever their case, and near matches are named", async () => {
  const all = await catalogue();
  assert.equal(all.get("realesrgan_X4PLUS").name, "RealESRGAN_x4plus");
  for (
    const [word, hint] of [["RealESRGAN_x4plu", /RealESRGAN_x4plus/], ["mx2", /EDSR_Mx2/]] as const
  ) {
    assert.throws(() => all.get(word), (error) => {
      assert.ok(error instanceof UserError && error.exitCode === ExitCode.USAGE);
      assert.match(
        error.message,
        /the zoo has no model ".+", did you mean .*; deno task zoo lists/,
      );
      assert.match(error.message, hint);
      return true;
    });
  }
});

Deno.test("a file in the folder zoo of a plugin folder adds its models, filled in from its top", async () => {
  await withFolder(
    { "mine.yml": `${TOP}models:\n${ENTRY}`, "notes.txt": "no YAML: [" },
    async (folder) => {
      const all = await readCatalogue([folder]);
      assert.equal(all.entries.length, (await catalogue()).entries.length + 1);
      const entry = all.get("net_x2");
      assert.deepEqual(entry.url, ["https://a.test/net_x2.pth"]);
      assert.deepEqual([entry.license, entry.source], ["MIT", "https://a.test/net"]);
      assert.deepEqual([entry.facts, entry.psnr, entry.redirects], ["its README", [], []]);
    },
  );
});

Deno.test("mistakes in a catalogue are told with file, line and key, all at once", async () => {
  const wrong = `${TOP}models:
  - name: Net x2
    purpose: Bicubic x2
    network_g: { upscale: 2 }
    file: ../net.pth
    url: http://a.test/net.pth
    sha265: "00"
    size: big
`;
  await withFolder({ "bad.yml": wrong }, async (folder) => {
    const lines = (await refusal(folder)).split("\n");
    const told = (key: string, line: number, what: RegExp) => {
      const found = lines.find((l) => l.includes(`models[0].${key} `));
      assert.ok(found !== undefined, `${key} in\n${lines.join("\n")}`);
      assert.match(found, new RegExp(`zoo/bad\\.yml:${line}:\\d+: `));
      assert.match(found, what);
    };
    told("name", 5, /letters, digits/);
    told("network_g.type", 7, /is missing/);
    told("file", 8, /without folders/);
    told("url", 9, /https:\/\//);
    told("sha265", 10, /is unknown/);
    told("size", 11, /must be a number, received "big"/);
  });
});

Deno.test("entries that contradict themselves or each other are refused", async () => {
  const hash = "a".repeat(64);
  const cases: [string, RegExp][] = [
    [`${TOP}models:\n${ENTRY.replace(/ +url: .*\n/, "")}`, /names no way to get it: give url:/],
    [
      `${TOP}models:\n${ENTRY}    sha256: ${hash}\n    sha256_prefix: aaaaaaaa\n`,
      /has both sha256/,
    ],
    [`${TOP}models:\n${ENTRY.replace(/ +scale: .*\n/, "")}`, /has network_g but no scale/],
    [`${TOP}models:\n${ENTRY}    shipped: a/net.pth\n`, /is shipped, so its sha256 is known/],
    [`models:\n${ENTRY}`, /has no license: give it here or at the top of the file/],
    [`${TOP}models:\n${ENTRY}${ENTRY}`, /name "Net_x2" is taken by models\[0\] of .*bad\.yml/],
    [`${TOP}models:\n${ENTRY.replace("Net_x2", "VGG19")}`, /"VGG19" is taken by models\[\d+\] of/],
    [`${TOP}models: []\n`, /models must be a list of at least 1/],
    ["- a\n", /the file must be a block of keys/],
  ];
  for (const [text, says] of cases) {
    await withFolder({ "bad.yml": text }, async (folder) => {
      assert.match(await refusal(folder), says);
    });
  }
});
