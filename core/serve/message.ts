/**
 * What a request handler takes and gives, apart from any socket.
 *
 * @module
 */

/** A request, its body not read yet. */
export interface Call {
  /** In capitals. */
  readonly method: string;
  /** Path as it was sent, percent-encoded, without the query. */
  readonly path: string;
  /** Parts of the path that the route left open, for example `{ id: "…" }`. */
  readonly params: Readonly<Record<string, string>>;
  /** What followed `?`. */
  readonly query: URLSearchParams;
  /** Value of a header by its name in lower case. */
  header(name: string): string | undefined;
  /**
   * Reads the body, once; `count` is told how many bytes have come, part by part, and may throw.
   *
   * @throws {Problem} 413 if it is larger than `most` or than the server takes, 408 if it stops coming.
   */
  body(count?: (bytes: number) => void, most?: number): Promise<Uint8Array<ArrayBuffer>>;
  /** Aborts when the client leaves before it has its whole answer. */
  readonly signal: AbortSignal;
}

/** An answer. */
export interface Answer {
  /** HTTP status. */
  readonly status: number;
  /** Headers; those of security and length are added by the server. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Bytes, text, or parts that are sent as they come; leaving the loop tells the maker that the client has left. */
  readonly body?: Uint8Array | string | AsyncIterable<string>;
}

/** Answers a request. */
export type Handler = (call: Call) => Answer | Promise<Answer>;

/** An answer in JSON. */
export function json(
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return {
    status,
    headers: { "content-type": "application/json; charset=utf-8", ...headers },
    body: JSON.stringify(value),
  };
}
