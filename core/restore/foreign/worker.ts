/**
 * The thread that runs one model of another program. It has the permissions that `thread.ts` gives it, and no others.
 *
 * @module
 */
import { UserError } from "../../errors.ts";
import type { RuntimeModel } from "../../runtimes/types.ts";
import type { ForeignAnswer, ForeignRequest } from "./messages.ts";
import { FOREIGN } from "./runtimes.ts";

/** What a worker has, of which Deno's types for windows say nothing. */
const scope = globalThis as unknown as {
  onmessage: (event: MessageEvent<ForeignRequest>) => void;
  postMessage(answer: ForeignAnswer, transfer: readonly Transferable[]): void;
};

let model: RuntimeModel | undefined;

scope.onmessage = async ({ data: request }) => {
  let answer: ForeignAnswer;
  try {
    answer = await answered(request);
  } catch (error) {
    const exitCode = error instanceof UserError ? error.exitCode : undefined;
    answer = { kind: "failed", message: (error as Error).message, exitCode };
  }
  const transfer = answer.kind === "done" ? [answer.images.data.buffer as ArrayBuffer] : [];
  scope.postMessage(answer, transfer);
};

async function answered(request: ForeignRequest): Promise<ForeignAnswer> {
  if (request.kind === "run") return { kind: "done", images: await model!.run(request.images) };
  const runtime = await FOREIGN[request.model].open(request.library);
  model = await runtime.open(request.path);
  const { inputChannels, outputChannels, fixedSize, maxBatch } = model;
  return {
    kind: "opened",
    title: runtime.title,
    inputChannels,
    outputChannels,
    fixedSize,
    maxBatch,
  };
}
