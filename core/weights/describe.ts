/**
 * What a file is that was taken for weights: told by its first bytes, in words for messages. Nothing of it is run.
 *
 * @module
 */

/** First bytes of files that are taken for weights by mistake. */
const MAGIC: readonly (readonly [string, string])[] = [
  ["version https://git-lfs", "a Git LFS pointer, fetch the file itself with git lfs pull"],
  ["\x89PNG", "a PNG image"],
  ["\xff\xd8\xff", "a JPEG image"],
  ["\x89HDF", "an HDF5 file (weights of Keras), convert it to a layers model of TensorFlow.js"],
  ["\x1f\x8b", "a gzip archive, unpack it first"],
  ["\x93NUMPY", "a numpy array"],
  ["\x80", "a plain Python pickle, not one of torch.save()"],
  ["7z\xbc\xaf", "a 7z archive, unpack it first"],
  ["GGUF", "a GGUF file"],
];

/** A few words on what kind of file `bytes` are. */
export function describeContent(bytes: Uint8Array): string {
  if (bytes.length === 0) return "empty (0 bytes)";
  const head = String.fromCharCode(...bytes.subarray(0, 512));
  const known = MAGIC.find(([magic]) => head.startsWith(magic));
  if (known) return known[1];
  if (head.startsWith("ustar", 257)) {
    return "a tar archive: if it is of PyTorch before 0.1.10, load and save it in a newer one";
  }
  if (head.startsWith("TFL3", 4)) return "a TensorFlow Lite model, which is a graph, not weights";
  const graph = describeProtobuf(bytes);
  if (graph !== undefined) return graph;
  if (/^\s*<(!doctype|html)/i.test(head)) return "a web page, so the download went wrong";
  if (/^[\t\n\r\x20-\x7e]+$/.test(head)) return "text";
  if (bytes.every((byte) => byte === 0)) return `${bytes.length} bytes of zeros`;
  const hex = bytes.subarray(0, 8).toHex().replace(/..(?=.)/g, "$& ");
  return `of an unknown kind (${bytes.length} bytes, beginning ${hex})`;
}

/** What a zip archive is that has no pickle of `torch.save()`, by the names of its entries. */
export function describeZip(names: readonly string[]): string {
  if (names.includes("model.weights.h5")) return "a .keras archive";
  if (names.length > 0 && names.every((name) => name.endsWith(".npy"))) {
    return "a numpy .npz archive";
  }
  return "a zip archive, but not of torch.save(): it has no data.pkl";
}

/**
 * ONNX models, SavedModels and GraphDefs are messages of protocol buffers without a magic number. They are told by the
 * numbers and types of their first fields.
 */
function describeProtobuf(bytes: Uint8Array): string | undefined {
  const fields = firstFields(bytes);
  const is = (index: number, number: number, type: number) =>
    fields[index]?.number === number && fields[index]?.type === type;
  const program = "which is a program to run, not weights";
  // ModelProto: ir_version, then producer_name (text), or graph, opset_import; pnnx begins with the graph, and that with a
  // node.
  const versioned = is(0, 1, 0) && (is(1, 7, 2) || is(1, 8, 2) || (is(1, 2, 2) && fields[1]!.text));
  if (versioned || (is(0, 7, 2) && fields[0]!.inner === 0x0a)) return `an ONNX model, ${program}`;
  // SavedModel: saved_model_schema_version, then a MetaGraphDef, a message.
  if (is(0, 1, 0) && is(1, 2, 2)) return `a TensorFlow SavedModel, ${program}`;
  // GraphDef: a node, which begins with its name.
  if (is(0, 1, 2) && fields[0]!.inner === 0x0a && (is(1, 1, 2) || is(1, 4, 2) || is(1, 2, 2))) {
    return `a TensorFlow graph, ${program}`;
  }
  return undefined;
}

interface Field {
  readonly number: number;
  /** Wire type: 0 a number, 2 bytes. */
  readonly type: number;
  /** Whether the bytes are printable. */
  readonly text: boolean;
  /** First byte of the bytes. */
  readonly inner: number | undefined;
}

/** The first three fields of a message; fewer if the bytes are none. */
function firstFields(bytes: Uint8Array): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; shift < 49; shift += 7) {
      const byte = bytes[at++];
      if (byte === undefined) return NaN;
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
    return NaN;
  };
  while (fields.length < 3 && at < bytes.length) {
    const tag = varint();
    const number = Math.floor(tag / 8), type = tag % 8;
    if (!(number >= 1 && number <= 64)) return fields;
    const length = varint();
    if (Number.isNaN(length) || (type !== 0 && type !== 2)) return fields;
    if (type === 0) {
      fields.push({ number, type, text: false, inner: undefined });
      continue;
    }
    // A field longer than the file is none.
    if (at + length > bytes.length) return fields;
    const content = bytes.subarray(at, at + Math.min(length, 64));
    const text = length > 0 && content.every((byte) => byte >= 0x20 && byte < 0x7f);
    fields.push({ number, type, text, inner: content[0] });
    at += length;
  }
  return fields;
}
