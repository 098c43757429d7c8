/**
 * Runs graph models of TensorFlow.js, ours and those of others, with TensorFlow.js as it is published, on WebAssembly.
 *
 * It computes in a thread of its own: TensorFlow.js has one global engine for each thread, and the one of this thread may compute
 * something else.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { ExitCode, UserError } from "../errors.ts";
import type { TfjsAnswer, TfjsBackend, TfjsFiles, TfjsRequest } from "./tfjs_messages.ts";
import type { ImageTensor, Runtime, RuntimeModel, RuntimeOptions } from "./types.ts";

/** Where a model is computed. */
export interface TfjsOptions extends Pick<RuntimeOptions, "say"> {
  /** Default `wasm`; `cpu` is plain JavaScript. */
  readonly backend?: TfjsBackend;
}

/** TensorFlow.js; {@linkcode Runtime.open} takes `model.json` or the folder that holds it. */
export async function tfjsRuntime(
  { backend = "wasm", say = () => {} }: TfjsOptions = {},
): Promise<Runtime> {
  const { default: { version } } = await import("@tensorflow/tfjs/package.json", {
    with: { type: "json" },
  });
  return {
    title: `TensorFlow.js (${backend})`,
    version,
    open: async (path) => {
      const files = await readFiles(path);
      const thread = new Thread(path, say);
      try {
        return await openModel(thread, path, { kind: "open", files, backend });
      } catch (error) {
        thread.end();
        throw error;
      }
    },
  };
}

async function openModel(
  thread: Thread,
  path: string,
  request: TfjsRequest & { kind: "open" },
): Promise<RuntimeModel> {
  const answer = await thread.ask(request, [request.files.weights]);
  if (answer.kind !== "opened") throw new TypeError(`the thread answered ${answer.kind}`);
  const { inputs, outputs } = answer;
  const [input] = inputs, [output] = outputs;
  const refuse = (what: string): never => {
    throw new UserError(`${path}: the model is none for images: ${what}`, ExitCode.DATA);
  };
  if (inputs.length !== 1 || input === undefined) {
    return refuse(
      `it takes ${inputs.length} inputs (${inputs.map(({ name }) => name).join(", ")})`,
    );
  }
  if (outputs.length !== 1) {
    refuse(`it gives ${outputs.length} outputs (${outputs.map(({ name }) => name).join(", ")})`);
  }
  const { shape = [-1, -1, -1, -1], dtype = "float32" } = input;
  if (shape.length !== 4) refuse(`its input ${input.name} has ${shape.length} axes, not 4`);
  if (dtype !== "float32") refuse(`its input ${input.name} is ${dtype}, not float32`);
  const known = (size: number | undefined) => size !== undefined && size > 0 ? size : undefined;
  const [n, h, w, c] = shape.map(known);
  return {
    inputChannels: c,
    outputChannels: output?.shape?.length === 4 ? known(output.shape[3]) : undefined,
    fixedSize: h !== undefined && w !== undefined ? [h, w] : undefined,
    maxBatch: n,
    run: (images) => thread.run(images),
    [Symbol.asyncDispose]: () => {
      thread.end();
      return Promise.resolve();
    },
  };
}

/** Reads `model.json` and its weights. */
async function readFiles(path: string): Promise<TfjsFiles> {
  const isFolder = (await Deno.stat(path).catch(() => undefined))?.isDirectory;
  const file = isFolder ? join(path, "model.json") : path;
  const refuse = (what: string, cause?: unknown): never => {
    throw new UserError(`${file}: ${what}`, ExitCode.DATA, { cause });
  };
  const text = await Deno.readTextFile(file).catch((error) =>
    refuse("no such file; a graph model is a model.json with files of weights beside it", error)
  );
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    refuse("this is no JSON", error);
  }
  if (!isRecord(json)) return refuse("this is no model of TensorFlow.js");
  const topology = json.modelTopology;
  if (json.format === "layers-model" || isRecord(topology) && "model_config" in topology) {
    refuse(
      "this is a layers model, of which the weights alone are read: give it as --model, or convert it with " +
        "tensorflowjs_converter --input_format tfjs_layers_model --output_format tfjs_graph_model",
    );
  }
  if (!isRecord(topology) || !Array.isArray(topology.node)) {
    refuse("this is no graph model of TensorFlow.js: it has no modelTopology.node");
  }
  const manifest = json.weightsManifest;
  if (!Array.isArray(manifest)) return refuse("it has no weightsManifest");
  const paths = manifest.flatMap((group: unknown) => {
    const names = isRecord(group) ? group.paths : undefined;
    return Array.isArray(names) ? names.map(String) : refuse("its weightsManifest has no paths");
  });
  const shards = await Promise.all(paths.map((name) => {
    // Shards lie beside the model; a name that leads elsewhere could make us read anything.
    if (!/^[\w.\- ]+(\/[\w.\- ]+)*$/.test(name) || name.split("/").includes("..")) {
      refuse(`its weights have the unusual name ${JSON.stringify(name)}`);
    }
    return Deno.readFile(join(dirname(file), name))
      .catch((error) => refuse(`its file of weights ${name} is missing`, error));
  }));
  const weights = new Uint8Array(shards.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const shard of shards) {
    weights.set(shard, offset);
    offset += shard.length;
  }
  return { json, weights: weights.buffer };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The thread of one model. */
class Thread {
  readonly #worker = new Worker(new URL("./tfjs_worker.ts", import.meta.url), { type: "module" });
  readonly #path: string;
  readonly #say: (line: string) => void;
  #last: Promise<unknown> = Promise.resolve();
  #ended = false;

  constructor(path: string, say: (line: string) => void) {
    this.#path = path;
    this.#say = say;
  }

  /** Asks one thing after the other. */
  ask(request: TfjsRequest, transfer: readonly Transferable[] = []): Promise<TfjsAnswer> {
    const next = this.#last.then(() => this.#ask(request, transfer));
    this.#last = next.catch(() => {});
    return next;
  }

  /** Computes. */
  async run(images: ImageTensor): Promise<ImageTensor> {
    const answer = await this.ask({ kind: "run", images });
    if (answer.kind !== "done") throw new TypeError(`the thread answered ${answer.kind}`);
    if (answer.note !== undefined) this.#say(answer.note);
    const { shape, data } = answer;
    if (shape.length !== 4) {
      throw new UserError(
        `${this.#path}: the model gives a tensor of ${shape.length} axes, not images`,
        ExitCode.DATA,
      );
    }
    return { shape: shape as unknown as ImageTensor["shape"], data };
  }

  /** Ends it. */
  end(): void {
    this.#ended = true;
    this.#worker.terminate();
  }

  #ask(request: TfjsRequest, transfer: readonly Transferable[]): Promise<TfjsAnswer> {
    if (this.#ended) throw new TypeError(`${this.#path}: the model was closed`);
    const refusal = (message: string) =>
      new UserError(`${this.#path}: TensorFlow.js refuses the model: ${message}`, ExitCode.DATA);
    return new Promise((resolve, reject) => {
      this.#worker.onmessage = ({ data }: MessageEvent<TfjsAnswer>) => {
        if (data.kind === "failed") reject(refusal(data.message));
        else resolve(data);
      };
      this.#worker.onerror = (event) => {
        event.preventDefault();
        reject(refusal(event.message));
      };
      this.#worker.postMessage(request, [...transfer]);
    });
  }
}
