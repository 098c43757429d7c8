/**
 * Style sheet and script of the page that `--compare` writes.
 *
 * @module
 */

/** The style sheet. */
export const STYLE =
  `:root{color-scheme:light dark;--bg:#f6f7f9;--card:#fff;--ink:#1d2530;--mute:#5b6675;
--rule:#d9dee5;--accent:#0067b0;--check:#e3e6ea}
@media (prefers-color-scheme:dark){:root{--bg:#12161c;--card:#1b212a;--ink:#e4e9f0;--mute:#98a4b5;
--rule:#333c49;--accent:#5db4f5;--check:#2a313c}}
*{box-sizing:border-box}
html,body{height:100%}
body{margin:0;display:flex;flex-direction:column;background:var(--bg);color:var(--ink);
font:16px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
header{padding:12px 20px 10px;background:var(--card);border-bottom:1px solid var(--rule)}
h1{font-size:20px;line-height:1.3;margin:0}
p{margin:0 0 8px;color:var(--mute);font-size:14px}
.tools{display:flex;flex-wrap:wrap;gap:8px 18px;align-items:center;font-size:14px}
.tools label{display:flex;gap:8px;align-items:center;flex:1 1 240px}
.tools input{flex:1;min-width:80px;accent-color:var(--accent)}
.set{display:flex;gap:6px;align-items:center}
button{font:inherit;padding:2px 12px;border:1px solid var(--rule);border-radius:6px;background:none;
color:var(--ink);cursor:pointer}
button[aria-pressed=true]{background:var(--accent);border-color:var(--accent);color:var(--card)}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
main{flex:1;min-height:0;overflow:auto;display:grid;place-items:safe center;padding:14px}
.stage{position:relative;overflow:hidden;cursor:ew-resize;touch-action:pan-y;user-select:none;--cut:50%;
background:repeating-conic-gradient(var(--check) 0 25%,var(--card) 0 50%) 0 0/24px 24px}
.stage img{position:absolute;inset:0;width:100%;height:100%}
.stage .pixels{image-rendering:pixelated}
.before{clip-path:inset(0 calc(100% - var(--cut)) 0 0)}
.after{clip-path:inset(0 0 0 var(--cut))}
.bar{position:absolute;top:0;bottom:0;left:var(--cut);width:2px;margin-left:-1px;background:#fff;
box-shadow:0 0 4px #000a}
.bar::after{content:"\\2194";position:absolute;top:50%;left:50%;width:30px;height:30px;margin:-15px;
border-radius:50%;background:#fff;color:#1d2530;box-shadow:0 0 4px #000a;display:grid;place-items:center}
.tag{position:absolute;bottom:8px;padding:1px 9px;border-radius:4px;background:#000b;color:#fff;font-size:13px;
pointer-events:none}.tag.l{left:8px}.tag.r{right:8px}`;

/**
 * The script: the range or a drag on the picture moves the cut; buttons choose how large the picture is shown, and how
 * enlarged pixels are. `data-width` and `data-height` of the stage are the size of the restored picture as shown at 100 %.
 */
export const SCRIPT =
  `const stage = document.querySelector(".stage"), range = document.querySelector("input");
const main = document.querySelector("main"), width = +stage.dataset.width, height = +stage.dataset.height;
let zoom = "fit";
const cut = () => stage.style.setProperty("--cut", range.value + "%");
const drag = (event) => {
  const box = stage.getBoundingClientRect();
  range.value = 100 * (event.clientX - box.left) / box.width;
  cut();
};
const size = () => {
  const fit = Math.min((main.clientWidth - 28) / width, (main.clientHeight - 28) / height);
  const scale = zoom === "fit" ? Math.max(fit, 16 / width) : zoom / devicePixelRatio;
  stage.style.width = width * scale + "px";
  stage.style.height = height * scale + "px";
};
range.addEventListener("input", cut);
stage.addEventListener("pointerdown", (event) => {
  stage.setPointerCapture(event.pointerId);
  drag(event);
});
stage.addEventListener("pointermove", (event) => event.buttons && drag(event));
for (const button of document.querySelectorAll("button")) {
  button.addEventListener("click", () => {
    for (const other of button.parentNode.querySelectorAll("button")) other.setAttribute("aria-pressed", other === button);
    if (button.dataset.zoom) zoom = button.dataset.zoom === "fit" ? "fit" : +button.dataset.zoom;
    else for (const image of stage.querySelectorAll("img")) image.classList.toggle("pixels", button.dataset.shown === "pixels");
    size();
  });
}
addEventListener("resize", size);
size();
cut();`;
