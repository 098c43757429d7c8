/**
 * The options of a request: one table says how each is read and, for the description of the API, what it is.
 *
 * @module
 */
import { nearest } from "../text.ts";
import { ALPHA_MODES, type AlphaMode } from "../restore/types.ts";
import { Problem } from "./problem.ts";

/** What a picture is to become. */
export interface WorkOptions {
  /** Id of an offered model. */
  readonly model?: string;
  /** Factor between input and output. */
  readonly scale?: number;
  /** Width of the output in pixels. */
  readonly width?: number;
  /** Height of the output in pixels. */
  readonly height?: number;
  /** Side of a tile in pixels of the input, 0 for the whole picture at once. */
  readonly tile?: number | "auto";
  /** Pixels around a tile. */
  readonly tile_pad?: number;
  /** Averages the eight flips and turns. */
  readonly tta?: boolean;
  /** What becomes of transparency. */
  readonly alpha?: AlphaMode;
  /** Makes a gray picture. */
  readonly gray?: boolean;
  /** Noise level for networks that take one. */
  readonly noise?: number;
  /** Kind of file; `auto` is that of the input, PNG where that cannot be written. */
  readonly format?: "auto" | "png" | "jpeg" | "webp";
  /** Quality of JPEG and WebP. */
  readonly quality?: number;
  /** Whether EXIF and colour profile are passed on. */
  readonly metadata?: "keep" | "strip";
}

/** A field of the API. */
export interface Field {
  /** What it does. */
  readonly description: string;
  /** Its JSON schema, for OpenAPI. */
  readonly schema: Readonly<Record<string, unknown>>;
  /** Reads it; undefined if it is none. */
  readonly read: (text: string) => unknown;
  /** What it has to be, for messages. */
  readonly wanted: string;
}

function number(description: string, from: number, to: number, whole = true): Field {
  return {
    description,
    schema: { type: whole ? "integer" : "number", minimum: from, maximum: to },
    wanted: `${whole ? "a whole number" : "a number"} from ${from} to ${to}`,
    read: (text) => {
      const value = /^\d{1,9}(?:\.\d{1,9})?$/.test(text) ? Number(text) : NaN;
      return value >= from && value <= to && (!whole || Number.isInteger(value))
        ? value
        : undefined;
    },
  };
}

function choice(
  description: string,
  names: readonly string[],
  other: Record<string, string> = {},
): Field {
  return {
    description,
    schema: { type: "string", enum: [...names, ...Object.keys(other)] },
    wanted: `one of ${names.join(", ")}`,
    read: (text) => names.includes(text) ? text : other[text],
  };
}

function flag(description: string): Field {
  return {
    description,
    schema: { type: "boolean" },
    wanted: "true or false",
    read: (text) => {
      if (["true", "1", "on"].includes(text)) return true;
      return ["false", "0", "off"].includes(text) ? false : undefined;
    },
  };
}

const tileSide = number("", 0, 16384);

/** The fields by name, in the order of the description. */
export const FIELDS: { readonly [K in keyof Required<WorkOptions>]: Field } = {
  model: {
    description: "Id of a model that GET /v1/models lists; default the first",
    schema: { type: "string" },
    wanted: "the id of a model",
    read: (text) => text === "" ? undefined : text,
  },
  scale: number(
    "Factor between input and output; default the model's own, others are resampled behind it",
    0.05,
    32,
    false,
  ),
  width: number("Width of the output in pixels; alone it keeps the aspect ratio", 1, 65500),
  height: number("Height of the output in pixels; alone it keeps the aspect ratio", 1, 65500),
  tile: {
    description: "Side of the tiles in pixels of the input, 0 for the whole picture at once",
    schema: {
      oneOf: [{ type: "string", const: "auto" }, { type: "integer", minimum: 0, maximum: 16384 }],
      default: "auto",
    },
    wanted: "auto, or a whole number from 0 to 16384",
    read: (text) => text === "auto" ? "auto" : tileSide.read(text),
  },
  tile_pad: number("Pixels around each tile that are computed with it", 0, 1024),
  tta: flag("Averages the eight flips and turns of the picture: a little better, 8 times as slow"),
  alpha: choice(
    "Transparency: through the model, by bicubic interpolation, or left out",
    ALPHA_MODES,
  ),
  gray: flag("Makes a gray picture"),
  noise: number("Noise level (sigma, 0 to 255) for models that take one", 0, 255, false),
  format: choice(
    "Kind of file; auto is that of the input, PNG where that cannot be written",
    ["auto", "png", "jpeg", "webp"],
    { jpg: "jpeg" },
  ),
  quality: number("Quality of JPEG and WebP", 1, 100),
  metadata: choice("Whether EXIF and colour profile are passed on; default keep", [
    "keep",
    "strip",
  ]),
};

/**
 * Reads the fields of a request.
 *
 * @throws {Problem} 422, naming the field, if one is unknown, comes twice, or is not what it has to be.
 */
export function readFields(entries: Iterable<readonly [string, string]>): WorkOptions {
  const found = new Map<string, unknown>();
  for (const [name, text] of entries) {
    if (!Object.hasOwn(FIELDS, name)) {
      const near = nearest(name, Object.keys(FIELDS))[0];
      throw new Problem(
        "bad_option",
        `there is no field "${short(name)}"` +
          (near === undefined
            ? `; fields: ${Object.keys(FIELDS).join(", ")}`
            : `, did you mean ${near}?`),
      );
    }
    if (found.has(name)) throw new Problem("bad_option", `${name} was given twice`);
    const field = FIELDS[name as keyof WorkOptions];
    const value = field.read(text.trim());
    if (value === undefined) {
      throw new Problem("bad_option", `${name} must be ${field.wanted}, received "${short(text)}"`);
    }
    found.set(name, value);
  }
  if (found.has("scale") && (found.has("width") || found.has("height"))) {
    throw new Problem(
      "bad_option",
      "scale and width or height exclude each other: give one of them",
    );
  }
  return Object.fromEntries(found);
}

function short(text: string): string {
  return text.length <= 40 ? text : `${text.slice(0, 40).toWellFormed()}…`;
}
