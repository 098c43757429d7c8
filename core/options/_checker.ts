/**
 * The collector behind `checkOptions`: checks sections and typed blocks and gathers what is wrong.
 *
 * @module
 */
import type { OptionsSchema, OptionsShape } from "./schema_types.ts";
import { REGISTRIES } from "../registry.ts";
import { nearest } from "../text.ts";
import { complaints } from "./_messages.ts";
import { basicsrHas, isBasicsrModelKey, type NamedKind } from "./basicsr_names.ts";
import { COMMAND_LINE, type KeyPath, keyText, type OptionsProblem } from "./problems.ts";
import {
  type BlockKind,
  coreKeys,
  findType,
  homesOf,
  type SectionShapes,
  sectionShapes,
  strict,
  typeNames,
} from "./schema.ts";
import { BACKENDS, dataRootProblems, ioBackend } from "./sections/dataset.ts";
import { trainShape } from "./sections/train.ts";
import { type Block, isBlock, type OptionSources } from "./sources.ts";
import { z } from "./zod.ts";

interface Found {
  readonly path: KeyPath;
  readonly what: string;
  readonly at: "key" | "value";
}

/** Gathers what is wrong with one set of options. */
export class Checker {
  /** Shapes of the sections, to say where a stray key belongs. */
  shapes: SectionShapes = sectionShapes({}, true);
  readonly #problems: Found[] = [];
  readonly #missing: Found[] = [];
  readonly #notes = new Map<NamedKind, string>();

  /** `sources` tell where each key came from. */
  constructor(readonly sources: OptionSources) {}

  /** Notes a problem with the key at `path`, or with its value. */
  add(path: KeyPath, what: string, at: "key" | "value" = "key"): void {
    this.#problems.push({ path, what, at });
  }

  /** Notes that what the value at `path` names is not there. */
  addMissing(path: KeyPath, what: string): void {
    this.#missing.push({ path, what, at: "value" });
  }

  /**
   * Checks a section against its shape.
   *
   * @param foreign Keys to leave out of it.
   * @returns The section with defaults, or `undefined` with complaints.
   */
  section(
    path: KeyPath,
    value: unknown,
    shape: OptionsShape,
    foreign: (key: string) => boolean = () => false,
  ): Block | undefined {
    if (!isBlock(value)) {
      this.add(path, "must be a block of keys", "value");
      return undefined;
    }
    const own = Object.fromEntries(
      Object.entries(value).filter(([key]) => Object.hasOwn(shape, key) || !foreign(key)),
    );
    return this.#parse(path, own, z.strictObject(shape), Object.keys(shape));
  }

  /**
   * Checks a block that names its kind of thing by `type`.
   *
   * @returns The block with defaults; `undefined` for `~`, or with complaints.
   */
  block(kind: BlockKind, path: KeyPath, value: unknown): Block | undefined {
    if (value === undefined || value === null) return undefined;
    if (!isBlock(value)) {
      this.add(path, "must be a block with a type", "value");
      return undefined;
    }
    const { type, ...rest } = value;
    if (kind === "dataset") this.#checkBackend(path, rest, type);
    if (typeof type !== "string") {
      this.add(
        type === undefined ? path : [...path, "type"],
        `${type === undefined ? "has no type, add" : "must be a name:"} one of ${
          typeNames(kind).join(", ")
        }`,
      );
      return undefined;
    }
    const known = findType(kind, type);
    const core = coreKeys(kind);
    if (known === undefined) {
      this.unknownType(kind, [...path, "type"], type);
      // What the block may hold is not known, but these are at home elsewhere in any case.
      for (const key of Object.keys(rest)) {
        if (kind === "arch" && Object.hasOwn(trainShape, key)) this.unknownKey([...path, key], []);
      }
      this.#parse(path, pick(rest, core), z.strictObject(core), []);
      return undefined;
    }
    if (known.options === undefined) {
      const parsed = this.#parse(path, pick(rest, core), z.strictObject(core), []);
      return parsed && { type, ...rest, ...parsed };
    }
    const own = strict(known.options);
    const shared: OptionsShape = Object.fromEntries(
      Object.entries(core).filter(([key]) => !Object.hasOwn(own.shape, key)),
    );
    const keys = [...Object.keys(own.shape), ...Object.keys(shared)];
    const inOwn = Object.fromEntries(
      Object.entries(rest).filter(([key]) => !Object.hasOwn(shared, key)),
    );
    const parsedShared = this.#parse(path, pick(rest, shared), z.strictObject(shared), keys);
    const parsedOwn = this.#parse(path, inOwn, own, keys);
    return parsedShared && parsedOwn && { type, ...parsedShared, ...parsedOwn };
  }

  /** Complains about a type that is not there. */
  unknownType(kind: BlockKind | "model", path: KeyPath, type: string): void {
    const plugin = kind === "optimizer" || kind === "scheduler" ? undefined : REGISTRIES[kind];
    const [, ...details] = plugin?.explain(type).split("\n") ?? [];
    const broken = details.some((line) => line.includes("failed to import"));
    if (basicsrHas(kind, type.replace(/_basicsr$/, ""))) {
      this.add(
        path,
        `"${type}" is not available in this version of DenoSR (BasicSR has it)`,
        "value",
      );
      if (!broken) return;
    } else {
      const names = kind === "model" ? REGISTRIES.model.names() : typeNames(kind);
      const near = nearest(type, names);
      const hint = near.length > 0
        ? `, did you mean ${near.map((name) => `"${name}"`).join(" or ")}?`
        : `; known: ${names.join(", ") || "none"}`;
      this.add(path, `"${type}" is unknown${hint}`, "value");
    }
    if (details.length > 0) {
      this.#notes.set(kind, [`${kind} types:`, ...details].join("\n"));
    }
  }

