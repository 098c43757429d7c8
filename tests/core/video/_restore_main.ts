/**
 * Restores a video with the model that repeats pixels, in a process of its own: `INPUT OUTPUT [KILL_AT]`, where the process
 * kills itself before frame KILL_AT. Errors of users end it with their exit code, as the command line does.
 *
 * @module
 */
import { report } from "../../../core/cli/main.ts";
import { restoreVideo } from "../../../core/video/mod.ts";
import { repeating } from "./_clips.ts";

const [input, output, killAt] = Deno.args;
try {
  const before = (frame: number) => {
    if (frame === Number(killAt)) Deno.kill(Deno.pid, "SIGKILL");
  };
  const model = repeating(killAt === undefined ? {} : { before });
  const { frames } = await restoreVideo(input!, output!, model, { segmentFrames: 3, resume: true });
  console.log(frames);
} catch (error) {
  Deno.exitCode = report(error, false);
}
