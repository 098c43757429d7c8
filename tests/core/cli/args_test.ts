import { parseFor } from "../../../core/cli/args.ts";
import { type Command, COMMANDS, type Parsed } from "../../../core/cli/commands.ts";
import { ExitCode, UserError } from "../../../core/errors.ts";
import { PRECISIONS } from "../../../core/options/types.ts";
import assert from "node:assert/strict";

function command(name: string): Command {
  return COMMANDS.find((c) => c.name === name)!;
}

function parse(line: string, name = "train"): Promise<Parsed> {
  return parseFor(command(name), line.split(" ").filter(Boolean));
}

async function refusal(line: string, name = "train"): Promise<string> {
  let message = "";
  await assert.rejects(parse(line, name), (error) => {
    assert.ok(error instanceof UserError, String(error));
    assert.equal(error.exitCode, ExitCode.USAGE);
    message = error.message;
    return true;
  });
  return message;
}

for (const spelling of ["-opt a.yml", "--opt a.yml", "--opt=a.yml", "-opt=a.yml"]) {
  Deno.test(`${spelling} names the options file`, async () => {
    assert.equal((await parse(spelling)).flags["opt"], "a.yml");
  });
}

Deno.test("-o stands for --output of weights, and is no flag elsewhere", async () => {
  assert.equal((await parse("convert a -o b.pth", "weights")).flags["output"], "b.pth");
  assert.match(await refusal("-opt a.yml -o b"), /unknown flag --o/);
});

Deno.test("flags that are absent are false, undefined or empty", async () => {
  const { flags, words } = await parse("-opt a.yml");
  assert.deepEqual({ ...flags }, {
    opt: "a.yml",
    engine: undefined,
    precision: undefined,
    force_yml: [],
    plugins: [],
    debug: false,
    "dry-run": false,
    launcher: undefined,
    local_rank: undefined,
    auto_resume: false,
  });
  assert.deepEqual(words, []);
});

Deno.test("--force_yml takes all words up to the next flag, and may come again", async () => {
  const { flags } = await parse(
    "--force_yml train:total_iter=9 name=a=b lr=-1e-4 -opt a.yml --debug --force_yml x=1 --auto_resume",
  );
  assert.deepEqual(flags["force_yml"], ["train:total_iter=9", "name=a=b", "lr=-1e-4", "x=1"]);
  assert.equal(flags["opt"], "a.yml");
  assert.equal(flags["debug"], true);
  assert.equal(flags["auto_resume"], true);
});

Deno.test("--force_yml=KEY=VALUE keeps the second equals sign", async () => {
  const { flags } = await parse("-opt a.yml --force_yml=name=x y=2");
  assert.deepEqual(flags["force_yml"], ["name=x", "y=2"]);
});

Deno.test("--plugins may be given several times, other flags count the last time", async () => {
  const { flags } = await parse(
    "--plugins one -opt a.yml --plugins=two --engine wasm --engine cpu",
  );
  assert.deepEqual(flags["plugins"], ["one", "two"]);
  assert.equal(flags["engine"], "cpu");
});

Deno.test("dashes and underscores are the same in names", async () => {
  const { flags } = await parse("-opt a.yml --dry_run --auto-resume --force-yml a=1");
  assert.equal(flags["dry-run"], true);
  assert.equal(flags["auto_resume"], true);
  assert.deepEqual(flags["force_yml"], ["a=1"]);
});

Deno.test("values stay text, and may look like numbers, switches' names or nothing special", async () => {
  const { flags } = await parse("-opt 007 --local_rank -1");
  assert.equal(flags["opt"], "007");
  assert.equal(flags["local_rank"], "-1");
  const spaced = await parseFor(command("train"), ["-opt", "my options/ü.yml"]);
  assert.equal(spaced.flags["opt"], "my options/ü.yml");
});

Deno.test("words are kept in order where the command takes them, also after --", async () => {
  const { words, flags } = await parse("arch --force MyNet", "new");
  assert.deepEqual(words, ["arch", "MyNet"]);
  assert.equal(flags["force"], true);
  assert.deepEqual((await parse("arch -- --MyNet -", "new")).words, ["arch", "--MyNet", "-"]);
});

Deno.test("an unknown flag is refused with the nearest one", async () => {
  assert.match(
    await refusal("-opt a.yml --auto_resum"),
    /^train: unknown flag --auto_resum, did you mean --auto_resume\?; see train --help$/,
  );
  assert.match(await refusal("-opt a.yml --xyzzy"), /unknown flag --xyzzy; see/);
  assert.match(await refusal("-opt a.yml -5"), /unknown flag --5/);
  assert.match(await refusal("--no-debug -opt a.yml"), /unknown flag --no-debug/);
  assert.match(await refusal("--opt a.yml", "schema"), /unknown flag --opt.*see schema --help/);
});

Deno.test("a value that is missing is refused", async () => {
  assert.match(await refusal("-opt"), /--opt needs a value \(FILE\)/);
  assert.match(await refusal("-opt --debug"), /--opt needs a value \(FILE\)/);
  assert.match(await refusal("-opt a.yml --force_yml"), /--force_yml needs at least one KEY=VALUE/);
  assert.match(await refusal("-opt a.yml --force_yml --debug"), /--force_yml needs at least one/);
});

Deno.test("a required flag that is missing is shown in an example", async () => {
  assert.match(await refusal(""), /-opt FILE is missing, for example: deno task train -opt \S+/);
  assert.match(await refusal("--opt="), /-opt FILE is missing/);
});

Deno.test("wrong choices, values of switches and stray words are refused", async () => {
  assert.match(
    await refusal("-opt a.yml --engine gpu"),
    /--engine must be one of auto, native, webgpu, wasm, cpu, received "gpu"/,
  );
  assert.match(await refusal("-opt a.yml --debug=no"), /--debug takes no value, received "no"/);
  assert.match(await refusal("-opt a.yml b.yml"), /"b\.yml" is not expected here/);
});

Deno.test("--precision is a flag of train and test, with a choice of names", async () => {
  for (const name of ["train", "test"]) {
    assert.equal((await parse("-opt a.yml --precision bf16", name)).flags["precision"], "bf16");
    assert.match(
      await refusal("-opt a.yml --precision half", name),
      /--precision must be one of fp32, bf16, fp16, received "half"/,
    );
  }
  assert.match(await refusal("--precision bf16", "schema"), /unknown flag --precision/);
  const choices = command("train").flags.find((flag) => flag.name === "precision")?.choices;
  assert.deepEqual(choices, PRECISIONS, "the command line takes what options files take");
});

Deno.test("every example of every command can be parsed", async () => {
  for (const { name, examples } of COMMANDS) {
    for (const example of examples) {
      const match = /^deno (?:task|run -A mod\.ts) (\w+) ?(.*)$/.exec(example);
      assert.ok(match, example);
      assert.equal(match[1] === "evaluate" ? "test" : match[1], name, example);
      await parse(match[2]!, name);
    }
  }
});
