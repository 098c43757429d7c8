/**
 * What the permission tests run: trains one weight, and encodes and decodes an image, in a process of its own.
 *
 * @module
 */
import { startNative } from "../../../../core/engine/native/mod.ts";
import { tf } from "../../../../core/engine/tf.ts";

const engine = await startNative({ library: Deno.args[0]!, numGpu: 0 });
const w = tf.variable(tf.scalar(3));
const { value, grads } = tf.variableGrads(() => tf.square(tf.sub(w, 1)).asScalar());
const [gradient] = Object.values(grads);
const pixel = { width: 1, height: 1, channels: 1, data: new Uint8Array([255]) } as const;
const png = await engine.codec.encodePng(pixel);
const { data } = await engine.codec.decode(png, "pixel.png");
// loss (3 - 1)^2 = 4, its gradient is 2 (3 - 1) = 4, plus 2 to tell them apart
console.log((await value.data())[0], (await gradient!.data())[0]! + 2, "png", data[0]);
await engine.dispose();
