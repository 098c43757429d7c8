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
import { type FormPart, readForm } from "./multipart.ts";
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
  let file: FormPart | undefined;
  const fields: [string, string][] = query.filter(([name]) => name !== "name");
  for (const part of readForm(body, type)) {
    if (part.name === PICTURE && part.filename !== undefined) {
      if (file !== undefined) {
        throw new Problem("bad_request", "the form holds several pictures: send one at a time");
      }
      file = part;
    } else if (part.filename !== undefined) {
      throw new Problem("bad_option", `there is no field for a file besides ${PICTURE}`);
    } else if (part.name === PICTURE) {
      throw new Problem(
        "bad_request",
        `the field ${PICTURE} has to be a file: it comes without a file name`,
      );
    } else {
      fields.push([part.name, new TextDecoder().decode(part.bytes)]);
    }
  }
  if (file === undefined) {
    throw new Problem("bad_request", `the form lacks the field ${PICTURE} with a file`);
  }
  const options = readFields(fields);
  requirePicture(file.bytes);
  return { bytes: file.bytes, name: harmlessName(named ?? file.filename ?? "picture"), options };
}

function requirePicture(bytes: Uint8Array): void {
  if (sniffFormat(bytes) !== undefined) return;
  throw new Problem(
    "not_an_image",
    bytes.length === 0 ? "the picture is an empty file" : unreadable(bytes),
  );
}

/** What phones and newer programs make is a picture to whoever sends it: it is called by its name. */
function unreadable(bytes: Uint8Array): string {
  const brand = new TextDecoder("latin1").decode(bytes.subarray(4, 12));
  const kind = /^ftyp(?:hei|hev|mif1|msf1)/.test(brand)
    ? "HEIC"
    : /^ftypavi[fs]/.test(brand)
    ? "AVIF"
    : undefined;
  return kind === undefined
    ? "this is no picture that can be read here: PNG, JPEG, WebP, GIF and BMP can"
    : `${kind} pictures cannot be read here: make it a JPEG or PNG first`;
}
