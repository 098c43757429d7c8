/**
 * Which ops of a graph of others would run, and whether they may: those that compute numbers, and no others.
 *
 * TensorFlow has ops that read and write files, open connections and call Python; it is native code, where Deno's permissions do
 * not hold. So graphs that reach such an op are refused before TensorFlow sees them.
 *
 * @module
 */
import { DType } from "../engine/native/dtypes.ts";
import { DamagedMessage, Fields } from "../protobuf/reader.ts";

/** A node, as far as it matters here. */
export interface OpNode {
  /** The op of TensorFlow. */
  readonly op: string;
  /** Names of the nodes that it takes something from, control dependencies included. */
  readonly inputs: readonly string[];
  /** Encoded `AttrValue`s by name. */
  readonly attributes: ReadonlyMap<string, Uint8Array>;
  /** Type of its elements, if the attribute `T` or `dtype` says it. */
  readonly type: number | undefined;
}

/** Nodes of a graph by name, and the functions that they may call. */
export interface GraphBody {
  /** Nodes by name. */
  readonly nodes: ReadonlyMap<string, OpNode>;
  /** Bodies of functions by name. */
  readonly functions: ReadonlyMap<string, FunctionBody>;
}

/** The body of a function: all of it may run. */
export interface FunctionBody {
  /** Nodes by name. */
  readonly nodes: ReadonlyMap<string, OpNode>;
  /** Names of the nodes whose values it returns. */
  readonly returned: readonly string[];
  /** Whether TensorFlow may run it in place of another one that says the same of itself (`api_implements`). */
  readonly standsIn?: boolean;
}

/** Ops that compute numbers, hold variables or call functions. */
const COMPUTING: ReadonlySet<string> = new Set(
  ("Abs Acos Acosh Add AddN AddV2 All Any ApproximateEqual ArgMax ArgMin Asin Asinh Assert Atan Atan2 Atanh AvgPool AvgPool3D " +
    "BatchMatMul BatchMatMulV2 BatchMatMulV3 BatchToSpace BatchToSpaceND BiasAdd BiasAddV1 BitwiseAnd BitwiseOr BitwiseXor " +
    "BroadcastArgs BroadcastTo Bucketize Cast Ceil CheckNumerics ClipByValue Complex ComplexAbs Concat ConcatOffset ConcatV2 " +
    "Conj Const Conv Conv2D Conv2DBackpropInput Conv3D Cos Cosh CropAndResize Cross Cumprod Cumsum DepthToSpace " +
    "DepthwiseConv2dNative Dequantize Diag DiagPart Dilation2D Div DivNoNan DynamicPartition DynamicStitch Einsum Elu Empty " +
    "EnsureShape Equal Erf Erfc Erfinv Exp ExpandDims Expm1 ExtractImagePatches FFT2D FakeQuantWithMinMaxArgs " +
    "FakeQuantWithMinMaxVars FakeQuantWithMinMaxVarsPerChannel Fill Floor FloorDiv FloorMod FusedBatchNorm FusedBatchNormV2 " +
    "FusedBatchNormV3 Gather GatherNd GatherV2 Greater GreaterEqual IFFT2D IRFFT2D Identity IdentityN If Imag InvertPermutation " +
    "IsFinite IsInf IsNan L2Loss LRN LeakyRelu LeftShift Less LessEqual LinSpace Log Log1p LogSoftmax LogicalAnd LogicalNot " +
    "LogicalOr LoopCond LowerBound MatMul MatrixBandPart MatrixDiag MatrixDiagPart MatrixDiagPartV3 MatrixDiagV3 MatrixInverse " +
    "MatrixSetDiag MatrixSetDiagV3 Max MaxPool MaxPool3D MaxPoolV2 Maximum Mean Merge Min Minimum MirrorPad Mod Mul MulNoNan Neg " +
    "Enter Exit NextIteration Switch NextAfter NoOp NotEqual OneHot OnesLike Pack Pad PadV2 ParallelConcat PartitionedCall " +
    "Placeholder PlaceholderWithDefault Pow PreventGradient Prod Qr QuantizeAndDequantizeV2 QuantizeAndDequantizeV3 QuantizeV2 " +
    "QuantizedBiasAdd QuantizedConv2D QuantizedRelu RFFT2D Range Rank ReadVariableOp Real RealDiv Reciprocal Relu Relu6 Requantize " +
    "Reshape ResizeArea ResizeBicubic ResizeBilinear ResizeNearestNeighbor ResourceGather Reverse ReverseSequence ReverseV2 " +
    "RightShift Rint Roll Round Rsqrt ScaleAndTranslate ScatterNd Select SelectV2 Selu Shape ShapeN Sigmoid Sign Sin Sinh Size " +
    "Slice Snapshot Softmax Softplus Softsign SpaceToBatch SpaceToBatchND SpaceToDepth Split SplitV Sqrt Square " +
    "SquaredDifference Squeeze StatefulPartitionedCall StatelessIf StatelessWhile StopGradient StridedSlice Sub Sum Svd Tan Tanh " +
    "TensorListElementShape TensorListFromTensor TensorListGetItem TensorListLength TensorListReserve TensorListSetItem " +
    "TensorListStack TensorScatterAdd TensorScatterUpdate Tile TopK TopKV2 Transpose TruncateDiv TruncateMod Unique " +
    "Unpack UnravelIndex UpperBound VarHandleOp VarIsInitializedOp Variable VariableV2 Where While Xdivy Xlogy ZerosLike")
    .split(
      " ",
    ),
);

