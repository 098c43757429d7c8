import assert from "node:assert/strict";
import { ExitCode, UserError } from "../../../core/errors.ts";
import { checkOptions, optionsError, requireOptions } from "../../../core/options/check.ts";
import { readOptions } from "../../../core/options/read.ts";
import { GOOD, OptionsFolder } from "./_fakes.ts";

/** Options with some lines changed: each pair is what to look for and what to put there. */
function changed(...edits: readonly (readonly [string, string])[]): string {
  return edits.reduce((text, [from, to]) => {
    assert.ok(text.includes(from), `no "${from}" in the options`);
    return text.replace(from, to);
  }, GOOD);
}

Deno.test("checkOptions() fills in what BasicSR fills in, and defaults", async () => {
  using folder = new OptionsFolder();
  const { options: opt, problems, missing } = await folder.check(GOOD);
  assert.deepEqual([problems, missing], [[], []]);
  assert.ok(opt);
  assert.equal(opt.datasets["train"]!.phase, "train");
  assert.equal(opt.datasets["val"]!.scale, 2);
  assert.deepEqual(opt["network_g"], {
    type: "EDSR",
    num_in_ch: 3,
    num_feat: 16,
    num_block: 16,
    upscale: 2,
    res_scale: 1,
  });
  assert.deepEqual(opt.train?.["pixel_opt"], { type: "L1Loss", loss_weight: 1, reduction: "mean" });
  assert.deepEqual(opt.train?.optim_g, { type: "Adam", lr: 2e-4, betas: [0.9, 0.99] });
  assert.equal(opt.val?.val_freq, 5000);
  assert.deepEqual([opt.train?.precision, opt.val?.precision], ["fp32", "fp32"]);
  assert.deepEqual([opt.train?.grad_accum, opt.train?.checkpoint_blocks], [1, 0]);
  for (const key of ["xla", "clip_grad_norm", "clip_grad_value"]) {
    assert.equal(opt.train?.[key], undefined, key);
  }
  assert.deepEqual(
    [opt.engine, opt.is_train, opt.auto_resume, opt.manual_seed, opt.num_gpu],
    ["auto", true, false, 10, "auto"],
  );
  assert.deepEqual(opt.path, {
    pretrain_network_g: null,
    strict_load_g: true,
    resume_state: null,
    experiments_root: "experiments/demo",
    models: "experiments/demo/models",
    training_states: "experiments/demo/training_states",
    visualization: "experiments/demo/visualization",
    log: "experiments/demo",
    results_root: "experiments/results/demo",
    tb_logger: "experiments/tb_logger/demo",
  });
  assert.ok(Object.isFrozen(opt.train?.optim_g));
});

Deno.test("a test writes into the results folder, and needs neither train nor val", async () => {
  using folder = new OptionsFolder();
  const text = GOOD.replace(/^train:[^]*/m, "").replace("  val:\n", "  test_1:\n").replace(
    / {2}train:[^]*? {2}test_1:/,
    "  test_1:",
  );
  const { options: opt, problems } = await folder.check(text, { isTrain: false });
  assert.deepEqual(problems, []);
  assert.equal(opt?.datasets["test_1"]?.phase, "test");
  assert.equal(opt?.path.log, "experiments/results/demo");
  assert.equal(opt?.path.visualization, "experiments/results/demo/visualization");
  assert.deepEqual(opt?.val, { save_img: false, self_ensemble: false, precision: "fp32" });
});

Deno.test("the seed is drawn from 1 to 10000 if there is none", async () => {
  using folder = new OptionsFolder();
  for (let i = 0; i < 20; i++) {
    const { options } = await folder.check(changed(["manual_seed: 10\n", ""]));
    assert.ok(Number.isInteger(options?.manual_seed));
    assert.ok(options!.manual_seed >= 1 && options!.manual_seed <= 10000);
  }
});

