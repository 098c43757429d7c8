import { reportText, section, withoutNames } from "../../../core/cli/doctor_report.ts";
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("_doctor_main.ts", import.meta.url));

/** Runs `doctor` in a process of its own. */
async function doctor(
  args: string[],
  permissions: string[] = ["--allow-all"],
  env: Record<string, string> = {},
) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--no-prompt", "--no-check", "--cached-only", ...permissions, MAIN],
      ...args,
    ],
    env: { NO_COLOR: "1", ...env },
  }).output();
  return { code, out: new TextDecoder().decode(stdout), err: new TextDecoder().decode(stderr) };
}

interface Report {
  readonly usable: boolean;
  readonly sections: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly problems: readonly { readonly problem: string; readonly remedy: string }[];
}

Deno.test("doctor --json: the engine computes rightly, the weights are intact, no home folder is named", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(join(folder, "broken_arch.ts"), "throw new Error('half written');\n");
    const { code, out, err } = await doctor(["--json", folder]);
    assert.equal(code, 0, err);
    const { usable, sections, problems } = JSON.parse(out) as Report;
    assert.equal(usable, true);
    assert.match(sections["Engine"]!["auto takes"]!, /^(native|webgpu|wasm): /);
    assert.match(sections["Engine"]!["Self-test"]!, /^right, /);
    assert.equal(sections["Engine"]!["fp32"], "yes");
    assert.equal(sections["Versions"]!["Deno"], Deno.version.deno);
    assert.equal(sections["Weights"]!["realesr-animevideov3"], "intact");
    assert.match(sections["Disk"]!["This folder"]!, /\d [GMk]?B free/);
    assert.match(sections["Memory"]!["To be used"]!, /^[\d.]+ [GMk]B/);
    const plugin = problems.find(({ problem }) =>
      /broken_arch\.ts does not load: half written/.test(problem)
    );
    assert.equal(plugin?.remedy, "mend it, or leave its folder out");
    for (const { remedy } of problems) assert.notEqual(remedy, "report this");
    const home = Deno.env.get("HOME");
    assert.ok(!home || home === "/" || !new RegExp(`${home}/`).test(out));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("doctor without any permission says what to do instead of failing", async () => {
  const { code, out, err } = await doctor([], []);
  assert.equal(code, 3, err);
  assert.match(out, /^ +read +none$/m);
  assert.match(out, /may not read the program's folder[^]*\n +→ start by `deno task doctor`/);
  assert.match(out, /Not usable as it is\.\n$/);
  assert.doesNotMatch(out + err, /looking failed|^ +at .*:\d+/m);
});

Deno.test("doctor names a library that is none, tries wasm, and ends with 3", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const { code, out, err } = await doctor([], undefined, { DENOSR_LIBTENSORFLOW: folder });
    assert.equal(code, 3, err);
    assert.match(out, /DENOSR_LIBTENSORFLOW names .*, but that folder holds no usable library/);
    assert.match(out, /→ mend or unset DENOSR_LIBTENSORFLOW/);
    assert.match(out, /^ +wasm instead +wasm: [^]*^ +Self-test +right/m);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("doctor with nearly nothing around: no home, no programs", async () => {
  const { code, out, err } = await doctor([], [
    ...["--allow-read", "--allow-env", "--allow-sys", `--allow-run=${Deno.execPath()}`],
  ], {
    PATH: "/nowhere",
    HOME: "",
    XDG_CACHE_HOME: "",
    DENOSR_CACHE: "",
    DENOSR_LIBTENSORFLOW: "",
  });
  assert.ok(code === 0 || code === 3, err);
  assert.match(out, /no cache folder is known\n +→ set DENOSR_CACHE, or HOME/);
  assert.match(out, /videos cannot be restored[^\n]*\n +→ .*install/);
  assert.doesNotMatch(out + err, /looking failed|^ +at .*:\d+/m);
});

Deno.test("section() turns errors into problems", async () => {
  const broken = await section("Disk", () => {
    throw new Error("no such thing\nsecond line");
  });
  assert.deepEqual(broken.problems, [
    { problem: "Disk: looking failed: no such thing", remedy: "report this", fatal: false },
  ]);
  const forbidden = await section("Memory", (found) => {
    found.fact("Total", 1);
    throw new Deno.errors.NotCapable('Requires sys access, run again with "--allow-sys"');
  });
  assert.deepEqual(forbidden.facts, [["Total", "1"]]);
  assert.match(forbidden.problems[0]!.problem, /may be looked at \(Requires sys access\)/);
  assert.match(
    reportText([broken]),
    /looking failed: no such thing\n +→ report this\n\nUsable\./,
  );
});

Deno.test("withoutNames() hides the home folder and the user's name in paths, and nothing else", () => {
  const env = (name: string) => ({ HOME: "/home/anna", USER: "anna" })[name];
  assert.equal(
    withoutNames("/home/anna/x, /home/annabel, /mnt/anna/y, anna, /home/anna", env),
    "~/x, /home/annabel, /mnt/<user>/y, anna, ~",
  );
  const windows = (name: string) => ({ USERPROFILE: "C:\\Users\\Anna", USERNAME: "Anna" })[name];
  assert.equal(withoutNames("C:\\Users\\Anna\\x D:\\Anna\\y", windows), "~\\x D:\\<user>\\y");
});
