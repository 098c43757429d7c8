/**
 * `report.html`: one file without any request to anywhere, that tells how a run went to a person who never trained a
 * network, and shows before and after.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { escape } from "./_html.ts";
import { SCRIPT, STYLE } from "./_report_style.ts";
import { lineChart } from "./charts.ts";
import type { Fact } from "./env.ts";
import type { Point } from "./history.ts";
import type { ComparedImage, Curve, MetricCurve, ReportData, ResultTable } from "./report_data.ts";

/** At most so many images, and so many bytes of PNG, are put into the file. */
const MAX_IMAGES = 6, MAX_IMAGE_BYTES = 12_000_000;
/** Size on the screen that an image is enlarged or reduced to fit into, in CSS pixels. */
const MAX_WIDTH = 960, MAX_HEIGHT = 620;
/** Fewer points than this are not smoothed. */
const SMOOTH_FROM = 30;
/** A loss that spans more than this factor gets a logarithmic axis. */
const LOG_FROM = 5;

/** What a metric tells, by a part of its name. */
const MEANINGS: readonly (readonly [RegExp, string])[] = [
  [
    /psnr/i,
    "PSNR compares the restored image with the original, pixel by pixel, in decibels. Half a decibel more is " +
    "often visible in fine detail.",
  ],
  [/ssim/i, "SSIM compares local structure with that of the original; 1 is identical."],
  [/niqe/i, "NIQE rates how natural an image looks, without an original to compare with."],
  [/lpips/i, "LPIPS compares features of a classification network, close to what people see."],
  [/fid/i, "FID compares the statistics of many images with those of real ones."],
];

/**
 * The report as HTML. The caller writes it (`writeAtomicText`).
 *
 * All text is escaped, scripts other than the report's own are forbidden by a content security policy.
 */
export function writeReport(data: ReportData): string {
  const script = createHash("sha256").update(SCRIPT).digest("base64");
  const policy =
    `default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-${script}'; ` +
    "base-uri 'none'; form-action 'none'";
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(data.name)} – DenoSR report</title>
<style>${STYLE}</style>
</head>
<body>
${head(data)}
${pictures(data.images)}
${quality(data)}
${losses(data.losses)}
${learningRates(data.learningRates)}
${factsSection(data)}
<script>${SCRIPT}</script>
</body>
</html>
`;
}

const STATUS = { running: "running", finished: "finished", stopped: "stopped early" } as const;

function head(data: ReportData): string {
  const share = data.totalIter > 0 ? Math.min(1, data.iter / data.totalIter) : 0;
  const tiles = [
    [
      `${count(data.iter)} of ${count(data.totalIter)}`,
      `iterations (${Math.floor(100 * share)} %)`,
    ],
    ...data.metrics.flatMap((curve) => tile(curve)).slice(0, 5),
  ];
  return `<header>
<h1>${escape(data.name)}<span class="badge ${data.status}">${STATUS[data.status]}</span></h1>
<div class="sub">Training report of an image restoration network, ${
    escape(when(data.updatedAt))
  }</div>
<p class="verdict">${escape(verdict(data))}</p>
<progress value="${data.iter}" max="${
    Math.max(1, data.totalIter)
  }" aria-label="iterations done"></progress>
<div class="tiles">${
    tiles.map(([value, label]) =>
      `<div class="tile"><b>${escape(value!)}</b><span>${escape(label!)}</span></div>`
    ).join("")
  }</div>
