/**
 * Videos: restored frame by frame through `ffmpeg` and `ffprobe`, which the user installs.
 *
 * @module
 */
export {
  type EncoderWishes,
  PRESETS,
  VIDEO_CODECS,
  VIDEO_ENCODERS,
  type VideoCodec,
} from "./codecs.ts";
export { type FfmpegAbilities, ffmpegAbilities } from "./ffmpeg.ts";
export {
  type ColorTags,
  type Fraction,
  type OtherStream,
  probeVideo,
  type VideoInfo,
} from "./probe.ts";
export {
  restoreVideo,
  type VideoModel,
  type VideoOptions,
  type VideoProgress,
  type VideoResult,
} from "./restore.ts";
