import { planColor, tagArguments, tagFilter } from "../../../core/video/color.ts";
import assert from "node:assert/strict";

const ALL = ["420", "422", "444"] as const;

Deno.test("planColor() keeps depth and subsampling, as far as the encoder takes them", () => {
  const kept = (pixelFormat: string, chromas: readonly ("420" | "422" | "444")[] = ALL) => {
    const { depth, pixelFormat: out } = planColor(
      { pixelFormat, color: {}, height: 24 },
      96,
      chromas,
    );
    return [depth, out];
  };
  assert.deepEqual(kept("yuv420p"), [8, "yuv420p"]);
  assert.deepEqual(kept("nv12"), [8, "yuv420p"]);
  assert.deepEqual(kept("yuv420p10le"), [16, "yuv420p10le"]);
  assert.deepEqual(kept("p010le"), [16, "yuv420p10le"]);
  assert.deepEqual(kept("yuv422p10le"), [16, "yuv422p10le"]);
  assert.deepEqual(kept("yuyv422"), [8, "yuv422p"]);
  assert.deepEqual(kept("yuv444p12le"), [16, "yuv444p10le"]);
  assert.deepEqual(kept("yuv444p"), [8, "yuv444p"]);
  assert.deepEqual(kept("yuv444p", ["420"]), [8, "yuv420p"]);
  assert.deepEqual(kept("gbrp10le"), [16, "yuv444p10le"]);
  assert.deepEqual(kept("rgb48le"), [16, "yuv444p10le"]);
  assert.deepEqual(kept("gray"), [8, "yuv420p"]);
  assert.deepEqual(kept("gray16le"), [16, "yuv420p10le"]);
  assert.deepEqual(kept("bgra"), [8, "yuv420p"]);
});

Deno.test("planColor() says what is lost", () => {
  const notes = (pixelFormat: string, chromas: readonly ("420" | "422" | "444")[] = ALL) =>
    planColor({ pixelFormat, color: {}, height: 24 }, 96, chromas).notes.join("; ");
  assert.equal(notes("yuv420p"), "");
  assert.equal(notes("yuv420p10le"), "");
  assert.match(notes("yuva420p"), /transparency is left out/);
  assert.match(notes("yuva444p10le"), /transparency/);
  assert.match(notes("yuv422p12le"), /12-bit samples become 10-bit/);
  assert.match(notes("yuv422p", ["420"]), /4:2:2 to 4:2:0/);
});

Deno.test("planColor() copies tags, and adds the matrix only where players would guess another one", () => {
  const tags = { primaries: "bt2020", transfer: "smpte2084", matrix: "bt2020nc", range: "tv" };
  const hdr = planColor({ pixelFormat: "yuv420p10le", color: tags, height: 24 }, 96, ALL);
  assert.deepEqual(hdr.tags, tags);
  assert.match(hdr.decode, /in_color_matrix=bt2020:in_range=tv/);
  assert.match(hdr.encode, /out_color_matrix=bt2020:out_range=tv/);

  const small = planColor({ pixelFormat: "yuv420p", color: {}, height: 240 }, 480, ALL);
  assert.deepEqual(Object.values(small.tags), [undefined, undefined, undefined, undefined]);
  assert.match(small.decode, /in_color_matrix=bt601/);
  const grown = planColor({ pixelFormat: "yuv420p", color: {}, height: 480 }, 1920, ALL);
  assert.equal(grown.tags.matrix, "smpte170m");
  assert.match(grown.encode, /out_color_matrix=bt601/);
  const large = planColor({ pixelFormat: "yuv420p", color: {}, height: 1080 }, 4320, ALL);
  assert.equal(large.tags.matrix, undefined);
  assert.match(large.decode, /in_color_matrix=bt709/);

  const full = planColor({ pixelFormat: "yuvj420p", color: {}, height: 24 }, 96, ALL);
  assert.match(full.decode, /in_range=pc/);
  assert.equal(full.tags.range, "pc");
  const rgb = planColor({ pixelFormat: "gbrp", color: { matrix: "gbr" }, height: 24 }, 96, ALL);
  assert.deepEqual([rgb.tags.matrix, rgb.tags.range], ["bt709", "tv"]);
});

Deno.test("tags as options and as a filter", () => {
  const tags = { primaries: "bt709", range: "pc" };
  assert.deepEqual(tagArguments(tags), ["-color_primaries", "bt709", "-color_range", "pc"]);
  assert.equal(
    tagFilter(tags),
    "setparams=color_primaries=bt709:color_trc=unknown:colorspace=unknown:range=pc",
  );
});
