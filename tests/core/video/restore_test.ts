import {
  restoreVideo as restoreAny,
  type VideoModel,
  type VideoOptions,
} from "../../../core/video/mod.ts";
import {
  clip,
  facts,
  frameHashes,
  packets,
  repeating,
  run,
  source,
  times,
  videoTest,
} from "./_clips.ts";
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("_restore_main.ts", import.meta.url));

/** `restoreVideo` with the quickest encoding. */
const restoreVideo = (
  input: string,
  output: string,
  model: VideoModel,
  options: VideoOptions = {},
) => restoreAny(input, output, model, { preset: "ultrafast", ...options });

/** Runs `_restore_main.ts` with what a task grants. */
async function inProcess(folder: string, args: string[], path = Deno.env.get("PATH")!) {
  const { code, signal, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--no-prompt", "--cached-only", "--no-check", "--allow-read"],
      ...[`--allow-write=${folder}`, "--allow-run=ffmpeg,ffprobe", MAIN, ...args],
    ],
    env: { PATH: path, NO_COLOR: "1" },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, signal, out: text(stdout), err: text(stderr) };
}

async function namesIn(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).sort();
}

videoTest(
  "a constant frame rate: frames, times, sound, language and colour tags stay",
  async (folder) => {
    const input = await clip(
      folder,
      "clip.mp4",
      ...source(),
      ...["-f", "lavfi", "-i", "sine=d=0.4", "-f", "lavfi", "-i", "sine=f=880:d=0.4"],
      ...["-map", "0", "-map", "1", "-map", "2", "-metadata:s:a:1", "language=fra"],
      ...["-metadata", "title=A title", "-c:v", "libx264", "-pix_fmt", "yuv420p"],
      "-vf",
      "setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv",
    );
    const output = join(folder, "out.mp4");
    const seen: number[] = [];
    const result = await restoreVideo(input, output, repeating(), {
      segmentFrames: 4,
      onFrame: ({ done, total }) => seen.push(done, total!),
    });
    assert.deepEqual(result, {
      frames: 10,
      resumed: 0,
      width: 64,
      height: 48,
      codec: "h264",
      damage: [],
    });
    assert.deepEqual(seen, Array.from({ length: 10 }, (_, i) => [i + 1, 10]).flat());
    assert.deepEqual(await times(output), await times(input));
    assert.equal(await packets(output, "0:a:0"), await packets(input, "0:a:0"));
    assert.equal(await packets(output, "0:a:1"), await packets(input, "0:a:1"));
    const [before, after] = [await facts(input), await facts(output)];
    for (
      const key of [
        ...["time_base", "pix_fmt", "color_primaries", "color_transfer", "color_space"],
        ...["color_range", "nb_frames", "r_frame_rate", "avg_frame_rate", "duration"],
      ]
    ) assert.equal(after[key], before[key], key);
    assert.deepEqual([after["width"], after["height"]], [64, 48]);
    const sound = await facts(output, "a:1");
    assert.equal((sound["tags"] as Record<string, string>)["language"], "fra");
    assert.match(await run("ffprobe", "-v", "error", "-show_format", output), /TAG:title=A title/);
    assert.deepEqual(await namesIn(folder), ["clip.mp4", "out.mp4"]);
  },
);

videoTest(
  "a variable frame rate: each frame has its own time, over the joints of segments",
  async (folder) => {
    const input = await clip(
      folder,
      "vfr.mkv",
      ...source(),
      ...[
        "-vf",
        "settb=1/1000,setpts=N*40+mod(N*N\\,5)*7+300*gte(N\\,6)",
        "-fps_mode",
        "passthrough",
      ],
      ...["-enc_time_base", "1/1000", "-c:v", "libx264"],
    );
    const wanted = await times(input);
    const gaps = wanted.slice(1).map((time, i) => Math.round((time - wanted[i]!) * 1000));
    assert.ok(new Set(gaps).size >= 4, `${gaps}`);
    for (const name of ["out.mkv", "out.mp4"]) {
      const output = join(folder, name);
      const { frames } = await restoreVideo(input, output, repeating(), { segmentFrames: 3 });
      assert.equal(frames, 10);
      assert.deepEqual(await times(output), wanted, name);
    }
  },
);