/** What is run in addition while variables are restored. */
const RESTORING: ReadonlySet<string> = new Set(
  "Assign AssignVariableOp DisableCopyOnRead RestoreV2".split(" "),
);

/** Reads a `GraphDef`. */
export function bodyOf(graph: Fields): GraphBody {
  const functions = new Map<string, FunctionBody>();
  for (const one of graph.message(2, "the functions").messages(1, "a function")) {
    const name = one.message(1, "a function's signature").string(1);
    if (functions.has(name)) throw new DamagedMessage(`there are two functions ${name}`);
    functions.set(name, {
      nodes: nodesOf(one.messages(3, "a node")),
      returned: [...one.texts(4, "what a function returns").values()].map(nodeName),
      standsIn: one.entries(5, "an attribute of a function").has("api_implements"),
    });
  }
  return { nodes: nodesOf(graph.messages(1, "a node")), functions };
}

/** The node that an input names: `^node` for a dependency, `node:1` for another output, `node:out:0` in functions. */
function nodeName(input: string): string {
  return input.replace(/^\^/, "").replace(/:.*$/s, "");
}

function nodesOf(nodes: readonly Fields[]): Map<string, OpNode> {
  const found = new Map<string, OpNode>();
  for (const node of nodes) {
    const name = node.string(1);
    // Which of the two TensorFlow would take is not to be guessed.
    if (found.has(name)) throw new DamagedMessage(`there are two nodes ${name}`);
    const attributes = node.entries(5, "an attribute");
    const type = attributes.get("dtype") ?? attributes.get("T");
    found.set(name, {
      op: node.string(2),
      inputs: node.strings(3).map(nodeName),
      attributes,
      // Types have 32 bits: what is above them says nothing.
      type: type && (new Fields(type, "a type").int(6) | 0 || undefined),
    });
  }
  return found;
}

/**
 * Checks everything that has to run for `targets`.
 *
 * @param targets Names of values or nodes.
 * @throws {DamagedMessage} If an op may not run; names it.
 */
export function requireHarmless(
  { nodes, functions }: GraphBody,
  targets: readonly string[],
  purpose: "computing" | "loading",
): void {
  const called = new Set<string>();
  const waiting = [...functions.values()].filter(({ standsIn }) => standsIn);
  const check = (name: string, { op, attributes }: OpNode) => {
    const isCall = functions.has(op);
    if (!isCall && !COMPUTING.has(op) && !(purpose === "loading" && RESTORING.has(op))) {
      throw new DamagedMessage(
        `it has the op ${
          op || "without a name"
        } (node ${name}), which is not run here: only ops that compute numbers are, ` +
          "none that could reach files, networks or other programs",
      );
    }
    for (const callee of [...isCall ? [op] : [], ...functionNames(attributes)]) {
      if (called.has(callee)) continue;
      called.add(callee);
      const body = functions.get(callee);
      if (body === undefined) {
        throw new DamagedMessage(`the node ${name} calls ${callee}, which the file does not hold`);
      }
      waiting.push(body);
    }
  };
  const reached = new Map<string, OpNode>();
  const stack = targets.map(nodeName);
  for (let name; (name = stack.pop()) !== undefined;) {
    if (reached.has(name)) continue;
    const node = nodes.get(name);
    if (node === undefined) throw new DamagedMessage(`the graph has no node ${name}`);
    reached.set(name, node);
    check(name, node);
    stack.push(...node.inputs);
  }
  requireNoNames({ nodes: reached, returned: [] });
  for (let body; (body = waiting.pop()) !== undefined;) {
    for (const [name, node] of body.nodes) check(name, node);
    requireNoNames(body);
  }
}

/** Names of functions that an op calls: attributes of type `func`, or lists of them. */
function functionNames(attributes: ReadonlyMap<string, Uint8Array>): string[] {
  return [...attributes.values()].flatMap((bytes) => {
    const value = new Fields(bytes, "an attribute");
    const list = value.message(1, "a list").messages(9, "a function");
    const one = value.messages(10, "a function");
    return [...one, ...list].map((call) => call.string(1)).filter((name) => name !== "");
  });
}

/** Texts are names of variables in checkpoints, or what an assertion says; a path that the file brings along is refused. */
function requireNoNames({ nodes, returned }: FunctionBody): void {
  const isText = (name: string) => {
    const node = nodes.get(name);
    return node?.op === "Const" && node.type === DType.STRING;
  };
  for (const [name, { op, inputs }] of nodes) {
    inputs.forEach((input, i) => {
      if (!isText(input) || op === "RestoreV2" && i > 0 || op === "Assert" || op === "NoOp") return;
      throw new DamagedMessage(`the node ${name} (${op}) is given a text of the file's own`);
    });
  }
  if (returned.some(isText)) throw new DamagedMessage("a function gives a text of the file's own");
}
