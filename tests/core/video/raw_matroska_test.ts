import { rawFrameHeader, rawHeader } from "../../../core/video/raw_matroska.ts";
import assert from "node:assert/strict";
import { join } from "node:path";
import { run, videoTest } from "./_clips.ts";

for (const depth of [8, 16] as const) {
  videoTest(
    `ffmpeg reads ${depth}-bit pictures and their times to the nanosecond`,
    async (folder) => {
      const pictures = [0, 41_666_667, 1_000_000_001].map((time, i) => ({
        time,
        bytes: new Uint8Array(4 * 2 * 3 * depth / 8).fill(i + 1),
      }));
      const path = join(folder, "raw.mkv");
      const parts = [
        rawHeader({ width: 4, height: 2, depth, frameNanoseconds: 40_000_000n }),
        ...pictures.flatMap((
          { time, bytes },
        ) => [rawFrameHeader(BigInt(time), bytes.length), bytes]),
      ];
      await Deno.writeFile(path, new Uint8Array(await new Blob(parts).arrayBuffer()));
      const found = await run(
        ...[
          "ffprobe",
          "-v",
          "error",
          "-show_entries",
          "packet=pts:stream=pix_fmt,width,height",
        ] as const,
        ...["-of", "compact", path],
      );
      assert.deepEqual([...found.matchAll(/pts=(\d+)/g)].map(([, n]) => Number(n)), [
        0,
        41_666_667,
        1_000_000_001,
      ]);
      assert.match(
        found,
        new RegExp(`width=4\\|height=2\\|pix_fmt=rgb${depth === 8 ? "24" : "48le"}`),
      );
      const { stdout } = await new Deno.Command("ffmpeg", {
        args: ["-v", "error", "-i", path, "-fps_mode", "passthrough", "-f", "rawvideo", "-"],
      }).output();
      const all = pictures.flatMap(({ bytes }) => [...bytes]);
      assert.deepEqual([...stdout], all);
    },
  );
}
