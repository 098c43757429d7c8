/**
 * Style sheet and script of `report.html`.
 *
 * @module
 */
import { CHART_CSS } from "./charts.ts";

/** The style sheet. */
export const STYLE =
  `:root{color-scheme:light dark;--bg:#f6f7f9;--card:#fff;--ink:#1d2530;--mute:#5b6675;
--rule:#d9dee5;--accent:#0067b0;--good:#00714f;--bad:#b3261e}
@media (prefers-color-scheme:dark){:root{--bg:#12161c;--card:#1b212a;--ink:#e4e9f0;--mute:#98a4b5;
--rule:#333c49;--accent:#5db4f5;--good:#3dcf9f;--bad:#ff8a80}}
*{box-sizing:border-box}
body{margin:0 auto;padding:28px 20px 60px;max-width:1040px;background:var(--bg);color:var(--ink);
font:16px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
h1{font-size:28px;line-height:1.2;margin:0 0 4px}h2{font-size:20px;margin:0 0 6px}h3{font-size:16px;margin:20px 0 4px}
p{margin:0 0 12px;max-width:72ch}.hint,figcaption,.sub{color:var(--mute);font-size:14px}
.verdict{font-size:18px;margin:14px 0 0;max-width:62ch}
section,header{background:var(--card);border:1px solid var(--rule);border-radius:10px;padding:20px 22px;margin:0 0 18px}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(170px,1fr));gap:12px;margin:18px 0 0}
.tile{border:1px solid var(--rule);border-radius:8px;padding:10px 14px}
.tile b{display:block;font-size:22px;line-height:1.3;font-variant-numeric:tabular-nums}
.tile span{color:var(--mute);font-size:14px}
.badge{display:inline-block;border:1px solid currentColor;border-radius:99px;padding:0 10px;font-size:13px;
vertical-align:6px;margin-left:8px;font-weight:600}
.finished{color:var(--good)}.running{color:var(--accent)}.stopped{color:var(--bad)}
progress{width:100%;height:8px;margin:14px 0 0;accent-color:var(--accent)}
.chart{width:100%;height:auto;display:block}
.scroll{overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums;min-width:50%}
th,td{text-align:right;padding:5px 12px;border-bottom:1px solid var(--rule);font-weight:400;white-space:nowrap}
thead th{color:var(--mute);font-size:14px;vertical-align:bottom}tbody th,thead th:first-child,tfoot th{text-align:left}
tbody th{white-space:normal}
tfoot td,tfoot th{font-weight:600;border-bottom:0}.good{color:var(--good)}.bad{color:var(--bad)}
dl{display:grid;grid-template-columns:minmax(110px,max-content) 1fr;gap:4px 18px;margin:8px 0 0}
dt{color:var(--mute)}dd{margin:0}
pre{overflow-x:auto;font:13px/1.45 ui-monospace,monospace;margin:8px 0 0}summary{cursor:pointer}
.gallery{display:flex;flex-wrap:wrap;gap:4px 20px}.compare{margin:10px 0 0;max-width:100%}
.stage{position:relative;overflow:hidden;border-radius:6px;max-width:100%;cursor:ew-resize;touch-action:pan-y;
user-select:none;--cut:50%;background:var(--rule)}
.stage img{position:absolute;inset:0;width:100%;height:100%;image-rendering:pixelated}
.stage .smooth{image-rendering:auto}
.stage .before{clip-path:inset(0 calc(100% - var(--cut)) 0 0)}
.stage .bar{position:absolute;top:0;bottom:0;left:var(--cut);width:2px;margin-left:-1px;background:#fff;
box-shadow:0 0 4px #000a}
.stage .bar::after{content:"\\2194";position:absolute;top:50%;left:50%;width:30px;height:30px;margin:-15px;
border-radius:50%;background:#fff;color:#1d2530;box-shadow:0 0 4px #000a;display:grid;place-items:center}
h3 .sub{font-weight:400}
.tag{position:absolute;bottom:8px;padding:1px 9px;border-radius:4px;background:#000b;color:#fff;font-size:13px;
pointer-events:none}.tag.l{left:8px}.tag.r{right:8px}
.controls{display:flex;flex-wrap:wrap;gap:8px 16px;align-items:center;margin-top:8px;max-width:100%}
.controls input{flex:1 1 200px;accent-color:var(--accent)}
button{font:inherit;font-size:14px;padding:3px 12px;border:1px solid var(--rule);border-radius:6px;background:none;
color:var(--ink);cursor:pointer}button[aria-pressed=true]{background:var(--accent);border-color:var(--accent);
color:var(--card)}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
@media print{body{background:none}section,header{break-inside:avoid}}
${CHART_CSS}`;

/** The script: the range moves the cut; a drag on the picture moves the range; buttons choose the right-hand picture. */
export const SCRIPT = `for (const box of document.querySelectorAll(".compare")) {
  const stage = box.querySelector(".stage"), range = box.querySelector("input");
  const show = () => stage.style.setProperty("--cut", range.value + "%");
  const drag = (event) => {
    const { left, width } = stage.getBoundingClientRect();
    range.value = 100 * (event.clientX - left) / width;
    show();
  };
  range.addEventListener("input", show);
  stage.addEventListener("pointerdown", (event) => {
    stage.setPointerCapture(event.pointerId);
    drag(event);
  });
  stage.addEventListener("pointermove", (event) => event.buttons && drag(event));
  const buttons = box.querySelectorAll("button");
  for (const button of buttons) {
    button.addEventListener("click", () => {
      for (const other of buttons) other.setAttribute("aria-pressed", other === button);
      for (const image of stage.querySelectorAll(".after")) image.hidden = image.dataset.kind !== button.dataset.kind;
      stage.querySelector(".r").textContent = button.textContent;
    });
  }
  show();
}`;