</header>`;
}

/** The finite points of a curve. */
function finite(points: readonly Point[]): Point[] {
  return points.filter(({ value }) => Number.isFinite(value));
}

function best(curve: MetricCurve): Point | undefined {
  const points = finite(curve.points);
  const sign = curve.better === "higher" ? 1 : -1;
  return points.length === 0
    ? undefined
    : points.reduce((a, b) => sign * b.value > sign * a.value ? b : a);
}

function tile(curve: MetricCurve): (readonly [string, string])[] {
  const last = finite(curve.points).at(-1);
  return last === undefined ? [] : [[
    withUnit(curve.name, last.value),
    `${curve.name} on ${curve.dataset}` +
    (curve.bicubic === undefined ? "" : `, bicubic ${amount(curve.name, curve.bicubic)}`),
  ]];
}

/** One or two sentences on how it went, from the first metric that has a value. */
function verdict(data: ReportData): string {
  const curve =
    data.metrics.find(({ name, points }) => /psnr/i.test(name) && finite(points).length > 0) ??
      data.metrics.find(({ points }) => finite(points).length > 0);
  const last = curve && finite(curve.points).at(-1);
  if (!curve || !last) {
    return "There is no validation yet, so nothing can be said about the quality of the network.";
  }
  const { name, dataset, bicubic } = curve;
  const reached = `After ${count(last.iter)} iterations the network reaches ${
    withUnit(name, last.value)
  } ${name} on ${dataset}`;
  if (bicubic === undefined || !Number.isFinite(bicubic)) return `${reached}.`;
  const gain = (last.value - bicubic) * (curve.better === "higher" ? 1 : -1);
  const by = withUnit(name, Math.abs(gain));
  return gain > 0
    ? `${reached}, ${by} better than plain enlargement (bicubic interpolation).`
    : gain < 0
    ? `${reached}, ${by} worse than plain enlargement (bicubic interpolation): ` +
      "it needs more training, or an option is wrong."
    : `${reached}, the same as plain enlargement (bicubic interpolation).`;
}

/** Width and height from a PNG's header; `undefined` if it is no PNG. */
function pngSize(png: Uint8Array): { width: number; height: number } | undefined {
  if (png.length < 24 || png[0] !== 0x89 || png[1] !== 0x50) return undefined;
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  const size = { width: view.getUint32(16), height: view.getUint32(20) };
  return size.width > 0 && size.height > 0 ? size : undefined;
}

function pictures(images: readonly ComparedImage[]): string {
  if (images.length === 0) return "";
  const shown: ComparedImage[] = [];
  let total = 0;
  for (const image of images) {
    const size = image.before.length + image.restored.length + (image.gt?.length ?? 0);
    if (shown.length === MAX_IMAGES || total + size > MAX_IMAGE_BYTES) continue;
    total += size;
    shown.push(image);
  }
  const left = images.length - shown.length;
  return `<section><h2>Before and after</h2>
<p class="hint">Left of the line: the small input, enlarged by bicubic interpolation, as any image viewer does.
Right of it: what the network makes of the same input. Drag the line, or use the arrow keys on the slider.</p>
<div class="gallery">${shown.map(picture).join("\n")}</div>
${
    left === 0
      ? ""
      : `<p class="hint">${left} more image${
        left > 1 ? "s are" : " is"
      } not shown here, to keep this ` +
        `file small; see the folder of validation images below.</p>`
  }</section>`;
}

function picture(image: ComparedImage): string {
  const size = pngSize(image.restored) ?? { width: 480, height: 360 };
  // Small images are enlarged by a whole factor, so that their pixels stay visible as they are.
  const zoom = Math.max(1, Math.floor(Math.min(MAX_WIDTH / size.width, MAX_HEIGHT / size.height)));
  const fit = Math.min(1, MAX_WIDTH / size.width, MAX_HEIGHT / size.height);
  const width = Math.round(size.width * zoom * fit);
  const smooth = fit < 1 ? " smooth" : "";
  const name = escape(image.name);
  const img = (kind: string, png: Uint8Array, alt: string, hidden = "") =>
    `<img class="${
      kind === "before" ? "before" : "after"
    }${smooth}" data-kind="${kind}" draggable="false" ` +
    `src="data:image/png;base64,${png.toBase64()}" alt="${name}, ${alt}"${hidden}>`;
  return `<figure class="compare"><h3>${name} <span class="sub">${
    escape(image.dataset)
  }, ${size.width} × ${size.height}${zoom > 1 ? `, shown ${zoom} times as large` : ""}</span></h3>
<div class="stage" style="width:${width}px;aspect-ratio:${size.width}/${size.height}">
${img("restored", image.restored, "restored")}
${image.gt ? img("gt", image.gt, "ground truth", " hidden") : ""}
${img("before", image.before, "bicubic")}
<span class="bar"></span><span class="tag l">Bicubic</span><span class="tag r">Restored</span></div>
<div class="controls" style="width:${
    Math.max(width, 300)
  }px"><input type="range" min="0" max="100" step="0.5" value="50" aria-label="${name}: how much of the bicubic image is shown">
<span><button type="button" data-kind="restored" aria-pressed="true">Restored</button>${
    image.gt
      ? ' <button type="button" data-kind="gt" aria-pressed="false">Original (ground truth)</button>'
      : ""
  }</span></div></figure>`;
}