videoTest("10 bits, HDR tags, subtitles and chapters stay", async (folder) => {
  const subtitles = join(folder, "s.srt");
  await Deno.writeTextFile(subtitles, "1\n00:00:00,000 --> 00:00:00,300\nHello\n");
  const chapters = join(folder, "m.txt");
  await Deno.writeTextFile(
    chapters,
    ";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=200\ntitle=One\n" +
      "[CHAPTER]\nTIMEBASE=1/1000\nSTART=200\nEND=400\ntitle=Two\n",
  );
  const input = await clip(
    folder,
    "ten.mkv",
    ...source(),
    ...["-i", subtitles, "-i", chapters, "-map", "0", "-map", "1", "-map_chapters", "2"],
    ...["-c:v", "libx264", "-vf"],
    "format=yuv420p10le,setparams=color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc:range=tv",
  );
  for (const name of ["out.mkv", "out.mp4"]) {
    const output = join(folder, name);
    await restoreVideo(input, output, repeating());
    const after = await facts(output);
    assert.deepEqual(
      ["pix_fmt", "color_primaries", "color_transfer", "color_space", "color_range"].map((key) =>
        after[key]
      ),
      ["yuv420p10le", "bt2020", "smpte2084", "bt2020nc", "tv"],
    );
    const words = await run(
      "ffmpeg",
      "-v",
      "error",
      "-i",
      output,
      "-map",
      "0:s:0",
      "-f",
      "srt",
      "-",
    );
    assert.match(words, /Hello/);
    const marks = await run("ffprobe", "-v", "error", "-show_chapters", output);
    assert.match(marks, /end_time=0.200000\nTAG:title=One[^]*TAG:title=Two/);
  }
});

videoTest(
  "a turned video comes out upright, pixels that are not square stay so",
  async (folder) => {
    const flat = await clip(
      folder,
      "flat.mp4",
      ...source(),
      "-vf",
      "setsar=4/3",
      "-c:v",
      "libx264",
    );
    const turned = join(folder, "turned.mp4");
    // As ffmpeg before and after 6.0 take it.
    try {
      await run(
        "ffmpeg",
        "-v",
        "error",
        "-display_rotation",
        "90",
        "-i",
        flat,
        "-c",
        "copy",
        turned,
      );
    } catch {
      await run("ffmpeg", ...[
        "-v",
        "error",
        "-i",
        flat,
        "-c",
        "copy",
        "-metadata:s:v",
        "rotate=90",
      ], turned);
    }
    const output = join(folder, "out.mp4");
    const { width, height } = await restoreVideo(turned, output, repeating());
    assert.deepEqual([width, height], [48, 64]);
    const after = await facts(output);
    assert.equal(after["sample_aspect_ratio"], "3:4");
    assert.equal(after["side_data_list"], undefined);
    // ffmpeg turns the input by itself: the same picture, apart from what encoding costs.
    const gray = (path: string, size: string) =>
      new Deno.Command("ffmpeg", {
        args: [
          ...["-v", "error", "-i", path, "-frames:v", "1", "-vf", `scale=${size}:flags=area`],
          ...["-pix_fmt", "gray", "-f", "rawvideo", "-"],
        ],
      }).output().then(({ stdout }) => stdout);
    const [a, b] = [await gray(turned, "24:32"), await gray(output, "24:32")];
    assert.equal(a.length, 24 * 32);
    const error = a.reduce((sum, value, i) => sum + Math.abs(value - b[i]!), 0) / a.length;
    assert.ok(error < 3, `${error}`);
  },
);

videoTest(
  "odd sizes: a column and a row are repeated for H.264, VP9 takes them as they are",
  async (folder) => {
    const input = await clip(
      folder,
      "odd.webm",
      ...source("34x26", 0.2),
      ...[
        "-vf",
        "crop=33:25:exact=1",
        "-pix_fmt",
        "yuv444p",
        "-c:v",
        "libvpx-vp9",
        "-lossless",
        "1",
      ],
    );
    const before = await facts(input);
    assert.deepEqual([before["width"], before["height"]], [33, 25]);
    // 4:4:4 stays as odd as it is.
    const full = join(folder, "full.mp4");
    await restoreVideo(input, full, repeating({ scale: 1 }));
    assert.deepEqual([(await facts(full))["width"], (await facts(full))["height"]], [33, 25]);
    const small = await clip(
      folder,
      "small.webm",
      ...["-i", input, "-pix_fmt", "yuv420p", "-c:v", "libvpx-vp9", "-lossless", "1"],
    );
    const said: string[] = [];
    const even = join(folder, "even.mp4");
    await restoreVideo(small, even, repeating({ scale: 1 }), { say: (line) => said.push(line) });
    assert.deepEqual([(await facts(even))["width"], (await facts(even))["height"]], [34, 26]);
    assert.match(said.join("\n"), /34x26 pixels instead of 33x25/);
    const webm = join(folder, "odd_out.webm");
    await restoreVideo(small, webm, repeating({ scale: 1 }));
    assert.deepEqual([(await facts(webm))["width"], (await facts(webm))["height"]], [33, 25]);
    assert.deepEqual(await times(webm), await times(input));
  },
);

