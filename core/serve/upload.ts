/**
 * The picture of a request and what it is to become: a form (`multipart/form-data`), or the bytes with options in the
 * query.
 *
 * @module
 */
import { sniffFormat } from "../data/header.ts";
import { harmlessName } from "./disposition.ts";
import { readFields, type WorkOptions } from "./fields.ts";
import type { Call } from "./message.ts";
import { Problem } from "./problem.ts";

/** A picture that came in. */
export interface Upload {
  /** The file. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Its name, made harmless. */
  readonly name: string;
  /** What it is to become. */
  readonly options: WorkOptions;
}

/** Fields of a form besides those of {@linkcode WorkOptions}. */
const PICTURE = "image";

/** More parts than the fields there are make no sense, and cost time. */
const MOST_PARTS = 64;

/**
 * Reads the picture and the options of a request; `count` is told how many bytes come, part by part.
 *
 * @throws {Problem} 400 for a form that cannot be read or lacks the picture, 413, 415 if it is no picture, 422 for options.
 */
export async function readUpload(
  call: Call,
  count: (bytes: number) => void,
): Promise<Upload> {
  const type = call.header("content-type") ?? "";
  const kind = type.split(";", 1)[0]!.trim().toLowerCase();
  const form = kind === "multipart/form-data";
  if (!form && kind !== "" && kind !== "application/octet-stream" && !kind.startsWith("image/")) {
    throw new Problem(
      "not_an_image",
      `${
        kind.slice(0, 60)
      } is no picture: send multipart/form-data with a field image, or the bytes as image/…`,
    );
  }
  const query = [...call.query];
  // Wrong options are refused before the picture has been sent.
  const fromQuery = readFields(query.filter(([name]) => name !== "name"));
  const named = call.query.get("name");
  const body = await call.body(count);
  if (!form) {
    if (body.length === 0) {
      throw new Problem("bad_request", "the body is empty: it has to be a picture");
    }
    requirePicture(body);
    return { bytes: body, name: harmlessName(named ?? "picture"), options: fromQuery };
  }
  const data = await readForm(body, type);
  let file: File | undefined;
  const fields: [string, string][] = query.filter(([name]) => name !== "name");
  for (const [name, value] of data) {
    if (name === PICTURE && value instanceof File) {
      if (file !== undefined) {
        throw new Problem("bad_request", "the form holds several pictures: send one at a time");
      }
      file = value;
    } else if (value instanceof File) {
      throw new Problem("bad_option", `there is no field for a file besides ${PICTURE}`);
    } else {
      fields.push([name, value]);
    }
  }
  if (file === undefined) {
    throw new Problem("bad_request", `the form lacks the field ${PICTURE} with a file`);
  }
  const options = readFields(fields);
  const bytes = new Uint8Array(await file.arrayBuffer());
  requirePicture(bytes);
  return { bytes, name: harmlessName(named ?? file.name), options };
}

async function readForm(body: Uint8Array<ArrayBuffer>, type: string): Promise<FormData> {
  const boundary = /;\s*boundary=(?:"([^"]{1,70})"|([^\s;]{1,70}))/i.exec(type);
  const bad = (cause?: unknown) =>
    new Problem(
      "bad_request",
      "the form is damaged: it is not multipart/form-data as it says",
      {},
      { cause },
    );
  if (boundary === null) throw bad();
  if (parts(body, `--${boundary[1] ?? boundary[2]}`) > MOST_PARTS) {
    throw new Problem("bad_request", `the form has more than ${MOST_PARTS} parts`);
  }
  try {
    return await new Response(body, { headers: { "content-type": type } }).formData();
  } catch (error) {
    throw bad(error);
  }
}

/** How often `mark` stands in `body`, counted up to a little more than is allowed. */
function parts(body: Uint8Array, mark: string): number {
  const wanted = new TextEncoder().encode(mark);
  let count = 0;
  for (
    let at = body.indexOf(45);
    at >= 0 && count <= MOST_PARTS + 1;
    at = body.indexOf(45, at + 1)
  ) {
    if (wanted.every((byte, i) => body[at + i] === byte)) count++;
  }
  return count;
}

function requirePicture(bytes: Uint8Array): void {
  if (sniffFormat(bytes) !== undefined) return;
  throw new Problem(
    "not_an_image",
    bytes.length === 0
      ? "the picture is an empty file"
      : "this is no picture that can be read here: PNG, JPEG and WebP can",
  );
}