  /** Complains about the key at `path`, which is none of `keys`. */
  unknownKey(path: KeyPath, keys: readonly string[]): void {
    const key = String(path.at(-1));
    const section = keyText(path.slice(0, -1)) || "the top level";
    const inside = section.replace(/^(datasets|val\.metrics)\..*$/, "$1");
    const homes = homesOf(key, this.shapes).filter((home) =>
      home !== section && home.replace(/\.<.*$/, "") !== inside
    );
    if (homes.length === 0 && isBasicsrModelKey(path)) {
      this.add(path, "is not available in this version of DenoSR (some models of BasicSR have it)");
      return;
    }
    const near = nearest(key, keys);
    let hint = "";
    if (homes[0] === "train" && homes[1] === "val") hint = ", it belongs under train or val";
    else if (homes.length > 0) hint = `, it belongs under ${homes[0]}`;
    else if (near.length > 0) hint = `, did you mean "${near[0]}"?`;
    else if (keys.length > 0) hint = `; known keys: ${keys.join(", ")}`;
    else hint = "; remove it";
    if (homes[0] === "the top level") hint = ", it belongs to the top level";
    const file = this.sources.fileOf(path);
    const typeFile = this.sources.fileOf([...path.slice(0, -1), "type"]);
    if (file !== this.sources.main && file !== typeFile && file !== COMMAND_LINE) {
      hint += ` (it comes from a base; _delete_: true in ${section} drops it)`;
    }
    this.add(path, `is unknown${hint}`);
  }

  /** Everything that was gathered, with places, in the order of the files. */
  async report(): Promise<
    { problems: OptionsProblem[]; missing: OptionsProblem[]; notes: string[] }
  > {
    const resolve = async (found: readonly Found[]) => {
      const placed = await Promise.all(
        found.map(async ({ path, what, at }): Promise<OptionsProblem> => ({
          ...await this.sources.place(path, at),
          key: keyText(path),
          what,
        })),
      );
      const order = (p: OptionsProblem) =>
        (p.position?.line ?? 0) * 10_000 + (p.position?.column ?? 0);
      return placed.sort((a, b) =>
        a.file < b.file ? -1 : a.file > b.file ? 1 : order(a) - order(b)
      );
    };
    return {
      problems: await resolve(this.#problems),
      missing: (await resolve(this.#missing)).map((problem) => ({ ...problem, missing: true })),
      notes: [...this.#notes.values()],
    };
  }

  /**
   * `memcached` is told by name, whether or not the data set is there, and what goes with it passes. LMDB folders and
   * folders of files have to go with the back end.
   */
  #checkBackend(path: KeyPath, rest: Block, type: unknown): void {
    const own = typeof type === "string"
      ? findType("dataset", type)?.options?.shape["io_backend"]
      : undefined;
    const backend = rest["io_backend"];
    if (backend === undefined && own === undefined) return;
    const schema = (own ?? ioBackend) as z.ZodType;
    const name = isBlock(backend) ? backend["type"] : undefined;
    const result = schema.safeParse(backend);
    if (result.success) {
      // A plugin may have back ends of its own, about whose folders nothing is known.
      const used = isBlock(result.data) ? result.data["type"] : undefined;
      const known = BACKENDS.find((one) => one === used);
      for (const { key, what } of known === undefined ? [] : dataRootProblems(rest, known)) {
        this.add([...path, key], what, "value");
      }
    } else if (
      typeof name === "string" && basicsrHas("io_backend", name) &&
      !(BACKENDS as readonly string[]).includes(name)
    ) {
      this.add(
        [...path, "io_backend", "type"],
        `"${name}" is not available in this version of DenoSR (BasicSR has it); ` +
          `use disk and point the dataroots at folders of images, or lmdb`,
        "value",
      );
      delete rest["io_backend"];
    } else if (own === undefined) {
      this.#complain([...path, "io_backend"], result.error, backend, ["type"]);
    }
    if (own === undefined) delete rest["io_backend"];
  }

  #parse(
    path: KeyPath,
    value: Block,
    schema: OptionsSchema,
    keys: readonly string[],
  ): Block | undefined {
    const result = schema.safeParse(value);
    if (result.success) return result.data as Block;
    this.#complain(path, result.error, value, keys);
    return undefined;
  }

  #complain(path: KeyPath, error: z.ZodError, value: unknown, keys: readonly string[]): void {
    for (const complaint of complaints(error, value)) {
      const at = [...path, ...complaint.path];
      if (complaint.unknown) this.unknownKey(at, complaint.path.length === 1 ? keys : []);
      else this.add(at, complaint.what, "value");
    }
  }
}

function pick(block: Block, shape: OptionsShape): Block {
  return Object.fromEntries(Object.entries(block).filter(([key]) => Object.hasOwn(shape, key)));
}