videoTest("stopped and resumed it has the frames of an unbroken run", async (folder) => {
  const input = await clip(folder, "clip.mp4", ...source(), "-c:v", "libx264");
  const whole = join(folder, "whole.mp4");
  await restoreVideo(input, whole, repeating(), { segmentFrames: 3 });

  const output = join(folder, "out.mp4");
  const stop = new AbortController();
  const stopping = repeating({
    before: (frame) => {
      if (frame === 7) stop.abort(new Error("enough"));
    },
  });
  await assert.rejects(
    restoreVideo(input, output, stopping, { segmentFrames: 3, restore: { signal: stop.signal } }),
    /enough/,
  );
  assert.deepEqual(await namesIn(folder), ["clip.mp4", "out.mp4.part", "whole.mp4"]);
  const left = (await namesIn(`${output}.part`)).filter((name) => /nut$/.test(name));
  assert.ok(left.length >= 1 && left.length <= 2, `${left}`);

  let computed = 0;
  const result = await restoreVideo(input, output, repeating({ before: () => void computed++ }), {
    segmentFrames: 3,
    resume: true,
  });
  assert.equal(result.resumed, left.length * 3);
  assert.equal(computed, 10 - result.resumed);
  assert.deepEqual(await frameHashes(output), await frameHashes(whole));
  assert.deepEqual(await times(output), await times(input));
  assert.deepEqual(await namesIn(folder), ["clip.mp4", "out.mp4", "whole.mp4"]);
});

videoTest("killed at any moment it can be resumed, also over a damaged segment", async (folder) => {
  const input = await clip(folder, "clip.mp4", ...source(), "-c:v", "libx264");
  const output = join(folder, "out.mp4");
  const killed = await inProcess(folder, [input, output, "8"]);
  assert.equal(killed.signal, "SIGKILL", killed.err);
  await assert.rejects(Deno.stat(output), Deno.errors.NotFound);
  const first = join(`${output}.part`, "000000.nut");
  const bytes = await Deno.readFile(first);
  bytes[bytes.length >> 1]! ^= 1;
  await Deno.writeFile(first, bytes);
  const again = await inProcess(folder, [input, output]);
  assert.deepEqual([again.code, again.out], [0, "10\n"], again.err);
  const whole = join(folder, "whole.mp4");
  await restoreVideo(input, whole, repeating(), { segmentFrames: 3, preset: "medium" });
  assert.deepEqual(await frameHashes(output), await frameHashes(whole));
  assert.deepEqual(await namesIn(folder), ["clip.mp4", "out.mp4", "whole.mp4"]);
});

videoTest(
  "resuming with other options or another input is refused, naming what differs",
  async (folder) => {
    const input = await clip(folder, "clip.mp4", ...source(), "-c:v", "libx264");
    const output = join(folder, "out.mp4");
    const stop = new AbortController();
    const model = repeating({
      before: (frame) => {
        if (frame === 5) stop.abort(new Error("enough"));
      },
    });
    const options = { segmentFrames: 3, crf: 20 };
    await assert.rejects(
      restoreVideo(input, output, model, { ...options, restore: { signal: stop.signal } }),
      /enough/,
    );
    await assert.rejects(
      restoreVideo(input, output, repeating(), { ...options, crf: 21, resume: true }),
      { message: /out.mp4.part was begun with crf 20, not 21: resume with the same/, exitCode: 2 },
    );
    const other = await clip(folder, "other.mp4", ...source("34x24"), "-c:v", "libx264");
    await assert.rejects(
      restoreVideo(other, output, repeating(), { ...options, resume: true }),
      { message: /begun with another input/, exitCode: 2 },
    );
  },
);

