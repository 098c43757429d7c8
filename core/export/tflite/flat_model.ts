/**
 * A TensorFlow Lite model as plain data, and its file.
 *
 * @module
 */
import { FlatTable, scalar, writeFlatBuffer } from "./flatbuffer.ts";
import {
  Operator,
  type OperatorName,
  OPTIONS,
  type OptionsName,
  PLACEHOLDER_OPERATOR,
  SCHEMA_VERSION,
  TensorType,
  type TensorTypeName,
} from "./schema.ts";
import { minimumRuntime, operatorVersion } from "./versions.ts";

/** Real value = scale · (stored - zero point); one for the tensor, or one for each index along an axis. */
export interface Quantization {
  /** Scales. */
  readonly scale: readonly number[];
  /** Zero points, as many. */
  readonly zeroPoint: readonly number[];
  /** The axis, if there are several. */
  readonly axis: number;
}

/** A value of the graph. */
export interface LiteTensor {
  /** For people and signatures. */
  readonly name: string;
  /** Type of the elements. */
  type: TensorTypeName;
  /** Its shape at the size that the file starts with. */
  readonly shape: readonly number[];
  /** The shape with -1 for what may be resized; only inputs and outputs of the model have it. */
  readonly signature?: readonly number[];
  /** What a constant holds, in the order and type of the file. */
  data?: Uint8Array;
  /** How int8 and int32 stand for real numbers. */
  quantization?: Quantization;
}

/** Options of an operator. */
export interface LiteOptions {
  /** The table. */
  readonly table: OptionsName;
  /** Its fields by name; those left out have the value that readers assume. */
  readonly fields: Readonly<Record<string, number | boolean>>;
}

/** An operator with what it takes and gives; tensors by position, -1 for none. */
export interface LiteOperator {
  /** Which one. */
  readonly op: OperatorName;
  /** Tensors that it takes. */
  inputs: number[];
  /** Tensors that it gives. */
  outputs: number[];
  /** Options, if the operator has any. */
  readonly options?: LiteOptions;
}

/** A model with one signature. */
export interface LiteModel {
  /** Tensors. */
  readonly tensors: LiteTensor[];
  /** Operators in the order in which they are computed. */
  operators: LiteOperator[];
  /** Input by its name in the signature. */
  input: readonly [name: string, tensor: number];
  /** Output by its name in the signature. */
  output: readonly [name: string, tensor: number];
  /** For people: what made the file. */
  readonly description: string;
}

/** Identifier of the file. */
const IDENTIFIER = "TFL3";

/** Bytes that are kept for the least version of the runtime, as the converter of TensorFlow does. */
const VERSION_BYTES = 16;

/**
 * The file of a model.
 *
 * @param metadata FlatBuffer that says what the model is for (`metadata.ts`).
 */
export function writeModel(model: LiteModel, metadata: Uint8Array): Uint8Array<ArrayBuffer> {
  const buffers: FlatTable[] = [new FlatTable({})]; // by convention the first one is empty
  const known = new Map<string, number>();
  const buffer = (data: Uint8Array): number => {
    const key = data.length <= 64 ? data.join() : undefined;
    const same = key === undefined ? undefined : known.get(key);
    if (same !== undefined) return same;
    buffers.push(new FlatTable({ 0: data }));
    if (key !== undefined) known.set(key, buffers.length - 1);
    return buffers.length - 1;
  };
  const tensors = model.tensors.map((tensor) => tensorTable(tensor, buffer));
  const codes = new Map<string, number>();
  const codeTables: FlatTable[] = [];
  let least = "1.5.0";
  const operators = model.operators.map((operator) => {
    const version = operatorVersion(model, operator);
    least = laterVersion(least, minimumRuntime(operator.op, version));
    const key = `${operator.op} ${version}`;
    let code = codes.get(key);
    if (code === undefined) {
      code = codeTables.length;
      codes.set(key, code);
      const number = Operator[operator.op];
      codeTables.push(
        new FlatTable({
          0: scalar("i8", Math.min(number, PLACEHOLDER_OPERATOR)),
          2: scalar("i32", version, 1),
          3: scalar("i32", number),
        }),
      );
    }
    return operatorTable(operator, code);
  });
  const subgraph = new FlatTable({
    0: tensors,
    1: Int32Array.of(model.input[1]),
    2: Int32Array.of(model.output[1]),
    3: operators,
    4: "main",
  });
  const version = new Uint8Array(VERSION_BYTES);
  version.set(new TextEncoder().encode(least));
  const entries = [["min_runtime_version", version], ["TFLITE_METADATA", metadata]] as const;
  const metadataTables = entries.map(([name, data]) =>
    new FlatTable({ 0: name, 1: scalar("u32", buffer(data)) })
  );
  const named = ([name, tensor]: readonly [string, number]) => [
    new FlatTable({ 0: name, 1: scalar("u32", tensor) }),
  ];
  return writeFlatBuffer(
    new FlatTable({
      0: scalar("u32", SCHEMA_VERSION),
      1: codeTables,
      2: [subgraph],
      3: model.description,
      4: buffers,
      6: metadataTables,
      7: [new FlatTable({ 0: named(model.input), 1: named(model.output), 2: "serving_default" })],
    }),
    IDENTIFIER,
  );
}

function tensorTable(tensor: LiteTensor, buffer: (data: Uint8Array) => number): FlatTable {
  const { quantization } = tensor;
  return new FlatTable({
    0: Int32Array.from(tensor.shape),
    1: scalar("i8", TensorType[tensor.type]),
    2: scalar("u32", tensor.data === undefined ? 0 : buffer(tensor.data)),
    3: tensor.name,
    4: quantization && new FlatTable({
      2: Float32Array.from(quantization.scale),
      3: BigInt64Array.from(quantization.zeroPoint, BigInt),
      6: scalar("i32", quantization.axis),
    }),
    7: tensor.signature && Int32Array.from(tensor.signature),
    8: scalar("bool", true),
  });
}

function operatorTable({ inputs, outputs, options }: LiteOperator, code: number): FlatTable {
  return new FlatTable({
    0: scalar("u32", code),
    1: Int32Array.from(inputs),
    2: Int32Array.from(outputs),
    3: options && scalar("u8", OPTIONS[options.table].id),
    4: options && optionsTable(options),
  });
}

function optionsTable({ table, fields }: LiteOptions): FlatTable {
  const known: Readonly<
    Record<string, readonly [number, "bool" | "i8" | "i32" | "f32", number?]>
  > = OPTIONS[table].fields;
  return new FlatTable(Object.fromEntries(
    Object.entries(fields).map(([name, value]) => {
      const [place, kind, absent] = known[name]!;
      return [place, scalar(kind, value, absent)];
    }),
  ));
}

function laterVersion(a: string, b: string): string {
  const [x, y] = [a, b].map((text) => text.split(".").map(Number));
  for (const [i, part] of x!.entries()) {
    if (part !== y![i]!) return part > y![i]! ? a : b;
  }
  return a;
}
