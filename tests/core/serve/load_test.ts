/**
 * The whole server with a real network, small pictures and many of them.
 *
 * @module
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { readImageHeader } from "../../../core/data/header.ts";
import { tf } from "../../../core/engine/tf.ts";
import { findLibrary } from "../../../core/engine/native/mod.ts";
import { DEFAULT_LIMITS, type Limits } from "../../../core/serve/limits.ts";
import { type Served, serveRestore } from "../../../core/serve/start.ts";
// The native library is opened outside of tests, which would seem to leave it open.
import "../engine/_engines.ts";
import { noise, until, writeTinyModel } from "./_server.ts";

const ENGINE = await findLibrary() ? "native" : "wasm";

/** Starts a server with the tiny network and runs `use`. */
async function withServer(
  limits: Partial<Limits>,
  use: (url: string, served: Served) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const model = join(folder, "tiny.safetensors");
    await writeTinyModel(model);
    await using served = await serveRestore({
      binding: { host: "127.0.0.1", port: 0 },
      limits: { ...DEFAULT_LIMITS, ...limits },
      models: [model],
      engine: ENGINE,
      say: () => {},
    });
    await use(`http://127.0.0.1:${served.port}`, served);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function restore(url: string, picture: Uint8Array, query = ""): Promise<Response> {
  return await fetch(`${url}/v1/restore${query}`, {
    method: "POST",
    body: Uint8Array.from(picture),
    headers: { "content-type": "image/png" },
  });
}

interface Health {
  readonly queued: number;
  readonly running: number;
}

const health = async (url: string): Promise<Health> =>
  await (await fetch(`${url}/v1/health`)).json() as Health;

Deno.test("200 pictures, 16 at a time: none is lost, the server answers meanwhile, nothing grows", async () => {
  // Fewer places than clients, so that some have to come again.
  await withServer({ maxJobs: 12 }, async (url) => {
    const picture = noise(20, 14, 9);
    const expected = await (await restore(url, picture)).bytes();
    const header = readImageHeader(expected, "answer");
    assert.deepEqual([header.format, header.width, header.height], ["png", 40, 28]);
    await until(async () => (await health(url)).running === 0);
    const tensors = tf.memory().numTensors;
    let left = 200, done = 0, refused = 0;
    const client = async () => {
      while (left-- > 0) {
        for (;;) {
          const answer = await restore(url, picture);
          const bytes = await answer.bytes();
          if (answer.status === 200) {
            assert.deepEqual(bytes, expected);
            done++;
            break;
          }
          assert.equal(answer.status, 429);
          assert.ok(Number(answer.headers.get("retry-after")) >= 1);
          refused++;
          await new Promise((next) => setTimeout(next, 30)); // patience would take the test's time
        }
      }
    };
    const run = async (count: number) => {
      left = count;
      await Promise.all(Array.from({ length: 16 }, client));
    };
    await run(40); // pools and caches fill once
    const before = Deno.memoryUsage().rss;
    const latencies: number[] = [];
    let busy = true;
    const watching = (async () => {
      while (busy) {
        const start = performance.now();
        await health(url);
        latencies.push(performance.now() - start);
        await new Promise((next) => setTimeout(next, 50));
      }
    })();
    await run(160);
    busy = false;
    await watching;
    assert.equal(done, 200);
    assert.ok(refused > 0, "the queue was full at times");
    await until(async () => (await health(url)).running === 0);
    assert.equal(tf.memory().numTensors, tensors);
    const grown = (Deno.memoryUsage().rss - before) / 2 ** 20;
    assert.ok(grown < 150, `the process grew by ${grown.toFixed(0)} MiB`);
    const middle = latencies.sort((a, b) => a - b)[latencies.length >> 1]!;
    assert.ok(middle < 1000, `health took ${middle.toFixed(0)} ms`);
  });
});

Deno.test("who leaves stops the work at the next tile", async () => {
  await withServer({}, async (url) => {
    const created = await fetch(`${url}/v1/jobs?tile=16&name=large.png`, {
      method: "POST",
      body: Uint8Array.from(noise(600, 600, 2)),
    });
    const { id } = await created.json() as { id: string };
    const leaving = new AbortController();
    const events = await fetch(`${url}/v1/jobs/${id}/events`, { signal: leaving.signal });
    const reader = events.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    while (!text.includes("event: progress")) text += (await reader.read()).value ?? "";
    leaving.abort();
    await reader.read().catch(() => {});
    await until(async () => (await health(url)).running === 0);
    const job = await (await fetch(`${url}/v1/jobs/${id}`)).json() as {
      readonly state: string;
      readonly tiles: { readonly done: number; readonly total: number };
    };
    assert.equal(job.state, "cancelled");
    assert.ok(job.tiles.done < job.tiles.total / 2, `${job.tiles.done} of ${job.tiles.total}`);
    assert.match(text, /"rect":\{"x":\d+,"y":\d+,"width":\d+,"height":\d+\}/);
  });
});

Deno.test("pictures that are too large, in or out, are refused by their header", async () => {
  await withServer({ maxPixels: 10_000, maxOutputPixels: 30_000 }, async (url) => {
    const refusal = async (picture: Uint8Array, query = "") => {
      const answer = await restore(url, picture, query);
      const { error } = await answer.json() as { error: { code: string; message: string } };
      return `${answer.status} ${error.code}: ${error.message}`;
    };
    // Only the header of this one is true.
    const bomb = noise(8, 8, 1);
    const view = new DataView(bomb.buffer, bomb.byteOffset);
    view.setUint32(16, 16000);
    view.setUint32(20, 16000);
    const { crc32 } = await import("node:zlib");
    view.setUint32(29, crc32(bomb.subarray(12, 29)));
    assert.match(await refusal(bomb), /^422 too_many_pixels: the picture has 16000 x 16000 pixels/);
    assert.match(
      await refusal(noise(99, 99, 1)),
      /^422 too_many_pixels: the result would have 198 x 198 .* a scale of at most 1\.7,/,
    );
    const fitting = await restore(url, noise(99, 99, 1), "?scale=1.5");
    assert.equal(fitting.status, 200);
    assert.equal(fitting.headers.get("x-denosr-size"), "149x149");
    await fitting.body?.cancel();
    const cut = noise(50, 50, 1).subarray(0, 900);
    assert.match(await refusal(cut), /^422 bad_picture: picture: .*cut off/);
  });
});

Deno.test("formats follow the input or the wish, and what they cannot hold is refused", async () => {
  await withServer({}, async (url) => {
    const picture = noise(16, 16, 4);
    const jpeg = await restore(url, picture, "?format=jpg&quality=90");
    assert.equal(jpeg.headers.get("content-type"), "image/jpeg");
    const bytes = await jpeg.bytes();
    assert.equal(readImageHeader(bytes, "answer").format, "jpeg");
    const again = await restore(url, bytes);
    assert.equal(readImageHeader(await again.bytes(), "answer").format, "jpeg");
    const { encodePng } = await import("../../../core/data/png.ts");
    const data = new Uint8Array(16 * 16 * 4).fill(120);
    const clear = encodePng({ width: 16, height: 16, channels: 4, data });
    const refused = await restore(url, clear, "?format=jpeg");
    assert.equal(refused.status, 422);
    assert.match(await refused.text(), /JPEG holds no transparency: .*alpha=ignore/);
    const kept = await restore(url, clear);
    assert.equal(readImageHeader(await kept.bytes(), "answer").channels, 4);
  });
});

Deno.test("the models are listed with what they are for", async () => {
  await withServer({}, async (url) => {
    const { models, limits } = await (await fetch(`${url}/v1/models`)).json() as {
      models: Record<string, unknown>[];
      limits: Record<string, number>;
    };
    assert.deepEqual(models, [{
      id: "tiny",
      purpose: "Your own model, 2 times as large",
      scale: 2,
      arch: "SRVGGNetCompact",
      parameters: 1700,
      macs_per_pixel: 1656,
      speed: "fast",
      seconds_per_megapixel: null,
    }]);
    assert.equal(limits["jobs"], DEFAULT_LIMITS.maxJobs);
  });
});
