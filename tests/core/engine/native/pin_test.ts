import assert from "node:assert/strict";
import { join } from "node:path";
import { pin } from "../../../../core/engine/native/pin.ts";

/** A library of a few kB that comes with libc, under a name of its own, so that nobody else has loaded it. */
const SMALL = `/lib/${Deno.build.arch}-linux-gnu/libanl.so.1`;

const isThere = await Deno.stat(SMALL).then(() => true, () => false);

Deno.test({
  name: `pin() keeps a library that Deno has closed${isThere ? "" : ` (skipped: no ${SMALL})`}`,
  ignore: !isThere,
  fn: async () => {
    const folder = await Deno.makeTempDir();
    try {
      // Deno reads nothing below /proc for a test that may not do everything; cat does.
      const isLoaded = (path: string) => {
        const { stdout } = new Deno.Command("cat", { args: [`/proc/${Deno.pid}/maps`] })
          .outputSync();
        return new TextDecoder().decode(stdout).includes(path);
      };
      const [kept, closed] = [join(folder, "libkept.so"), join(folder, "libclosed.so")];
      for (const path of [kept, closed]) await Deno.copyFile(SMALL, path);
      pin(kept);
      Deno.dlopen(closed, {}).close();
      assert.deepEqual([isLoaded(kept), isLoaded(closed)], [true, false]);
      assert.throws(() => pin(join(folder, "libmissing.so")), /libmissing/);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
