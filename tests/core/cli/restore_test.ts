import { encodePng } from "../../../core/data/png.ts";
import { readImageHeader } from "../../../core/data/header.ts";
import { type Ended, ended, ENGINE, MOD, picture } from "./_runs.ts";
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** What `deno task restore` starts, with the permissions that the task gives. */
const LAUNCH = [
  "--no-prompt",
  "--allow-read",
  "--allow-env",
  "--allow-sys=hostname",
  `--allow-run=${Deno.execPath()}`,
  fileURLToPath(new URL("../../../core/cli/launch.ts", import.meta.url)),
];

/** A file that is no JPEG after its first bytes. */
const CUT_JPEG = Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 16, 74, 70, 73, 70);

interface Place {
  readonly root: string;
  put(path: string, content: Uint8Array | string): Promise<void>;
  /** All files below a folder, sorted. */
  files(folder: string): Promise<string[]>;
  start(
    args: readonly string[],
    stdin?: "piped" | "null",
    program?: readonly string[],
  ): Deno.ChildProcess;
  run(...args: string[]): Promise<Ended>;
}

async function inPlace(use: (place: Place) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir({ prefix: "denosr-restore-" });
  const start = (
    args: readonly string[],
    stdin: "piped" | "null" = "null",
    program: readonly string[] = ["-A", MOD],
  ) =>
    new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-lock", "--quiet", ...program, "restore", "--engine", ENGINE, ...args],
      cwd: root,
      env: { NO_COLOR: "1", TF_CPP_MIN_LOG_LEVEL: "3" },
      stdin,
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  const files = async (folder: string): Promise<string[]> => {
    const found: string[] = [];
    for await (const { name, isDirectory } of Deno.readDir(join(root, folder))) {
      if (!isDirectory) found.push(name);
      else found.push(...(await files(join(folder, name))).map((inner) => `${name}/${inner}`));
    }
    return found.sort();
  };
  try {
    await use({
      root,
      start,
      files,
      put: async (path, content) => {
        await Deno.mkdir(join(root, path, ".."), { recursive: true });
        const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
        await Deno.writeFile(join(root, path), bytes);
      },
      run: (...args) => ended(start(args)),
    });
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

function gray(width: number, height: number, depth: 8 | 16, channels: 1 | 2 = 1): Uint8Array {
  const length = width * height * channels;
  const data = depth === 16 ? new Uint16Array(length) : new Uint8Array(length);
  for (let i = 0; i < length; i++) data[i] = (i * 977) % (depth === 16 ? 65536 : 256);
  return encodePng({ width, height, channels, data });
}

Deno.test("a hostile folder: what is good is done, what is bad is named with its reason, sums add up", async () => {
  await inPlace(async ({ root, put, files, run }) => {
    const long = "l".repeat(247) + ".png";
    const good: Record<string, Uint8Array> = {
      "plain.png": picture(12, 9, 1),
      "with space.png": picture(8, 8, 2),
      "-dash.png": picture(8, 8, 3),
      "emoji 🦕.png": picture(8, 8, 4),
      "new\nline.png": picture(8, 8, 5),
      "UPPER.PNG": picture(8, 8, 6),
      "no_extension": picture(8, 8, 7),
      "png_named.jpg": picture(8, 8, 8),
      "dots.in.name.v1.png": picture(8, 8, 9),
      [long]: picture(8, 8, 10),
      "one_pixel.png": picture(1, 1, 11),
      "thin.png": picture(1, 40, 12),
      "gray.png": gray(8, 8, 8),
      "gray16.png": gray(8, 8, 16),
      "gray_alpha.png": gray(8, 8, 8, 2),
      "tree/deep/leaf.png": picture(8, 8, 13),
      "quote'\"$(x).png": picture(8, 8, 14),
    };
    for (const [name, content] of Object.entries(good)) await put(`in/${name}`, content);
    const cut = picture(30, 30, 15);
    await put("in/cut.png", cut.subarray(0, cut.length - 40));
    const flipped = picture(30, 30, 16).slice();
    flipped[60]! ^= 0xff;
    await put("in/flipped.png", flipped);
    await put("in/cut.jpg", CUT_JPEG);
    await put("in/empty.png", "");
    await put("in/text.png", "no picture at all");
    await put("in/notes.txt", "words");
    await put("in/.DS_Store", "x");
    await put("in/.hidden.png", picture(8, 8, 17));
    await Deno.symlink(join(root, "in"), join(root, "in/loop"));
    await Deno.symlink("/etc/hostname", join(root, "in/away.png"));

    const { code, stdout, stderr } = await run("in", "-o", "out", "--json");
    assert.equal(code, 1, stderr);
    const lines = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
    const named = (status: string) =>
      lines.filter((line) => line.status === status).map(({ input }) => input.slice(3)).sort();
    assert.deepEqual(named("restored"), Object.keys(good).sort());
    assert.deepEqual(named("failed"), [
      "cut.jpg",
      "cut.png",
      "empty.png",
      "flipped.png",
      "text.png",
    ]);
    assert.match(stderr, /^22 pictures: 17 restored, 5 failed; /m);
    assert.match(stderr, /^in\/empty\.png: failed: .*empty/m);
    assert.match(stderr, /^in\/flipped\.png: failed: .*checksum/m);
    assert.match(stderr, /^in\/text\.png: failed: .*it is text/m);
    assert.match(stderr, /^in\/png_named\.jpg: a PNG file named \.jpg$/m);
    assert.match(stderr, /^passed over 3 files:$/m);
    assert.match(stderr, /^ {2}in\/notes\.txt is no picture$/m);

    const expected = Object.keys(good).map((name) =>
      name === "no_extension"
        ? "no_extension.png"
        : name === "png_named.jpg"
        ? "png_named.png"
        : name
    );
    assert.deepEqual(await files("out"), expected.sort());
    for (const line of lines) {
      if (line.status !== "restored") continue;
      const path = join(root, line.output);
      const header = readImageHeader(await Deno.readFile(path), path);
      assert.equal(header.width, line.inputWidth * 4, line.output);
      assert.equal(header.height, line.inputHeight * 4, line.output);
      assert.equal(header.channels, line.channels, line.output);
      assert.equal(header.bitDepth, line.depth, line.output);
    }
    const of = (name: string) => lines.find(({ input }) => input === `in/${name}`);
    assert.deepEqual([of("gray16.png").channels, of("gray16.png").depth], [1, 16]);
    assert.equal(of("gray_alpha.png").channels, 2);
  });
});

Deno.test("a second run skips or refuses what is there, and --compare adds pages", async () => {
  await inPlace(async ({ put, files, run, root }) => {
    await put("in/a.png", picture(8, 8, 1));
    const first = await run("in/a.png", "-o", "out", "--compare");
    assert.equal(first.code, 0, first.stderr);
    assert.match(first.stderr, /^in\/a\.png → out\/a\.png: 8x8 → 32x32 in [\d.]+ s$/m);
    assert.equal(first.stdout, "");
    assert.deepEqual(await files("out"), ["a.png", "a.png.compare.html"]);
    const before = await Deno.readFile(join(root, "out/a.png"));
    const refused = await run("in", "-o", "out");
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /out\/a\.png is there already: --overwrite replaces/);
    const skipped = await run("in", "-o", "out", "--skip-existing");
    assert.equal(skipped.code, 0);
    assert.match(skipped.stderr, /nothing to do: 1 output there already/);
    assert.deepEqual(await Deno.readFile(join(root, "out/a.png")), before);
  });
});

Deno.test("standard input to standard output is the picture alone, through the supervisor too", async () => {
  await inPlace(async ({ start }) => {
    const child = start(["-"], "piped", LAUNCH);
    const writer = child.stdin.getWriter();
    await writer.write(picture(6, 5, 1));
    await writer.close();
    const { code, stdout, stderr } = await child.output();
    assert.equal(code, 0, new TextDecoder().decode(stderr));
    const { format, width, height } = readImageHeader(stdout, "stdout");
    assert.deepEqual([format, width, height], ["png", 24, 20]);
  });
});

Deno.test("one bad picture alone ends with what is wrong with it; one line, no folder", async () => {
  await inPlace(async ({ put, run, files }) => {
    await put("bad.png", "no picture");
    const { code, stderr } = await run("bad.png");
    assert.equal(code, 4);
    assert.match(stderr, /^bad\.png: failed: not an image, it is text: "no picture"\n$/);
    assert.deepEqual(await files("."), ["bad.png"]);
    await assert.rejects(files("results"), Deno.errors.NotFound);
  });
});

Deno.test("a reader that leaves ends nothing and changes no exit code", async () => {
  await inPlace(async ({ put, start, files }) => {
    await put("in/a.png", picture(8, 8, 1));
    const child = start(["in", "-o", "out", "--json"]);
    await child.stdout.cancel();
    const stderr = await new Response(child.stderr).text();
    assert.equal((await child.status).code, 0, stderr);
    assert.deepEqual(await files("out"), ["a.png"]);
    assert.doesNotMatch(stderr, /error/i);
  });
});

Deno.test("a dry run says sizes and tiles and writes nothing", async () => {
  await inPlace(async ({ put, run, files }) => {
    await put("in/a.png", picture(120, 80, 1));
    const text = await run("in", "--dry-run", "--scale", "2.5", "--tile", "32");
    assert.equal(text.code, 0, text.stderr);
    assert.match(text.stdout, /^model .*realesr-animevideov3.*, x4, /);
    assert.match(
      text.stdout,
      /^in\/a\.png → results\/a\.png, 120x80 → 300x200, 12 tiles of 30 px$/m,
    );
    assert.deepEqual(await files("."), ["in/a.png"]);
  });
});

Deno.test({
  name:
    "Ctrl-C on the supervisor stops at the next tile, leaves no temporaries, says the sums, and ends with 130",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await inPlace(async ({ put, start, files }) => {
      for (let i = 0; i < 3; i++) await put(`in/${i}.png`, picture(500, 500, i));
      const child = start(["in", "-o", "out", "--tile", "16"], "null", LAUNCH);
      // The first temporary file says that the work has begun.
      const begun = async () =>
        (await files("out").catch(() => [])).some((n) => /^\.\d\.png\..*\.tmp$/.test(n));
      for (let i = 0; i < 600 && !await begun(); i++) await new Promise((r) => setTimeout(r, 50));
      child.kill("SIGINT");
      const { code, stderr } = await ended(child);
      assert.equal(code, 130, stderr);
      assert.match(stderr, /^SIGINT received: stopping at the next tile/m);
      assert.match(stderr, /^3 pictures: 0 restored, 3 not done; /m);
      // The folder was made for this run, and nothing came into it.
      await assert.rejects(files("out"), Deno.errors.NotFound);
      assert.deepEqual(await files("in"), ["0.png", "1.png", "2.png"]);
    });
  },
});
