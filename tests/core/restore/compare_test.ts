import { comparePage } from "../../../core/restore/compare.ts";
import { encodePng } from "../../../core/data/png.ts";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";

const png = encodePng({ width: 1, height: 1, channels: 1, data: Uint8Array.of(1) });

function page(name = "a.png", factor = 1): string {
  return comparePage({
    name,
    model: "x & y",
    before: { png, width: 10, height: 6, factor: 1 },
    after: { png, width: 40, height: 24, factor },
  });
}

Deno.test("the page needs nothing from anywhere and allows its own script alone", () => {
  const html = page();
  assert.doesNotMatch(html, /(?:src|href)="(?!data:image\/png;base64,)/);
  assert.doesNotMatch(html, /https?:/);
  const script = /<script>([^]*)<\/script>/.exec(html)![1]!;
  const hash = createHash("sha256").update(script).digest("base64");
  assert.ok(html.includes(`script-src 'sha256-${hash}'`), "the policy names the script's hash");
  assert.ok(html.includes("default-src 'none'"));
});

Deno.test("names are text, whatever is in them", () => {
  const html = page('<script>alert(1)</script>"\n\x07.png');
  assert.equal(html.match(/<script>/g)!.length, 1, "its own script");
  assert.ok(html.includes("&lt;script&gt;alert(1)&lt;/script&gt;&quot;"));
  assert.ok(html.includes("x &amp; y"));
});

Deno.test("sizes are those of the files; what is shown reduced is said", () => {
  assert.match(page(), /10 × 6 pixels restored to 40 × 24 by/);
  assert.match(page(), /data-width="40" data-height="24"/);
  const reduced = page("a.png", 3);
  assert.match(reduced, /Shown reduced: the output 3 times\./);
  assert.match(reduced, /data-width="14" data-height="8"/);
});
