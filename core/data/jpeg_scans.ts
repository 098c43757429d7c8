/**
 * Whether the scans of a JPEG hold all the pixels that its header announces.
 *
 * Decoders fill up with gray what is missing, and do not tell; a file that was cut off and given an end marker by a
 * repair tool or a server would look whole. Here the Huffman codes (ITU-T T.81, annexes F and G) are followed without making
 * pixels of them.
 *
 * @module
 */
import { breather } from "./_breathe.ts";

/** Decoders spend time on each scan, however short it is; no encoder writes so many. */
const MOST_SCANS = 1000;
const CUT_OFF = "its pixels are cut off: it holds fewer than its header says";

interface Component {
  readonly id: number;
  /** Sampling factors. */
  readonly h: number;
  readonly v: number;
  /** Blocks in a row and rows of blocks of the component by itself. */
  readonly columns: number;
  readonly rows: number;
  /** Blocks in a row as scans of several components have them. */
  readonly stride: number;
  /** Blocks in all, with those that fill up the last units. */
  readonly blocks: number;
  /** A bit for each coefficient that is not 0 so far, 64 for each block; progressive files only. */
  nonZero: Uint32Array | undefined;
}

interface Frame {
  readonly progressive: boolean;
  readonly components: readonly Component[];
  /** Units of several components in a row, and rows of them. */
  readonly columns: number;
  readonly rows: number;
}

/** What a scan is about. */
interface Scan {
  readonly parts: readonly {
    readonly component: Component;
    readonly dc: Uint16Array | undefined;
    readonly ac: Uint16Array | undefined;
  }[];
  /** First and last coefficient. */
  readonly from: number;
  readonly to: number;
  /** True if the scan adds a bit to coefficients that are there. */
  readonly refines: boolean;
}

/**
 * Follows the scans of an 8-bit Huffman-coded JPEG whose segments are whole. Resolves to what is wrong, undefined if
 * nothing is, or if the file relies on tables that it does not hold.
 */
export async function jpegScanFault(
  bytes: Uint8Array,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const tables = new Map<number, Uint16Array>();
  const breathe = breather();
  let frame: Frame | undefined, interval = 0, scans = 0;
  const begun = new Set<Component>();
  for (let at = 2; at + 4 <= bytes.length && bytes[at] === 0xff;) {
    const marker = bytes[at + 1]!;
    if (marker === 0xff) {
      at++;
      continue;
    }
    if (marker === 0xd9) break;
    if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7)) {
      at += 2;
      continue;
    }
    const end = at + 2 + bytes[at + 2]! * 256 + bytes[at + 3]!;
    const data = bytes.subarray(at + 4, end);
    at = end;
    if (marker === 0xc4) {
      if (!readTables(data, tables)) return "a table of its codes is not legal";
    } else if (marker === 0xdd) interval = data[0]! * 256 + data[1]!;
    else if (marker >= 0xc0 && marker <= 0xc2) frame ??= readFrame(data, marker === 0xc2);
    else if (marker === 0xda) {
      if (++scans > MOST_SCANS) return `it has more than ${MOST_SCANS} scans`;
      const scan = frame && readScan(data, frame, tables);
      if (!scan) return "a scan's header does not fit the file's";
      const { parts, from, to, refines } = scan;
      if (
        parts.some(({ dc, ac }) => (from === 0 && !refines && !dc) || (to > 0 && !ac))
      ) return undefined;
      const walk = new ScanWalk(bytes, at, frame!, scan, interval);
      for (const { component } of parts) if (from === 0) begun.add(component);
      while (walk.nextRow()) {
        signal?.throwIfAborted();
        await breathe();
      }
      if (walk.fault) return walk.fault;
      at = walk.end;
    }
  }
  return frame && begun.size < frame.components.length ? CUT_OFF : undefined;
}

function readFrame(data: Uint8Array, progressive: boolean): Frame | undefined {
  const height = data[1]! * 256 + data[2]!, width = data[3]! * 256 + data[4]!;
  const found = Array.from({ length: data[5]! }, (_, i) => ({
    id: data[6 + 3 * i]!,
    h: data[7 + 3 * i]! >> 4,
    v: data[7 + 3 * i]! & 15,
  }));
  if (found.some(({ h, v }) => !(h >= 1 && h <= 4 && v >= 1 && v <= 4))) return undefined;
  const mostH = Math.max(...found.map(({ h }) => h)), mostV = Math.max(...found.map(({ v }) => v));
  const columns = Math.ceil(width / (8 * mostH)), rows = Math.ceil(height / (8 * mostV));
  const components = found.map(({ id, h, v }) => ({
    id,
    h,
    v,
    columns: Math.ceil(Math.ceil(width * h / mostH) / 8),
    rows: Math.ceil(Math.ceil(height * v / mostV) / 8),
    stride: columns * h,
    blocks: columns * h * rows * v,
    nonZero: undefined,
  }));
  return { progressive, components, columns, rows };
}

