/**
 * How one side of a picture is divided among tiles; a picture's tiles are its columns times its rows.
 *
 * @module
 */
import type { SizePadding } from "../nn/module.ts";

/** One tile's part of a side, in pixels of the network's input. */
export interface Span {
  /** Where the window that is computed begins: a multiple of the network's grid. */
  readonly origin: number;
  /** Where the part begins for which this tile alone, or for the greater part, is answerable. */
  readonly core: number;
  /** Where that part ends, not beyond the picture. */
  readonly coreEnd: number;
  /** Half the width of the cross-fade with the tile before; 0 at the picture's border. */
  readonly fadeBefore: number;
  /** Half the width of the cross-fade with the tile behind; 0 at the picture's border. */
  readonly fadeAfter: number;
}

/** A divided side. */
export interface Side {
  /** Pixels of the picture. */
  readonly length: number;
  /** Pixels with what is added so that the network's grid divides it; as many if the network does that by itself. */
  readonly padded: number;
  /** Pixels of each window. */
  readonly window: number;
  /** The parts from first to last. */
  readonly spans: readonly Span[];
}

/** How a side is divided. */
export interface Division {
  /** Most pixels of a core. */
  readonly tile: number;
  /** What windows begin at multiples of. */
  readonly grid: number;
  /** Pixels around a core that its outputs depend on. */
  readonly context: number;
  /** Half the width of cross-fades. */
  readonly blend: number;
  /** Whether the network pads by itself, at the picture's end alone. */
  readonly inside: boolean;
}

/** Divides a side of `length` pixels evenly. All windows are equally large and lie within the padded side. */
export function divide(length: number, division: Division): Side {
  const { tile, grid, context, blend, inside } = division;
  const steps = Math.ceil(length / grid);
  const padded = inside ? length : steps * grid;
  const most = Math.max(1, Math.floor(Math.min(tile, steps * grid) / grid));
  const count = Math.ceil(steps / most);
  const halo = up(context + (count > 1 ? blend : 0), grid);
  // With a rest like that of the picture, all windows begin on the grid and the last one ends with the picture.
  const window = Math.ceil(steps / count) * grid + 2 * halo + padded % grid;
  if (count === 1 || window >= padded) {
    const whole = { origin: 0, core: 0, coreEnd: length, fadeBefore: 0, fadeAfter: 0 };
    return { length, padded, window: padded, spans: [whole] };
  }
  const borders = Array.from({ length: count + 1 }, (_, i) => grid * Math.round(i * steps / count));
  const fade = (border: number) => {
    if (border === 0 || border === count) return 0;
    const [before, at, behind] = borders.slice(border - 1, border + 2) as [number, number, number];
    return Math.min(blend, Math.floor(Math.min(at - before, behind - at) / 2));
  };
  const spans = Array.from({ length: count }, (_, i) => {
    const core = borders[i]!;
    return {
      origin: Math.min(Math.max(0, core - halo), padded - window),
      core,
      coreEnd: Math.min(borders[i + 1]!, length),
      fadeBefore: fade(i),
      fadeAfter: fade(i + 1),
    };
  });
  return { length, padded, window, spans };
}

/** The side with windows of `size` pixels, or of all of it where it has fewer. They reach as far to both ends as the side lets them. */
export function widened(side: Side, size: number): Side {
  const window = Math.min(size, side.padded);
  const more = window - side.window;
  if (more < 0) throw new RangeError(`windows of ${side.window} pixels do not fit into ${size}`);
  const spans = side.spans.map((span) => ({
    ...span,
    origin: Math.min(Math.max(0, span.origin - Math.floor(more / 2)), side.padded - window),
  }));
  return { ...side, window, spans };
}

/**
 * The pixel of a side of `length` that stands at `index` of the padded side, -1 for a zero. A side that is too short to be
 * mirrored repeats its last pixel.
 */
export function sourceIndex(
  index: number,
  { length, padded }: Pick<Side, "length" | "padded">,
  mode: SizePadding,
): number {
  if (index < length) return index;
  if (mode === "zeros") return -1;
  const skipped = mode === "reflect" ? 1 : 0;
  if (padded - length > length - skipped) return length - 1;
  return 2 * length - 1 - skipped - index;
}

/** What a span's outputs count at each pixel of its part of the output, which begins at `outputFrom(span)`. */
export function spanWeights(span: Span, side: Side, scale: number): Float32Array {
  const from = outputFrom(span, scale);
  return Float32Array.from({ length: outputTo(span, side, scale) - from }, (_, i) => {
    const at = (from + i + 0.5) / scale;
    const before = span.fadeBefore === 0 ? 1 : share(at - span.core, span.fadeBefore);
    const behind = span.fadeAfter === 0 ? 1 : 1 - share(at - span.coreEnd, span.fadeAfter);
    return before * behind;
  });
}

/** First pixel of the output that a span contributes to. */
export function outputFrom(span: Span, scale: number): number {
  return (span.core - span.fadeBefore) * scale;
}

/** The pixel of the output behind the last one that a span contributes to. */
export function outputTo(span: Span, side: Side, scale: number): number {
  return Math.min(span.coreEnd + span.fadeAfter, side.length) * scale;
}

/** What the tile behind a border counts at `distance` from it: smooth, 0 and 1 outside, and 1 in sum with its mirror image. */
function share(distance: number, fade: number): number {
  const t = Math.min(1, Math.max(0, (distance + fade) / (2 * fade)));
  // Rounded here, so that a weight and its counterpart, 1 - weight, are exact.
  return Math.fround(t * t * (3 - 2 * t));
}

function up(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}
