import { reason, reportText } from "./_report.ts";
import type { Row } from "./_table.ts";
import assert from "node:assert/strict";

const LOAD = { others: 0.01, stolen: 0.02 };

function text(rows: readonly Row[], more: { readonly forced?: boolean } = {}): string {
  return reportText({
    date: "2026-01-02T03:04:05.000Z",
    commandLine: "deno task bench",
    processor: { model: "Test CPU", cores: 2, threads: 4, flags: new Set(["avx2"]) },
    memory: 16e9,
    versions: { ours: { DenoSR: "1.2.3" }, peer: { torch: "4.5.6" } },
    before: LOAD,
    during: LOAD,
    forced: false,
    notes: [],
    rows,
    ...more,
  });
}

const ROW: Row = {
  name: "edsr",
  title: "EDSR",
  precision: "fp32",
  computes: true,
  load: LOAD,
  courses: [
    { side: "ours", seconds: [1] },
    { side: "eager", seconds: [2] },
    { side: "compiled", seconds: [3] },
  ],
};

Deno.test("a report names the machine, the versions and the mode that does not count", () => {
  const lines = text([ROW]).split("\n");
  assert(lines.includes("- Machine: Test CPU, 2 cores, 4 threads, 16.0 GB, avx2"));
  assert(lines.includes("- PyTorch: torch 4.5.6"));
  assert(lines.includes("- PyTorch's slower mode: edsr fp32 compiled 3.00 s"));
  assert(lines.some((line) => line.startsWith("| EDSR | fp32 ")));
  assert.doesNotMatch(text([ROW]), /DISTURBED|BUSY/);
});

Deno.test("a report says which rows were disturbed, and that the machine was busy", () => {
  const disturbed = { ...ROW, load: { others: 0.08, stolen: 0.05 } };
  assert.match(text([disturbed]), /DISTURBED by other work or the host: edsr fp32 \(13\.0 %\)/);
  assert.match(text([ROW], { forced: true }), /THE MACHINE WAS BUSY/);
});

Deno.test("a report says why torch.compile did not take part", () => {
  const failure = "ended with code 1\nTraceback\nInductorError: No working C++ compiler\n\nSet X=1";
  const courses = [...ROW.courses.slice(0, 2), { side: "compiled", seconds: [], failure } as const];
  assert.match(
    text([{ ...ROW, courses }]),
    /- edsr fp32: torch\.compile ended with code 1: InductorError: No working C\+\+ compiler/,
  );
});

Deno.test("reason() takes the last line where none looks like an error", () => {
  assert.equal(reason("ended with code 1"), "ended with code 1");
  assert.equal(reason("was ended by SIGKILL\none\ntwo"), "was ended by SIGKILL: two");
});
