/**
 * The page that `--compare` writes: one file without any request to anywhere, in which a slider uncovers the restored
 * picture over the input, enlarged to the same size.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { escape } from "../log/_html.ts";
import { SCRIPT, STYLE } from "./_compare_style.ts";

/** One of the two pictures. */
export interface ComparedPicture {
  /** As PNG, reduced if it is huge. */
  readonly png: Uint8Array;
  /** Width of the picture itself in pixels. */
  readonly width: number;
  /** Height of the picture itself in pixels. */
  readonly height: number;
  /** By how much it is reduced along a side, 1 for not at all. */
  readonly factor: number;
}

/** What is compared. */
export interface ComparePageData {
  /** Name of the picture. */
  readonly name: string;
  /** Name of the model. */
  readonly model: string;
  /** The input. */
  readonly before: ComparedPicture;
  /** What the model made of it. */
  readonly after: ComparedPicture;
}

/**
 * The page as HTML. The caller writes it.
 *
 * All text is escaped; a content security policy forbids every script but the page's own.
 */
export function comparePage({ name, model, before, after }: ComparePageData): string {
  const script = createHash("sha256").update(SCRIPT).digest("base64");
  const policy =
    `default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-${script}'; ` +
    "base-uri 'none'; form-action 'none'";
  const title = escape(name.replaceAll(/[\t\n]/g, "\ufffd"));
  const source = ({ png }: ComparedPicture) => `data:image/png;base64,${png.toBase64()}`;
  const size = ({ width, height }: ComparedPicture) => `${width} × ${height}`;
  const reduced = [before, after].some(({ factor }) => factor > 1)
    ? ` Shown reduced: ${
      [["input", before], ["output", after]].filter(([, p]) => (p as ComparedPicture).factor > 1)
        .map(([what, p]) => `the ${what} ${(p as ComparedPicture).factor} times`).join(", ")
    }.`
    : "";
  const width = Math.ceil(after.width / after.factor),
    height = Math.ceil(after.height / after.factor);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} – before and after</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>${title}</h1>
<p>${size(before)} pixels restored to ${size(after)} by ${escape(model)}.${reduced}</p>
<div class="tools">
<label>Slider <input type="range" min="0" max="100" step="0.1" value="50"
aria-label="How much of the input is shown"></label>
<span class="set" role="group" aria-label="Size">Size
<button type="button" data-zoom="fit" aria-pressed="true">Fit</button>
<button type="button" data-zoom="1" aria-pressed="false">100 %</button>
<button type="button" data-zoom="2" aria-pressed="false">200 %</button></span>
<span class="set" role="group" aria-label="How enlarged pixels are shown">Enlarged
<button type="button" data-shown="smooth" aria-pressed="true">Smooth</button>
<button type="button" data-shown="pixels" aria-pressed="false">Pixels</button></span>
</div>
</header>
<main>
<div class="stage" data-width="${width}" data-height="${height}">
<img class="after" src="${source(after)}" alt="Restored" draggable="false">
<img class="before" src="${source(before)}" alt="Input, enlarged" draggable="false">
<span class="bar"></span><span class="tag l">Input</span><span class="tag r">Restored</span>
</div>
</main>
<script>${SCRIPT}</script>
</body>
</html>
`;
}
