/**
 * TensorBoard event files, written without TensorFlow: TFRecord framing around `Event` messages
 * (https://github.com/tensorflow/tensorboard, `tensorboard/compat/proto/{event,summary}.proto`).
 *
 * @module
 */
import { ExitCode, UserError } from "../errors.ts";
import { maskedCrc32c } from "./_crc32c.ts";
import { Message } from "../protobuf/writer.ts";

/** How an event file is written. */
export interface EventWriterOptions {
  /** Iterations done before this start; events of later ones in older files of the folder are then void. Default 0. */
  readonly resumedAt?: number;
  /** Told once if the file cannot be written; default throws nothing and says nothing. */
  readonly warn?: (line: string) => void;
  /** Seconds between flushes, default 10. */
  readonly flushSeconds?: number;
}

/** Values that `hparams` may hold. */
export type HParam = string | number | boolean;

/** Bytes kept before they are written anyhow. */
const BUFFER_BYTES = 1 << 16;
/** While the disk is full so much is kept for later; more is dropped. */
const KEEP_BYTES = 1 << 22;

/** `SessionLog.START`. */
const SESSION_START = 1;
/** `DataType.DT_FLOAT`, `DT_STRING`. */
const DT_FLOAT = 1, DT_STRING = 7;
/** `DataClass.DATA_CLASS_TENSOR`. */
const DATA_CLASS_TENSOR = 2;
/** `HParamsPluginData.version`. */
const HPARAMS_VERSION = 0;
/** Key of a `google.protobuf.Value`'s number, string and bool. */
const VALUE_FIELD = { number: 2, string: 3, boolean: 4 } as const;

function hostName(): string {
  const { state } = Deno.permissions.querySync({ name: "sys", kind: "hostname" });
  const name = state === "granted" ? Deno.hostname() : "";
  return name.replaceAll(/[^\w.-]/g, "_") || "localhost";
}

/**
 * The time in a new file's name: now, but after that of every file there, because TensorBoard reads them in the order
 * of their names and a resumed run must come last even if the clock was set back.
 */
function startTime(folder: string): number {
  let time = Math.floor(Date.now() / 1000);
  for (const { name } of Deno.readDirSync(folder)) {
    const found = /^events\.out\.tfevents\.(\d+)\./.exec(name);
    if (found) time = Math.max(time, Number(found[1]) + 1);
  }
  return time;
}

/**
 * Writes one event file, `events.out.tfevents.<time>.<host>`. Each start of a run makes a new file in the same folder;
 * TensorBoard joins them and, told by the first event, forgets what was written after the iteration resumed from.
 *
 * A disk that is full does not end the run: `warn` is called once, torn records are cut off, and what was not written
 * is tried again.
 */
export class EventWriter implements Disposable {
  /** Path of the file. */
  readonly path: string;
  readonly #warn: (line: string) => void;
  readonly #flushMs: number;
  #file: Deno.FsFile | undefined;
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #size = 0;
  #torn = false;
  #flushed = performance.now();
  #warned = false;

