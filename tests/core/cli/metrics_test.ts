import assert from "node:assert/strict";
import { grantsForMetrics } from "../../../core/cli/grants.ts";
import { main } from "../../../core/cli/main.ts";
import { runMetrics } from "../../../core/cli/metrics.ts";
import type { RawImage } from "../../../core/data/image.ts";
import { decodePng } from "../../../core/data/png.ts";
import { ExitCode } from "../../../core/errors.ts";
import { featureStatistics, frechetDistance } from "../../../core/metrics/fid.ts";
import { calculatePsnr } from "../../../core/metrics/psnr.ts";
import { calculateNiqe } from "../../../core/metrics/niqe.ts";
import { ended, ENGINE, MOD, picture } from "./_runs.ts";
import { join, resolve } from "node:path";

/** Fills a folder with `gt` and `sr` of two pairs, 200x100 pixels. */
async function inFolder(use: (root: string) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir({ prefix: "denosr-metrics-" });
  try {
    await Deno.mkdir(join(root, "gt"));
    await Deno.mkdir(join(root, "sr"));
    for (const [i, name] of ["one", "two"].entries()) {
      await Deno.writeFile(join(root, "gt", `${name}.png`), picture(200, 100, i + 1));
      await Deno.writeFile(join(root, "sr", `${name}_x.png`), picture(200, 100, i + 6));
    }
    await use(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

/** Runs the command in this process: exit code, and what was printed to stderr by `console.error`. */
async function metrics(root: string, ...args: string[]): Promise<{ code: number; err: string }> {
  const err: string[] = [];
  const { error } = console;
  console.error = (...words: unknown[]) => void err.push(words.join(" "));
  try {
    const folders = ["--restored", join(root, "sr"), "--suffix", "_x", "--engine", "cpu"];
    return { code: await main(["metrics", ...folders, ...args]), err: err.join("\n") };
  } finally {
    console.error = error;
  }
}

const image = async (root: string, name: string) =>
  await decodePng(await Deno.readFile(join(root, name)), name);

Deno.test("metrics prints a table without colours, and writes CSV and JSON with recipes", async () => {
  await inFolder(async (root) => {
    const files = { csv: join(root, "out/m.csv"), json: join(root, "out/m.json") };
    const run = await ended(
      new Deno.Command(Deno.execPath(), {
        args: [
          ...["run", "-A", "--no-lock", "--quiet", MOD, "metrics", "--engine", ENGINE],
          ...["--gt", join(root, "gt"), "--restored", join(root, "sr"), "--suffix", "_x"],
          ...["--metric", "psnr,niqe", "--crop-border", "2", "--y"],
          ...["--csv", files.csv, "--json", files.json],
        ],
        env: { TF_CPP_MIN_LOG_LEVEL: "3" },
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      }).spawn(),
    );
    assert.equal(run.code, ExitCode.OK, run.stderr);
    assert.ok(!run.stdout.includes("\x1b"));
    const gt = await image(root, "gt/one.png"), sr = await image(root, "sr/one_x.png");
    const psnr = calculatePsnr(sr, gt, { cropBorder: 2, testYChannel: true });
    const niqe = calculateNiqe(sr, { cropBorder: 2 });
    assert.match(run.stdout, new RegExp(`one +${psnr.toFixed(4)} +${niqe.toFixed(4)}\n`));
    assert.match(run.stdout, /mean +\d+\.\d{4} +\d+\.\d{4}/);
    assert.match(run.stdout, /psnr: Y \(BT\.601\), crop 2, 8 bit, higher is better/);
    const report = JSON.parse(await Deno.readTextFile(files.json));
    assert.equal(report.metrics.psnr.images.one, psnr);
    assert.equal(report.metrics.niqe.recipe, "Y (BT.601), crop 2, blocks of 96x96, 8 bit");
    assert.deepEqual(report.orphans, []);
    const lines = (await Deno.readTextFile(files.csv)).trim().split("\n");
    assert.equal(lines[0], "image,metric,value,better,recipe");
    assert.equal(lines[1], `one,psnr,${psnr},higher,"Y (BT.601), crop 2, 8 bit"`);
    assert.equal(lines.length, 1 + 2 * 3);
    assert.match(lines[3]!, /^,psnr,/);
  });
});

Deno.test("files without partner are listed and end with 4; what fails for a picture ends with 1", async () => {
  await inFolder(async (root) => {
    const json = join(root, "m.json");
    const args = ["--gt", join(root, "gt"), "--metric", "psnr,ms_ssim", "--json", json];
    assert.equal((await metrics(root, ...args)).code, ExitCode.SOME_FAILED);
    const some = JSON.parse(await Deno.readTextFile(json));
    assert.deepEqual(Object.keys(some.metrics), ["psnr"]);
    assert.match(some.problems[0].what, /ms_ssim: MS-SSIM needs at least 161x161/);
    await Deno.remove(join(root, "sr/two_x.png"));
    assert.equal((await metrics(root, ...args)).code, ExitCode.DATA);
    const { orphans, metrics: found } = JSON.parse(await Deno.readTextFile(json));
    assert.equal(orphans.length, 1);
    assert.match(orphans[0].file, /two\.png$/);
    assert.deepEqual(Object.keys(found.psnr.images), ["one"]);
    const none = await metrics(root, "--gt", join(root, "gt"), "--metric", "psnr", "--suffix=_y");
    assert.equal(none.code, ExitCode.DATA);
    assert.match(none.err, /belong together, check --suffix/);
  });
});

Deno.test("missing weights are all told before anything is computed", async () => {
  await inFolder(async (root) => {
    const json = join(root, "m.json");
    const folder = Deno.cwd(), cache = Deno.env.get("DENOSR_CACHE");
    try {
      Deno.chdir(root);
      Deno.env.set("DENOSR_CACHE", join(root, "cache"));
      const args = ["--gt", join(root, "gt"), "--metric", "psnr,lpips,fid", "--json", json];
      const { code, err } = await metrics(root, ...args);
      assert.equal(code, ExitCode.DATA);
      assert.match(err, /weights are missing: alexnet-owt-7be5be79\.pth .*lpips_alex_v0\.1\.pth/);
      assert.match(err, /deno task zoo fetch pt_inception/);
      assert.match(err, /Nothing was computed/);
    } finally {
      Deno.chdir(folder);
      if (cache === undefined) Deno.env.delete("DENOSR_CACHE");
      else Deno.env.set("DENOSR_CACHE", cache);
    }
    await assert.rejects(Deno.stat(json), Deno.errors.NotFound);
  });
});

Deno.test("fid compares whole folders, whose pictures need no partner", async () => {
  await inFolder(async (root) => {
    const json = join(root, "m.json");
    const flags = { restored: join(root, "sr"), gt: join(root, "gt"), metric: "fid", json };
    const openFid = () =>
      Promise.resolve({
        of: ({ data }: RawImage) => Promise.resolve(Float32Array.from(data.subarray(0, 2))),
        [Symbol.dispose]: () => {},
      });
    const parsed = { flags: { ...flags, plugins: [], engine: "cpu" }, words: [] };
    assert.equal(await runMetrics(parsed, { openFid }), ExitCode.OK);
    const { fid } = JSON.parse(await Deno.readTextFile(json)).metrics;
    const features = async (...names: string[]) =>
      featureStatistics(
        await Promise.all(names.map(async (name) => (await image(root, name)).data.subarray(0, 2))),
      );
    const want = frechetDistance(
      await features("sr/one_x.png", "sr/two_x.png"),
      await features("gt/one.png", "gt/two.png"),
    );
    assert.equal(fid.mean, want);
    assert.match(fid.recipe, /2 and 2 images, too few/);
    await Deno.remove(join(root, "gt/two.png"));
    assert.equal(await runMetrics(parsed, { openFid }), ExitCode.DATA);
    assert.match(
      JSON.parse(await Deno.readTextFile(json)).problems[0].what,
      /two pictures at least/,
    );
  });
});

Deno.test("wrong flags are refused before anything starts", async () => {
  await inFolder(async (root) => {
    for (
      const [args, pattern] of [
        [["--metric", "psnrr"], /"psnrr" is unknown, did you mean psnr.*known: fid, lpips/],
        [["--metric", "ssim,niqe"], /ssim compares with ground truth: give its folder by --gt/],
        [["--metric", "niqe", "--correct-mean-var"], /--correct-mean-var .* --gt/],
        [["--metric", "niqe", "--crop-border", "x"], /--crop-border must be an integer/],
        [["--metric", ","], /names no metric/],
      ] as const
    ) {
      const { code, err } = await metrics(root, ...args);
      assert.equal(code, ExitCode.USAGE, err);
      assert.match(err, pattern);
    }
  });
});

Deno.test("the supervisor grants both folders, the zoo, and the folders of --csv and --json", () => {
  const flags = { gt: "a/gt", restored: "b", csv: "out/x.csv", json: undefined, plugins: ["p"] };
  const { read, write, ffi } = grantsForMetrics(flags, "/lib/libtensorflow.so.2");
  for (const path of ["a/gt", "b", "out", "p"]) assert.ok(read.includes(resolve(path)), path);
  assert.ok(read.includes("/lib") && read.some((path) => path.endsWith("zoo")));
  assert.deepEqual(write, [resolve("out")]);
  assert.deepEqual(ffi, ["/lib"]);
  assert.deepEqual(grantsForMetrics({ ...flags, csv: undefined }, undefined).write, []);
});
