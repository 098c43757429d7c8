import assert from "node:assert/strict";
import { displayWidth, truncate } from "../../../core/log/_width.ts";
import { Progress } from "../../../core/log/progress.ts";
import { fakeTerminal } from "./_screen.ts";

Deno.test("displayWidth() counts wide characters twice and combining marks not at all", () => {
  assert.equal(displayWidth("abc"), 3);
  assert.equal(displayWidth("画像"), 4);
  assert.equal(displayWidth("e\u0301"), 1);
  assert.equal(displayWidth("😀"), 2);
});

Deno.test("truncate() never cuts a character in half and never exceeds the width", () => {
  for (let width = 0; width < 12; width++) {
    const cut = truncate("a画😀e\u0301像bcd", width);
    assert.ok(displayWidth(cut) <= width, `${width}: ${cut}`);
    assert.ok(!/[\ud800-\udbff]$/.test(cut));
  }
  assert.equal(truncate("abcdef", 5), "abcd…");
});

Deno.test("Progress leaves room for ^C in the terminal's line, whatever its width and text", () => {
  for (const columns of [1, 5, 10, 20, 37, 80, 200]) {
    let time = 0;
    const { recorder, terminal } = fakeTerminal(true, { columns: () => columns });
    using progress = new Progress({
      label: "训练 net_g",
      total: 1_000_000,
      terminal,
      now: () => time,
    });
    for (let done = 0; done <= 1_000_000; done += 250_000) {
      time += 3_600_000;
      progress.update(done, "l_pix 1.2345e-02\n画像 psnr 30.12 dB");
      const shown = recorder.screen();
      assert.equal(shown.length, 1, "one line");
      assert.ok(displayWidth(shown[0]!) <= Math.max(1, columns - 3), `${columns}: ${shown[0]}`);
    }
    progress.finish();
  }
});

Deno.test("Progress shows rate, time left and text on a wide terminal", () => {
  let time = 0;
  const { recorder, terminal } = fakeTerminal(true, { columns: () => 100 });
  using progress = new Progress({ label: "train", total: 100, terminal, now: () => time });
  for (let done = 1; done <= 25; done++) {
    time += 500;
    progress.update(done, "l_pix 0.01");
  }
  assert.match(
    recorder.screen()[0]!,
    /^train 25% \|#+-+\| 25\/100 \[0:00:12<0:00:37\] 2\.0 it\/s l_pix 0\.01$/,
  );
  progress.finish();
  assert.equal(recorder.screen().length, 2, "the last state stays");
});

Deno.test("Progress does not redraw more often than ten times a second", () => {
  let time = 0;
  const { recorder, terminal } = fakeTerminal(true);
  using progress = new Progress({ label: "p", total: 10_000, terminal, now: () => time });
  for (let i = 0; i < 10_000; i++) {
    time += 0.1;
    progress.advance();
  }
  assert.ok(recorder.writes <= 11, `${recorder.writes}`);
});

Deno.test("Progress writes a plain line every 30 seconds without a terminal", () => {
  let time = 0;
  const { recorder, terminal } = fakeTerminal(false);
  const progress = new Progress({
    label: "x2.zip",
    total: 2e6,
    unit: "B",
    terminal,
    now: () => time,
  });
  for (let i = 0; i < 100; i++) {
    time += 1000;
    progress.advance(20_000);
  }
  progress.finish();
  assert.deepEqual(recorder.text.split("\n"), [
    "x2.zip: 30% (600.0 kB/2.0 MB), 20.0 kB/s, 0:01:10 left",
    "x2.zip: 60% (1.2 MB/2.0 MB), 20.0 kB/s, 0:00:40 left",
    "x2.zip: 90% (1.8 MB/2.0 MB), 20.0 kB/s, 0:00:10 left",
    "x2.zip: 100% (2.0 MB/2.0 MB), 20.0 kB/s, 0:01:40 taken",
    "",
  ]);
});

Deno.test("Progress can say its plain lines elsewhere, or not at all", () => {
  let time = 0;
  const { recorder, terminal } = fakeTerminal(false);
  const said: string[] = [];
  const now = () => time;
  const spoken = new Progress({
    label: "a",
    terminal,
    now,
    say: (line) => said.push(line),
    plainEvery: 1,
  });
  const silent = new Progress({ label: "b", terminal, now, plainEvery: Infinity });
  time = 2000;
  spoken.advance();
  silent.advance();
  spoken.finish();
  silent.finish();
  assert.equal(recorder.text, "");
  assert.deepEqual(said, ["a: 1, 2.0 s/it", "a: 1, 2.0 s/it, 0:00:02 taken"]);
});

Deno.test("Progress leaves what an earlier start did out of the rate", () => {
  let time = 0;
  const { terminal } = fakeTerminal(false);
  const progress = new Progress({
    label: "p",
    total: 1000,
    initial: 900,
    terminal,
    now: () => time,
  });
  time = 10_000;
  progress.update(910);
  assert.equal(progress.rate, 1);
  assert.equal(progress.eta, 90);
});

Deno.test("Progress.skip() takes a validation out of the rate", () => {
  let time = 0;
  const { terminal } = fakeTerminal(false);
  const progress = new Progress({ label: "p", total: 1000, terminal, now: () => time });
  time = 1000;
  progress.update(10);
  time = 61_000;
  progress.skip(60);
  time = 62_000;
  progress.update(20);
  assert.ok(Math.abs(progress.rate! - 10) < 1e-9, `${progress.rate}`);
});

Deno.test("a bar within a bar gives the line back when it ends", () => {
  const { recorder, terminal } = fakeTerminal(true);
  using _outer = new Progress({ label: "train", total: 10, terminal, now: () => 0 });
  {
    using _inner = new Progress({ label: "Set5", total: 5, terminal, now: () => 0 });
    assert.match(recorder.screen()[0]!, /^Set5/);
  }
  assert.match(recorder.screen()[0]!, /^train/);
  assert.equal(recorder.screen().length, 1);
});

Deno.test("Progress of nothing is complete", () => {
  const { recorder, terminal } = fakeTerminal(true);
  using progress = new Progress({ label: "p", total: 0, terminal, now: () => 0 });
  progress.finish();
  assert.match(recorder.screen()[0]!, /100%/);
});
