/**
 * A web server on the loopback device that misbehaves as it is told. Hosts are the first part of the path: through
 * `fetchFrom()` the address `https://a.test/x` asks it for `/a.test/x`.
 *
 * @module
 */
import type { Fetch } from "../../../core/zoo/download.ts";

/** One answer. */
export interface Answer {
  /** Default 200. */
  readonly status?: number;
  /** Besides `content-length`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Default none. */
  readonly body?: Uint8Array;
  /** `content-length`, if it is not that of the body; null for none. */
  readonly length?: number | null;
  /** Keeps the connection open after the body and says nothing more. */
  readonly hang?: boolean;
}

/** One request. */
export interface Asked {
  /** Path, which begins with the host. */
  readonly path: string;
  /** Headers, names in small letters. */
  readonly headers: Readonly<Record<string, string>>;
}

/** The server; `asked` is all that was asked of it. */
export class Server implements AsyncDisposable {
  /** Requests so far. */
  readonly asked: Asked[] = [];
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #open = new Set<Deno.Conn>();
  readonly #done: Promise<void>;

  /** Starts it. */
  constructor(private readonly answer: (request: Asked) => Answer) {
    this.#done = this.#serve();
  }

  /** Its port. */
  get port(): number {
    return (this.#listener.addr as Deno.NetAddr).port;
  }

  /** A `fetch` by which every host is this server. */
  readonly fetch: Fetch = (url, init) => {
    const { host, pathname } = new URL(url);
    return fetch(`http://127.0.0.1:${this.port}/${host}${pathname}`, init);
  };

  /** Closes it and what hangs. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const connection of this.#open) close(connection);
    await this.#done;
  }

  async #serve(): Promise<void> {
    const running: Promise<void>[] = [];
    try {
      for await (const connection of this.#listener) running.push(this.#talk(connection));
    } catch { /* closed while it waited */ }
    await Promise.all(running);
  }

  async #talk(connection: Deno.Conn): Promise<void> {
    this.#open.add(connection);
    try {
      const buffer = new Uint8Array(4096);
      let text = "";
      while (!text.includes("\r\n\r\n")) {
        const count = await connection.read(buffer);
        if (count === null) return;
        text += new TextDecoder().decode(buffer.subarray(0, count));
      }
      const [first, ...lines] = text.split("\r\n\r\n")[0]!.split("\r\n");
      const request: Asked = {
        path: first!.split(" ")[1]!,
        headers: Object.fromEntries(lines.map((line) => {
          const [name, ...value] = line.split(": ");
          return [name!.toLowerCase(), value.join(": ")];
        })),
      };
      this.asked.push(request);
      const { status = 200, headers = {}, body = new Uint8Array(), ...more } = this.answer(request);
      const length = more.length === undefined ? body.length : more.length;
      const head = [
        `HTTP/1.1 ${status} x`,
        "connection: close",
        ...(length === null ? [] : [`content-length: ${length}`]),
        ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
      ].join("\r\n");
      await write(connection, new TextEncoder().encode(`${head}\r\n\r\n`));
      await write(connection, body);
      if (more.hang) await connection.read(buffer); // until the other side is gone
    } catch {
      /* the other side is gone */
    } finally {
      this.#open.delete(connection);
      close(connection);
    }
  }
}

async function write(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}

function close(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch { /* it is closed */ }
}
