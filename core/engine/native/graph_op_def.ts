/**
 * What a graph has to know of an op's definition: which of its inputs are lists, and whether it has state.
 *
 * @module
 */

/** An input of an op. */
export interface InputDef {
  /** Name in the definition. */
  readonly name: string;
  /** For a list, the attribute that holds its length or its types; undefined for a single tensor. */
  readonly listAttribute: string | undefined;
}

/** A part of TensorFlow's `OpDef`. */
export interface OpDef {
  /** Inputs in their order. */
  readonly inputs: readonly InputDef[];
  /** True for ops that do not give the same result for the same inputs: random numbers, variables, queues. */
  readonly isStateful: boolean;
}

/**
 * Reads a serialized `tensorflow.OpDef` (tensorflow/core/framework/op_def.proto): `input_arg` is field 2, an `ArgDef` with
 * `name` 1, `number_attr` 5 and `type_list_attr` 6; `is_stateful` is field 17.
 */
export function parseOpDef(bytes: Uint8Array): OpDef {
  const inputs: InputDef[] = [];
  let isStateful = false;
  for (const [field, value] of fields(bytes)) {
    if (field === 17) isStateful = value === 1;
    if (field !== 2 || typeof value === "number") continue;
    let name = "", listAttribute: string | undefined;
    for (const [part, content] of fields(value)) {
      if (typeof content === "number") continue;
      if (part === 1) name = text(content);
      if ((part === 5 || part === 6) && content.length > 0) listAttribute = text(content);
    }
    inputs.push({ name, listAttribute });
  }
  return { inputs, isStateful };
}

/**
 * How many of `count` given tensors belong to each input.
 *
 * @param lengthOf Length of the list that an attribute describes, if the attribute was given.
 * @throws {TypeError} If they do not come out even.
 */
export function partition(
  inputs: readonly InputDef[],
  count: number,
  lengthOf: (attribute: string) => number | undefined,
): number[] {
  const lists = inputs.filter((input) => input.listAttribute !== undefined).length;
  const sizes = inputs.map(({ listAttribute }) => {
    if (listAttribute === undefined) return 1;
    return lists === 1 ? count - (inputs.length - 1) : lengthOf(listAttribute) ?? NaN;
  });
  const total = sizes.reduce((a, b) => a + b, 0);
  if (total !== count || sizes.some((size) => size < 0)) {
    throw new TypeError(`${count} inputs cannot be dealt out to ${inputs.map((i) => i.name)}`);
  }
  return sizes;
}

/** A string field. */
export const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** The fields of a protocol buffer message: numbers of varints (which are small here), bytes of what has a length. */
export function* fields(
  bytes: Uint8Array,
): Generator<[field: number, value: number | Uint8Array]> {
  let at = 0;
  const varint = (): number => {
    let value = 0, factor = 1;
    for (;; factor *= 128) {
      const byte = bytes[at++];
      if (byte === undefined) throw new RangeError("the message ends in the middle of a number");
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    const kind = tag & 7, field = tag >>> 3;
    if (kind === 0) yield [field, varint()];
    else if (kind === 2) {
      const length = varint();
      yield [field, bytes.subarray(at, at += length)];
    } else if (kind === 1) at += 8;
    else if (kind === 5) at += 4;
    else throw new RangeError(`the message has a field of the unknown kind ${kind}`);
  }
}