function quality(data: ReportData): string {
  if (data.metrics.length === 0 && data.results.length === 0) return "";
  const names = [...new Set(data.metrics.map(({ name }) => name))];
  const charts = names.map((name) =>
    metricChart(name, data.metrics.filter((c) => c.name === name))
  );
  return `<section><h2>Quality on the validation images</h2>
<p class="hint">Images kept apart from the training images. Each point is one validation; the dashed line is bicubic
interpolation of the same images: below it (above it, where less is better) the network does more harm than good.</p>
${charts.join("\n")}
${data.results.map(resultTable).join("\n")}</section>`;
}

function metricChart(name: string, curves: readonly MetricCurve[]): string {
  const lower = curves[0]?.better === "lower";
  const meaning = MEANINGS.find(([pattern]) => pattern.test(name))?.[1] ?? "";
  const recipes = [...new Set(curves.map(({ recipe }) => recipe))];
  const chart = lineChart({
    title: `${name} by iteration`,
    yLabel: unit(name) ? `${name} (${unit(name)})` : name,
    series: curves.map((curve, color) => {
      const top = best(curve);
      const at = top ? `, best ${amount(name, top.value)} at ${count(top.iter)}` : "";
      return { name: `${curve.dataset}${at}`, points: curve.points, color };
    }),
    references: curves.flatMap(({ dataset, bicubic }, color) =>
      bicubic === undefined
        ? []
        : [{ name: `${dataset}, bicubic ${amount(name, bicubic)}`, value: bicubic, color }]
    ),
  });
  return `<h3>${escape(name)}, ${lower ? "lower" : "higher"} is better</h3>
<p class="hint">${escape(meaning)} ${
    recipes.length > 0 ? `Made from: ${escape(recipes.join(" / "))}.` : ""
  }</p>${chart}`;
}

function mean(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((v): v is number => v !== undefined);
  return known.length === 0 ? undefined : known.reduce((a, b) => a + b) / known.length;
}

function resultTable(table: ResultTable): string {
  const withBicubic = table.rows.some(({ bicubic }) => bicubic !== undefined);
  const cells = (
    value: (metric: string) => number | undefined,
    bicubic: (metric: string) => number | undefined,
  ) =>
    table.metrics.map(({ name, better }) => {
      const after = value(name), before = bicubic(name);
      const show = (v: number | undefined) => v === undefined ? "–" : amount(name, v);
      if (!withBicubic) return `<td>${show(after)}</td>`;
      const gain = after === undefined || before === undefined
        ? undefined
        : (after - before) * (better === "higher" ? 1 : -1);
      const good = gain !== undefined && gain > 0;
      const change = gain === undefined || Number.isNaN(gain)
        ? "<td>–</td>"
        : `<td class="${good ? "good" : gain === 0 ? "" : "bad"}">${gain > 0 ? "+" : ""}${
          amount(name, gain)
        }</td>`;
      return `<td>${show(before)}</td><td>${show(after)}</td>${change}`;
    }).join("");
  const heads = table.metrics.map(({ name, recipe }) => {
    const label = `${escape(name)}${unit(name) ? ` (${unit(name)})` : ""}`;
    const title = ` title="${escape(recipe)}"`;
    return withBicubic
      ? `<th${title}>${label}<br>bicubic</th><th${title}>${label}<br>restored</th><th>gain</th>`
      : `<th${title}>${label}</th>`;
  }).join("");
  const rows = table.rows.map(({ image, values, bicubic }) =>
    `<tr><th scope="row">${escape(image)}</th>${cells((m) => values[m], (m) => bicubic?.[m])}</tr>`
  );
  const recipes = table.metrics.map(({ name, recipe }) => `${name}: ${recipe}`).join("; ");
  return `<h3>${escape(table.dataset)}, last validation</h3><div class="scroll"><table>
<thead><tr><th>image</th>${heads}</tr></thead>
<tbody>${rows.join("\n")}</tbody>
<tfoot><tr><th scope="row">mean of ${table.rows.length}</th>${
    cells(
      (m) => mean(table.rows.map(({ values }) => values[m])),
      (m) => mean(table.rows.map(({ bicubic }) => bicubic?.[m])),
    )
  }</tr></tfoot></table></div><p class="hint">${escape(recipes)}</p>`;
}

