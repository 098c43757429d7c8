/**
 * Line charts as SVG, for the report and the documentation: no script, colours by CSS variables (dark and light).
 *
 * @module
 */
import { displayWidth } from "./_width.ts";
import { escape } from "./_html.ts";
import type { Point } from "./history.ts";

/** One line. */
export interface ChartSeries {
  /** For the legend; absent leaves it out. */
  readonly name?: string;
  /** In the order of iterations. What is not finite (or not positive on a log axis) makes a gap. */
  readonly points: readonly Point[];
  /** Number of the colour, from 0; default the position among the series. */
  readonly color?: number;
  /** Drawn thin and pale, for raw values behind a smoothed line. */
  readonly faint?: boolean;
}

/** A dashed horizontal line, for example bicubic interpolation. */
export interface ChartReference {
  /** For the legend. */
  readonly name: string;
  /** Height. */
  readonly value: number;
  /** Number of the colour, from 0. */
  readonly color?: number;
}

/** What a chart shows. */
export interface ChartOptions {
  /** Read by screen readers and shown as a tooltip. */
  readonly title: string;
  /** Under the horizontal axis; default `iteration`. */
  readonly xLabel?: string;
  /** Beside the vertical axis. */
  readonly yLabel?: string;
  /** Lines. */
  readonly series: readonly ChartSeries[];
  /** Dashed horizontal lines. */
  readonly references?: readonly ChartReference[];
  /** Logarithmic vertical axis. */
  readonly yLog?: boolean;
  /** The vertical axis starts at zero (not with `yLog`). */
  readonly yFromZero?: boolean;
  /** Width in CSS pixels, default 720; the height defaults to 280. */
  readonly width?: number;
  /** See `width`. */
  readonly height?: number;
  /** Adds {@linkcode CHART_CSS}, so that the SVG can be a file of its own. */
  readonly standalone?: boolean;
}

/** Colours that stay apart for colour-blind readers (Okabe and Ito, 2008), adjusted for contrast on light and dark. */
export const CHART_CSS = `.chart{--ink:#1d2530;--grid:#d9dee5;--mute:#5b6675;
--s0:#0067b0;--s1:#c2470a;--s2:#00805c;--s3:#a8487f;--s4:#8a6d00;--s5:#2f7ea8}
@media (prefers-color-scheme:dark){.chart{--ink:#e4e9f0;--grid:#333c49;--mute:#98a4b5;
--s0:#5db4f5;--s1:#ff9357;--s2:#3dcf9f;--s3:#e696c2;--s4:#e8c33d;--s5:#8fd0ef}}
.chart text{font:12px system-ui,sans-serif;fill:var(--mute)}.chart .key{fill:var(--ink)}
.chart .grid{stroke:var(--grid);stroke-width:1}.chart .axis{stroke:var(--mute);stroke-width:1}
.chart .line{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
.chart .faint{stroke-width:1;opacity:.45}.chart .ref{stroke-width:1.5;stroke-dasharray:6 5}
${
  [0, 1, 2, 3, 4, 5].map((i) =>
    `.chart .s${i}{stroke:var(--s${i})}.chart .d${i}{fill:var(--s${i})}`
  )
    .join("")
}`;

/** Colours there are. */
const COLORS = 6;
/** More points than this are thinned out. */
const MAX_POINTS = 1200;
/** Up to so many points of a line get a dot with a tooltip. */
const MAX_DOTS = 60;
const LEFT = 66, RIGHT = 26, BOTTOM = 40;

/** A number for a tick or a legend: four significant digits, thousands separated, `1e-5` when tiny. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size < 1e-3 || size >= 1e7) {
    return value.toExponential(2).replace(/\.?0+e/, "e").replace("e+", "e");
  }
  return Number(value.toPrecision(Math.max(4, Math.floor(Math.log10(size)) + 1)))
    .toLocaleString("en-US", { maximumFractionDigits: 8 });
}

/** Round numbers (1, 2 or 5 times a power of ten apart) within `low` to `high`, about `count` of them. */
export function niceTicks(low: number, high: number, count: number): number[] {
  if (!(high > low)) return [low];
  const raw = (high - low) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= raw * (1 - 1e-9))!;
  const ticks: number[] = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) {
    ticks.push(Number((i * step).toPrecision(12)));
  }
  return ticks;
}

