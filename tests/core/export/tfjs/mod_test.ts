import assert from "node:assert/strict";
import type { ExportGraph } from "../../../../core/export/graph.ts";
import { target } from "../../../../core/export/tfjs/mod.ts";
import type { TargetOptions } from "../../../../core/export/target.ts";
import { conv, H, N, sketch, W } from "../_sketch.ts";
import { written as writtenBy } from "../_written.ts";

/** Two convolutions, of which one alone is large enough to be quantized. */
function graph(channels = 3): ExportGraph {
  return sketch(channels, (s) => {
    const large = s.op("Conv2D", [s.x, s.random(3, 3, channels, 64)], [N, H, W, 64], conv());
    return s.op("Conv2D", [large, s.random(1, 1, 64, 3)], [N, H, W, 3], conv());
  });
}

async function written(
  options: TargetOptions,
  channels?: number,
): Promise<{ readonly files: Map<string, Uint8Array>; readonly tolerance?: number }> {
  return await writtenBy(target, graph(channels), options, async (folder, { files, tolerance }) => {
    const read = files.map(async (name) =>
      [name, await Deno.readFile(`${folder}/${name}`)] as const
    );
    assert.equal(files.length, [...Deno.readDirSync(folder)].length);
    return { files: new Map(await Promise.all(read)), tolerance };
  });
}

const text = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);

Deno.test("the same network gives the same files, which say what they are", async () => {
  const [a, b] = [await written({}), await written({})];
  assert.deepEqual(a, b);
  assert.deepEqual([...a.files.keys()], ["model.json", "group1-shard1of1.bin", "README.md"]);
  const json = JSON.parse(text(a.files.get("model.json")));
  assert.equal(json.format, "graph-model");
  assert.deepEqual(Object.keys(json.signature.inputs), ["lq"]);
  assert.deepEqual(Object.keys(json.signature.outputs), ["sr"]);
  assert.equal(a.tolerance, undefined);
});

Deno.test("quantized weights are smaller files, allowed a larger difference", async () => {
  const plain = await written({}), half = await written({ quantize: "float16", shardBytes: 2000 });
  const bytes = (files: Map<string, Uint8Array>) =>
    [...files].filter(([name]) => name.endsWith(".bin")).map(([, { length }]) => length);
  // 3·3·3·64 numbers are halved, the other 192 stay.
  assert.deepEqual(bytes(plain.files), [4 * (1728 + 192)]);
  assert.deepEqual(bytes(half.files), [2000, 2000, 2 * 1728 + 4 * 192 - 4000]);
  assert.equal(half.tolerance, 0.02);
  assert.match(text(half.files.get("README.md")), /kept as float16/);
});

Deno.test("the README shows UpscalerJS for colour pictures, and says why not for gray ones", async () => {
  const colour = text((await written({})).files.get("README.md"));
  // The sketch looks one pixel far.
  assert.match(colour, /scale: 2,\n +inputRange: \[0, 1\],/);
  assert.match(colour, /patchSize: 66, padding: 1 /);
  const gray = text((await written({}, 1)).files.get("README.md"));
  assert.match(gray, /this one takes 1 channel and gives 3/);
  assert.match(gray, /toColourspace\("b-w"\)/);
});