function readScan(
  data: Uint8Array,
  { progressive, components }: Frame,
  tables: ReadonlyMap<number, Uint16Array>,
): Scan | undefined {
  const count = data[0] ?? 0;
  if (count < 1 || count > 4 || data.length < 4 + 2 * count) return undefined;
  const parts = Array.from({ length: count }, (_, i) => {
    const selector = data[2 + 2 * i]!;
    return {
      component: components.find(({ id }) => id === data[1 + 2 * i])!,
      dc: tables.get(selector >> 4),
      ac: tables.get(0x10 | selector & 15),
    };
  });
  if (parts.some(({ component }) => component === undefined)) return undefined;
  if (!progressive) return { parts, from: 0, to: 63, refines: false };
  const [from, to, bits] = data.subarray(1 + 2 * count) as unknown as [number, number, number];
  // Coefficients of several components are not mixed but for the first ones.
  if (to > 63 || from > to || (from === 0 ? to !== 0 : count !== 1)) return undefined;
  return { parts, from, to, refines: bits >> 4 !== 0 };
}

/** Adds tables by class and number; each tells of the next 16 bits how long the code is, and what it stands for. */
function readTables(data: Uint8Array, tables: Map<number, Uint16Array>): boolean {
  for (let at = 0; at < data.length;) {
    const name = data[at]!;
    if (at + 17 > data.length) return false;
    const table = new Uint16Array(65536);
    let code = 0, symbol = at + 17;
    for (let length = 1; length <= 16; length++) {
      const step = 1 << (16 - length);
      for (let i = data[at + length]!; i > 0; i--, code += step) {
        if (symbol >= data.length || code + step > 65536) return false;
        table.fill(length << 8 | data[symbol++]!, code, code + step);
      }
    }
    tables.set(name, table);
    at = symbol;
  }
  return true;
}

/** Goes through the codes of one scan. */
class ScanWalk {
  readonly #bytes: Uint8Array;
  readonly #frame: Frame;
  readonly #scan: Scan;
  readonly #interval: number;
  /** Where the next piece between two restart markers begins. */
  #next: number;
  /** That piece without the zeros behind FF, and where in it the next code begins. */
  #piece: Uint8Array = new Uint8Array();
  #bit = 0;
  #bits = 0;
  /** Units until the next restart marker. */
  #left: number;
  /** Blocks without further coefficients. */
  #empty = 0;
  #row = 0;
  #bad = false;
  /** What is wrong. */
  fault: string | undefined;

  constructor(bytes: Uint8Array, at: number, frame: Frame, scan: Scan, interval: number) {
    this.#bytes = bytes;
    this.#frame = frame;
    this.#scan = scan;
    this.#interval = interval;
    this.#next = at;
    this.#left = interval;
    this.#takePiece();
    if (frame.progressive && scan.from > 0) {
      for (const { component } of scan.parts) {
        component.nonZero ??= new Uint32Array(component.blocks * 2);
      }
    }
  }

  /** Where the marker behind the scan stands. */
  get end(): number {
    return this.#next;
  }

