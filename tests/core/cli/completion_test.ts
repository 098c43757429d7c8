import { completionScript, runCompletion } from "../../../core/cli/completion.ts";
import { COMMANDS } from "../../../core/cli/commands.ts";
import { SHELLS } from "../../../core/cli/shared_flags.ts";
import { UserError } from "../../../core/errors.ts";
import assert from "node:assert/strict";

/** Whether a shell is installed; says so where it is not, since its test is then left out. */
async function has(shell: string): Promise<boolean> {
  try {
    await new Deno.Command(shell, { args: ["--version"], stdout: "null", stderr: "null" }).output();
    return true;
  } catch {
    console.log(`SKIPPED: ${shell} is not installed, its completion is not tried`);
    return false;
  }
}

async function output(shell: string, args: readonly string[], cwd?: string): Promise<string> {
  const { stdout, stderr, success } = await new Deno.Command(shell, {
    args: [...args],
    env: { HOME: "/nonexistent", XDG_CONFIG_HOME: "/nonexistent", TERM: "dumb" },
    ...(cwd === undefined ? {} : { cwd }),
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

async function withScript(shell: string, use: (file: string, folder: string) => Promise<void>) {
  const folder = await Deno.makeTempDir({ prefix: "denosr-completion-" });
  try {
    await Deno.writeTextFile(`${folder}/a picture.png`, "");
    await Deno.mkdir(`${folder}/afolder`);
    const file = `${folder}/script`;
    await Deno.writeTextFile(file, completionScript(shell));
    await use(file, folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const BASH = await has("bash"), ZSH = await has("zsh"), FISH = await has("fish");

Deno.test({
  name: "bash completes commands, flags, their values, and files",
  ignore: !BASH,
  fn: async () => {
    await withScript("bash", async (file, folder) => {
      const tries: (readonly [string, string, string])[] = [
        ["_denosr", "denosr re", "restore"],
        ["_denosr", "denosr restore --al", "--alpha"],
        ["_denosr", "denosr restore --alpha |", "model|bicubic|ignore"],
        ["_denosr", "denosr restore --alpha = bi", "bicubic"],
        ["_denosr", "denosr restore a", "a picture.png|afolder"],
        ["_denosr", "denosr restore --plugins a", "afolder"],
        ["_denosr", "denosr restore --model a", "a picture.png|afolder"],
        ["_denosr", "denosr restore --scale |", ""],
        ["_denosr", "denosr train -opt a", "a picture.png|afolder"],
        ["_denosr", "denosr completion |", "bash|zsh|fish"],
        ["_denosr_deno", "deno task resto", "restore"],
        ["_denosr_deno", "deno task evaluate --eng", "--engine"],
        ["_denosr_deno", "deno run a", "a picture.png|afolder"],
      ];
      const lines = tries.map(([fn, line]) => {
        const words = line.replace("|", "").split(" ").map((w) => `'${w}'`).join(" ");
        return `COMP_WORDS=(${words}); COMP_CWORD=$((\${#COMP_WORDS[@]}-1)); COMPREPLY=(); ${fn}; (IFS='|'; echo "\${COMPREPLY[*]}")`;
      });
      const out = await output("bash", ["-c", `source ${file}\n${lines.join("\n")}`], folder);
      // compgen lists files in the order of the file system.
      const sorted = (line: string) => line.split("|").sort();
      const found = out.replace(/\n$/, "").split("\n").map(sorted);
      assert.deepEqual(found, tries.map(([, , expected]) => sorted(expected)));
    });
  },
});

Deno.test({
  name: "fish completes commands, flags with their help, and values",
  ignore: !FISH,
  fn: async () => {
    await withScript("fish", async (file) => {
      const complete = async (line: string) =>
        (await output("fish", ["--no-config", "-c", `source ${file}; complete -C '${line}'`]))
          .trimEnd().split("\n").map((l) => l.split("\t")[0]).sort();
      assert.deepEqual(await complete("denosr resto"), ["restore"]);
      assert.deepEqual(await complete("denosr restore --skip"), ["--skip-existing"]);
      assert.deepEqual(await complete("denosr restore --alpha "), ["bicubic", "ignore", "model"]);
      assert.deepEqual(await complete("denosr completion "), ["bash", "fish", "zsh"]);
      assert.deepEqual(await complete("deno task restore --skip"), ["--skip-existing"]);
    });
  },
});

Deno.test({
  name: "zsh reads its script and completes with it",
  ignore: !ZSH,
  fn: async () => {
    await withScript("zsh", async (file) => {
      await output("zsh", ["-f", "-n", file]);
      // compadd and _describe need a line that is being edited; _arguments is replaced by what shows its specs.
      const shown = await output("zsh", [
        "-f",
        "-c",
        `compdef() { : }; source ${file}
_arguments() { if [[ $1 = -C ]]; then state=argument; line=(restore); else print -l -- "$@"; fi }
_denosr`,
      ]);
      const specs = shown.trimEnd().split("\n");
      assert.ok(specs.includes("*:file:_files"));
      assert.ok(
        specs.some((s) => s.startsWith("--alpha=[") && s.endsWith(":HOW:(model bicubic ignore)")),
      );
      assert.ok(specs.some((s) => s.startsWith("*--model=[") && s.endsWith(":MODEL:_files")));
      assert.ok(specs.some((s) => s.startsWith("-o[")));
      for (const spec of specs) assert.doesNotMatch(spec, /^--[^[]*\[[^\]\\]*[^\\]\[/, "escaped");
    });
  },
});

Deno.test("every command and flag is in every script", () => {
  for (const shell of SHELLS) {
    const script = completionScript(shell);
    for (const { name, flags } of COMMANDS) {
      assert.ok(script.includes(name), `${shell} ${name}`);
      for (const flag of flags) {
        const text = shell === "fish" ? `-l ${flag.name}` : `--${flag.name}`;
        assert.ok(script.includes(text), `${shell} ${name} ${flag.name}`);
      }
    }
  }
});

Deno.test("another shell, or none, is refused", async () => {
  assert.throws(() => completionScript("tcsh"), /"tcsh" is unknown, name one of bash, zsh, fish/);
  await assert.rejects(
    runCompletion({ flags: {}, words: [] }),
    (e) => e instanceof UserError && /name one shell, bash, zsh, fish/.test(e.message),
  );
});
