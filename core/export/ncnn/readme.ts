/**
 * What lies beside an ncnn model for people who have never seen this program.
 *
 * @module
 */
import type { ExportGraph } from "../graph.ts";
import type { ExportPrecision } from "../target.ts";
import { AROUND } from "./programs.ts";

/** What was written. */
export interface About {
  /** Name of both files, without the ending. */
  readonly name: string;
  /** Size of the weights. */
  readonly bytes: number;
  /** Layers that Real-ESRGAN's programs lack. */
  readonly missing: readonly string[];
  /** How weights are kept. */
  readonly precision: ExportPrecision;
}

/** Scales that Real-ESRGAN's programs make of pictures with transparency; other pictures may have any. */
const SCALES = "1, 2, 3 or 4";

/** The text. */
export function readme(graph: ExportGraph, about: About): string {
  const { arch, scale, inputChannels: c, outputChannels, noise, padding, multiple } = graph;
  const { name, bytes, precision } = about;
  const times = (side: string) => scale === 1 ? side : `${scale}·${side}`;
  const colours = (channels: number) =>
    channels === 1 ? "gray" : channels === 3 ? "RGB" : `${channels} channels`;
  const least = padding === "reflect" ? Math.max(graph.minSize, multiple) : graph.minSize;
  const size = bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
  const facts = [
    `- Input \`data\`: float32, ${c} ${c === 1 ? "plane" : "planes"} of h x w, ${
      colours(c)
    } in [0, 1].`,
    `- Output \`output\`: float32, ${outputChannels} ${
      outputChannels === 1 ? "plane" : "planes"
    } of ${times("h")} x ${times("w")}, ${colours(outputChannels)}; clip it to [0, 1].`,
    `- h and w may be anything${
      least > 1 ? ` from ${least} on` : ""
    }; memory grows with them, so cut large pictures into tiles.`,
    ...(noise === undefined ? [] : [`- The noise level is built in: sigma ${noise} (of 255).`]),
    ...(Number.isFinite(graph.radius) && graph.radius > AROUND
      ? [
        `- It looks ${graph.radius} pixels around each one; programs that cut pictures into tiles with ${AROUND} pixels more show ` +
        `faint seams where that matters: take large tiles.`,
      ]
      : []),
    ...(Number.isFinite(graph.radius) ? [] : [
      "- It looks at all of the picture at once, so that tiles differ a little from the whole: take large tiles.",
    ]),
  ];
  return `# ${name}: ncnn

The network ${arch}, ${scale === 1 ? "which keeps the size" : `which enlarges ${scale} times`}, ${
    graph.parameters.toLocaleString("en")
  } parameters, ${size}
(weights in ${
    precision === "fp32" ? "float32" : "float16"
  }). \`models/${name}.param\` is the graph as text, \`models/${name}.bin\` the weights; both are needed.

${facts.join("\n")}

${programs(graph, about)}

## Python: ncnn

\`pip install ncnn pillow\`, then:

\`\`\`python
import ncnn, numpy as np
from PIL import Image

net = ncnn.Net()
net.opt.use_fp16_packed = net.opt.use_fp16_storage = net.opt.use_fp16_arithmetic = False
net.load_param("models/${name}.param")
net.load_model("models/${name}.bin")
picture = np.asarray(Image.open("in.png").convert("${c === 1 ? "L" : "RGB"}"), np.float32) / 255
planes = np.ascontiguousarray(${c === 1 ? "picture[None]" : "picture.transpose(2, 0, 1)"})
extractor = net.create_extractor()
extractor.input("data", ncnn.Mat(planes).clone())
_, output = extractor.extract("output")
sr = np.array(output).clip(0, 1)${outputChannels === 1 ? "[0]" : ".transpose(1, 2, 0)"}
Image.fromarray((sr * 255).round().astype(np.uint8)).save("out.png")
\`\`\`

Without the line of \`net.opt\` ncnn may compute in float16, which is quicker on phones and differs a little. In C++ it is the same: \`net.load_param(path)\`, \`ex.input("data", mat)\`, \`ex.extract("output", mat)\`.
`;
}

/** How the programs for pictures take it, or why they do not. */
function programs(
  { inputChannels, outputChannels, scale }: ExportGraph,
  { name, missing }: About,
): string {
  const title = "## Upscayl, realesrgan-ncnn-vulkan, realesrgan-ncnn-py";
  const reasons = [
    ...(inputChannels !== 3 || outputChannels !== 3
      ? ["they hand three channels to every network and take three from it"]
      : []),
    ...(missing.length > 0
      ? [`they are built without ncnn's layers ${missing.join(", ")}, which it needs`]
      : []),
  ];
  if (reasons.length > 0) {
    return `${title}

These programs cannot run it: ${reasons.join(", and ")}. ncnn itself runs it, as below.`;
  }
  const upscayl = scale === 1
    ? "Upscayl wants models that enlarge; in its window it offers this one too, and in the end makes the picture as large as is set there."
    : "It reads the scale in the name, so leave that as it is.";
  return `## Upscayl

In the settings, under "Add custom models", select the folder \`models\` (it must have this name; other models may lie in it too). \`${name}\`
is then in the list of models. ${upscayl}

## realesrgan-ncnn-vulkan

\`\`\`sh
realesrgan-ncnn-vulkan -i in.png -o out.png -m models -n ${name} -s ${scale}
\`\`\`

## Python: realesrgan-ncnn-py

\`pip install realesrgan-ncnn-py\` (it needs the system's libvulkan and libomp, on Debian and Ubuntu
\`apt install libvulkan1 libomp5\`), then:

\`\`\`python
from pathlib import Path
from PIL import Image
from realesrgan_ncnn_py import Realesrgan

network = Realesrgan(gpuid=-1, model=-1)  # -1: the processor, and a model of one's own
network._load(Path("models/${name}.param"), Path("models/${name}.bin"), ${scale})
network.process_pil(Image.open("in.png").convert("RGB")).save("out.png")
\`\`\`

Its models 0 to 4 are files in its own package: others are loaded as above, with the scale as the third value.

These programs mirror ${AROUND} pixels around the picture and its tiles before they compute; scales may be ${SCALES}.`;
}