Deno.test("a run whose name holds debug validates and saves every 8 iterations, without TensorBoard", async () => {
  using folder = new OptionsFolder();
  for (
    const [text, debug] of [[GOOD, true], [
      changed(["name: demo", "name: debug_demo"]),
      true,
    ]] as const
  ) {
    const { options: opt } = await folder.check(text, { debug });
    assert.equal(opt?.name, "debug_demo");
    assert.equal(opt?.val?.val_freq, 8);
    assert.deepEqual(opt?.logger, {
      print_freq: 1,
      save_checkpoint_freq: 8,
      use_tb_logger: false,
      wandb: null,
    });
    assert.equal(opt?.path.models, "experiments/debug_demo/models");
  }
});

const WRONG:
  readonly (readonly [string, readonly (readonly [string, string])[], readonly string[]])[] = [
    ["a mistyped key", [["    lr: !!float", "    lrr: !!float"]], [
      "x.yml:33:3: train.optim_g.lr is missing; it must be a number",
      'x.yml:35:5: train.optim_g.lrr is unknown, did you mean "lr"?',
    ]],
    ["a mistyped type", [["type: EDSR", "type: EDSRR"]], [
      'x.yml:24:9: network_g.type "EDSRR" is unknown, did you mean "EDSR"?',
    ]],
    ["a quoted number", [["num_feat: 16", 'num_feat: "16"']], [
      'x.yml:25:13: network_g.num_feat must be a number, received "16"; remove the quotes',
    ]],
    ["a fraction for an iteration", [["total_iter: 300", "total_iter: 0.5"]], [
      "x.yml:41:15: train.total_iter must be a whole number, received 0.5",
    ]],
    ["a value out of range", [["ema_decay: 0.999", "ema_decay: 1"]], [
      "x.yml:32:14: train.ema_decay must be less than 1, received 1",
    ]],
    ["a value that is none of a few", [[
      "    type: L1Loss",
      "    type: L1Loss\n    reduction: meen",
    ]], [
      'x.yml:45:16: train.pixel_opt.reduction must be "none", "mean" or "sum", received "meen", did you mean "mean"?',
    ]],
    ["a scale that is none of a few", [["upscale: 2", "upscale: 5"]], [
      "x.yml:26:12: network_g.upscale must be 2, 3 or 4, received 5",
    ]],
    ["a precision that is none", [["  total_iter", "  precision: bf32\n  total_iter"], [
      "  save_img",
      "  precision: half\n  save_img",
    ]], [
      'x.yml:41:14: train.precision must be "fp32", "bf16" or "fp16", received "bf32"',
      'x.yml:48:14: val.precision must be "fp32", "bf16" or "fp16", received "half"',
    ]],
    ["mistyped keys of the step", [[
      "  total_iter",
      "  precison: bf16\n  grad_acum: 2\n  clip_grad_nrm: 1\n  checkpoint_block: 2\n  xlaa: true\n  total_iter",
    ]], [
      'x.yml:41:3: train.precison is unknown, did you mean "precision"?',
      'x.yml:42:3: train.grad_acum is unknown, did you mean "grad_accum"?',
      'x.yml:43:3: train.clip_grad_nrm is unknown, did you mean "clip_grad_norm"?',
      'x.yml:44:3: train.checkpoint_block is unknown, did you mean "checkpoint_blocks"?',
      'x.yml:45:3: train.xlaa is unknown, did you mean "xla"?',
    ]],
    ["values of the step that are out of range", [[
      "  total_iter",
      "  grad_accum: 0\n  clip_grad_norm: 0\n  checkpoint_blocks: -1\n  xla: 1\n  total_iter",
    ]], [
      "x.yml:41:15: train.grad_accum must be at least 1, received 0",
      "x.yml:42:19: train.clip_grad_norm must be more than 0, received 0",
      "x.yml:43:22: train.checkpoint_blocks must be at least 0, received -1",
      "x.yml:44:8: train.xla must be true or false, received 1",
    ]],
    ["two ways of clipping at once", [[
      "  total_iter",
      "  clip_grad_norm: 1\n  clip_grad_value: 0.1\n  total_iter",
    ]], [
      "x.yml:42:3: train.clip_grad_value cannot be given along with clip_grad_norm: remove one of them",
    ]],
    ["a key of two sections at the top", [["scale: 2", "scale: 2\nprecision: bf16"]], [
      "x.yml:4:1: precision is unknown, it belongs under train or val",
    ]],
    [
      "a key of the step under the network",
      [["  num_feat: 16", "  num_feat: 16\n  grad_accum: 2"]],
      [
        "x.yml:26:3: network_g.grad_accum is unknown, it belongs under train",
      ],
    ],
    ["a union", [["num_gpu: auto", "num_gpu: some"]], [
      'x.yml:4:10: num_gpu must be "auto" or a number, received "some"',
    ]],
    ["a list that is too short", [["betas: [0.9, 0.99]", "betas: [0.9]"]], [
      "x.yml:36:12: train.optim_g.betas must be a list of at least 2 entries, received [0.9]",
    ]],
    ["an entry of a list", [["milestones: [100, 200]", "milestones: [100, -2]"]], [
      "x.yml:39:23: train.scheduler.milestones[1] must be at least 0, received -2",
    ]],
    ["lists that go in pairs", [["    gamma: 0.5", "    restarts: [0, 5]"]], [
      "x.yml:37:3: train.scheduler.restart_weights must have as many entries as restarts",
    ]],
    ["a key in the wrong section", [["  num_feat: 16", "  ema_decay: 0.9"]], [
      "x.yml:25:3: network_g.ema_decay is unknown, it belongs under train",
    ]],
    ["stray keys at the top", [["scale: 2", "scale: 2\nval_freq: 8\nfoo: 1"]], [
      "x.yml:4:1: val_freq is unknown, it belongs under val",
      /^x\.yml:5:1: foo is unknown; known keys: name, model_type, /.source,
    ]],
    [
      "a key of a model that is not here",
      [["    gamma: 0.5", "    gamma: 0.5\n  net_d_iters: 1"]],
      [
        /^x\.yml:\d+:3: train\.net_d_iters is not available in this version of DenoSR/.source,
      ],
    ],
    ["a data set under a wrong name", [["  val:\n    name: V", "  vall:\n    name: V"]], [
      'x.yml:18:3: datasets.vall is unknown, did you mean "val"?',
    ]],
    ["no batch size", [["    batch_size_per_gpu: 4\n", ""]], [
      "x.yml:7:3: datasets.train.batch_size_per_gpu is missing, say how many samples a step takes",
    ]],
    ["no network", [["network_g:\n  type: EDSR\n  num_feat: 16\n  upscale: 2\n", ""]], [
      "x.yml: network_g is missing, SRModel needs a network",
    ]],
    ["no loss", [["  pixel_opt:\n    type: L1Loss", "  pixel_opt: ~"]], [
      "x.yml:31:1: train names no loss, add pixel_opt",
    ]],
    ["no model", [["model_type: SRModel\n", ""]], [
      "x.yml: model_type is missing; it must be text",
    ]],
    ["a name that leaves its folder", [["name: demo", "name: ../demo"]], [
      'x.yml:1:7: name is the name of a folder: it must not hold / \\ : * ? " < > |, nor begin or end with a point or a space',
    ]],
    ["a name that is taken", [["name: demo", "name: results"]], [
      'x.yml:1:7: name must not be "results", which is a folder of all runs',
    ]],
    ["two data sets of one name", [["    name: V\n", "    name: V\n    color: y\n"], [
      "network_g:",
      "  val_2: {name: V, type: PairedImageDataset, dataroot_gt: '{ROOT}', dataroot_lq: '{ROOT}'}\nnetwork_g:",
    ]], ['x.yml:24:17: datasets.val_2.name "V" is the name of datasets.val as well; rename one']],
    ["a network of another model", [["network_g:", "network_d:\n  type: EDSR\nnetwork_g:"]], [
      "x.yml:23:1: network_d is not available in this version of DenoSR (some models of BasicSR have it)",
    ]],
    ["wandb", [[
      "  use_tb_logger: true",
      "  use_tb_logger: true\n  wandb: {project: x, resume_id: ~}",
    ]], [
      "x.yml:56:20: logger.wandb.project is not available in this version of DenoSR (BasicSR has it); write ~",
    ]],
    [
      "a hook",
      [["logger:", "hooks:\n  - type: CountHook\n    every: 0\n  - type: Cont\nlogger:"]],
      [
        "x.yml:54:12: hooks[0].every must be at least 1, received 0",
        'x.yml:55:11: hooks[1].type "Cont" is unknown; known: CountHook',
      ],
    ],
    ["a block without type", [["  optim_g:\n    type: Adam\n", "  optim_g:\n"]], [
      "x.yml:33:3: train.optim_g has no type, add one of ASGD, Adam, AdamW, Adamax, RMSprop, Rprop, SGD",
    ]],
  ];

