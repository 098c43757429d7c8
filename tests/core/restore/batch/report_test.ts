import { ExitCode, UserError } from "../../../../core/errors.ts";
import type { Job } from "../../../../core/restore/batch/conflicts.ts";
import {
  failureText,
  jsonLine,
  modelLabel,
  shown,
  Sums,
} from "../../../../core/restore/batch/report.ts";
import assert from "node:assert/strict";

function job(path: string): Job {
  return {
    input: { path, relative: path, kind: "picture" },
    target: { path: `out/${path}`, format: "png", asked: false, fixed: false, notes: [] },
  };
}

Deno.test("a failure is one line that begins with the path, which is not said twice", () => {
  const text = (path: string, message: string) =>
    failureText(job(path), new UserError(message, ExitCode.DATA));
  assert.equal(text("a.png", "a.png: damaged"), "a.png: failed: damaged");
  assert.equal(text("a.png", "a.png is empty"), "a.png: failed: is empty");
  assert.equal(
    text("a.png", "out/a.png: the disk is full"),
    "a.png: failed: out/a.png: the disk is full",
  );
  assert.equal(text("a\nb.png", "a\nb.png: no\nsuch thing"), "a\\nb.png: failed: no; such thing");
  assert.equal(failureText(job("-"), "odd"), "standard input: failed: odd");
});

Deno.test("shown() writes out what would break a line", () => {
  assert.equal(
    shown("tab\t, bell\x07, line\u2028, emoji 🦕"),
    "tab\\t, bell\\u0007, line\\u2028, emoji 🦕",
  );
});

Deno.test("lines of JSON hold the path as it is and the reason without it", () => {
  const line = jsonLine({ kind: "failed", job: job("a\n.png"), error: new Error("a\n.png: bad") });
  assert.ok(!line.includes("\n"));
  assert.deepEqual(JSON.parse(line), { input: "a\n.png", status: "failed", error: "bad" });
  assert.deepEqual(JSON.parse(jsonLine({ kind: "skipped", job: job("a.png") })), {
    input: "a.png",
    status: "skipped",
    output: "out/a.png",
  });
});

Deno.test("the sums add up to what was found", () => {
  const sums = new Sums(5);
  sums.skipped = 1;
  sums.add({ kind: "failed", job: job("a"), error: "x" });
  sums.add({ kind: "left", job: job("b") });
  assert.equal(
    sums.text(3),
    "5 pictures: 0 restored, 1 skipped (there already), 1 failed, 3 not done; 0:00:03",
  );
});

Deno.test("models are called by their names alone", () => {
  assert.equal(modelLabel("/w/x4plus.safetensors + zoo:SwinIR"), "x4plus + SwinIR");
  assert.equal(modelLabel("zoo:a:b/c.d/e.pth:0.5"), "a:e:0.5");
  assert.equal(modelLabel("realesr-animevideov3"), "realesr-animevideov3");
});
