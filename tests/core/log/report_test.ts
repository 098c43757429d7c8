import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { writeReport } from "../../../core/log/report.ts";
import type { ComparedImage, MetricCurve, ReportData } from "../../../core/log/report_data.ts";

const EVIL = `"><script>alert('1')</script>&`;

function png(length: number, width = 100, height = 50): Uint8Array {
  const bytes = new Uint8Array(length);
  bytes.set([0x89, 0x50, 0x4e, 0x47]);
  const view = new DataView(bytes.buffer);
  view.setUint32(16, width);
  view.setUint32(20, height);
  return bytes;
}

function compared(name: string, length = 100): ComparedImage {
  return { dataset: "Set5", name, before: png(length), restored: png(length) };
}

function psnr(values: number[], more: Partial<MetricCurve> = {}): MetricCurve {
  return {
    name: "psnr",
    dataset: "Set5",
    recipe: "Y channel, crop 2, 8 bit",
    better: "higher",
    points: values.map((value, i) => ({ iter: (i + 1) * 1000, value })),
    ...more,
  };
}

function data(more: Partial<ReportData> = {}): ReportData {
  return {
    name: "x2",
    status: "finished",
    iter: 2000,
    totalIter: 2000,
    updatedAt: new Date(2026, 0, 2, 3, 4),
    runFacts: [],
    hostFacts: [],
    losses: [],
    learningRates: [],
    metrics: [],
    results: [],
    images: [],
    files: [],
    options: "",
    ...more,
  };
}

/** What a reader sees, roughly. */
const text = (html: string) =>
  html.replaceAll(/<style>[\s\S]*?<\/style>|<[^>]*>/g, " ").replaceAll(/\s+/g, " ");

Deno.test("a report escapes every text that it is given", () => {
  const fact = { label: EVIL, value: EVIL };
  const points = [{ iter: 1, value: 1 }, { iter: 2, value: 2 }];
  const html = writeReport(data({
    name: EVIL,
    runFacts: [fact],
    hostFacts: [fact],
    files: [fact],
    options: EVIL,
    losses: [{ name: EVIL, points }],
    learningRates: [{ name: EVIL, points }, { name: EVIL, points }],
    metrics: [psnr([30], { name: EVIL, dataset: EVIL, recipe: EVIL, bicubic: 1 })],
    results: [{
      dataset: EVIL,
      metrics: [{ name: EVIL, recipe: EVIL, better: "lower" }],
      rows: [{ image: EVIL, values: { [EVIL]: 1 } }],
    }],
    images: [{ ...compared(EVIL), dataset: EVIL, gt: png(50) }],
  }));
  assert.equal(html.match(/<script/g)!.length, 1, "the report's own");
  assert.ok(!html.includes("alert('1')"));
  assert.ok(html.split("&lt;script&gt;").length > 20);
});

