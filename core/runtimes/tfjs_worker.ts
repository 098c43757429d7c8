/**
 * The thread that runs a graph model with TensorFlow.js as it is published: none of our kernels, and a global engine of its own.
 *
 * @module
 */
import { createRequire } from "node:module";
import { dirname } from "node:path";
import * as tf from "@tensorflow/tfjs";
import type { TfjsAnswer, TfjsBackend, TfjsFiles, TfjsRequest } from "./tfjs_messages.ts";

/** What a worker has, of which Deno's types for windows say nothing. */
const scope = globalThis as unknown as {
  onmessage: (event: MessageEvent<TfjsRequest>) => void;
  postMessage(answer: TfjsAnswer, transfer: readonly Transferable[]): void;
};

let model: tf.GraphModel | undefined;

scope.onmessage = async ({ data: request }) => {
  let answer: TfjsAnswer;
  try {
    answer = request.kind === "open"
      ? await open(request.files, request.backend)
      : await run(request.images);
  } catch (error) {
    answer = { kind: "failed", message: error instanceof Error ? error.message : String(error) };
  }
  scope.postMessage(answer, answer.kind === "done" ? [answer.data.buffer] : []);
};

async function open({ json, weights }: TfjsFiles, backend: TfjsBackend): Promise<TfjsAnswer> {
  await start(backend);
  const modelJson = json as unknown as tf.io.ModelJSON;
  const artifacts = await tf.io.getModelArtifactsForJSON(
    modelJson,
    (manifest) => Promise.resolve([tf.io.getWeightSpecs(manifest), weights]),
  );
  model = await tf.loadGraphModel(tf.io.fromMemory(artifacts));
  const info = (tensors: tf.GraphModel["inputs"]) =>
    tensors.map(({ name, shape, dtype }) => ({ name, shape: shape?.map(Number), dtype }));
  return { kind: "opened", inputs: info(model.inputs), outputs: info(model.outputs) };
}

async function start(backend: TfjsBackend): Promise<void> {
  tf.enableProdMode();
  if (backend === "wasm") {
    const wasm = await import("@tensorflow/tfjs-backend-wasm");
    const folder = dirname(createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm"));
    // The threaded build starts classic workers from a blob, which Deno does not have.
    tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
    wasm.setWasmPaths(`${folder}/`);
  }
  if (!await tf.setBackend(backend)) throw new Error(`its ${backend} backend does not start`);
}

async function run({ shape, data }: Extract<TfjsRequest, { kind: "run" }>["images"]) {
  const x = tf.tensor4d(data, [...shape]);
  try {
    try {
      return await result(await execute(x));
    } catch (error) {
      const missing = error instanceof Error && tf.getBackend() === "wasm" &&
        /Kernel '(\w+)' not registered for backend 'wasm'/.exec(error.message);
      if (!missing) throw error;
      await tf.setBackend("cpu");
      const note = `TensorFlow.js has no ${
        missing[1]
      } on WebAssembly: it computes in JavaScript, slowly`;
      return { ...await result(await execute(x)), note };
    }
  } finally {
    x.dispose();
  }
}

/** Models with control flow or sizes that depend on numbers cannot be computed in one go. */
async function execute(x: tf.Tensor4D): Promise<tf.Tensor> {
  let outputs: tf.Tensor | tf.Tensor[];
  try {
    outputs = model!.execute(x);
  } catch (error) {
    if (!(error instanceof Error) || !error.message.includes("executeAsync")) throw error;
    outputs = await model!.executeAsync(x);
  }
  return Array.isArray(outputs) ? outputs[0]! : outputs;
}

async function result(y: tf.Tensor) {
  try {
    const data = Float32Array.from(await y.data());
    return { kind: "done", shape: y.shape, data } as const;
  } finally {
    y.dispose();
  }
}
