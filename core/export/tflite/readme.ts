/**
 * What is said beside the model, for people who have never seen this project.
 *
 * @module
 */
import type { ExportGraph } from "../graph.ts";
import type { ExportPrecision } from "../target.ts";

/** What {@linkcode readme} tells of. */
export interface ReadmeFacts {
  /** The network. */
  readonly graph: ExportGraph;
  /** Name of the model's file. */
  readonly file: string;
  /** Bytes of it. */
  readonly bytes: number;
  /** How numbers are kept. */
  readonly precision: ExportPrecision;
  /** Height and width that the file starts with. */
  readonly start: readonly [height: number, width: number];
  /** What int8 came of, if it is that. */
  readonly quantization?: string;
}

const KINDS: Readonly<Record<ExportPrecision, string>> = {
  fp32: "float32",
  fp16:
    "weights are float16, half the bytes; runtimes compute in float32, or in float16 where they can",
  int8: "8-bit integers (int8) where most of the work is, float32 at input and output",
};

/** The text of README.md. */
export function readme(
  { graph, file, bytes, precision, start: [h, w], quantization }: ReadmeFacts,
): string {
  const { name, arch, scale, inputChannels: from, outputChannels: to, minSize } = graph;
  const colours = (channels: number) =>
    channels === 1 ? "gray" : channels === 3 ? "RGB" : `${channels} channels`;
  const mode = from === 1 ? "L" : "RGB";
  const pixels = from === 1 ? "[None, :, :, None]" : "[None]";
  return `# ${name} for LiteRT (TensorFlow Lite)

\`${file}\` (${
    (bytes / 1e6).toFixed(1)
  } MB) restores pictures: ${arch}, ${scale} times as high and wide.

| | name | shape | type | range |
| --- | --- | --- | --- | --- |
| input | \`lq\` | [n, h, w, ${from}], any n, h and w${
    minSize > 1 ? ` from ${minSize}` : ""
  } | float32, ${colours(from)} | 0 to 1 |
| output | \`sr\` | [n, ${scale === 1 ? "h, w" : `${scale}·h, ${scale}·w`}, ${to}] | float32, ${
    colours(to)
  } | 0 to 1, not clipped |

Numbers: ${KINDS[precision]}.${
    quantization === undefined ? "" : ` ${quantization}`
  } Images are channels last. The file starts with
[1, ${h}, ${w}, ${from}]; resize the input for other sizes. All operators are built in ones, no Flex delegate is needed. Its
metadata (\`TFLITE_METADATA\`) says how pixels are normalized.

## Python

\`pip install ai-edge-litert numpy pillow\`, then:

\`\`\`python
import numpy as np
from PIL import Image
from ai_edge_litert.interpreter import Interpreter

lq = np.asarray(Image.open("picture.png").convert("${mode}"), np.float32)${pixels} / 255

model = Interpreter("${file}", num_threads=4)
model.resize_tensor_input(model.get_input_details()[0]["index"], lq.shape)
model.allocate_tensors()
model.set_tensor(model.get_input_details()[0]["index"], lq)
model.invoke()
sr = model.get_tensor(model.get_output_details()[0]["index"])[0]

Image.fromarray((sr.clip(0, 1) * 255).round().astype(np.uint8)${
    to === 1 ? "[..., 0]" : ""
  }).save("restored.png")
\`\`\`

## Android (Kotlin)

\`implementation("org.tensorflow:tensorflow-lite:2.17.0")\` in \`build.gradle\`, the file in \`assets\`, then:

\`\`\`kotlin
val file = context.assets.openFd("${file}")
val model = FileInputStream(file.fileDescriptor).channel
    .map(FileChannel.MapMode.READ_ONLY, file.startOffset, file.declaredLength)
val interpreter = Interpreter(model, Interpreter.Options().setNumThreads(4))

// lq: a direct ByteBuffer in native order with height * width * ${from} floats from 0 to 1.
interpreter.resizeInput(0, intArrayOf(1, height, width, ${from}))
interpreter.allocateTensors()
val sr = ByteBuffer.allocateDirect(4 * ${
    scale ** 2 * to
  } * height * width).order(ByteOrder.nativeOrder())
interpreter.run(lq, sr)
\`\`\`

\`aaptOptions { noCompress "tflite" }\` keeps the file uncompressed, as \`openFd\` needs it.

## Limits

Memory grows with the picture: cut large ones into tiles that overlap${
    Number.isFinite(graph.radius) ? ` by ${graph.radius} pixels or more` : ""
  }, restore those one by one, and
leave the overlap away.
`;
}
