/**
 * Whatever a user gets wrong: one clear error, the documented exit code, no stack trace, nothing half-written.
 *
 * @module
 */
import { ExitCode } from "../../../core/errors.ts";
import { lockFolder } from "../../../core/storage/lock.ts";
import { type Ended, inPlace, picture, type Place, trainOptions, type Yaml } from "./_runs.ts";
import assert from "node:assert/strict";
import { join } from "node:path";

const TRAIN = ["train", "-opt", "opt.yml"];
const TEST = ["test", "-opt", "opt.yml"];
const WEIGHTS = new URL("../../data/weights/", import.meta.url);

/** One thing that is wrong. */
interface Case {
  readonly name: string;
  /** Makes it wrong; may give the command line. Without options of its own the plain ones are written. */
  readonly make: (place: Place) => Promise<readonly string[] | void>;
  readonly code: number;
  /** What the error has to say. */
  readonly says: RegExp;
  /** True if the run had begun, so that an experiment folder is there. */
  readonly begun?: boolean;
}

/** The plain options with other values at these keys, as in `network_g.type`. */
function changed(changes: Yaml): Yaml {
  const all = structuredClone(trainOptions()) as Record<string, unknown>;
  for (const [path, value] of Object.entries(changes)) {
    const keys = path.split(".");
    const last = keys.pop()!;
    let block = all;
    for (const key of keys) block = block[key] as Record<string, unknown>;
    block[last] = value;
  }
  return all;
}

function testOptions(): Yaml {
  const { train: _train, datasets, ...rest } = trainOptions();
  return { ...rest, datasets: { test_1: (datasets as Record<string, unknown>)["val"] } };
}

const options = (changes: Yaml) => async (place: Place): Promise<void> => {
  await place.options(changed(changes));
};
const file =
  (path: string, content: Uint8Array | string) => async (place: Place): Promise<void> => {
    await place.put(path, content);
  };
const text = (content: string) => file("opt.yml", content);

const whole = picture(24, 24, 3);
const cutOff = whole.subarray(0, Math.floor(whole.length * 0.6));
const flipped = whole.map((byte, i) => i === whole.length >> 1 ? byte ^ 8 : byte);

const { USAGE, DATA, DIVERGED, STORAGE } = ExitCode;

