/**
 * From a video's numbers to RGB and back: which matrix, range and layout, and what is said about them in the output.
 *
 * @module
 */
import type { ColorTags, VideoInfo } from "./probe.ts";

/** How frames are turned into RGB, and RGB into frames. */
export interface ColorPlan {
  /** Bits per sample between decoder and encoder. */
  readonly depth: 8 | 16;
  /** Options of ffmpeg's `scale` for decoding. */
  readonly decode: string;
  /** Options of ffmpeg's `scale` for encoding. */
  readonly encode: string;
  /** Layout of pixels in the output. */
  readonly pixelFormat: string;
  /** Tags of the output. */
  readonly tags: ColorTags;
  /** What is not kept, for the user. */
  readonly notes: readonly string[];
}

/** Subsampling of colour. */
export type Chroma = "420" | "422" | "444";

/** Exact arithmetic and all colour samples; bicubic is what players use about. */
const EXACT = "flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp";

/** Names of matrices as `scale` spells them. */
const MATRICES: Readonly<Record<string, string>> = {
  bt709: "bt709",
  fcc: "fcc",
  bt470bg: "bt601",
  smpte170m: "bt601",
  smpte240m: "smpte240m",
  bt2020nc: "bt2020",
};

/** Rows of a picture from which on players take BT.709 where nothing is said. */
const HD_ROWS = 720;

/**
 * Plans the colours of an output.
 *
 * @param info The input.
 * @param height Rows of the output.
 * @param chromas Subsamplings that the encoder takes.
 */
export function planColor(
  info: Pick<VideoInfo, "pixelFormat" | "color" | "height">,
  height: number,
  chromas: readonly Chroma[],
): ColorPlan {
  const notes: string[] = [];
  const { pixelFormat, color } = info;
  const bits = bitsOf(pixelFormat);
  const isRgb = /^(gbr|rgb|bgr|argb|abgr|0rgb|0bgr|pal8|x2rgb|x2bgr)/.test(pixelFormat);
  if (/a(?=\d|$)|^(argb|abgr|ya)|yuva|gbrap/.test(pixelFormat) && !/^gray/.test(pixelFormat)) {
    if (!/^(pal8|bgra|rgba)$/.test(pixelFormat)) notes.push("transparency is left out");
  }
  if (bits > 10) notes.push(`${bits}-bit samples become 10-bit`);
  const wanted = chromaOf(pixelFormat);
  const chroma = chromas.includes(wanted) ? wanted : "420";
  if (chroma !== wanted) {
    notes.push(`colour is subsampled from 4:${wanted.slice(1)[0]}:${wanted[2]} to 4:2:0`);
  }
  const guess = (rows: number) => rows >= HD_ROWS ? "bt709" : "bt601";
  const named = color.matrix === undefined ? undefined : MATRICES[color.matrix];
  if (color.matrix !== undefined && named === undefined && !isRgb) {
    notes.push(`the colour matrix ${color.matrix} is taken as ${guess(info.height)}`);
  }
  const matrix = isRgb ? "bt709" : named ?? guess(info.height);
  // What players guess of the larger picture may differ from what they guessed of the smaller one.
  const mustSay = isRgb || (color.matrix !== undefined && named === undefined) ||
    (color.matrix === undefined && guess(height) !== matrix);
  const range = color.range ?? (pixelFormat.startsWith("yuvj") ? "pc" : isRgb ? "pc" : "tv");
  const outRange = isRgb ? "tv" : range;
  return {
    depth: bits > 8 ? 16 : 8,
    decode: isRgb ? EXACT : `in_color_matrix=${matrix}:in_range=${range}:out_range=pc:${EXACT}`,
    encode: `in_range=pc:out_color_matrix=${matrix}:out_range=${outRange}:${EXACT}`,
    pixelFormat: `yuv${chroma}p${bits > 8 ? "10le" : ""}`,
    tags: {
      primaries: color.primaries,
      transfer: color.transfer,
      matrix: mustSay ? (matrix === "bt601" ? "smpte170m" : matrix) : color.matrix,
      range: color.range === undefined && !isRgb && outRange === "tv" ? undefined : outRange,
    },
    notes,
  };
}

/** Tags as options of an output of ffmpeg. */
export function tagArguments(tags: ColorTags): string[] {
  return [
    ...(tags.primaries === undefined ? [] : ["-color_primaries", tags.primaries]),
    ...(tags.transfer === undefined ? [] : ["-color_trc", tags.transfer]),
    ...(tags.matrix === undefined ? [] : ["-colorspace", tags.matrix]),
    ...(tags.range === undefined ? [] : ["-color_range", tags.range]),
  ];
}

/** Tags as a filter: encoders of newer versions look at the frames. */
export function tagFilter(tags: ColorTags): string {
  return "setparams=" + [
    `color_primaries=${tags.primaries ?? "unknown"}`,
    `color_trc=${tags.transfer ?? "unknown"}`,
    `colorspace=${tags.matrix ?? "unknown"}`,
    `range=${tags.range ?? "unknown"}`,
  ].join(":");
}

/** Bits of a sample by the layout's name. */
function bitsOf(format: string): number {
  const planar = /p(9|10|12|14|16)(le|be)?$/.exec(format)?.[1];
  const gray = /^(?:gray|ya)(9|10|12|14|16)(le|be)?$/.exec(format)?.[1];
  if (planar !== undefined || gray !== undefined) return Number(planar ?? gray);
  if (/^p[024](10|12|16)/.test(format)) return Number(/^p[024](\d\d)/.exec(format)![1]);
  if (/^(rgb|bgr|rgba|bgra)(48|64)/.test(format)) return 16;
  if (/^(y210|x2rgb10|x2bgr10|v210|xv30)/.test(format)) return 10;
  return 8;
}

function chromaOf(format: string): Chroma {
  if (/422|^(yuyv|uyvy|yvyu|y21|nv16|nv20|p2)/.test(format)) return "422";
  if (/444|440|^(gbr|rgb|bgr|argb|abgr|0rgb|0bgr|x2rgb|x2bgr|nv24|nv42|p4|ayuv|xv)/.test(format)) {
    // GIF and the like are drawn for screens: what every player shows is worth more than their full colour.
    return /^(bgra|rgba)$/.test(format) ? "420" : "444";
  }
  return "420";
}
