/**
 * Reads the body of a request within limits of bytes and time.
 *
 * @module
 */
import type { Limits } from "./limits.ts";
import { Problem } from "./problem.ts";
import type { IncomingMessage } from "node:http";

/**
 * Reads the body whole.
 *
 * @param count Is told how many bytes came, part by part; may throw.
 * @param most Most bytes, if fewer than the server takes.
 * @throws {Problem} 413 if it says that it is, or is, too large; 408 if it stops coming; 400 if it is cut off.
 */
export async function readBody(
  request: IncomingMessage,
  { maxBody, bodyIdle }: Limits,
  count?: (bytes: number) => void,
  most: number = maxBody,
): Promise<Uint8Array<ArrayBuffer>> {
  const limit = Math.min(most, maxBody);
  const tooLarge = () =>
    new Problem(
      "body_too_large",
      `the body is larger than the limit of ${limit} bytes (--max-body)`,
    );
  if (Number(request.headers["content-length"] ?? 0) > limit) throw tooLarge();
  const parts: Uint8Array[] = [];
  let length = 0;
  const done = Promise.withResolvers<void>();
  let clock: ReturnType<typeof setTimeout> | undefined;
  const wind = () => {
    clearTimeout(clock);
    clock = setTimeout(() => {
      done.reject(
        new Problem("body_too_slow", `nothing of the body came for ${bodyIdle} s`),
      );
    }, bodyIdle * 1000);
  };
  const onData = (part: Uint8Array) => {
    length += part.length;
    try {
      if (length > limit) throw tooLarge();
      count?.(part.length);
    } catch (error) {
      done.reject(error);
      return;
    }
    parts.push(part);
    wind();
  };
  const onEnd = () => done.resolve();
  const onLeave = () => done.reject(new Problem("bad_request", "the body was cut off"));
  request.on("data", onData).on("end", onEnd).on("error", onLeave).on("close", onLeave);
  wind();
  try {
    await done.promise;
  } finally {
    clearTimeout(clock);
    request.off("data", onData).off("end", onEnd).off("error", onLeave).off("close", onLeave);
    request.pause();
  }
  const body = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    body.set(part, at);
    at += part.length;
  }
  return body;
}
