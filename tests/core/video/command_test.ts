import { checkVideo, isVideo, isVideoOutput, videoExtension } from "../../../core/video/command.ts";
import assert from "node:assert/strict";
import { join } from "node:path";
import { clip, source, videoTest } from "./_clips.ts";

Deno.test("videos are told by their names", () => {
  assert.deepEqual(["a.MP4", "b.mkv", "c.ts", "d.gif", "e.png", "f"].map(isVideo), [
    ...[true, true, true, false, false, false],
  ]);
  assert.deepEqual(["a.mp4", "a.avi", "a.png"].map(isVideoOutput), [true, false, false]);
  assert.deepEqual(["a.mov", "a.avi", "a.gif"].map(videoExtension), [".mov", ".mkv", ".mkv"]);
});

videoTest(
  "checkVideo() says what goes where, and refuses what would destroy something",
  async (folder) => {
    const input = await clip(folder, "clip.mp4", ...source(), "-c:v", "libx264");
    const output = join(folder, "out.mkv");
    const command = { input, output, restore: {} };
    const { line } = await checkVideo(command);
    assert.equal(line, `${input} (32x24, 10 frames, 25 fps, h264, no audio) → ${output} (h264)`);
    await assert.rejects(checkVideo({ ...command, output: input }), {
      message: /is input and output/,
      exitCode: 2,
    });
    await assert.rejects(checkVideo({ ...command, crf: "good" }), {
      message: /--crf must be/,
      exitCode: 2,
    });
    await assert.rejects(checkVideo({ ...command, input: join(folder, "none.mp4") }), {
      message: /none.mp4 does not exist/,
      exitCode: 4,
    });
    await assert.rejects(checkVideo({ ...command, output: join(folder, "none", "out.mp4") }), {
      message: /none is no folder that can be written to/,
      exitCode: 6,
    });
    await Deno.mkdir(`${output}.part`);
    await Deno.writeTextFile(
      join(`${output}.part`, "000000.json"),
      JSON.stringify({ sha256: "0", pts: [0, 1, 2] }),
    );
    await assert.rejects(checkVideo(command), {
      message:
        /out.mkv.part holds 3 frames of an interrupted run: --resume goes on with them, --overwrite/,
      exitCode: 2,
    });
    await checkVideo({ ...command, resume: true });
    await Deno.writeTextFile(output, "");
    await assert.rejects(checkVideo({ ...command, resume: true }), {
      message: /out.mkv exists already: give --overwrite/,
      exitCode: 2,
    });
    await checkVideo({ ...command, overwrite: true });
  },
);
