/**
 * Writes FlatBuffers: tables, vectors and strings, as https://flatbuffers.dev/internals describes them.
 *
 * A buffer grows from its end to its start, so that whatever refers to something comes before it. The same tables give the same
 * bytes.
 *
 * @module
 */

/** Kinds of single values. */
export type FlatKind = "bool" | "i8" | "u8" | "i32" | "u32" | "f32";

/** Their bytes. */
const SCALARS: Readonly<Record<FlatKind, number>> = {
  bool: 1,
  i8: 1,
  u8: 1,
  i32: 4,
  u32: 4,
  f32: 4,
};

/** A single value. */
export interface FlatScalar {
  /** How it is kept. */
  readonly kind: FlatKind;
  /** The value; 1 and 0 for truth. */
  readonly value: number;
  /** The value that readers assume where the field is absent, 0 in most schemas. */
  readonly absent: number;
}

/** What a field of a table may hold. Vectors of bytes lie at multiples of 16, as weights must. */
export type FlatValue =
  | FlatScalar
  | FlatTable
  | readonly FlatTable[]
  | string
  | readonly string[]
  | Uint8Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | BigInt64Array;

/** A table: fields by their place in the schema, from 0. Undefined fields are left out. */
export class FlatTable {
  /** Names its fields. */
  constructor(
    /** Fields by place. */
    readonly fields: Readonly<Record<number, FlatValue | undefined>>,
  ) {}
}

/** A single value for a field. */
export function scalar(kind: FlatKind, value: number | boolean, absent = 0): FlatScalar {
  return { kind, value: Number(value), absent };
}

/**
 * The bytes of a FlatBuffer.
 *
 * @param root Its root table.
 * @param identifier Four characters that tell its kind.
 */
export function writeFlatBuffer(root: FlatTable, identifier: string): Uint8Array<ArrayBuffer> {
  const writer = new Writer();
  return writer.finish(writer.table(root), identifier);
}

/** Bytes that weights are aligned to. */
const BYTES_ALIGNMENT = 16;

class Writer {
  #bytes = new Uint8Array(1 << 16);
  #view = new DataView(this.#bytes.buffer);
  /** Bytes written, at the end of `#bytes`. */
  #used = 0;
  #alignment = 4;
  readonly #layouts = new Map<string, number>();
  readonly #texts = new Map<string, number>();

  /** Writes a table and all that it refers to; gives its distance from the end. */
  table({ fields }: FlatTable): number {
    const places = Object.keys(fields).map(Number).sort((a, b) => a - b);
    const entries: [place: number, bytes: number, write: () => void][] = [];
    for (const place of places) {
      const value = fields[place];
      if (value === undefined) continue;
      if (isScalar(value)) {
        if (value.value === value.absent) continue;
        entries.push([place, SCALARS[value.kind], () => this.#scalar(value)]);
      } else {
        const target = this.#object(value);
        entries.push([place, 4, () => this.#reference(target)]);
      }
    }
    entries.sort((a, b) => b[1] - a[1] || a[0] - b[0]); // large ones first: no gaps between them
    this.#align(4, entries.reduce((sum, [, bytes]) => sum + bytes, 0));
    const end = this.#used;
    const ends = new Map<number, number>();
    for (const [place, , write] of entries.reverse()) {
      write();
      ends.set(place, this.#used);
    }
    this.#align(4, 0);
    this.#grow(4);
    const at = this.#used += 4;
    const length = Math.max(-1, ...ends.keys()) + 1;
    const layout = [4 + 2 * length, at - end];
    for (let place = 0; place < length; place++) {
      const field = ends.get(place);
      layout.push(field === undefined ? 0 : at - field);
    }
    const key = layout.join();
    let known = this.#layouts.get(key);
    if (known === undefined) {
      this.#align(2, 0);
      this.#grow(2 * layout.length);
      this.#used += 2 * layout.length;
      known = this.#used;
      layout.forEach((value, i) => this.#view.setUint16(this.#start + 2 * i, value, true));
      this.#layouts.set(key, known);
    }
    this.#view.setInt32(this.#bytes.length - at, known - at, true);
    return at;
  }

  finish(root: number, identifier: string): Uint8Array<ArrayBuffer> {
    this.#align(Math.max(this.#alignment, 4), 8);
    this.#grow(8);
    this.#used += 4;
    this.#bytes.set(new TextEncoder().encode(identifier), this.#start);
    this.#reference(root);
    return this.#bytes.slice(this.#start);
  }

  get #start(): number {
    return this.#bytes.length - this.#used;
  }

  #object(value: Exclude<FlatValue, FlatScalar>): number {
    if (value instanceof FlatTable) return this.table(value);
    if (typeof value === "string") return this.#text(value);
    if (Array.isArray(value)) {
      const targets = (value as readonly (string | FlatTable)[]).map((one) =>
        typeof one === "string" ? this.#text(one) : this.table(one)
      );
      this.#align(4, 4 * targets.length);
      for (const target of targets.reverse()) this.#reference(target);
      return this.#counted(targets.length);
    }
    const array = value as Extract<FlatValue, ArrayBufferView>;
    const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    const alignment = array instanceof Uint8Array ? BYTES_ALIGNMENT : array.BYTES_PER_ELEMENT;
    return this.#vector(bytes, array.length, alignment);
  }

  #text(text: string): number {
    let known = this.#texts.get(text);
    if (known === undefined) {
      const bytes = new TextEncoder().encode(text);
      const ended = new Uint8Array(bytes.length + 1);
      ended.set(bytes);
      known = this.#vector(ended, bytes.length, 4);
      this.#texts.set(text, known);
    }
    return known;
  }

  #vector(bytes: Uint8Array, count: number, alignment: number): number {
    this.#align(4, bytes.length);
    this.#align(alignment, bytes.length);
    this.#grow(bytes.length);
    this.#used += bytes.length;
    this.#bytes.set(bytes, this.#start);
    return this.#counted(count);
  }

  #counted(count: number): number {
    this.#grow(4);
    this.#used += 4;
    this.#view.setUint32(this.#start, count, true);
    return this.#used;
  }

  #reference(target: number): void {
    this.#grow(4);
    this.#used += 4;
    this.#view.setUint32(this.#start, this.#used - target, true);
  }

  #scalar({ kind, value }: FlatScalar): void {
    this.#grow(4);
    this.#used += SCALARS[kind];
    const at = this.#start;
    switch (kind) {
      case "bool":
      case "u8":
        return this.#view.setUint8(at, value);
      case "i8":
        return this.#view.setInt8(at, value);
      case "i32":
        return this.#view.setInt32(at, value, true);
      case "u32":
        return this.#view.setUint32(at, value, true);
      case "f32":
        return this.#view.setFloat32(at, value, true);
    }
  }

  /** Makes what is written `bytes` from now begin at a multiple of `alignment`. */
  #align(alignment: number, bytes: number): void {
    this.#alignment = Math.max(this.#alignment, alignment);
    const gap = (alignment - (this.#used + bytes) % alignment) % alignment;
    this.#grow(gap);
    this.#used += gap;
  }

  #grow(bytes: number): void {
    if (this.#used + bytes <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(2 * this.#bytes.length, this.#used + bytes));
    larger.set(this.#bytes.subarray(this.#start), larger.length - this.#used);
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}

function isScalar(value: FlatValue): value is FlatScalar {
  return typeof value === "object" && "kind" in value;
}