for (const [name, edits, lines] of WRONG) {
  Deno.test(`checkOptions() reports ${name} with place and advice`, async () => {
    using folder = new OptionsFolder();
    const found = await folder.complaints(changed(...edits));
    assert.equal(found.length, lines.length, found.join("\n"));
    lines.forEach((line, i) => {
      if (line.startsWith("^")) assert.match(found[i]!, new RegExp(line));
      else assert.equal(found[i], line);
    });
  });
}

Deno.test("keys of the step are taken as written; ~ says no clipping, so that it can undo a base's", async () => {
  using folder = new OptionsFolder();
  const { options: opt, problems } = await folder.check(changed(
    [
      "  total_iter",
      "  precision: bf16\n  grad_accum: 4\n  clip_grad_norm: 0.5\n  clip_grad_value: ~\n" +
      "  checkpoint_blocks: 5\n  xla: true\n  total_iter",
    ],
    ["  save_img", "  precision: fp16\n  save_img"],
  ));
  assert.deepEqual(problems, []);
  const { precision, grad_accum, clip_grad_norm, clip_grad_value, checkpoint_blocks, xla } = opt!
    .train!;
  assert.deepEqual(
    { precision, grad_accum, clip_grad_norm, clip_grad_value, checkpoint_blocks, xla },
    {
      precision: "bf16",
      grad_accum: 4,
      clip_grad_norm: 0.5,
      clip_grad_value: null,
      checkpoint_blocks: 5,
      xla: true,
    },
  );
  assert.equal(opt?.val?.precision, "fp16");
});

