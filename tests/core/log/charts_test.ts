import assert from "node:assert/strict";
import { formatNumber, lineChart, niceTicks } from "../../../core/log/charts.ts";

const points = (values: number[]) => values.map((value, i) => ({ iter: i + 1, value }));
const paths = (svg: string) => [...svg.matchAll(/<path [^>]*d="([^"]*)"/g)].map(([, d]) => d!);

Deno.test("niceTicks() are round numbers within the range", () => {
  assert.deepEqual(niceTicks(0, 1, 5), [0, 0.2, 0.4, 0.6, 0.8, 1]);
  assert.deepEqual(niceTicks(29.3, 32.1, 5), [30, 31, 32]);
  assert.deepEqual(niceTicks(-0.3, 0.3, 3), [-0.2, 0, 0.2]);
  assert.deepEqual(niceTicks(7, 7, 5), [7]);
});

Deno.test("formatNumber() is short and loses no digit of an iteration", () => {
  assert.deepEqual(
    [0, 1e-4, 2.5e-5, 0.8710001, 30.104, 5000, 123456, -2, 4e9].map(formatNumber),
    ["0", "1e-4", "2.5e-5", "0.871", "30.1", "5,000", "123,456", "-2", "4e9"],
  );
});

Deno.test("lineChart() says that there are no data instead of drawing an empty axis", () => {
  assert.match(lineChart({ title: "t", series: [] }), /no data yet/);
  assert.match(
    lineChart({ title: "t", series: [{ points: points([NaN, Infinity]) }] }),
    /no data yet/,
  );
});

Deno.test("lineChart() draws higher values higher, and no number is NaN", () => {
  for (const yLog of [false, true]) {
    const svg = lineChart({ title: "t", yLog, series: [{ points: points([1, 10, 100]) }] });
    assert.ok(!/NaN|Infinity|undefined/.test(svg), svg);
    const ys = [...paths(svg)[0]!.matchAll(/[ML][\d.]+ ([\d.]+)/g)].map(([, y]) => Number(y));
    assert.equal(ys.length, 3);
    assert.ok(ys[0]! > ys[1]! && ys[1]! > ys[2]!, `${ys}`);
    // Equal factors are equal distances on a logarithmic axis only.
    assert.equal(Math.abs(ys[0]! - 2 * ys[1]! + ys[2]!) < 0.3, yLog);
  }
});

Deno.test("lineChart() copes with one point, a constant and values of any size", () => {
  for (const values of [[5], [0, 0, 0], [-3, -3], [1e-30, 2e-30], [1e300, 2e300]]) {
    for (const yLog of [false, true]) {
      const svg = lineChart({ title: "t", yLog, series: [{ points: points(values) }] });
      assert.ok(!/NaN|Infinity|undefined/.test(svg), `${values} ${yLog}`);
    }
  }
});

Deno.test("lineChart() leaves a gap where a value is no number, or not positive on a log axis", () => {
  const [d] = paths(lineChart({ title: "t", series: [{ points: points([1, NaN, 2, 3]) }] }));
  assert.equal(d!.match(/M/g)!.length, 2);
  const [log] = paths(
    lineChart({ title: "t", yLog: true, series: [{ points: points([1, 0, 2]) }] }),
  );
  assert.equal(log!.match(/M/g)!.length, 2);
});

Deno.test("lineChart() thins out long lines and keeps their extremes", () => {
  const values = Array.from({ length: 100_000 }, (_, i) => Math.sin(i / 5000));
  values[77_777] = 50;
  const svg = lineChart({ title: "t", series: [{ points: points(values) }] });
  assert.ok(svg.length < 40_000, `${svg.length}`);
  assert.match(svg, />40</, "the axis reaches towards the spike");
});

Deno.test("lineChart() lists lines and references in the legend, escaped", () => {
  const svg = lineChart({
    title: "<t>",
    series: [{ name: "a & b", points: points([1, 2]) }],
    references: [{ name: "bicubic <1>", value: 1.5 }],
  });
  assert.match(svg, /<title>&lt;t&gt;<\/title>/);
  assert.match(svg, />a &amp; b<\/text>/);
  assert.match(svg, />bicubic &lt;1&gt;<\/text>/);
  assert.match(svg, /class="line ref s0" x1="66"/);
});

Deno.test("lineChart() gives each point of a short line a tooltip with its value", () => {
  const svg = lineChart({ title: "t", series: [{ name: "psnr", points: points([30.5]) }] });
  assert.match(svg, /<circle [^>]*><title>psnr: 30\.5 at iteration 1<\/title>/);
});
