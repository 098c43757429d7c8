import { planEncoder } from "../../../core/video/codecs.ts";
import assert from "node:assert/strict";

const complete = {
  version: "7.1",
  encoders: new Set(["libx264", "libx265", "libvpx-vp9", "libsvtav1", "libaom-av1"]),
};

Deno.test("planEncoder() takes the codec that fits the extension", () => {
  const name = (output: string, codec?: string) => planEncoder(output, { codec }, complete).encoder;
  assert.equal(name("a.mp4"), "libx264");
  assert.equal(name("a.MKV"), "libx264");
  assert.equal(name("a.webm"), "libvpx-vp9");
  assert.equal(name("a.mkv", "av1"), "libsvtav1");
  assert.deepEqual(planEncoder("a.mp4", { codec: "h265" }, complete).muxing.slice(-2), [
    "-tag:v",
    "hvc1",
  ]);
  assert.deepEqual(planEncoder("a.mkv", { codec: "h265" }, complete).muxing, []);
  const { arguments: args } = planEncoder("a.mp4", { crf: 20.5, preset: "slow" }, complete);
  assert.deepEqual(args, ["-c:v", "libx264", "-crf", "20.5", "-preset", "slow", "-bf", "0"]);
});

Deno.test("planEncoder() refuses what does not exist or go together, exit code 2", () => {
  for (
    const [output, wishes, message] of [
      ["a.avi", {}, /a.avi: videos are written as .mp4, .m4v, .mov, .mkv, .webm/],
      ["a.webm", { codec: "h264" }, /.webm files do not hold h264, only vp9, av1; .mkv holds all/],
      [
        "a.mp4",
        { codec: "mpeg2" },
        /--codec must be one of h264, h265, vp9, av1, received "mpeg2"/,
      ],
      ["a.mp4", { crf: 52 }, /--crf must be between 0 and 51 for h264, received 52/],
      ["a.mp4", { crf: NaN }, /--crf must be between/],
      ["a.mp4", { preset: "quick" }, /--preset must be one of ultrafast, .*received "quick"/],
    ] as const
  ) assert.throws(() => planEncoder(output, wishes, complete), { message, exitCode: 2 });
});

Deno.test("planEncoder() names an encoder that ffmpeg lacks, and those that it has", () => {
  const some = { version: "6.0-free", encoders: new Set(["libvpx-vp9", "libaom-av1"]) };
  assert.throws(() => planEncoder("a.mkv", {}, some), {
    message: /ffmpeg \(6.0-free\) cannot write h264: it lacks libx264; choose --codec vp9 or av1/,
    exitCode: 3,
  });
  assert.equal(planEncoder("a.mkv", { codec: "av1" }, some).encoder, "libaom-av1");
});
