/**
 * Reads what `torch.save()` writes, without PyTorch and without running any code: zip archives (PyTorch 1.6 and later)
 * and the legacy format before it. Storages stay where they are in the file until a tensor is copied out.
 *
 * Facts on the two layouts: PyTorch's torch/serialization.py and torch/_utils.py (BSD-3-Clause), read, not ported.
 *
 * @module
 */
import { ITEM_SIZE } from "./_dtypes.ts";
import { PthHost } from "./_pth_globals.ts";
import { describeZip } from "./describe.ts";
import { quote } from "./_safetensors_header.ts";
import { WeightsFileError } from "./errors.ts";
import { unpickle } from "./pickle.ts";
import { CopyBudget } from "./pth_tensor.ts";
import { ZipArchive } from "./zip.ts";

/** Content of a `.pth` file. */
export interface PthFile {
  /** How the file was written. */
  readonly serialization: "zip" | "legacy";
  /**
   * What was saved, as plain data: dicts are `Map`s, lists and tuples arrays, tensors `TensorSource`s. The value may be
   * shared or cyclic.
   */
  readonly root: unknown;
}

/** The first bytes of a legacy file: a pickle of the number 0x1950a86a20f9469cfc6c. */
const LEGACY_MAGIC = [0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];

/** Whether `bytes`, from the start of a file, are a zip archive. */
export function looksLikeZip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b &&
    ((bytes[2] === 3 && bytes[3] === 4) || (bytes[2] === 5 && bytes[3] === 6));
}

/** Whether `bytes`, from the start of a file, are PyTorch's legacy format. */
export function looksLikeLegacyPth(bytes: Uint8Array): boolean {
  // After the protocol, from protocol 4 on with a frame around it (an opcode and eight bytes).
  return bytes[0] === 0x80 &&
    [2, 11].some((at) => LEGACY_MAGIC.every((byte, i) => bytes[at + i] === byte));
}

/**
 * Reads the bytes of a `.pth` file.
 *
 * @throws {WeightsFileError} If it is damaged, of a kind that is not read here (TorchScript, big-endian), or asks for
 * Python names that are not on the list of harmless ones.
 */
export function readPth(bytes: Uint8Array): PthFile {
  if (looksLikeZip(bytes)) return { serialization: "zip", root: readZip(bytes) };
  if (looksLikeLegacyPth(bytes)) return { serialization: "legacy", root: readLegacy(bytes) };
  throw new WeightsFileError("unsupported", "it is not a file of torch.save()");
}

function readZip(bytes: Uint8Array): unknown {
  const zip = new ZipArchive(bytes);
  const names = zip.names;
  const pickles = names.filter((name) => /^[^/]+\/data\.pkl$/.test(name));
  const folder = pickles[0]?.slice(0, -"data.pkl".length);
  if (folder === undefined || pickles.length > 1) {
    throw new WeightsFileError("unsupported", `it is ${describeZip(names)}`);
  }
  if (
    names.some((name) => name === `${folder}constants.pkl` || name.startsWith(`${folder}code/`))
  ) {
    throw new WeightsFileError(
      "unsupported",
      "it is a TorchScript program, not weights; save its state_dict() in PyTorch",
    );
  }
  const order = zip.read(`${folder}byteorder`);
  if (order && new TextDecoder().decode(order) !== "little") {
    throw new WeightsFileError("unsupported", "it was written on a big-endian machine");
  }
  const host = new PthHost(new CopyBudget(bytes.length));
  const { value } = unpickle(zip.read(`${folder}data.pkl`)!, host);
  for (const storage of host.storages.values()) {
    const found = zip.read(`${folder}data/${storage.key}`);
    const need = storage.length * ITEM_SIZE[storage.dtype];
    if (found?.length !== need) {
      throw new WeightsFileError(
        "damaged",
        `storage ${quote(storage.key)} should have ${need} bytes, but ` +
          (found ? `has ${found.length}` : "is missing"),
      );
    }
    storage.bytes = found;
  }
  return value;
}

/**
 * Four pickles (magic number, version, facts on the machine, the object), a fifth with the keys of the storages, then for
 * each key its length in elements (int64) and its bytes.
 */
function readLegacy(bytes: Uint8Array): unknown {
  const host = new PthHost(new CopyBudget(bytes.length));
  const magic = unpickle(bytes, host);
  const version = unpickle(bytes, host, magic.end);
  const system = unpickle(bytes, host, version.end);
  if (version.value !== 1001) {
    throw new WeightsFileError(
      "unsupported",
      "it has another format version than 1001",
    );
  }
  if (system.value instanceof Map && system.value.get("little_endian") === false) {
    throw new WeightsFileError("unsupported", "it was written on a big-endian machine");
  }
  const saved = unpickle(bytes, host, system.end);
  const keys = unpickle(bytes, host, saved.end);
  if (!Array.isArray(keys.value)) {
    throw new WeightsFileError("damaged", "the list of its storages is missing");
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = keys.end;
  for (const key of keys.value) {
    const storage = host.storages.get(key);
    if (!storage || storage.bytes || at + 8 > bytes.length) {
      throw new WeightsFileError("damaged", "its storages are cut off or not those it lists");
    }
    const end = at + 8 + storage.length * ITEM_SIZE[storage.dtype];
    if (view.getBigInt64(at, true) !== BigInt(storage.length) || end > bytes.length) {
      throw new WeightsFileError("damaged", `storage ${quote(key)} is cut off`);
    }
    storage.bytes = bytes.subarray(at + 8, end);
    at = end;
  }
  return saved.value;
}