Deno.test("--precision goes before train.precision, for a test before val.precision, which need not be there", async () => {
  using folder = new OptionsFolder();
  const settings = { precision: "bf16", forceYml: ["train.precision=fp16", "val.precision=fp16"] };
  const training = (await folder.check(GOOD, settings)).options;
  assert.deepEqual([training?.train?.precision, training?.val?.precision], ["bf16", "fp16"]);
  const testing = (await folder.check(GOOD, { ...settings, isTrain: false })).options;
  assert.deepEqual([testing?.train?.precision, testing?.val?.precision], ["fp16", "bf16"]);
  for (const val of ["", "val: ~\n"]) {
    const text = GOOD.replace(/^val:[^]*?(?=^logger:)/m, val);
    const { options } = await folder.check(text, { precision: "bf16", isTrain: false });
    assert.deepEqual(options?.val, { save_img: false, self_ensemble: false, precision: "bf16" });
  }
});

Deno.test("--precision does not make up for sections that training needs, and is checked itself", async () => {
  using folder = new OptionsFolder();
  assert.deepEqual(
    await folder.complaints(GOOD.replace(/^train:[^]*?(?=^val:)/m, ""), { precision: "bf16" }),
    ["x.yml: train is missing, training needs total_iter, optim_g and a loss"],
  );
  assert.deepEqual(await folder.complaints(GOOD, { precision: "tf32", isTrain: false }), [
    'command line: val.precision must be "fp32", "bf16" or "fp16", received "tf32"',
  ]);
});

