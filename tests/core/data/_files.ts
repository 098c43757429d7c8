/**
 * Folders and small PNG files for tests.
 *
 * @module
 */
import type { ImageCodec, RawImage } from "../../../core/data/image.ts";
import { openCodec } from "../../../core/engine/codec.ts";

/** The codec that needs no native library. */
export async function testCodec(): Promise<ImageCodec> {
  return await openCodec({ kind: "imagescript" });
}

/** An RGB image whose samples tell their place: red is x, green is y, blue is `mark`. */
export function gradient(width: number, height: number, mark = 0): RawImage {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      data[i++] = x;
      data[i++] = y;
      data[i++] = mark;
    }
  }
  return { width, height, channels: 3, data };
}

/** Runs `use` with a fresh folder and removes it afterwards. */
export async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Writes files: images as PNG, bytes and text as they are. Folders are made as needed. */
export async function put(
  folder: string,
  files: Readonly<Record<string, RawImage | Uint8Array | string>>,
): Promise<void> {
  const codec = await testCodec();
  for (const [name, content] of Object.entries(files)) {
    const path = `${folder}/${name}`;
    await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    if (typeof content === "string") await Deno.writeTextFile(path, content);
    else if (content instanceof Uint8Array) await Deno.writeFile(path, content);
    else await Deno.writeFile(path, await codec.encodePng(content, 1));
  }
  codec.dispose();
}