/** Powers of ten, and 2 and 5 times them where there is room. */
function logTicks(low: number, high: number): number[] {
  const decades = Math.log10(high / low);
  const factors = decades < 1.5 ? [1, 2, 3, 5, 7] : decades < 4 ? [1, 2, 5] : [1];
  const stride = Math.max(1, Math.ceil(decades / 8));
  const ticks: number[] = [];
  for (let e = Math.floor(Math.log10(low)); e <= Math.ceil(Math.log10(high)); e++) {
    if (e % stride !== 0) continue;
    for (const factor of factors) {
      const tick = Number((factor * 10 ** e).toPrecision(12));
      if (tick >= low * (1 - 1e-9) && tick <= high * (1 + 1e-9)) ticks.push(tick);
    }
  }
  return ticks;
}

/** Thins out a line but keeps its extremes: the lowest and the highest point of each stretch. */
function thin(points: readonly Point[], usable: (value: number) => boolean): readonly Point[] {
  if (points.length <= MAX_POINTS) return points;
  const size = Math.ceil(points.length / (MAX_POINTS / 2));
  const out: Point[] = [];
  for (let at = 0; at < points.length; at += size) {
    const all = points.slice(at, at + size);
    const stretch = all.filter(({ value }) => usable(value));
    if (stretch.length === 0) {
      out.push(all[0]!); // stays a gap
      continue;
    }
    const low = stretch.reduce((a, b) => b.value < a.value ? b : a);
    const high = stretch.reduce((a, b) => b.value > a.value ? b : a);
    if (low === high) out.push(low);
    else out.push(...(low.iter < high.iter ? [low, high] : [high, low]));
  }
  return out;
}

/** Where numbers lie on the picture. */
interface Scale {
  readonly low: number;
  readonly high: number;
  at(value: number): number;
}

function scale(low: number, high: number, from: number, to: number, log: boolean): Scale {
  const f = log ? Math.log10 : (v: number) => v;
  const span = f(high) - f(low) || 1;
  return { low, high, at: (value) => from + (f(value) - f(low)) / span * (to - from) };
}

function verticalRange(
  values: readonly number[],
  log: boolean,
  fromZero: boolean,
): [number, number] {
  let low = fromZero ? 0 : Infinity, high = -Infinity;
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (log) return low === high ? [low / 2, high * 2] : [low / 1.1, high * 1.1];
  const pad = (high - low) * 0.06 || Math.abs(high) * 0.05 || 1;
  // An axis of positive numbers that starts near zero starts at zero.
  return [low >= 0 && low < pad * 4 ? 0 : low - pad, high + pad];
}

interface KeyEntry {
  readonly name: string;
  readonly color: number;
  /** Class of the line besides its colour. */
  readonly look: "" | " ref" | " faint";
}

/** The legend in rows above the plot, and its height. */
function legend(entries: readonly KeyEntry[], width: number): { svg: string; height: number } {
  let x = LEFT, row = 0, svg = "";
  for (const { name, color, look } of entries) {
    const needed = 30 + displayWidth(name) * 7 + 18;
    if (x > LEFT && x + needed > width) {
      x = LEFT;
      row++;
    }
    const y = 12 + row * 18;
    svg += `<line class="line${look} s${color}" x1="${x}" y1="${y}" x2="${
      x + 22
    }" y2="${y}"/><text class="key" x="${x + 28}" y="${y + 4}">${escape(name)}</text>`;
    x += needed;
  }
  return { svg, height: entries.length === 0 ? 10 : 26 + row * 18 };
}

const px = (value: number) => value.toFixed(1);

function path(
  points: readonly Point[],
  x: Scale,
  y: Scale,
  usable: (value: number) => boolean,
): string {
  let d = "", open = false;
  for (const { iter, value } of points) {
    if (usable(value)) {
      d += `${open ? "L" : "M"}${px(x.at(iter))} ${px(y.at(value))}`;
      // A lone point between gaps shows as a dot, because line caps are round.
      if (!open) d += "h0";
    }
    open = usable(value);
  }
  return d;
}

/**
 * A line chart as one `<svg>` element. Long lines are thinned out with their extremes kept. Without any point it says
 * so.
 */