Deno.test("checkOptions() takes save_img and suffix from their older place at the top, unless val has them", async () => {
  using folder = new OptionsFolder();
  const older = changed(["scale: 2", "scale: 2\nsave_img: true\nsuffix: s\ncrop_border: ~"], [
    "  save_img: false\n",
    "",
  ]);
  const { options } = await folder.check(older);
  assert.equal(options?.val?.save_img, true);
  assert.equal(options?.val?.suffix, "s");
  assert.equal(options?.["save_img"], undefined);
});

Deno.test("everything that is wrong is reported at once, in the order of the file", async () => {
  using folder = new OptionsFolder();
  const found = await folder.complaints(
    changed(["scale: 2", "scale: x"], ["num_feat: 16", "num_feats: 16"], [
      "type: Adam",
      "type: Adaam",
    ], [
      "print_freq: 100",
      "print_freq: 0",
    ], ["    dataroot_lq: {ROOT}\n", "    dataroot_lq: {ROOT}/nothing\n"]),
  );
  assert.deepEqual(found, [
    'x.yml:3:8: scale must be a number, received "x"',
    'x.yml:25:3: network_g.num_feats is unknown, did you mean "num_feat"?',
    'x.yml:34:11: train.optim_g.type "Adaam" is unknown, did you mean "Adam" or "Adamax"?',
    "x.yml:53:15: logger.print_freq must be at least 1, received 0",
    `x.yml:11:18: datasets.train.dataroot_lq: no folder "nothing"; correct the path`,
  ]);
});

Deno.test("a type that BasicSR has and this version has not is told from a mistyped one", async () => {
  using folder = new OptionsFolder();
  const found = await folder.complaints(
    changed(
      ["type: EDSR", "type: SwinIR"],
      ["    type: L1Loss", "    type: PerceptualLoss\n    vgg_type: vgg19"],
      ["type: disk", "type: memcached\n      server_list_cfg: x"],
      ["type: calculate_psnr", "type: calculate_niqe"],
    ),
  );
  const gone = (what: string) =>
    `${what} is not available in this version of DenoSR (BasicSR has it)`;
  assert.deepEqual(
    found.map((line) => line.replace(/^x\.yml:\d+:\d+: /, "").replace(/; use disk.*/, "")),
    [
      gone('datasets.train.io_backend.type "memcached"'),
      gone('network_g.type "SwinIR"'),
      gone('train.pixel_opt.type "PerceptualLoss"'),
      gone('val.metrics.psnr.type "calculate_niqe"'),
    ],
  );
});

Deno.test("dataroots that end in .lmdb go with io_backend.type lmdb, others with disk", async () => {
  using folder = new OptionsFolder();
  const gt = ["    dataroot_gt: {ROOT}\n", "    dataroot_gt: gt.lmdb\n"] as const;
  const lq = ["    dataroot_lq: {ROOT}\n", "    dataroot_lq: {ROOT}/lq.lmdb/\n"] as const;
  const lmdb = [
    "type: disk",
    "type: lmdb\n      db_paths: [lq.lmdb, gt.lmdb]\n      client_keys: [lq, gt]",
  ] as const;
  const problems = async (...edits: (readonly [string, string])[]) =>
    (await folder.check(changed(...edits))).problems.map(({ key, what }) => `${key} ${what}`);
  assert.deepEqual(await problems(gt, lq, lmdb), []);
  assert.deepEqual(await problems(gt, lmdb), [
    `datasets.train.dataroot_lq "${folder.path}" does not end in .lmdb: with io_backend.type lmdb it names the ` +
    "folder of an LMDB data base",
  ]);
  assert.deepEqual(await problems(gt), [
    'datasets.train.dataroot_gt "gt.lmdb" is the folder of an LMDB data base: write io_backend: {type: lmdb}',
  ]);
  assert.deepEqual(await problems(["type: disk", "type: disk\n      db_paths: x"]), [
    "datasets.train.io_backend.db_paths goes with type: lmdb only",
  ]);
  assert.deepEqual(await problems(["type: disk", "type: ldmb"]), [
    'datasets.train.io_backend.type must be "disk" or "lmdb", received "ldmb", did you mean "lmdb"?',
  ]);
});

