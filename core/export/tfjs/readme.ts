/**
 * What lies beside a graph model for people who have never seen this program.
 *
 * @module
 */
import type { ExportGraph } from "../graph.ts";
import { facts } from "../graph_def/facts.ts";
import type { TargetOptions } from "../target.ts";
import type { TfjsModel } from "./model.ts";
import { QUANTIZED_FROM } from "./weights.ts";

/** Side of the tiles that UpscalerJS is told to cut, without the part around them. */
const TILE = 64;

/** Most pixels around a tile that are worth their time. */
const MOST_AROUND = 32;

/** The text. */
export function readme(
  graph: ExportGraph,
  { json, shards }: TfjsModel,
  { quantize }: TargetOptions,
): string {
  const bytes = shards.reduce((sum, shard) => sum + shard.bytes.length, 0);
  const { name, inputChannels, outputChannels } = graph;
  const ops = [...new Set(json.modelTopology.node.map(({ op }) => op))].sort();
  const kept = quantize === undefined
    ? "Weights are float32"
    : `Weights of ${QUANTIZED_FROM} numbers and more are kept as ${quantize}, all others as float32; TensorFlow.js computes in float32`;
  return `# ${name}: TensorFlow.js graph model

${facts(graph, bytes)}
- ${kept}.

\`model.json\` is the graph, ${
    shards.length === 1 ? "the `.bin` file holds" : `the ${shards.length} \`.bin\` files hold`
  } the weights; they belong in one folder. Any TensorFlow.js 4 opens them, on its
cpu, wasm, webgl and webgpu backends; \`predict\` and \`execute\` compute at once, \`executeAsync\` is not
needed. Ops: ${ops.join(", ")}.

${browser(inputChannels)}
${upscaler(graph)}
${program(inputChannels, outputChannels)}`;
}

function browser(channels: number): string {
  return `## In a browser

\`npm install @tensorflow/tfjs@4\`, then a page in the folder of \`model.json\`:

\`\`\`html
<img id="small" src="in.png"><canvas id="large"></canvas>
<script src="node_modules/@tensorflow/tfjs/dist/tf.min.js"></script>
<script type="module">
  const model = await tf.loadGraphModel("model.json");
  const small = document.querySelector("#small");
  await small.decode();
  const sr = tf.tidy(() => {
    const lq = tf.browser.fromPixels(small, 3).toFloat().div(255)${
    channels === 1 ? ".mean(2, true)" : ""
  }.expandDims(0);
    return model.predict(lq).squeeze([0]).clipByValue(0, 1);
  });
  await tf.browser.toPixels(sr, document.querySelector("#large"));
  sr.dispose();
</script>
\`\`\`

Serve the folder (\`python3 -m http.server\`) and open http://localhost:8000/: pages from files may load nothing.
`;
}

function upscaler({ inputChannels, outputChannels, scale, radius }: ExportGraph): string {
  if (inputChannels !== 3 || outputChannels !== 3) {
    return `## UpscalerJS

UpscalerJS hands colour pictures to models; this one takes ${inputChannels} channel${
      inputChannels === 1 ? "" : "s"
    } and gives ${outputChannels}, so that it does not open there.
`;
  }
  const around = Math.min(MOST_AROUND, radius);
  return `## UpscalerJS

\`npm install upscaler@1\` (which brings TensorFlow.js along), then as a custom model:

\`\`\`js
import Upscaler from "upscaler";

const upscaler = new Upscaler({
  model: {
    modelType: "graph",
    path: "/model.json",
    scale: ${scale},
    inputRange: [0, 1],
    outputRange: [0, 1],
  },
});
const src = await upscaler.upscale("in.png", { patchSize: ${
    TILE + 2 * around
  }, padding: ${around} });
\`\`\`

\`src\` is the picture as a \`data:\` address. \`import\` from npm takes a bundler such as Vite; without one, in a page beside
\`model.json\`:

\`\`\`html
<img id="large">
<script src="node_modules/@tensorflow/tfjs/dist/tf.min.js"></script>
<script src="node_modules/@upscalerjs/default-model/dist/umd/index.min.js"></script>
<script src="node_modules/upscaler/dist/browser/umd/upscaler.min.js"></script>
<script type="module">
  const upscaler = new Upscaler({
    model: { modelType: "graph", path: "model.json", scale: ${scale}, inputRange: [0, 1], outputRange: [0, 1] },
  });
  const options = { patchSize: ${TILE + 2 * around}, padding: ${around} };
  document.querySelector("#large").src = await upscaler.upscale("in.png", options);
</script>
\`\`\`

\`padding\` is what tiles see of their neighbours${
    around < radius
      ? `; the network looks ${
        radius === Infinity ? "at the whole picture" : `${radius} pixels far`
      }, so that seams may show where tiles are small`
      : ", all that the network looks at: no seams"
  }.
`;
}

function program(channels: number, outputChannels: number): string {
  const colours = channels === 1 ? `.toColourspace("b-w")` : `.toColourspace("srgb")`;
  return `## In Node.js or Deno

\`npm install @tensorflow/tfjs@4 @tensorflow/tfjs-backend-wasm@4 sharp\`, then this as \`restore.mjs\` beside \`model.json\`, run by
\`node restore.mjs\` or \`deno run -A restore.mjs\`:

\`\`\`js
import * as tf from "@tensorflow/tfjs";
import "@tensorflow/tfjs-backend-wasm";
import { readFile } from "node:fs/promises";
import sharp from "sharp";

await tf.setBackend("wasm");
const json = JSON.parse(await readFile("model.json", "utf8"));
const model = await tf.loadGraphModel(tf.io.fromMemory(
  await tf.io.getModelArtifactsForJSON(json, async (manifest) => {
    const files = manifest.flatMap(({ paths }) => paths).map((path) => readFile(path));
    return [tf.io.getWeightSpecs(manifest), await new Blob(await Promise.all(files)).arrayBuffer()];
  }),
));
const picture = sharp("in.png").removeAlpha()${colours}.raw();
const { data, info } = await picture.toBuffer({ resolveWithObject: true });
const lq = tf.tensor4d(Float32Array.from(data, (v) => v / 255), [1, info.height, info.width, ${channels}]);
const sr = model.predict(lq);
const [, height, width] = sr.shape;
const out = Uint8ClampedArray.from(await sr.data(), (v) => v * 255);
await sharp(out, { raw: { width, height, channels: ${outputChannels} } }).toFile("out.png");
\`\`\`

\`@tensorflow/tfjs-node\` needs no such loader: \`await tf.loadGraphModel("file://model.json")\`.
`;
}