  /**
   * Makes the folder and the file.
   *
   * @throws {UserError} If it cannot be made (exit code 6).
   */
  constructor(folder: string, options: EventWriterOptions = {}) {
    this.#warn = options.warn ?? (() => {});
    this.#flushMs = (options.flushSeconds ?? 10) * 1000;
    try {
      Deno.mkdirSync(folder, { recursive: true });
      this.path = `${folder}/events.out.tfevents.${
        String(startTime(folder)).padStart(10, "0")
      }.${hostName()}`;
      this.#file = Deno.openSync(this.path, { write: true, createNew: true });
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new UserError(
        `${folder}: no TensorBoard file can be made there (${why}), ` +
          "make the folder writable or set logger.use_tb_logger: false",
        ExitCode.STORAGE,
        { cause },
      );
    }
    this.#event(0, (event) => event.bytes(3, "brain.Event:2"));
    const resumedAt = options.resumedAt ?? 0;
    if (resumedAt > 0) {
      this.#event(
        resumedAt + 1,
        (event) => event.bytes(7, new Message().int(1, SESSION_START)),
      );
    }
    this.flush();
  }

  /** Adds a number, for example `losses/l_pix`. */
  scalar(tag: string, value: number, iter: number): void {
    this.#value(iter, new Message().bytes(1, tag).float(2, value));
  }

  /** Adds an image, given as the bytes of a PNG file. `channels` is 1, 3 or 4. */
  image(
    tag: string,
    png: Uint8Array,
    size: { readonly width: number; readonly height: number; readonly channels?: number },
    iter: number,
  ): void {
    const image = new Message().int(1, size.height).int(2, size.width).int(3, size.channels ?? 3)
      .bytes(4, png);
    this.#value(iter, new Message().bytes(1, tag).bytes(4, image));
  }

  /** Adds a text, shown as Markdown. */
  text(tag: string, markdown: string, iter: number): void {
    const shape = new Message().bytes(2, new Message().int(1, 1));
    const tensor = new Message().int(1, DT_STRING).bytes(2, shape).bytes(8, markdown);
    this.#value(
      iter,
      new Message().bytes(1, `${tag}/text_summary`).bytes(8, tensor)
        .bytes(9, pluginMetadata("text", new Uint8Array())),
    );
  }

  /** Adds the settings of the run for TensorBoard's table of runs. */
  hparams(values: Readonly<Record<string, HParam>>, runName: string): void {
    const start = new Message();
    for (const [key, value] of Object.entries(values)) {
      const encoded = new Message();
      if (typeof value === "number") encoded.double(VALUE_FIELD.number, value);
      else if (typeof value === "string") encoded.bytes(VALUE_FIELD.string, value);
      else encoded.int(VALUE_FIELD.boolean, Number(value));
      start.bytes(1, new Message().bytes(1, key).bytes(2, encoded)); // a map entry: key, value
    }
    start.bytes(4, runName).double(5, Date.now() / 1000);
    const content = new Message().int(1, HPARAMS_VERSION).bytes(3, start).encode();
    const nothing = new Message().int(1, DT_FLOAT).bytes(2, new Message()).float(5, 0);
    this.#value(
      0,
      new Message().bytes(1, "_hparams_/session_start_info").bytes(8, nothing)
        .bytes(9, pluginMetadata("hparams", content).int(4, DATA_CLASS_TENSOR)),
    );
  }

  /** Writes what is pending. */
  flush(): void {
    this.#flushed = performance.now();
    if (!this.#file) return;
    try {
      if (this.#torn) {
        // A reader stops at a torn record and would miss all that follows.
        this.#file.truncateSync(this.#size);
        this.#file.seekSync(this.#size, Deno.SeekMode.Start);
        this.#torn = false;
      }
      while (this.#pending.length > 0) {
        const record = this.#pending[0]!;
        this.#torn = true;
        for (let at = 0; at < record.length;) at += this.#file.writeSync(record.subarray(at));
        this.#torn = false;
        this.#size += record.length;
        this.#pending.shift();
        this.#pendingBytes -= record.length;
      }
    } catch (error) {
      if (!this.#warned) {
        const why = error instanceof Error ? error.message : String(error);
        this.#warn(`${this.path}: TensorBoard events cannot be written (${why}), the run goes on`);
      }
      this.#warned = true;
    }
  }

  /** Flushes and closes; safe to call twice. */
  [Symbol.dispose](): void {
    if (!this.#file) return;
    this.flush();
    this.#file.close();
    this.#file = undefined;
  }

  #value(iter: number, value: Message): void {
    this.#event(iter, (event) => event.bytes(5, new Message().bytes(1, value)));
  }

  #event(step: number, fill: (event: Message) => void): void {
    const event = new Message().double(1, Date.now() / 1000).int(2, step);
    fill(event);
    const record = frame(event.encode());
    if (this.#pendingBytes + record.length > KEEP_BYTES && this.#pending.length > 0) this.flush();
    if (this.#warned && this.#pendingBytes + record.length > KEEP_BYTES) return;
    this.#pending.push(record);
    this.#pendingBytes += record.length;
    const due = performance.now() - this.#flushed >= this.#flushMs;
    if (due || (this.#pendingBytes >= BUFFER_BYTES && !this.#warned)) this.flush();
  }
}

function pluginMetadata(plugin: string, content: Uint8Array): Message {
  return new Message().bytes(1, new Message().bytes(1, plugin).bytes(2, content));
}

/** TFRecord: length (uint64), its masked CRC, data, their masked CRC; all little endian. */
function frame(data: Uint8Array): Uint8Array {
  const record = new Uint8Array(data.length + 16);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, maskedCrc32c(record.subarray(0, 8)), true);
  record.set(data, 12);
  view.setUint32(12 + data.length, maskedCrc32c(data), true);
  return record;
}
