/**
 * What lies beside the page for people who have never seen this program.
 *
 * @module
 */
import type { ExportGraph } from "../graph.ts";
import type { Program } from "./program.ts";

/** The text. */
export function readme(
  { name, arch, scale, parameters, noise, outputChannels, radius }: ExportGraph,
  { precision }: Program,
  page: number,
  model: number,
): string {
  const larger = scale === 1 ? "at their size" : `${scale} times as wide and high`;
  const more = [
    ...outputChannels === 1
      ? ["- The network knows gray: of coloured pictures it does red, green and blue one by one."]
      : [],
    ...noise === undefined ? [] : [`- The noise level is built in: sigma ${noise} (of 255).`],
    ...Number.isFinite(radius) ? [] : [
      "- The network looks at the whole picture. Large pictures are computed in tiles and differ a little from one that is\n" +
      "  computed at once.",
    ],
  ];
  return `# ${name}: a web page that restores pictures

A static folder. The page restores pictures in the visitor's browser, ${larger}: no picture, and nothing else, is sent
anywhere. The network is ${arch} with ${
    parameters.toLocaleString("en")
  } parameters, its large weights kept as ${
    precision === "fp16" ? "float16" : "float32"
  }, the arithmetic
float32. The model takes ${
    model < 1e6 ? `${Math.ceil(model / 1e3)} kB` : `${(model / 1e6).toFixed(1)} MB`
  }, all the rest ${(page / 1e3).toFixed(0)} kB.

## Look at it

In the folder of this file:

\`\`\`sh
python3 -m http.server
\`\`\`

Then open <http://localhost:8000/>. Opened as a file (\`file://\`) it does not work: browsers give such pages no modules.

## Put it on the web

Copy the folder, without changing its files, to any server of static files: GitHub Pages, Netlify, S3, nginx. All addresses are
relative, so that a path such as \`https://NAME.github.io/PROJECT/\` will do. No headers have to be set; \`.js\` files have to come as
\`text/javascript\`, as servers do. Over https (or on localhost) the page uses WebGPU and keeps its files: after the first visit it works
without network, and browsers offer to install it. Over plain http it works too, with WebAssembly and network.

When you export anew, copy all files again. \`sw.js\` names a version made of their content: visitors get the new ones at their next
visit, all at once. Whoever changes a file by hand changes \`VERSION\` in \`sw.js\`, too.

## What it does

- Pictures are dropped, chosen or pasted: JPEG, PNG, WebP and what else the browser reads, turned as the camera says, colours as
  sRGB. Results are PNG, 8 bit, gray if the picture was, with transparency if there was some; metadata is left out.
- It computes with TensorFlow.js on WebGPU where there is a graphics card, else on WebAssembly with SIMD (Chrome and Edge from
  version 91 on, Firefox 89, Safari 16.4; the page itself wants browsers from 2024 on). \`?engine=wasm\` or \`?engine=webgpu\` at the end
  of the address chooses.
- Large pictures are computed in tiles that overlap as far as the network looks, up to 96 pixels.
${
    more.map((line) => `${line}\n`).join("")
  }- A content security policy in \`index.html\` allows this folder's own scripts and nothing else.

## Files

- \`index.html\`, \`app.css\`, \`app.js\`, \`engine.js\`, \`viewer.js\`, \`offline.js\`, \`words.js\`: the page, to be read and changed.
- \`worker.js\`: what computes, in one file, with the parts of TensorFlow.js that it needs; \`tfjs-backend-wasm-simd.wasm\` is
  TensorFlow.js's, as it is published.
- \`model/\`: the network as a list of kernels (\`model.json\`) and its weights.
- \`sw.js\`, \`manifest.webmanifest\`, \`icon*\`: for use without network. \`LICENSE.txt\`: Apache License 2.0, for all of it but the model.
`;
}
