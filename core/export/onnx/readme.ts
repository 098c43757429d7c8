/**
 * What people are told about an ONNX file.
 *
 * @module
 */
import { bytes } from "../../text.ts";
import type { ExportGraph } from "../graph.ts";
import type { TargetOptions } from "../target.ts";
import { INPUT, OUTPUT } from "./builder.ts";
import { type OnnxModel, OPSET } from "./model.ts";

/** Heights and widths of the profile for TensorRT: least, best and largest. */
const PROFILE = [64, 256, 512] as const;

/** A limit of TensorRT's TopK (docs/operators.md of onnx-tensorrt). */
const SORTING = "TensorRT sorts (TopK) fewer than 3840 pixels, which limits the size of the tiles.";

/** The README.md beside `file`, which has `size` bytes. */
export function readme(
  graph: ExportGraph,
  file: string,
  size: number,
  { nodes }: OnnxModel,
  { precision = "fp32", layout = "nchw" }: TargetOptions,
): string {
  const { scale, inputChannels: c, outputChannels, minSize } = graph;
  const isFirst = layout === "nchw";
  const axes = (channels: number, of = "") => {
    const [h, w] = [`${of}h`, `${of}w`];
    return isFirst ? `[n, ${channels}, ${h}, ${w}]` : `[n, ${h}, ${w}, ${channels}]`;
  };
  const profile = (name: string, side: number) =>
    `--${name}Shapes=${INPUT}:` + (isFirst ? `1x${c}x${side}x${side}` : `1x${side}x${side}x${c}`);
  const [least, best, most] = PROFILE;
  const smallest = Math.max(least, minSize);
  const isGray = c === 1;
  const open = isGray ? `.convert("L")` : `.convert("RGB")`;
  const toInput = isGray
    ? isFirst ? "lq = image[None, None]" : "lq = image[None, :, :, None]"
    : isFirst
    ? "lq = image.transpose(2, 0, 1)[None]"
    : "lq = image[None]";
  const toImage = outputChannels === 1
    ? isFirst ? "sr[0, 0]" : "sr[0, :, :, 0]"
    : isFirst
    ? "sr[0].transpose(1, 2, 0)"
    : "sr[0]";
  const ops = [...new Set(nodes.map(({ op }) => op))].sort();
  return `# ${graph.name}: ${graph.arch} as ONNX

\`${file}\` (${bytes(size)}) ${
    scale === 1 ? "restores images" : `makes images ${scale} times as wide and high`
  }. ${graph.parameters.toLocaleString("en")} parameters, ${
    precision === "fp16"
      ? "kept and computed in float16; sums and norms are computed in float32"
      : "float32"
  }. ONNX opset ${OPSET}; made by DenoSR from \`${graph.source.split(/[\\/]/).at(-1)}\`.

| | name | type | shape | values |
| --- | --- | --- | --- | --- |
| input | \`${INPUT}\` | float32 | \`${axes(c)}\` | ${
    isGray ? "gray" : c === 3 ? "RGB" : `${c} channels`
  }, 0 to 1 |
| output | \`${OUTPUT}\` | float32 | \`${
    axes(outputChannels, scale === 1 ? "" : `${scale}·`)
  }\` | about 0 to 1, not clipped |

Number of images \`n\`, height \`h\` and width \`w\` are free${
    minSize > 1 ? `, \`h\` and \`w\` from ${minSize} pixels` : ""
  }${graph.multiple > 1 ? "; the model pads by itself what does not divide" : ""}.${
    graph.noise === undefined ? "" : ` A noise level of ${graph.noise} (of 255) is built in.`
  }

## ONNX Runtime, Python

\`pip install onnxruntime numpy pillow\`, then:

\`\`\`python
import numpy as np, onnxruntime as ort
from PIL import Image

session = ort.InferenceSession("${file}")
image = np.asarray(Image.open("in.png")${open}, dtype=np.float32) / 255
${toInput}
sr = session.run(["${OUTPUT}"], {"${INPUT}": np.ascontiguousarray(lq)})[0]
out = np.clip(${toImage} * 255, 0, 255).round().astype(np.uint8)
Image.fromarray(out).save("out.png")
\`\`\`

\`ort.InferenceSession("${file}", providers=["CUDAExecutionProvider", "CPUExecutionProvider"])\` runs it on NVIDIA GPUs
(package \`onnxruntime-gpu\`), \`providers=["DmlExecutionProvider"]\` on GPUs under Windows (package \`onnxruntime-directml\`).

## ONNX Runtime, browser

\`npm install onnxruntime-web\`, this page beside it, and any web server:

\`\`\`html
<script type="module">
  import * as ort from "./node_modules/onnxruntime-web/dist/ort.webgpu.bundle.min.mjs";
  const session = await ort.InferenceSession.create("${file}", {
    executionProviders: ["webgpu", "wasm"],
  });
  const [h, w] = [64, 64];
  const data = new Float32Array(${c} * h * w); // ${
    isFirst ? "one plane after the other" : "pixel by pixel"
  }, 0 to 1
  const ${INPUT} = new ort.Tensor("float32", data, ${
    isFirst ? `[1, ${c}, h, w]` : `[1, h, w, ${c}]`
  });
  const { ${OUTPUT} } = await session.run({ ${INPUT} });
  console.log(${OUTPUT}.dims, ${OUTPUT}.data);
</script>
\`\`\`

## TensorRT

All operators are ones that TensorRT's parser lists (${
    ops.join(", ")
  }). An engine for sides of ${smallest} to ${most} pixels:

\`\`\`sh
trtexec --onnx=${file} \\
  ${profile("min", smallest)} \\
  ${profile("opt", best)} \\
  ${profile("max", most)} \\
  ${precision === "fp16" ? "--fp16 " : ""}--saveEngine=${graph.name}.engine
\`\`\`

${
    precision === "fp16"
      ? "`--fp16` allows the type in which the model is kept."
      : "`--fp16` added to it is faster and less exact."
  } Larger pictures are cut into tiles, or take a larger \`--maxShapes\`.${
    ops.includes("TopK") ? ` ${SORTING}` : ""
  }
`;
}