Deno.test("keys of a model that is not available pass, its types are still named, strays are still found", async () => {
  using folder = new OptionsFolder();
  const found = await folder.complaints(changed(
    ["model_type: SRModel", "model_type: ESRGANModel"],
    [
      "network_g:",
      "gt_usm: true\nqueue_size: 180\nnetwork_d:\n  type: VGGStyleDiscriminator\n  num_feat: 64\nnetwork_g:",
    ],
    [
      "  total_iter",
      "  net_d_iters: 1\n  gan_opt:\n    type: GANLoss\n    gan_type: vanilla\n  total_itr: 1\n  total_iter",
    ],
  ));
  assert.deepEqual(found.map((line) => line.replace(/^x\.yml:\d+:\d+: /, "")), [
    'model_type "ESRGANModel" is not available in this version of DenoSR (BasicSR has it)',
    'network_d.type "VGGStyleDiscriminator" is not available in this version of DenoSR (BasicSR has it)',
    'train.gan_opt.type "GANLoss" is not available in this version of DenoSR (BasicSR has it)',
    'train.total_itr is unknown, did you mean "total_iter"?',
  ]);
});

Deno.test("a model's own keys are checked, and needed for training only", async () => {
  using folder = new OptionsFolder();
  const text = changed(["model_type: SRModel", "model_type: PairModel"], [
    "  save_img",
    "  flip_seq: true\n  save_img",
  ]);
  assert.deepEqual(await folder.complaints(text), [
    "x.yml: network_d is missing; it must be a block of keys",
    "x.yml:31:1: train.optim_d is missing; it must be a block of keys",
    "x.yml:31:1: train.gan_opt is missing; it must be a block of keys",
  ]);
  assert.deepEqual(await folder.complaints(text, { isTrain: false }), []);
  const full = text.replace("network_g:", "network_d:\n  type: FreeNet\n  anything: 1\nnetwork_g:")
    .replace(
      "  total_iter",
      "  optim_d: {type: SGD, lr: 0.1}\n  gan_opt: {type: L1Loss}\n  total_iter",
    )
    .replace("  strict_load_g: true", "  strict_load_d: false");
  const { options: opt, problems } = await folder.check(full);
  assert.deepEqual(problems, []);
  assert.deepEqual(opt?.["network_d"], { type: "FreeNet", anything: 1 });
  assert.equal(opt?.train?.["net_d_iters"], 1);
  assert.deepEqual(opt?.train?.["gan_opt"], { type: "L1Loss", loss_weight: 1, reduction: "mean" });
  assert.deepEqual([opt?.path["strict_load_g"], opt?.path["strict_load_d"]], [true, false]);
  assert.equal(opt?.val?.["flip_seq"], true);
});

Deno.test("paths that are not there are apart, end a run with DATA, and are let pass in a dry run", async () => {
  using folder = new OptionsFolder();
  folder.write("a_file", "");
  const checked = await folder.check(changed(
    ["    dataroot_gt: {ROOT}\n", "    dataroot_gt: {ROOT}/a_fyle\n"],
    ["    dataroot_lq: {ROOT}\n", "    dataroot_lq: {ROOT}/a_file\n    meta_info_file: {ROOT}\n"],
    ["pretrain_network_g: ~", "pretrain_network_g: {ROOT}/no/such.pth"],
  ));
  assert.deepEqual(checked.problems, []);
  const text = checked.missing.map((p) => `${p.key} ${p.what}`.replaceAll(folder.path, "R"));
  assert.deepEqual(text, [
    'datasets.train.dataroot_gt no folder "R/a_fyle"; did you mean "R/a_file"?',
    'datasets.train.dataroot_lq "R/a_file" is a file, name the folder that holds it',
    'datasets.train.meta_info_file "R" is a folder, name a file in it',
    'path.pretrain_network_g no file "R/no/such.pth"; there is "R", but no "no" in it',
  ]);
  assert.equal(requireOptions(checked, true).name, "demo");
  assert.throws(
    () => requireOptions(checked),
    (e) => e instanceof UserError && e.exitCode === ExitCode.DATA,
  );
});