const CASES: readonly Case[] = [
  // The options file.
  {
    name: "an options file that is not there",
    make: () => Promise.resolve(["train", "-opt", "nope.yml"]),
    code: USAGE,
    says: /nope\.yml: there is no such options file/,
  },
  { name: "an empty options file", make: text(""), code: USAGE, says: /holds no options/ },
  {
    name: "invalid YAML",
    make: text("name: a\n  b: [c\n"),
    code: USAGE,
    says: /opt\.yml:2:\d+: /,
  },
  {
    name: "a picture as options file",
    make: file("opt.yml", picture(9, 9, 1)),
    code: USAGE,
    says: /not text/,
  },
  {
    name: "a folder as options file",
    make: () => Promise.resolve(["train", "-opt", "train"]),
    code: USAGE,
    says: /train: is a folder, name an options file/,
  },
  {
    name: "an unknown type",
    make: options({ "network_g.type": "EDSRR" }),
    code: USAGE,
    says: /network_g\.type "EDSRR" is unknown, did you mean "EDSR"\?/,
  },
  {
    name: "wrong kinds of values, all at once",
    make: options({ "train.total_iter": "many", "network_g.num_feat": "8" }),
    code: USAGE,
    says: /num_feat must be a number, received "8".*(\n.*)*total_iter must be a number/,
  },
  {
    name: "an unknown flag",
    make: () => Promise.resolve([...TRAIN, "--autoresume"]),
    code: USAGE,
    says: /unknown flag --autoresume, did you mean --auto_resume\?/,
  },
  {
    name: "a name that leaves the experiments folder",
    make: options({ name: "../evil" }),
    code: USAGE,
    says: /name is the name of a folder/,
  },
  {
    name: "a patch size that is no multiple of the scale",
    make: options({ "datasets.train.gt_size": 25 }),
    code: USAGE,
    says: /datasets\.train: gt_size must be a multiple of scale 2/,
  },
  // Data.
  {
    name: "a missing data folder",
    make: options({ "datasets.val.dataroot_gt": "val/nope" }),
    code: DATA,
    says: /datasets\.val\.dataroot_gt: no folder "val\/nope"/,
  },
  {
    name: "a folder without images",
    make: async (place) => {
      await Deno.remove(join(place.root, "train/lq"), { recursive: true });
      await place.put("train/lq/readme.txt", "x");
    },
    code: DATA,
    says: /datasets\.train: dataroot_lq: folder train\/lq holds no images \(1 other file\)/,
  },
  {
    name: "an empty image",
    make: file("train/lq/train_1.png", ""),
    code: DATA,
    says: /datasets\.train: train\/lq\/train_1\.png: is empty/,
  },
  {
    name: "text in an image's name",
    make: file("val/gt/val_1.png", "hello there"),
    code: DATA,
    says: /datasets\.val: val\/gt\/val_1\.png: not an image, it is text: "hello there"/,
  },
  {
    name: "a training image that is cut off",
    make: file("train/lq/train_1.png", cutOff),
    code: DATA,
    says: /train\/lq\/train_1\.png.*(damaged|cut off)/, // each codec in its own words
    begun: true,
  },
  {
    name: "a validation image with a flipped bit",
    make: file("val/lq/val_1.png", flipped),
    code: DATA,
    says: /val\/lq\/val_1\.png/,
    begun: true,
  },
  {
    name: "an image smaller than the patch",
    make: async (place) => {
      await place.put("train/lq/train_1.png", picture(8, 8, 1));
      await place.put("train/gt/train_1.png", picture(16, 16, 1));
    },
    code: DATA,
    says: /train\/gt\/train_1\.png: is 16x16, smaller than gt_size 24/,
  },
  {
    name: "a pair of the wrong scale",
    make: file("train/lq/train_1.png", picture(20, 24, 1)),
    code: DATA,
    says: /train_1\.png: is 48x48, which is not 2 times its LQ image's 20x24/,
  },
  {
    name: "images without partners",
    make: async (place) => {
      for (let i = 10; i < 22; i++) await place.put(`train/gt/o_${i}.png`, picture(48, 48, i));
    },
    code: DATA,
    says: /12 images have no partner(.*\n){10}.*o_19\.png has no LQ image.*\n.*and 2 more/,
  },
  // Weights to start from.
  {
    name: "pretrained weights that are not there",
    make: options({ "path.pretrain_network_g": "nope.pth" }),
    code: DATA,
    says: /path\.pretrain_network_g: no file "nope\.pth"/,
  },
  {
    name: "a picture as pretrained weights",
    make: options({ "path.pretrain_network_g": "train/gt/train_0.png" }),
    code: STORAGE,
    says: /train_0\.png: not a weights file .*: it is a PNG image/,
  },
  {
    name: "pretrained weights that are cut off",
    make: async (place) => {
      const bytes = await Deno.readFile(new URL("zip.pth", WEIGHTS));
      await place.put("w.pth", bytes.subarray(0, bytes.length >> 1));
      await options({ "path.pretrain_network_g": "w.pth" })(place);
    },
    code: STORAGE,
    says: /w\.pth: the weights file is damaged: .*cut off/,
  },
  {
    name: "pretrained weights that would run a program",
    make: async (place) => {
      // posix.system("touch ran"): the second pickle of a file in torch.save()'s old format.
      const magic =
        "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03.\x80\x02}q\x00.";
      const evil = "\x80\x02cposix\nsystem\nX\x09\x00\x00\x00touch ran\x85R.";
      await place.put("w.pth", Uint8Array.from(magic + evil, (c) => c.charCodeAt(0)));
      await options({ "path.pretrain_network_g": "w.pth" })(place);
    },
    code: DATA,
    says: /w\.pth: .*posix\.system/,
  },
  {
    name: "pretrained weights of another network",
    make: async (place) => {
      await place.put("w.safetensors", await Deno.readFile(new URL("zip.safetensors", WEIGHTS)));
      await options({ "path.pretrain_network_g": "w.safetensors" })(place);
    },
    code: DATA,
    says: /do not fit EDSR\n12 missing in the file:(.*\n)+8 unexpected in the file:/,
  },
  // Where things are written.
  {
    name: "a file where the experiments folder should be",
    make: file("experiments", "x"),
    code: STORAGE,
    says: /cannot write to experiments\/tiny/,
  },
  {
    name: "a folder that nobody may write to",
    make: options({ "path.experiments_root": "/proc/nope" }),
    code: STORAGE,
    says: /cannot write to \/proc\/nope\/tiny/,
  },
  {
    name: "a training state that is none",
    make: async (place) => {
      await place.put("5.state", "xxx");
      await options({ "path.resume_state": "5.state" })(place);
    },
    code: STORAGE,
    says: /no intact checkpoint/,
  },
  // Numbers.
  {
    name: "a learning rate beyond all reason",
    make: options({ "train.optim_g.lr": 1e22, "train.warmup_iter": -1 }),
    code: DIVERGED,
    says:
      /training diverged at iteration \d+: l_pix is (NaN|Infinity)\n +files in this batch: train\/gt\/train_\d\.png/,
    begun: true,
  },
];