export function lineChart(options: ChartOptions): string {
  const { width = 720, height = 280, yLog = false, yFromZero = false, references = [] } = options;
  const usable = (value: number) => Number.isFinite(value) && (!yLog || value > 0);
  const series = options.series.map((s, i) => ({
    ...s,
    color: (s.color ?? i) % COLORS,
    points: thin(s.points, usable),
  }));
  const open =
    `<svg class="chart" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" ` +
    `width="${width}" height="${height}" role="img"><title>${escape(options.title)}</title>` +
    (options.standalone ? `<style>${CHART_CSS}</style>` : "");
  const values = series.flatMap(({ points }) => points.map(({ value }) => value)).filter(usable);
  if (values.length === 0) {
    return `${open}<text x="${width / 2}" y="${
      height / 2
    }" text-anchor="middle">no data yet</text></svg>`;
  }
  const shown = references.filter(({ value }) => usable(value));
  const key = legend([
    ...series.filter(({ name }) => name !== undefined)
      .map(({ name, color, faint }) => ({
        name: name!,
        color,
        look: faint ? " faint" as const : "" as const,
      })),
    ...shown.map(({ name, color = 0 }) => ({ name, color: color % COLORS, look: " ref" as const })),
  ], width);

  const iters = series.flatMap(({ points }) => points.map(({ iter }) => iter));
  const last = iters.reduce((a, b) => Math.max(a, b), 0);
  const first = iters.reduce((a, b) => Math.min(a, b), last);
  const [low, high] = verticalRange(
    [...values, ...shown.map(({ value }) => value)],
    yLog,
    yFromZero && !yLog,
  );
  const x = scale(first > last / 4 ? first : 0, last || 1, LEFT, width - RIGHT, false);
  const y = scale(low, high, height - BOTTOM, key.height, yLog);
  return open + key.svg + axes(options, x, y, width, height, key.height) +
    shown.map(({ value, color = 0 }) =>
      `<line class="line ref s${color % COLORS}" x1="${LEFT}" x2="${width - RIGHT}" y1="${
        px(y.at(value))
      }" y2="${px(y.at(value))}"/>`
    ).join("") +
    series.map((s) =>
      `<path class="line s${s.color}${s.faint ? " faint" : ""}" d="${
        path(s.points, x, y, usable)
      }"/>` +
      (s.faint || s.points.length > MAX_DOTS
        ? ""
        : s.points.filter((p) => usable(p.value)).map((p) =>
          `<circle class="d${s.color}" cx="${px(x.at(p.iter))}" cy="${
            px(y.at(p.value))
          }" r="3"><title>${
            escape(
              `${s.name ?? options.title}: ${formatNumber(p.value)} at iteration ${
                formatNumber(p.iter)
              }`,
            )
          }</title></circle>`
        ).join(""))
    ).join("") +
    "</svg>";
}

function axes(
  { xLabel = "iteration", yLabel, yLog = false }: ChartOptions,
  x: Scale,
  y: Scale,
  width: number,
  height: number,
  top: number,
): string {
  const bottom = height - BOTTOM;
  let svg = "";
  const some = yLog ? logTicks(y.low, y.high) : [];
  for (const tick of some.length > 1 ? some : niceTicks(y.low, y.high, 5)) {
    const at = px(y.at(tick));
    svg += `<line class="grid" x1="${LEFT}" x2="${width - RIGHT}" y1="${at}" y2="${at}"/>` +
      `<text x="${LEFT - 8}" y="${px(y.at(tick) + 4)}" text-anchor="end">${
        formatNumber(tick)
      }</text>`;
  }
  for (const tick of niceTicks(x.low, x.high, Math.max(2, width / 110))) {
    const at = px(x.at(tick));
    svg += `<line class="axis" x1="${at}" x2="${at}" y1="${bottom}" y2="${bottom + 4}"/>` +
      `<text x="${at}" y="${bottom + 18}" text-anchor="middle">${formatNumber(tick)}</text>`;
  }
  svg += `<line class="axis" x1="${LEFT}" x2="${width - RIGHT}" y1="${bottom}" y2="${bottom}"/>` +
    `<text x="${(LEFT + width - RIGHT) / 2}" y="${height - 6}" text-anchor="middle">${
      escape(xLabel)
    }</text>`;
  if (yLabel !== undefined) {
    const middle = (top + bottom) / 2;
    svg += `<text x="14" y="${middle}" text-anchor="middle" transform="rotate(-90 14 ${middle})">${
      escape(yLabel)
    }</text>`;
  }
  return svg;
}
