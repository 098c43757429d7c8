/**
 * A zip file of pictures, which are stored as they are: they do not get smaller. Format: PKWARE's APPNOTE.TXT 6.3.10.
 *
 * @module
 */

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let bit = 0; bit < 8; bit++) n = n & 1 ? (n >>> 1) ^ 0xedb88320 : n >>> 1;
  return n;
});

/** @param {Blob} blob */
async function crc32(blob) {
  let crc = 0xffffffff;
  const reader = blob.stream().getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return (crc ^ 0xffffffff) >>> 0;
    for (const byte of value) crc = (crc >>> 8) ^ /** @type {number} */ (TABLE[(crc ^ byte) & 255]);
  }
}

/**
 * Names that differ even where the case of letters does not count: `a.png`, `a (2).png`.
 *
 * @param {readonly string[]} names
 * @returns {string[]}
 */
export function distinct(names) {
  const taken = new Set();
  return names.map((name) => {
    let one = name;
    for (let n = 2; taken.has(one.toLowerCase()); n++) {
      one = name.replace(/(\.[^./]*)?$/, (extension) => ` (${n})${extension}`);
    }
    taken.add(one.toLowerCase());
    return one;
  });
}

/**
 * Makes a zip file; the contents are not copied.
 *
 * @param {readonly { name: string, blob: Blob }[]} files
 * @param {Date} [now]
 * @returns {Promise<Blob>}
 */
export async function zip(files, now = new Date()) {
  const total = files.reduce((sum, { blob }) => sum + blob.size + 512, 0);
  if (total > 0xffffffff || files.length > 0xffff) {
    throw new RangeError(
      "Together they are more than a zip file holds (4 GB): download them one by one.",
    );
  }
  /** @type {BlobPart[]} */
  const parts = [];
  /** @type {Uint8Array<ArrayBuffer>[]} */
  const directory = [];
  let at = 0;
  const names = distinct(files.map(({ name }) => name));
  for (const [i, { blob }] of files.entries()) {
    const name = new TextEncoder().encode(names[i]);
    const common = fields(await crc32(blob), blob.size, name.length, now);
    const local = join([0x50, 0x4b, 3, 4], common, name);
    // Made by version 2.0 for MS-DOS; no comment, disk 0, no attributes.
    const offset = new Uint8Array(4);
    new DataView(offset.buffer).setUint32(0, at, true);
    const rest = new Uint8Array(10);
    directory.push(join([0x50, 0x4b, 1, 2, 20, 0], common, rest, offset, name));
    parts.push(local, blob);
    at += local.length + blob.size;
  }
  const size = directory.reduce((sum, { length }) => sum + length, 0);
  const end = new DataView(new ArrayBuffer(22));
  end.setUint32(0, 0x06054b50, true);
  end.setUint16(8, files.length, true);
  end.setUint16(10, files.length, true);
  end.setUint32(12, size, true);
  end.setUint32(16, at, true);
  return new Blob([...parts, ...directory, end.buffer], { type: "application/zip" });
}

/**
 * What the local header and the directory have in common, from the version needed to the length of the extra field.
 *
 * @param {number} crc
 * @param {number} size
 * @param {number} nameLength
 * @param {Date} now
 */
function fields(crc, size, nameLength, now) {
  const view = new DataView(new ArrayBuffer(26));
  view.setUint16(0, 20, true);
  view.setUint16(2, 0x0800, true); // names are UTF-8
  view.setUint16(6, now.getHours() << 11 | now.getMinutes() << 5 | now.getSeconds() >> 1, true);
  view.setUint16(
    8,
    (now.getFullYear() - 1980) << 9 | (now.getMonth() + 1) << 5 | now.getDate(),
    true,
  );
  view.setUint32(10, crc, true);
  view.setUint32(14, size, true);
  view.setUint32(18, size, true);
  view.setUint16(22, nameLength, true);
  return new Uint8Array(view.buffer);
}

/**
 * @param {...(readonly number[] | Uint8Array)} parts
 * @returns {Uint8Array<ArrayBuffer>}
 */
function join(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