function isClear({ stderr }: Ended): void {
  assert.equal(stderr.match(/^(error|internal error)/gm)?.length, 1, `one error:\n${stderr}`);
  assert.doesNotMatch(stderr, /internal error|\n\s+at .*:\d+:\d+|Uncaught/, stderr);
}

async function runCase({ name, make, code, says, begun = false }: Case): Promise<void> {
  await inPlace(async (place) => {
    await place.options(trainOptions());
    const args = await make(place) ?? TRAIN;
    const before = await place.names();
    const ended = await place.run(args);
    assert.equal(ended.code, code, `${name}: ${ended.stderr}`);
    assert.match(ended.stderr, says, name);
    isClear(ended);
    assert.deepEqual(
      (await place.names()).filter((n) => !before.includes(n)),
      begun ? ["experiments"] : [],
      `${name}: what is left behind`,
    );
    for (const folder of ["", "/models", "/training_states"]) {
      const halves = (await place.names(`experiments/tiny${folder}`)).filter((n) => /tmp/.test(n));
      assert.deepEqual(halves, [], name);
    }
  });
}

Deno.test("bad input ends with one clear error, its exit code, and nothing half-written", async (t) => {
  // Two at a time: what takes the time is starting the program.
  const waiting = [...CASES];
  const results: (() => Promise<unknown>)[] = [];
  const work = async (): Promise<void> => {
    for (let next; (next = waiting.shift()) !== undefined;) {
      const { name } = next;
      const outcome = await runCase(next).then(() => undefined, (error: unknown) => error);
      results.push(() =>
        t.step(name, () => {
          if (outcome !== undefined) throw outcome;
        })
      );
    }
  };
  await Promise.all([work(), work()]);
  for (const report of results) await report();
});

Deno.test("test goes on after images that cannot be read, and ends with code 1", () =>
  inPlace(async (place) => {
    await place.options(testOptions());
    await place.put("val/lq/val_0.png", cutOff);
    const { code, stdout, stderr } = await place.run(TEST);
    assert.equal(code, ExitCode.SOME_FAILED, stderr);
    assert.match(stderr, /ERROR: two: val\/lq\/val_0\.png/);
    assert.match(stdout, /1 image restored, .*, 1 failed/);
    assert.match(stdout, /val_1 +\d+\.\d+/);
  }));