/**
 * Mean over a window about each point, about a fifteenth of the curve long. At the start, where a loss falls steeply, it
 * is short, and at the end one-sided, so that neither lags nor follows the last measurement.
 */
function smooth(points: readonly Point[]): Point[] {
  const known = finite(points);
  const sums = [0];
  for (const { value } of known) sums.push(sums.at(-1)! + value);
  const half = Math.max(2, Math.floor(known.length / 30));
  return known.map(({ iter }, i) => {
    const from = Math.max(0, i - half);
    const to = Math.min(known.length, 2 * i - from + 1);
    return { iter, value: (sums[to]! - sums[from]!) / (to - from) };
  });
}

function losses(curves: readonly Curve[]): string {
  if (curves.length === 0) return "";
  const charts = curves.map((curve, i) => {
    const values = finite(curve.points).map(({ value }) => value);
    const low = values.reduce((a, b) => Math.min(a, b), Infinity);
    const high = values.reduce((a, b) => Math.max(a, b), -Infinity);
    const yLog = low > 0 && high / low > LOG_FROM;
    const smoothed = curve.points.length >= SMOOTH_FROM;
    const last = values.at(-1);
    return `<h3>${escape(curve.name)}${
      last === undefined ? "" : ` <span class="sub">last ${last.toPrecision(4)}</span>`
    }</h3>` + lineChart({
      title: `${curve.name} by iteration`,
      yLabel: yLog ? `${curve.name} (log)` : curve.name,
      yLog,
      height: 240,
      series: smoothed
        ? [
          { name: "as measured", points: curve.points, color: i, faint: true },
          { name: "smoothed", points: smooth(curve.points), color: i },
        ]
        : [{ points: curve.points, color: i }],
    });
  });
  return `<section><h2>Loss</h2>
<p class="hint">How far the network is from its goal on the images it is trained with. It should fall, fast at first and
then slowly; it jitters because every iteration sees other images. Losses of adversarial training (l_g, l_d) need not
fall.</p>${charts.join("\n")}</section>`;
}

function learningRates(curves: readonly Curve[]): string {
  if (curves.length === 0) return "";
  return `<section><h2>Learning rate</h2>
<p class="hint">The size of the steps in which the network is changed, as the schedule in the options sets it.</p>
${
    lineChart({
      title: "learning rate by iteration",
      yLabel: "learning rate",
      yFromZero: true,
      height: 220,
      series: curves.map(({ name, points }, color) => ({
        ...(curves.length > 1 ? { name } : {}),
        points,
        color,
      })),
    })
  }</section>`;
}

function list(facts: readonly Fact[]): string {
  return `<dl>${
    facts.map(({ label, value }) => `<dt>${escape(label)}</dt><dd>${escape(value)}</dd>`).join("")
  }</dl>`;
}

function factsSection(data: ReportData): string {
  return `<section><h2>This run</h2>${list(data.runFacts)}</section>
<section><h2>Versions and machine</h2>${list(data.hostFacts)}</section>
${data.files.length > 0 ? `<section><h2>Files</h2>${list(data.files)}</section>` : ""}
<section><details><summary>All options</summary><pre>${
    escape(data.options.trim())
  }</pre></details></section>`;
}

function unit(metric: string): string {
  return /psnr/i.test(metric) ? "dB" : "";
}

/** A metric's value: two decimals for PSNR and the like, four for those around 1. */
function amount(metric: string, value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "∞" : "-∞";
  return value.toFixed(/psnr|fid/i.test(metric) ? 2 : 4);
}

function withUnit(metric: string, value: number): string {
  return `${amount(metric, value)}${unit(metric) ? ` ${unit(metric)}` : ""}`;
}

function count(n: number): string {
  return n.toLocaleString("en-US");
}

/** `2026-11-23 18:26`, local time. */
function when(date: Date): string {
  const two = (n: number) => String(n).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${
    two(date.getHours())
  }:${two(date.getMinutes())}`;
}
