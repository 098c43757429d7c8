/**
 * The options files in `options/`, and those of other projects if `DENOSR_FOREIGN_OPTIONS` names their folder: they pass, and
 * their networks have as many parameters as the originals.
 */
import assert from "node:assert/strict";
import { networkSummary } from "../../../core/cli/network_summary.ts";
import { withInitSeed } from "../../../core/nn/mod.ts";
import { checkOptions, requireOptions } from "../../../core/options/check.ts";
import { readOptions } from "../../../core/options/read.ts";
import type { RunOptions, TypedOptions } from "../../../core/options/types.ts";
import { loadPlugins } from "../../../core/plugins.ts";
import { ARCH_REGISTRY } from "../../../core/registry.ts";
import { walk } from "../../../core/std/fs.ts";

/** Parameters of the networks, counted in BasicSR's; the first pattern that matches a file counts. */
const PARAMETERS: readonly (readonly [file: RegExp, network: string, count: number])[] = [
  [/EDSR_Mx2/, "network_g", 1_369_859],
  [/EDSR_Mx3/, "network_g", 1_554_499],
  [/EDSR_Mx4/, "network_g", 1_517_571],
  [/EDSR_Lx2/, "network_g", 40_729_603],
  [/EDSR_Lx3/, "network_g", 43_680_003],
  [/EDSR_Lx4/, "network_g", 43_089_923],
  [/train_RCAN_x2/, "network_g", 15_444_643],
  [/test_RCAN\.yml/, "network_g", 15_592_355],
  [/MSRResNet_x2/, "network_g", 1_369_859],
  [/MSRResNet_x3/, "network_g", 1_554_499],
  [/MSR(ResNet|GAN)_x4/, "network_g", 1_517_571],
  [/train_MSRGAN_x4|train_ESRGAN_x4/, "network_d", 14_499_401],
  [/ESRGAN_x4|RRDBNet_PSNR_x4|real\w+_x4plus|LDL/, "network_g", 16_697_987],
  [/real\w+_x2plus/, "network_g", 16_703_171],
  [/realesrgan_x[24]plus|LDL/, "network_d", 4_376_897],
  [/SwinIR_SRx2/, "network_g", 11_752_487],
  [/SwinIR_SRx4/, "network_g", 11_900_199],
];

await loadPlugins();

async function optionsOf(path: string): Promise<RunOptions> {
  const isTrain = !/(?:^|\/)test_|\/test\//.test(path);
  const checked = await checkOptions(await readOptions(path, { isTrain }));
  return requireOptions(checked, true);
}

Deno.test("every options file that is shipped passes, and its networks are as large as the originals", async () => {
  const root = Deno.env.get("DENOSR_FOREIGN_OPTIONS") ??
    new URL("../../../options", import.meta.url).pathname;
  const seen = new Set<number>();
  let files = 0;
  for await (const { path } of walk(root, { exts: [".yml"], includeDirs: false })) {
    files++;
    const opt = await optionsOf(path);
    for (const [i, [file, key, count]] of PARAMETERS.entries()) {
      if (!file.test(path) || opt[key] === undefined || path.includes("train_demo")) continue;
      if (
        key === "network_g" && PARAMETERS.findIndex(([f, k]) => k === key && f.test(path)) !== i
      ) {
        continue;
      }
      const { type, ...options } = opt[key] as TypedOptions;
      const Arch = ARCH_REGISTRY.get(type).value;
      assert.equal(
        withInitSeed(0, () => new Arch(options)).numParameters(),
        count,
        `${path} ${key}`,
      );
      seen.add(i);
    }
  }
  assert(files > 40, `${files} files`);
  assert.deepEqual([...PARAMETERS.keys()].filter((i) => !seen.has(i)), [], "each row is used");
});

Deno.test("--dry-run tells size and multiplications of both networks of train_realesrgan_x4plus.yml", async () => {
  const path = new URL("../../../options/train_realesrgan_x4plus.yml", import.meta.url).pathname;
  assert.deepEqual(await networkSummary(await optionsOf(path)), [
    // 64x64 is 256 / 4. By hand, in units of 2^16 pixels · 64 · 64 channels: three convolutions of 4x4 and five of 3x3 make
    // 8 · 3 + 18 · 3 + 9 · 2 = 96 of them, the first and the last 0.56: 25.92 GMACs.
    "network_g: RRDBNet, 16,697,987 parameters, 73.43 GMACs for 64x64 pixels",
    "network_d: UNetDiscriminatorSN, 4,376,897 parameters, 25.92 GMACs for 256x256 pixels",
  ]);
});
