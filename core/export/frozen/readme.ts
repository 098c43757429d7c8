/**
 * What lies beside a frozen graph for people who have never seen this program.
 *
 * @module
 */
import type { ExportGraph } from "../graph.ts";
import { facts } from "../graph_def/facts.ts";
import type { DefGraph } from "../graph_def/mod.ts";

/** The text. */
export function readme(
  graph: ExportGraph,
  { input, output, nodes }: DefGraph,
  bytes: number,
): string {
  const { name, inputChannels: c, scale, outputChannels } = graph;
  const colour = c === 1 ? "L" : "RGB";
  const squeezed = c === 1 ? "[..., None]" : "";
  const saved = outputChannels === 1 ? "[..., 0]" : "";
  const ops = [...new Set(nodes.map(({ op }) => op))].sort();
  return `# ${name}: frozen TensorFlow graph

${facts(graph, bytes)}

\`${name}.pb\` is a \`GraphDef\` with all weights as constants: the node \`${input}\` (\`${input}:0\`) is the input, the node
\`${output}\` (\`${output}:0\`) the output. SavedModel is the better choice for what can load one.

## Python

\`\`\`python
import numpy as np, tensorflow as tf
from PIL import Image

graph = tf.compat.v1.GraphDef.FromString(open("${name}.pb", "rb").read())
restore = tf.compat.v1.wrap_function(
    lambda: tf.import_graph_def(graph, name=""), []
).prune("${input}:0", "${output}:0")
picture = np.asarray(Image.open("in.png").convert("${colour}"), np.float32)[None]${squeezed} / 255
sr = restore(tf.constant(picture)).numpy()[0]
Image.fromarray((sr.clip(0, 1) * 255).round().astype(np.uint8)${saved}).save("out.png")
\`\`\`

TensorFlow 1.15 runs it by \`tf.import_graph_def\` and \`session.run("${output}:0", {"${input}:0": picture})\`.

## MACE

MACE compiles graphs for one size. In its model file:

\`\`\`yaml
models:
  ${name.replace(/[^A-Za-z0-9_]/g, "_")}:
    platform: tensorflow
    model_file_path: ${name}.pb
    subgraphs:
      - input_tensors: [${input}]
        input_shapes: ["1,256,256,${c}"]
        output_tensors: [${output}]
        output_shapes: ["1,${256 * scale},${256 * scale},${outputChannels}"]
    runtime: cpu+gpu
\`\`\`

It has to know all ops of the graph: ${ops.join(", ")}.
`;
}
