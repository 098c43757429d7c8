/**
 * Forms as browsers and curl send them (`multipart/form-data`, RFC 7578), read in one pass without copying the picture.
 *
 * The platform's reader takes seconds for a hostile body of the largest size, in which nobody else is answered.
 *
 * @module
 */
import { Problem } from "./problem.ts";

/** One field of a form. */
export interface FormPart {
  /** Name of the field. */
  readonly name: string;
  /** Name of the file, if it is one. */
  readonly filename: string | undefined;
  /** What was sent: a view of the body. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** More parts than the fields there are make no sense, and cost time. */
export const MOST_PARTS = 64;

/** Bytes of the headers of a part. */
const LONGEST_HEAD = 8192;

/**
 * The parts of a form.
 *
 * @param type The `Content-Type` header, which names the boundary.
 * @throws {Problem} 400, if it is no form, is cut off, or has too many parts.
 */
export function readForm(body: Uint8Array<ArrayBuffer>, type: string): FormPart[] {
  const [, quoted, plain] =
    /;\s*boundary=(?:"([^"\r\n]{1,70})"|([^\s;"]{1,70})(?=$|[\s;]))/i.exec(type) ?? [];
  const boundary = quoted ?? plain;
  if (boundary === undefined) {
    throw damaged("its Content-Type names no boundary of up to 70 characters");
  }
  const mark = new TextEncoder().encode(`--${boundary}`);
  const parts: FormPart[] = [];
  let start: number | undefined;
  for (let at = findMark(body, mark, 0); at >= 0; at = findMark(body, mark, at + mark.length)) {
    const end = lineEnd(body, at + mark.length);
    // The mark may also stand in a picture, where it is followed by something else.
    if (end === undefined) continue;
    if (start !== undefined) {
      if (parts.length === MOST_PARTS) {
        throw new Problem("bad_request", `the form has more than ${MOST_PARTS} parts`);
      }
      parts.push(readPart(body.subarray(start, Math.max(start, at - 2))));
    }
    if (end === "last") return parts;
    start = end;
  }
  throw damaged(start === undefined ? "its boundary does not stand in it" : "it is cut off");
}

function damaged(why: string): Problem {
  return new Problem("bad_request", `the form is damaged: ${why}`);
}

/** Where `mark` stands at the begin of a line, from `from` on; -1 if nowhere. */
function findMark(body: Uint8Array, mark: Uint8Array, from: number): number {
  search: for (let at = from; at <= body.length - mark.length; at++) {
    if (body[at] !== DASH || at > 0 && (body[at - 1] !== LF || body[at - 2] !== CR)) continue;
    for (let i = 1; i < mark.length; i++) if (body[at + i] !== mark[i]) continue search;
    return at;
  }
  return -1;
}

/** Where the line of a mark ends, "last" behind the mark of the form's end, undefined if it is none. */
function lineEnd(body: Uint8Array, at: number): number | "last" | undefined {
  if (body[at] === DASH && body[at + 1] === DASH) return "last";
  while (body[at] === SPACE || body[at] === TAB) at++;
  return body[at] === CR && body[at + 1] === LF ? at + 2 : undefined;
}

function readPart(part: Uint8Array<ArrayBuffer>): FormPart {
  const most = Math.min(part.length - 3, LONGEST_HEAD);
  let end = 0;
  while (
    end < most &&
    !(part[end] === CR && part[end + 1] === LF && part[end + 2] === CR && part[end + 3] === LF)
  ) end++;
  if (end >= most) throw damaged("a part lacks its headers, or they are too long");
  const head = new TextDecoder().decode(part.subarray(0, end));
  const value = /^content-disposition:\s*form-data(;.*)$/im.exec(head)?.[1] ?? "";
  const name = parameter(value, "name");
  if (name === undefined) throw damaged("a part has no name");
  return { name, filename: parameter(value, "filename"), bytes: part.subarray(end + 4) };
}

/** A parameter of `Content-Disposition`; browsers write quotes and line ends as %22, %0D and %0A, curl writes \". */
function parameter(value: string, name: string): string | undefined {
  const found = new RegExp(`;\\s*${name}=(?:"((?:[^"\\\\]|\\\\.)*)"|([^\\s;"]+))`, "i").exec(value);
  if (found === null) return undefined;
  return (found[1]?.replaceAll(/\\(["\\])/g, "$1") ?? found[2]!)
    .replaceAll("%22", '"').replaceAll(/%0D/gi, "\r").replaceAll(/%0A/gi, "\n");
}

const DASH = 45, CR = 13, LF = 10, SPACE = 32, TAB = 9;