  /** Goes through a row of units; false if there is none or something is wrong. */
  nextRow(): boolean {
    const { parts } = this.#scan;
    const single = parts.length === 1 ? parts[0]!.component : undefined;
    const { columns, rows } = single ?? this.#frame;
    if (this.#row === rows) {
      this.#skipRest();
      return false;
    }
    for (let x = 0; x < columns; x++) {
      if (this.#interval > 0 && this.#left-- === 0 && !this.#restart()) return false;
      for (const { component, dc, ac } of parts) {
        const { h, v, stride } = component;
        if (single) this.#block(component, this.#row * stride + x, dc, ac);
        else {
          for (let j = 0; j < v; j++) {
            const first = (this.#row * v + j) * stride + x * h;
            for (let i = 0; i < h; i++) this.#block(component, first + i, dc, ac);
          }
        }
      }
      if (this.#bit > this.#bits) this.fault = CUT_OFF;
      else if (this.#bad) {
        this.fault = "its pixels are damaged: they hold a code that does not exist";
      }
      if (this.fault) return false;
    }
    this.#row++;
    return true;
  }

  #block(
    component: Component,
    block: number,
    dc: Uint16Array | undefined,
    ac: Uint16Array | undefined,
  ): void {
    const { from, to, refines } = this.#scan;
    if (from === 0) {
      const size = refines ? 1 : this.#code(dc!) & 15;
      this.#bit += size;
    }
    if (to === 0) return;
    if (refines) this.#refine(ac!, component.nonZero!, block);
    else this.#coefficients(ac!, component.nonZero, block, Math.max(1, from), to);
  }

  #coefficients(
    ac: Uint16Array,
    nonZero: Uint32Array | undefined,
    block: number,
    from: number,
    to: number,
  ): void {
    if (this.#empty > 0) {
      this.#empty--;
      return;
    }
    for (let k = from; k <= to; k++) {
      const symbol = this.#code(ac);
      const run = symbol >> 4, size = symbol & 15;
      if (size === 0) {
        if (run < 15) { // the block ends here, in progressive files others with it
          this.#empty = (1 << run) - 1 + this.#take(run);
          return;
        }
        k += 15;
        continue;
      }
      k += run;
      if (k > to) this.#bad = true;
      else if (nonZero) nonZero[2 * block + (k >> 5)]! |= 1 << (k & 31);
      this.#bit += size;
    }
  }

  /** A bit for each coefficient that is not 0, and new ones between them (T.81, G.1.2.3). */
  #refine(ac: Uint16Array, nonZero: Uint32Array, block: number): void {
    const { from, to } = this.#scan;
    const low = nonZero[2 * block]!, high = nonZero[2 * block + 1]!;
    let k = from;
    while (k <= to && this.#empty === 0) {
      const symbol = this.#code(ac);
      const isNew = (symbol & 15) !== 0;
      let run = symbol >> 4;
      if (isNew) this.#bit++;
      else if (run < 15) {
        this.#empty = (1 << run) + this.#take(run);
        break;
      }
      for (; k <= to; k++) {
        if ((k < 32 ? low : high) >>> (k & 31) & 1) this.#bit++;
        else if (--run < 0) break;
      }
      if (isNew && k > to) this.#bad = true;
      else if (isNew) nonZero[2 * block + (k >> 5)]! |= 1 << (k & 31);
      k++;
    }
    if (this.#empty === 0) return;
    if (low !== 0 || high !== 0) {
      for (; k <= to; k++) this.#bit += (k < 32 ? low : high) >>> (k & 31) & 1;
    }
    this.#empty--;
  }

  /** What the next code stands for. */
  #code(table: Uint16Array): number {
    const found = table[this.#peek()]!;
    // Beyond the end everything is 0; that is told apart later.
    if (found === 0) this.#bad = true;
    this.#bit += found >> 8;
    return found & 255;
  }

  #take(count: number): number {
    const value = this.#peek() >> (16 - count);
    this.#bit += count;
    return value;
  }

  /** The next 16 bits; zeros behind the end. */
  #peek(): number {
    const piece = this.#piece, at = this.#bit >> 3;
    return (piece[at]! << 16 | piece[at + 1]! << 8 | piece[at + 2]!) >> (8 - (this.#bit & 7)) &
      0xffff;
  }

  #restart(): boolean {
    const marker = this.#bytes[this.#next + 1]!;
    if (marker < 0xd0 || marker > 0xd7) {
      this.fault = CUT_OFF;
      return false;
    }
    this.#next += 2;
    this.#takePiece();
    this.#left = this.#interval - 1;
    this.#empty = 0;
    return true;
  }

  /** Extra restart markers behind the last unit are passed over, as decoders do. */
  #skipRest(): void {
    while (this.#bytes[this.#next + 1]! >= 0xd0 && this.#bytes[this.#next + 1]! <= 0xd7) {
      this.#next += 2;
      this.#takePiece();
    }
  }

  /** Copies what stands before the next marker. */
  #takePiece(): void {
    const bytes = this.#bytes, start = this.#next;
    let end = start;
    const zeros: number[] = [];
    while (true) {
      end = bytes.indexOf(0xff, end);
      if (end < 0) end = bytes.length;
      const next = bytes[end + 1];
      if (next === undefined || (next !== 0 && next !== 0xff)) break;
      // A byte FF before a marker only fills up.
      if (next === 0) zeros.push(end + 1);
      end += next === 0 ? 2 : 1;
    }
    const piece = new Uint8Array(end - start + 4);
    let from = start, to = 0;
    for (const zero of zeros) {
      piece.set(bytes.subarray(from, zero), to);
      to += zero - from;
      from = zero + 1;
    }
    piece.set(bytes.subarray(from, end), to);
    to += end - from;
    this.#piece = piece;
    this.#bits = 8 * to;
    this.#bit = 0;
    this.#next = end;
  }
}
