/**
 * The page's worker: loads the model and restores pictures, one after the other.
 *
 * @module
 */
import { quantise } from "../../../data/rows.ts";
import { bleed } from "../../../restore/bleed.ts";
import { TileLimit } from "../../../restore/memory_split.ts";
import type { TileNetwork } from "../../../restore/network.ts";
import { stage } from "../../../restore/stage.ts";
import type { Program } from "../program.ts";
import { type BackendName, startBackend, type StartedBackend } from "./backends.ts";
import { scope } from "./browser.ts";
import { cut } from "./cutting.ts";
import { decode } from "./decode.ts";
import { Executor } from "./executor.ts";
import type { Answer, Request } from "./messages.ts";
import { PngWriter } from "./png.ts";

/** Least time between two reports within a tile, in milliseconds. */
const QUIET = 150;

/** Where the files lie: beside this one. */
const here = (path: string): URL => new URL(path, import.meta.url);

interface Opened {
  readonly program: Program;
  readonly executor: Executor;
  readonly backend: StartedBackend;
  readonly limit: TileLimit;
}

let opened: Opened | undefined;

function say(answer: Answer, transfer: readonly Transferable[] = []): void {
  scope.postMessage(answer, transfer);
}

async function bytesOf(path: string): Promise<ArrayBuffer> {
  const response = await fetch(here(path)).catch(() => undefined);
  if (!response?.ok) throw new Error(`${path} cannot be loaded.`);
  return await response.arrayBuffer();
}

async function open(wanted: BackendName | undefined): Promise<void> {
  const program = JSON.parse(
    new TextDecoder().decode(await bytesOf("model/model.json")),
  ) as Program;
  const weights = new Uint8Array(program.weightBytes);
  let at = 0;
  for (const name of program.weights) {
    const bytes = new Uint8Array(await bytesOf(`model/${name}`));
    if (at + bytes.length > weights.length) throw new Error(`model/${name} is not of this model.`);
    weights.set(bytes, at);
    at += bytes.length;
    say({ kind: "loading", bytes: at, of: weights.length });
  }
  if (at !== weights.length) throw new Error("The files of the model do not belong together.");
  const backend = await startBackend(here("tfjs-backend-wasm-simd.wasm"), wanted);
  const executor = new Executor(program, weights.buffer);
  const limit = new TileLimit(program.multiple, program.padding);
  opened = { program, executor, backend, limit };
  const { name, arch, parameters, scale, inputChannels, outputChannels, precision } = program;
  say({
    kind: "opened",
    model: { name, arch, parameters, scale, inputChannels, outputChannels, precision },
    backend: backend.name,
    engine: backend.title,
  });
}

/** The network as tiles are computed with everywhere else. */
function networkOf(
  { program, executor }: Opened,
  onStep: ((share: number) => void) | undefined,
): TileNetwork {
  const { arch, scale, inputChannels, outputChannels, parameters } = program;
  return {
    stage: {
      source: program.name,
      arch,
      options: {},
      scale,
      inputChannels,
      outputChannels,
      parameters,
    },
    noiseMap: false, // a level is part of the program
    async run({ width, height, data }) {
      const { data: made } = await executor.run(
        { shape: [1, height, width, inputChannels], data },
        onStep,
      );
      if (!made.every(Number.isFinite)) throw new Error("The model gives numbers without meaning.");
      return made;
    },
  };
}

async function restore(id: number, file: Blob): Promise<void> {
  const since = performance.now();
  const { program, backend, limit } = opened!;
  using picture = await decode(file);
  const { width, height, channels } = picture.rows;
  const plan = cut(program, width, height, backend);
  say({ kind: "started", id, width, height, tiles: plan.tiles.length });
  let done = 0, told = since;
  // Graphics take all steps at once and do not say how far they are.
  const onStep = backend.name !== "wasm" ? undefined : (part: number) => {
    const now = performance.now();
    if (now - told < QUIET) return;
    told = now;
    say({ kind: "share", id, share: (done + part) / plan.tiles.length });
  };
  const rows = stage(bleed(picture.rows), networkOf(opened!, onStep), {
    plan,
    limit,
    alpha: "model",
    onTile: ({ core }) => say({ kind: "tile", id, done: ++done, rect: core }),
  });
  const png = new PngWriter(width * program.scale, height * program.scale, channels);
  for await (const { data } of rows) {
    const bytes = new Uint8Array(data.length);
    quantise(data, bytes);
    await png.add(bytes);
  }
  say({ kind: "restored", id, file: await png.end(), ms: performance.now() - since });
}

async function answer(request: Request): Promise<void> {
  const id = request.kind === "open" ? undefined : request.id;
  try {
    if (request.kind === "open") return await open(request.backend);
    if (opened === undefined) throw new Error("The model is not loaded.");
    if (request.kind === "restore") return await restore(request.id, request.file);
    const image = await opened.executor.run(request.image);
    say({ kind: "inferred", id: request.id, image }, [image.data.buffer as ArrayBuffer]);
  } catch (error) {
    say({ kind: "failed", id, why: error instanceof Error ? error.message : String(error) });
  }
}

let turn: Promise<void> = Promise.resolve();

scope.addEventListener("message", ({ data }) => {
  turn = turn.then(() => answer(data as Request));
});
