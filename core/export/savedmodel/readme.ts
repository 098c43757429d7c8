/**
 * What lies beside a SavedModel for people who have never seen this program.
 *
 * @module
 */
import type { ExportGraph } from "../graph.ts";
import { facts } from "../graph_def/facts.ts";

/** Height and width of the example, where that is enough for the network. */
const SIDE = 16;

/** The text. */
export function readme(graph: ExportGraph, version: number, bytes: number): string {
  const { name, inputChannels: c, scale } = graph;
  const side = Math.max(SIDE, graph.minSize);
  const colour = c === 1 ? "L" : "RGB";
  const squeezed = c === 1 ? "[..., None]" : "";
  const saved = graph.outputChannels === 1 ? "[..., 0]" : "";
  return `# ${name}: TensorFlow SavedModel

${facts(graph, bytes)}

The signature \`serving_default\` takes \`lq\` and gives \`sr\`. The weights are constants in
\`${name}/${version}/saved_model.pb\`; the empty folder \`variables\` is there for servers that look for it.

## Python

\`\`\`python
import numpy as np, tensorflow as tf
from PIL import Image

restore = tf.saved_model.load("${name}/${version}").signatures["serving_default"]
picture = np.asarray(Image.open("in.png").convert("${colour}"), np.float32)[None]${squeezed} / 255
sr = restore(lq=tf.constant(picture))["sr"].numpy()[0]
Image.fromarray((sr.clip(0, 1) * 255).round().astype(np.uint8)${saved}).save("out.png")
\`\`\`

What it takes and gives: \`saved_model_cli show --dir ${name}/${version} --all\`.

## TensorFlow Serving

In the folder of this file:

\`\`\`sh
docker run --rm -p 8500:8500 -p 8501:8501 -v "$PWD/${name}:/models/${name}" -e MODEL_NAME=${name} tensorflow/serving
\`\`\`

REST, with a gray picture of ${side}x${side} pixels (\`inputs\` is \`[n][h][w][${c}]\`):

\`\`\`sh
python3 -c 'import json; print(json.dumps({"signature_name": "serving_default", "inputs": {"lq": [[[[0.5] * ${c}] * ${side}] * ${side}]}}))' |
  curl -d @- http://localhost:8501/v1/models/${name}:predict
\`\`\`

The answer is \`{"outputs": [n][${scale === 1 ? "h" : `${scale}·h`}][${
    scale === 1 ? "w" : `${scale}·w`
  }][${graph.outputChannels}]}\`. JSON is slow for large pictures; gRPC
(\`pip install tensorflow-serving-api\`, the picture as above) is not:

\`\`\`python
import grpc, tensorflow as tf
from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc

request = predict_pb2.PredictRequest()
request.model_spec.name = "${name}"
request.model_spec.signature_name = "serving_default"
request.inputs["lq"].CopyFrom(tf.make_tensor_proto(picture))
options = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
channel = grpc.insecure_channel("localhost:8500", options=options)
answer = prediction_service_pb2_grpc.PredictionServiceStub(channel).Predict(request, 60)
sr = tf.make_ndarray(answer.outputs["sr"])
\`\`\`

## Vertex AI

\`\`\`sh
gsutil cp -r ${name}/${version} gs://BUCKET/${name}/${version}
gcloud ai models upload --region=REGION --display-name=${name} \\
  --container-image-uri=us-docker.pkg.dev/vertex-ai/prediction/tf2-cpu.2-15:latest \\
  --artifact-uri=gs://BUCKET/${name}/${version}
\`\`\`

Vertex AI takes \`{"instances": [{"lq": [h][w][${c}]}]}\`; all pictures of a request must have the same size.
`;
}