videoTest(
  "an input that ends too early is restored as far as it goes, and that is said",
  async (folder) => {
    const sound = await clip(
      folder,
      "clip.mkv",
      ...source("64x48", 1),
      "-c:v",
      "mpeg2video",
      "-qscale:v",
      "2",
    );
    const cut = join(folder, "cut.mkv");
    const bytes = await Deno.readFile(sound);
    await Deno.writeFile(cut, bytes.subarray(0, Math.round(bytes.length * 0.6)));
    const result = await restoreVideo(cut, join(folder, "out.mkv"), repeating({ scale: 1 }));
    assert.ok(result.frames > 2 && result.frames < 25, `${result.frames}`);
    assert.match(result.damage.join("\n"), /prematurely|partial|error|End of file|overread/i);
  },
);

videoTest("what is no video is refused, and so are playlists", async (folder) => {
  const text = join(folder, "text.mp4");
  await Deno.writeTextFile(text, "this is no video");
  await assert.rejects(restoreVideo(text, join(folder, "out.mp4"), repeating()), {
    message: /text.mp4 is no video that can be read/,
    exitCode: 4,
  });
  const list = join(folder, "list.mp4");
  await Deno.writeTextFile(list, `ffconcat version 1.0\nfile /etc/hostname\n`);
  await assert.rejects(restoreVideo(list, join(folder, "out.mp4"), repeating()), {
    message: /list.mp4 is no video that can be read/,
    exitCode: 4,
  });
  const tone = await clip(folder, "tone.mp4", "-f", "lavfi", "-i", "sine=d=0.2");
  await assert.rejects(restoreVideo(tone, join(folder, "out.mp4"), repeating()), {
    message: /tone.mp4 holds no video stream, only audio/,
    exitCode: 4,
  });
  assert.deepEqual(await namesIn(folder), ["list.mp4", "text.mp4", "tone.mp4"]);
});

videoTest("sound that the container does not hold is refused before any frame", async (folder) => {
  const input = await clip(
    folder,
    "clip.mkv",
    ...source(),
    ...["-f", "lavfi", "-i", "sine=d=0.4", "-c:v", "libx264", "-c:a", "wmav2"],
  );
  const model = repeating({ before: () => assert.fail("a frame was restored") });
  await assert.rejects(restoreVideo(input, join(folder, "out.mp4"), model), {
    message: /out.mp4 cannot hold the sound or the subtitles[^]*\.mkv[^]*wmav2/,
    exitCode: 2,
  });
});

videoTest(
  "an ffmpeg that ends in the middle is an error with its last words, the parts stay",
  async (folder) => {
    const input = await clip(folder, "clip.mp4", ...source(), "-c:v", "libx264");
    const real = await which("ffmpeg");
    const bin = join(folder, "bin");
    await Deno.mkdir(bin);
    // Gives seven frames and a half, and fails, where it decodes.
    await Deno.writeTextFile(
      join(bin, "ffmpeg"),
      `#!/bin/sh\ncase "$*" in\n*rawvideo*) '${real}' "$@" | head -c 17280; echo '[x] [error] out of luck' >&2; exit 3;;\n` +
        `*) exec '${real}' "$@";;\nesac\n`,
      { mode: 0o755 },
    );
    const output = join(folder, "out.mp4");
    const path = `${bin}:${Deno.env.get("PATH")}`;
    const { code, err } = await inProcess(folder, [input, output], path);
    assert.equal(code, 4, err);
    assert.match(err, /clip.mp4: ffmpeg ended after 7 frames with code 3:[^]*out of luck/);
    assert.ok((await namesIn(`${output}.part`)).includes("000001.json"));
    await assert.rejects(Deno.stat(output), Deno.errors.NotFound);
  },
);

Deno.test("without ffmpeg the message says how to install it, exit code 3", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const { code, err } = await inProcess(
      folder,
      [join(folder, "a.mp4"), join(folder, "b.mp4")],
      folder,
    );
    assert.equal(code, 3, err);
    assert.match(err, /ffmpeg/);
    assert.match(err, /install/);
    assert.doesNotMatch(err, /internal error|at file:/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** Where a program lies. */
async function which(program: string): Promise<string> {
  for (const dir of Deno.env.get("PATH")!.split(":")) {
    const path = join(dir, program);
    if ((await Deno.stat(path).catch(() => undefined))?.isFile) return path;
  }
  throw new Error(`${program} is not on PATH`);
}
