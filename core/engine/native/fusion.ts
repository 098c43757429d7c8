/**
 * Convolutions with their bias, what is added to them, and activation as one op, which is what TensorFlow's own optimizer makes of them; done here it
 * costs next to nothing, where the optimizer goes over the whole graph many times.
 *
 * @module
 */
import type { OpAttribute } from "./attributes.ts";
import { AttrType, DType } from "./dtypes.ts";
import { repeats } from "./dynamic_shapes.ts";
import type { RecordedNode, RecordedTensor } from "./recorded_graph.ts";

/** A node to be built in place of the last of several. */
export interface FusedNode {
  /** Op. */
  readonly name: string;
  /** Its attributes. */
  readonly attributes: readonly OpAttribute[];
  /** What it takes. */
  readonly inputs: readonly RecordedTensor[];
}

/** Activations that oneDNN computes while it stores what a convolution gives. */
const ACTIVATIONS = new Set(["Elu", "LeakyRelu", "Relu", "Relu6"]);

/**
 * The nodes among `nodes` that are built as others, by their positions; those that they contain are needed no more.
 *
 * @param isLive Whether somebody needs a node.
 * @param outputs Results, which have to exist.
 * @param isKept Whether a node is to stay as it is.
 */
export function fuseConvolutions(
  nodes: readonly RecordedNode[],
  isLive: (node: number) => boolean,
  outputs: readonly RecordedTensor[],
  isKept: (node: number) => boolean = () => false,
): Map<number, FusedNode> {
  const users = nodes.map((): number => 0);
  nodes.forEach(({ inputs, after }, i) => {
    if (!isLive(i)) return;
    for (const { node } of inputs) users[node]!++;
    for (const node of after) users[node]! += 2; // has to stay
  });
  for (const { node } of outputs) users[node]! += 2;
  const fused = new Map<number, FusedNode>();
  const chains = new Map<number, Chain>();
  const note = (i: number, chain: Chain): void => {
    chains.set(i, chain);
    fused.set(i, fusedNode(chain));
  };
  /** The chain that ends in `x` and that nobody else needs. */
  const chainOf = ({ node }: RecordedTensor): Chain | undefined =>
    users[node] === 1 && nodes[node]!.after.length === 0 ? chains.get(node) : undefined;
  for (const [i, node] of nodes.entries()) {
    if (!isLive(i) || isKept(i)) continue;
    const [x, y] = node.inputs;
    if (node.name === "BiasAdd") {
      const convolution = nodes[x!.node]!;
      if (convolution.name !== "Conv2D" || users[x!.node] !== 1) continue;
      // The op has no bfloat16.
      if (convolution.after.length > 0 || convolution.outputs[0]!.dtype !== DType.FLOAT) continue;
      note(i, { convolution, inputs: [y!], ops: ["BiasAdd"] });
    } else if (node.name === "AddV2" && !repeats({ nodes }, node)) {
      for (const [sum, other] of [[x!, y!], [y!, x!]] as const) {
        const chain = chainOf(sum);
        if (chain?.ops.length !== 1) continue;
        note(i, { ...chain, inputs: [...chain.inputs, other], ops: ["BiasAdd", "Add"] });
        break;
      }
    } else if (ACTIVATIONS.has(node.name)) {
      const chain = chainOf(x!);
      if (!chain || ACTIVATIONS.has(chain.ops.at(-1)!)) continue;
      const alpha = node.attributes.find(({ name }) => name === "alpha")?.value as
        | number
        | undefined;
      note(i, { ...chain, ops: [...chain.ops, node.name], alpha });
    }
  }
  return fused;
}

/** A convolution and what follows it. */
interface Chain {
  readonly convolution: RecordedNode;
  /** Bias, and what is added. */
  readonly inputs: readonly RecordedTensor[];
  readonly ops: readonly string[];
  readonly alpha?: number;
}

function fusedNode({ convolution, inputs, ops, alpha = 0.2 }: Chain): FusedNode {
  const { attributes, outputs } = convolution;
  return {
    name: "_FusedConv2D",
    attributes: [
      ...attributes.filter(({ name }) => KEPT.has(name)),
      { name: "TArgs", type: AttrType.TYPE, value: inputs.map(() => outputs[0]!.dtype) },
      { name: "num_args", type: AttrType.INT, value: inputs.length },
      { name: "num_host_args", type: AttrType.INT, value: 0 },
      { name: "fused_ops", type: AttrType.STRING, value: ops },
      { name: "leakyrelu_alpha", type: AttrType.FLOAT, value: alpha },
    ],
    inputs: [...convolution.inputs, ...inputs],
  };
}

/** Attributes that both ops have. */
const KEPT = new Set([
  "T",
  "strides",
  "padding",
  "explicit_paddings",
  "data_format",
  "dilations",
  "use_cudnn_on_gpu",
]);