Deno.test("an error in a plugin names its file, and what was learnt is saved", () =>
  inPlace(async (place) => {
    const registry = new URL("../../../core/registry.ts", import.meta.url).href;
    await place.put(
      "own/boom_hook.ts",
      `import { HOOK_REGISTRY } from ${JSON.stringify(registry)};
class BoomHook {
  afterTrainIter({ iter }) {
    if (iter === 3) throw new Error("boom");
  }
}
HOOK_REGISTRY.register()(BoomHook);
`,
    );
    await place.options({ ...trainOptions(), plugins: ["own"], hooks: [{ type: "BoomHook" }] });
    const { code, stderr } = await place.run(TRAIN);
    assert.equal(code, ExitCode.ENVIRONMENT, stderr);
    assert.match(stderr, /error in \S*own\/boom_hook\.ts:4:27: boom/);
    assert.match(stderr, /iteration 3 was saved before leaving/);
    assert.deepEqual(await place.names("experiments/tiny/training_states"), ["3.state"]);
  }));

Deno.test("a second run of the same name is refused and told who works there", () =>
  inPlace(async (place) => {
    await place.options(trainOptions());
    using _lock = await lockFolder(join(place.root, "experiments/tiny"));
    const ended = await place.run(TRAIN);
    assert.equal(ended.code, STORAGE);
    assert.match(ended.stderr, new RegExp(`another run works in this folder \\(pid ${Deno.pid} `));
    isClear(ended);
    assert.deepEqual(await place.names("experiments"), ["tiny"]);
  }));

Deno.test("a finished run of the same name is archived only by a run that can start", () =>
  inPlace(async (place) => {
    await place.put("experiments/tiny/models/old", "kept");
    await place.put("train/lq/train_1.png", "");
    await place.options(trainOptions());
    assert.equal((await place.run(TRAIN)).code, DATA);
    assert.deepEqual(await place.names("experiments"), ["tiny"]);
    await place.put("train/lq/train_1.png", picture(24, 24, 1));
    assert.equal((await place.run(TRAIN)).code, ExitCode.OK);
    const [now, archived] = await place.names("experiments");
    assert.equal(now, "tiny");
    assert.match(archived!, /^tiny_archived_\d{8}_\d{6}$/);
    assert.deepEqual(await place.names(`experiments/${archived}/models`), ["old"]);
  }));

Deno.test("a full disk ends the run with code 6 and leaves the older checkpoint intact", async (t) => {
  await inPlace(async (place) => {
    const disk = join(place.root, "experiments");
    await Deno.mkdir(disk);
    const mount = (args: string[]) =>
      new Deno.Command("mount", { args, stdout: "null", stderr: "null" }).output()
        .catch(() => ({ success: false }));
    const mounted = await mount(["-t", "tmpfs", "-o", "size=600k", "tmpfs", disk]);
    await t.step({
      name: "needs the right to mount a small disk",
      ignore: !mounted.success,
      fn: async () => {
        try {
          const all = trainOptions({ logger: { save_checkpoint_freq: 1 } });
          await place.options({ ...all, report: false });
          await place.put("experiments/filler", new Uint8Array(200_000));
          const ended = await place.run(TRAIN);
          assert.equal(ended.code, STORAGE, ended.stderr);
          assert.match(ended.stderr, /the disk is full: free some space \(ENOSPC\)/);
          isClear(ended);
          const saved = /the checkpoint of iteration (\d+) is intact/.exec(ended.stderr)?.[1];
          assert.ok(Number(saved) > 0, ended.stderr);
          await Deno.remove(join(disk, "filler"));
          const again = await place.run([
            ...TRAIN,
            "--auto_resume",
            "--force_yml",
            `train:total_iter=${saved}`,
          ]);
          assert.equal(again.code, ExitCode.OK, again.stderr);
          assert.match(
            again.stderr,
            new RegExp(`Resuming training from epoch: \\d+, iter: ${saved} `),
          );
        } finally {
          await new Deno.Command("umount", { args: [disk] }).output();
        }
      },
    });
  });
});
