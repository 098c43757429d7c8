/**
 * What TensorFlow's files say of themselves: where images go in, where they come out, and which ops they would run.
 *
 * Fields: tensorflow/core/protobuf/{saved_model,meta_graph,saver}.proto, tensorflow/core/framework/{graph,node_def,attr_value,
 * function,op_def,tensor_shape}.proto.
 *
 * @module
 */
import { DType } from "../engine/native/dtypes.ts";
import { DamagedMessage, Fields } from "../protobuf/reader.ts";
import { bodyOf, type GraphBody, requireHarmless } from "./tensorflow_ops.ts";

/** A value that images go into or come out of. */
export interface Port {
  /** Name in the graph: `node:0`. */
  readonly name: string;
  /** `TF_DataType`. */
  readonly dtype: number;
  /** Sizes, -1 where they are free; undefined if the number of axes is not declared. */
  readonly shape: readonly number[] | undefined;
}

/** What a file says. */
export interface GraphPorts {
  /** Where images go in. */
  readonly input: Port;
  /** Where images come out. */
  readonly output: Port;
  /** Tags of the graph, for SavedModels. */
  readonly tags: readonly string[];
}

/** Signature that servers take if none is named. */
const DEFAULT_SIGNATURE = "serving_default";
/** Signature of what is run at the start; no function for users. */
const INIT = "__saved_model_init_op";
const SERVE = "serve";

/**
 * Reads `saved_model.pb`.
 *
 * @throws {DamagedMessage} If it is damaged, has no signature from images to images, or ops that are not run (`tensorflow_ops.ts`).
 */
export function readSavedModel(bytes: Uint8Array): GraphPorts {
  const graphs = new Fields(bytes, "the SavedModel").messages(2, "the graph");
  const chosen = graphs.map((graph) => ({
    graph,
    // TensorFlow takes the first graph with this very set of tags.
    tags: [...new Set(graph.message(1, "the information").strings(4))],
  })).filter(({ tags }) => tags.includes(SERVE)).sort((a, b) => a.tags.length - b.tags.length)[0];
  if (chosen === undefined) {
    throw new DamagedMessage(`the SavedModel has no graph with the tag "${SERVE}"`);
  }
  const { graph, tags } = chosen;
  const signatures = graph.entries(5, "the signatures");
  const names = [...signatures.keys()].filter((name) => name !== INIT);
  const name = names.includes(DEFAULT_SIGNATURE) ? DEFAULT_SIGNATURE : names[0];
  if (name === undefined || name !== DEFAULT_SIGNATURE && names.length > 1) {
    throw new DamagedMessage(
      `the SavedModel needs the signature ${DEFAULT_SIGNATURE}, it has ${
        names.join(", ") || "none"
      }`,
    );
  }
  const signature = new Fields(signatures.get(name)!, `the signature ${name}`);
  const input = onlyPort(signature.entries(1, "the inputs"), `the signature ${name}`, "input");
  const output = onlyPort(signature.entries(2, "the outputs"), `the signature ${name}`, "output");
  const body = bodyOf(graph.message(2, "the graph"));
  requireHarmless(body, [output.name], "computing");
  requireHarmless(body, startOps(graph, signatures), "loading");
  return { input, output, tags };
}

/** What TensorFlow runs while it loads a SavedModel: to restore variables, and to initialise. */
function startOps(graph: Fields, signatures: ReadonlyMap<string, Uint8Array>): string[] {
  const targets: string[] = [];
  const restore = graph.message(3, "the saver").string(3);
  if (restore !== "") targets.push(restore);
  for (const collection of graph.entries(4, "the collections").values()) {
    const nodes = new Fields(collection, "a collection").message(1, "a list of nodes");
    targets.push(...nodes.strings(1));
  }
  const init = signatures.get(INIT);
  if (init !== undefined) {
    const outputs = new Fields(init, "the signature of initialisation").entries(2, "the outputs");
    for (const info of outputs.values()) targets.push(new Fields(info, "an output").string(1));
  }
  return targets;
}

/** The one that images can go through. */
function onlyPort(
  entries: ReadonlyMap<string, Uint8Array>,
  what: string,
  kind: "input" | "output",
): Port {
  const ports = [...entries].map(([key, bytes]) => ({ key, port: tensorInfo(bytes, key) }));
  const images = ports.filter(({ port }) => port.shape === undefined || port.shape.length === 4);
  const [one] = images;
  if (one === undefined || images.length > 1 || kind === "input" && ports.length > 1) {
    const list = ports.map(({ key, port }) => `${key} [${port.shape ?? "?"}]`).join(", ");
    throw new DamagedMessage(`${what} has no single ${kind} of images, but ${list || "none"}`);
  }
  return one.port;
}

/** A `TensorInfo`. */
function tensorInfo(bytes: Uint8Array, key: string): Port {
  const info = new Fields(bytes, `the signature's ${key}`);
  const name = info.string(1);
  return { name, dtype: info.int(2), shape: info.has(3) ? shapeOf(info.message(3, key)) : [] };
}

/** A `TensorShapeProto`. */
function shapeOf(shape: Fields): number[] | undefined {
  if (shape.bool(3)) return undefined;
  return shape.messages(2, "a size").map((dim) => dim.int(1));
}

/**
 * Reads a frozen graph: its only placeholder is the input, and the node that none takes is the output.
 *
 * @throws {DamagedMessage} If it is damaged, has several of either, or ops that are not run.
 */
export function readFrozen(bytes: Uint8Array): GraphPorts {
  const body = bodyOf(new Fields(bytes, "the graph"));
  const input = frozenInput(body);
  const output = frozenOutput(body);
  requireHarmless(body, [output], "computing");
  const dtype = body.nodes.get(output)!.type ?? DType.FLOAT;
  return { input, output: { name: `${output}:0`, dtype, shape: undefined }, tags: [] };
}

function frozenInput({ nodes }: GraphBody): Port {
  const placeholders = [...nodes].filter(([, { op }]) => op === "Placeholder");
  const [one] = placeholders;
  if (one === undefined || placeholders.length > 1) {
    const names = placeholders.map(([name]) => name).join(", ");
    throw new DamagedMessage(`the graph needs one placeholder, it has ${names || "none"}`);
  }
  const [name, { attributes }] = one;
  const attribute = (key: string) =>
    new Fields(attributes.get(key) ?? new Uint8Array(0), `${name}'s attribute ${key}`);
  const shape = attribute("shape");
  return {
    name: `${name}:0`,
    dtype: attribute("dtype").int(6, DType.FLOAT),
    shape: shape.has(7) ? shapeOf(shape.message(7, `the shape of ${name}`)) : undefined,
  };
}

function frozenOutput({ nodes }: GraphBody): string {
  const taken = new Set([...nodes.values()].flatMap(({ inputs }) => inputs));
  const last = [...nodes].filter(([name, { op }]) =>
    !taken.has(name) && op !== "Const" && op !== "NoOp" && op !== "Placeholder"
  );
  const [one] = last;
  if (one === undefined || last.length > 1) {
    const names = last.slice(0, 5).map(([name]) => name).join(", ");
    throw new DamagedMessage(`the graph needs one output, it has ${names || "none"}`);
  }
  return one[0];
}