Deno.test("problems end a run with USAGE, whatever is missing", async () => {
  using folder = new OptionsFolder();
  const checked = await folder.check(
    changed(["scale: 2", "scale: 0"], ["{ROOT}\n", "{ROOT}/no\n"]),
  );
  assert.equal(optionsError(checked).exitCode, ExitCode.USAGE);
  assert.throws(() => requireOptions(checked, true), /scale must be at least 1/);
});

Deno.test("data of the other task and weights of a resumed run need not be there", async () => {
  using folder = new OptionsFolder();
  const text = changed(["    dataroot_gt: {ROOT}\n", "    dataroot_gt: {ROOT}/no\n"], [
    "pretrain_network_g: ~",
    "pretrain_network_g: {ROOT}/no.pth",
  ]);
  assert.deepEqual((await folder.check(text, { isTrain: false })).missing.map((p) => p.key), [
    "path.pretrain_network_g",
  ]);
  assert.deepEqual((await folder.check(text, { autoResume: true })).missing.map((p) => p.key), [
    "datasets.train.dataroot_gt",
  ]);
});

Deno.test("~ in paths is the home folder", async () => {
  using folder = new OptionsFolder();
  const home = Deno.env.get("HOME");
  Deno.env.set("HOME", folder.path);
  try {
    const { options, missing } = await folder.check(
      changed(["    dataroot_gt: {ROOT}\n", "    dataroot_gt: ~/\n"], [
        "  resume_state: ~",
        "  experiments_root: ~/runs",
      ]),
    );
    assert.deepEqual(missing, []);
    assert.equal(options?.datasets["train"]?.["dataroot_gt"], `${folder.path}/`);
    assert.equal(options?.path.models, `${folder.path}/runs/demo/models`);
    assert.equal(options?.path.tb_logger, `${folder.path}/runs/tb_logger/demo`);
  } finally {
    if (home === undefined) Deno.env.delete("HOME");
    else Deno.env.set("HOME", home);
  }
});

Deno.test("errors of what the command line sets name the command line", async () => {
  using folder = new OptionsFolder();
  const settings = { forceYml: ["train:optim_g:lr=-1", "network_g.num_fet=3"], engine: "cuda" };
  assert.deepEqual(
    await folder.complaints(GOOD, settings),
    [
      'command line: engine must be "auto", "native", "webgpu", "wasm" or "cpu", received "cuda"',
      'command line: network_g.num_fet is unknown, did you mean "num_feat"?',
      "command line: train.optim_g.lr must be at least 0, received -1",
    ].toSorted(),
  );
});

Deno.test("a key of a base that does not fit the block's new type is reported in the base, with the way out", async () => {
  using folder = new OptionsFolder();
  folder.write("base.yml", GOOD.replace("upscale: 2", "upscale: 2\n  odd: 1"));
  const child = "_base_: base.yml\nnetwork_g:\n  type: EDSR\n";
  assert.deepEqual(await folder.complaints(child), [
    "base.yml:27:3: network_g.odd is unknown; known keys: num_in_ch, num_feat, num_block, upscale, res_scale " +
    "(it comes from a base; _delete_: true in network_g drops it)",
  ]);
  assert.deepEqual(await folder.complaints(`${child}  _delete_: true\n`), []);
});

Deno.test("an unknown type tells which are known and where was looked", async () => {
  using folder = new OptionsFolder();
  const checked = await folder.check(changed(["type: EDSR", "type: Foo"]));
  assert.match(
    checked.notes.join("\n"),
    /^arch types:\n {2}known: EDSR, FreeNet\n {2}no file named \*_arch\.ts/,
  );
});

Deno.test("checkOptions() leaves what was read unchanged, so that it can be checked again", async () => {
  using folder = new OptionsFolder();
  const raw = await readOptions(folder.write("x.yml", GOOD), { isTrain: true });
  const before = structuredClone(raw.data);
  await checkOptions(raw);
  assert.deepEqual(raw.data, before);
});
