import assert from "node:assert/strict";
import { join } from "node:path";
import { blockNeeds, findForExport, readNetworkBlock } from "../../../core/export/found.ts";
import { loadPlugins } from "../../../core/plugins.ts";
import { testEngine } from "../engine/_engines.ts";
import { EDSR, putWeights } from "./_weights.ts";

/** An arch that registers no signature, so that its weights alone say nothing. */
const PLUGIN = (core: string) => `
import { ARCH_REGISTRY } from "${core}/registry.ts";
import { Conv2d, Module, pixelShuffle } from "${core}/nn/mod.ts";
class UnsignedNet extends Module {
  conv;
  constructor({ upscale = 3 }) {
    super();
    this.upscale = upscale;
    this.conv = new Conv2d(1, upscale ** 2, 3);
  }
  forward(x) {
    return pixelShuffle(this.conv.forward(x), this.upscale);
  }
}
ARCH_REGISTRY.register()(UnsignedNet);
`;

Deno.test({
  name: "an options file says what weights alone do not show, and where they are",
  sanitizeResources: false, // a native library stays loaded until the process ends
  async fn(context) {
    const root = await Deno.makeTempDir();
    const before = Deno.cwd();
    const engine = await testEngine();
    Deno.chdir(root);
    try {
      const options = async (data: unknown, name = "opt") => {
        await Deno.writeTextFile(`${name}.yml`, JSON.stringify(data));
        return await readNetworkBlock(`${name}.yml`);
      };
      await Deno.mkdir("plugins");
      const core = new URL("../../../core", import.meta.url).href;
      await Deno.writeTextFile(join("plugins", "unsigned_arch.ts"), PLUGIN(core));
      await putWeights("edsr.safetensors");
      await putWeights("unsigned.safetensors", { type: "UnsignedNet", upscale: 3 }, ["plugins"]);
      const say = () => {};
      await context.step("of a test the weights that it names", async () => {
        const block = await options({
          name: "t",
          network_g: EDSR,
          path: { pretrain_network_g: "edsr.safetensors" },
        });
        assert.equal(block.name, "t");
        const found = await findForExport(undefined, block, { say });
        assert.deepEqual([found.type, found.scale, found.source], ["EDSR", 2, "edsr.safetensors"]);
        assert.equal(found.options["num_feat"], 8);
      });
      await context.step(
        "of a training the weights that it made, else those it began with",
        async () => {
          const training = {
            name: "run",
            network_g: EDSR,
            path: { pretrain_network_g: "edsr.safetensors" },
            train: {},
          };
          const block = await options(training);
          assert.equal((await findForExport(undefined, block, { say })).source, "edsr.safetensors");
          await Deno.mkdir("experiments/run/models", { recursive: true });
          const made = join("experiments", "run", "models", "net_g_latest.safetensors");
          await putWeights(made);
          assert.equal((await findForExport(undefined, block, { say })).source, made);
          assert.deepEqual(blockNeeds(block).read.slice(-2), [
            join(Deno.cwd(), made),
            join(Deno.cwd(), "edsr.safetensors"),
          ]);
        },
      );
      await context.step(
        "of an arch without signature scale and channels are measured",
        async () => {
          const block = await options({
            name: "u",
            network_g: { type: "UnsignedNet", upscale: 3, num_in_ch: 1 },
            plugins: "plugins",
          });
          await loadPlugins(block.plugins, ["arch"]);
          const found = await findForExport("unsigned.safetensors", block, { say });
          assert.deepEqual([found.scale, found.inputChannels, found.outputChannels], [3, 1, 1]);
        },
      );
      await context.step("what does not fit is refused with both files", async () => {
        const block = await options({ name: "t", network_g: { ...EDSR, num_feat: 16 } });
        await assert.rejects(
          findForExport("edsr.safetensors", block, { say }),
          /edsr\.safetensors does not fit network_g of opt\.yml, a EDSR:/,
        );
        await assert.rejects(
          findForExport(undefined, block, { say }),
          /opt\.yml: path\.pretrain_network_g names no weights: name them there, or with --model/,
        );
        await assert.rejects(options({ name: "t" }), /opt\.yml: network_g\.type is missing/);
        const typo = await options({ name: "t", network_g: { type: "EDSRR" } });
        await assert.rejects(
          findForExport("edsr.safetensors", typo, { say }),
          /opt\.yml: network_g\.type "EDSRR" is unknown, did you mean "EDSR"/,
        );
      });
    } finally {
      Deno.chdir(before);
      await engine.dispose();
      await Deno.remove(root, { recursive: true });
    }
  },
});