Deno.test("a report loads nothing from anywhere and allows only its own script", () => {
  const html = writeReport(data({ images: [compared("a")], metrics: [psnr([30])] }));
  const script = /<script>([\s\S]*?)<\/script>/.exec(html)![1]!;
  const hash = createHash("sha256").update(script).digest("base64");
  const policy = /Content-Security-Policy" content="([^"]*)"/.exec(html)![1]!;
  assert.ok(policy.startsWith("default-src 'none';"));
  assert.ok(policy.includes(`script-src 'sha256-${hash}'`));
  assert.deepEqual(
    html.match(/https?:\/\/[^"]*/g),
    ["http://www.w3.org/2000/svg"],
    "a namespace only",
  );
  for (const [, target] of html.matchAll(/(?:src|href)="([^"]*)"/g)) {
    assert.match(target!, /^data:image\/png;base64,/);
  }
});

Deno.test("a report says how much better or worse than bicubic interpolation the network is", () => {
  const say = (...metrics: MetricCurve[]) => text(writeReport(data({ metrics })));
  assert.match(
    say(psnr([30, 31.5], { bicubic: 30.25 })),
    /After 2,000 iterations the network reaches 31\.50 dB psnr on Set5, 1\.25 dB better than/,
  );
  assert.match(say(psnr([29], { bicubic: 30 })), /1\.00 dB worse than/);
  assert.match(say(psnr([30], { bicubic: 30 })), /the same as plain enlargement/);
  assert.match(say(psnr([30])), /reaches 30\.00 dB psnr on Set5\. /);
  assert.match(say(psnr([30, NaN])), /After 1,000 iterations/);
  assert.match(say(psnr([])), /no validation yet/);
  assert.match(
    say(psnr([0.25], { name: "lpips", better: "lower", bicubic: 0.35 })),
    /0\.2500 lpips on Set5, 0\.1000 better/,
  );
});

Deno.test("a report's table shows bicubic, restored, gain and their means", () => {
  const html = writeReport(data({
    results: [{
      dataset: "Set5",
      metrics: [
        { name: "psnr", recipe: "Y", better: "higher" },
        { name: "niqe", recipe: "gray", better: "lower" },
      ],
      rows: [
        { image: "baby", values: { psnr: 33, niqe: 5 }, bicubic: { psnr: 32, niqe: 4 } },
        { image: "bird", values: { psnr: 36 }, bicubic: { psnr: 37 } },
      ],
    }],
  }));
  const rows = [...html.matchAll(/<tr><th scope="row">([\s\S]*?)<\/tr>/g)].map(([row]) =>
    text(row).trim()
  );
  assert.deepEqual(rows, [
    "baby 32.00 33.00 +1.00 4.0000 5.0000 -1.0000",
    "bird 37.00 36.00 -1.00 – – –",
    "mean of 2 34.50 34.50 0.00 4.0000 5.0000 -1.0000",
  ]);
  assert.match(html, /class="good">\+1\.00</);
  assert.match(html, /class="bad">-1\.0000</, "a higher NIQE is worse");
  assert.match(html, /class="bad">-1\.00</);
});

Deno.test("a report shows six images at most, keeps below its size, and says what it left out", () => {
  const many = writeReport(
    data({ images: Array.from({ length: 9 }, (_, i) => compared(`i${i}`)) }),
  );
  assert.equal(many.match(/<figure/g)!.length, 6);
  assert.match(text(many), /3 more images are not shown here/);
  const large = writeReport(data({ images: [compared("large", 7_000_000), compared("small")] }));
  assert.equal(large.match(/<figure/g)!.length, 1);
  assert.match(large, /small/);
  assert.match(text(large), /1 more image is not shown here/);
});

Deno.test("a report's images are the bytes given, with a slider that has a name", () => {
  const image = { ...compared("baby"), gt: png(60) };
  const html = writeReport(data({ images: [image] }));
  for (const bytes of [image.before, image.restored, image.gt]) {
    assert.ok(html.includes(`base64,${bytes.toBase64()}"`));
  }
  assert.match(html, /<input type="range"[^>]*aria-label="baby: how much/);
  assert.match(html, /Original \(ground truth\)<\/button>/);
  assert.ok(!writeReport(data({ images: [compared("baby")] })).includes("Original (ground truth)"));
});

Deno.test("a loss with many points is drawn raw and smoothed, a short one as it is", () => {
  const loss = (n: number) =>
    writeReport(data({
      losses: [{
        name: "l_pix",
        points: Array.from({ length: n }, (_, i) => ({ iter: i, value: 1 + i % 2 })),
      }],
    }));
  assert.equal(loss(500).match(/<path /g)!.length, 2);
  assert.equal(loss(10).match(/<path /g)!.length, 1);
});

Deno.test("a report of a run that has done nothing is complete HTML", () => {
  const html = writeReport(data({ iter: 0, totalIter: 0, status: "running" }));
  assert.match(html, /^<!doctype html>[\s\S]*<\/html>\n$/);
  assert.ok(!/NaN|undefined|\[object/.test(html.replaceAll(/<script>[\s\S]*?<\/script>/g, "")));
});
