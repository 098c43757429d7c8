import assert from "node:assert/strict";
import fc from "fast-check";
import { UserError } from "../../../core/errors.ts";
import { createLocator, locate, parseYaml } from "../../../core/options/yaml.ts";
import { loadNpmYaml, withoutEnv } from "../../../core/std/yaml.ts";

const npm = await loadNpmYaml();

async function refusal(text: string): Promise<string> {
  try {
    await parseYaml(text, "f.yml");
  } catch (error) {
    assert.ok(error instanceof UserError, String(error));
    assert.equal(error.exitCode, 2);
    return error.message;
  }
  assert.fail(`accepted ${JSON.stringify(text.slice(0, 80))}`);
}

const READ: readonly (readonly [string, unknown])[] = [
  ["a: 1e-4\nb: !!float 5e3\nc: !!float 1\nd: !!int 16", { a: 1e-4, b: 5000, c: 1, d: 16 }],
  ["a: ~\nb:\nc: null\nd: 'null'", { a: null, b: null, c: null, d: "null" }],
  ["a: True\nb: false\nc: y", { a: true, b: false, c: "y" }],
  ["a: !!str 012\nb: '012'\nc: \"yes\"", { a: "012", b: "012", c: "yes" }],
  ["a: 0x1f\nb: +5\nc: .5\nd: 5.\ne: -0", { a: 31, b: 5, c: 0.5, d: 5, e: 0 }],
  ["x: &b {c: 1, d: 2}\ny:\n  <<: *b\n  d: 3\nz: *b", {
    x: { c: 1, d: 2 },
    y: { c: 1, d: 3 },
    z: { c: 1, d: 2 },
  }],
  ["\uFEFFa: 1\r\nb:\r\n  - 2\r\n  - 3\r\n", { a: 1, b: [2, 3] }],
  ["'relu1_1': !!float 3.125e-2 # note", { relu1_1: 0.03125 }],
  ["a: |\n  x: 012\n\n  \ty\nb: >-\n  q\n  r\n", { a: "x: 012\n\n\ty\n", b: "q r" }],
  ["a:\n- b: 1\n  c: 2\n- b: 2\n", { a: [{ b: 1, c: 2 }, { b: 2 }] }],
  ["a: [1, [2, {b: 3}],\n  4]\t# a tab before a comment\n", { a: [1, [2, { b: 3 }], 4] }],
  ["a: {'b':1, \"c\": 'it''s'}", { a: { b: 1, c: "it's" } }],
  ["---\na: '{}x4'\n...\n", { a: "{}x4" }],
  ["name: 001_MSRResNet_x4_f64b16_DIV2K_1000k_B16G1_wandb", {
    name: "001_MSRResNet_x4_f64b16_DIV2K_1000k_B16G1_wandb",
  }],
  ["b: x#y\nc: x:y\nd: a b", { b: "x#y", c: "x:y", d: "a b" }],
  ["# nothing\n", null],
];

for (const [text, value] of READ) {
  Deno.test(`parseYaml() reads ${JSON.stringify(text)}`, async () => {
    assert.deepEqual(await parseYaml(text, "f.yml"), value);
  });
}

const REFUSED: readonly (readonly [string, RegExp])[] = [
  ["a: 012", /^f\.yml:1:4: 012 is octal.*; quote it \("012"\) or leave out the leading zero$/],
  ["a:\n  b: 1_000", /^f\.yml:2:6: 1_000 is a number .*leave out the underscores$/],
  ["a: yes", /^f\.yml:1:4: yes is a truth value .*write true or false$/],
  ["a: [1, Off]", /^f\.yml:1:8: Off /],
  ["a: 2024-01-02", /is a date/],
  ["a: 0o17", /0o17/],
  ["a: 0b1", /0b1/],
  ["a: 1:30", /base 60/],
  ["a: -.5", /write a zero before the point/],
  ["a: 12345678901234567890", /too large/],
  ["a: !!int 012", /octal/],
  ["no: 1", /^f\.yml:1:1: no is a truth value/],
  ["~: 1", /the key ~/],
  ["a:\n\tb: 1", /^f\.yml:2:1: a tab is used for indentation; use spaces$/],
  ["a:\tb", /^f\.yml:1:3: a tab/],
  ["a: 1\nb: 2\na: 3", /^f\.yml:3:1: the key "a" is given twice/],
  ["x: {a: 1, 'a': 2}", /^f\.yml:1:11: the key "a" is given twice/],
  ['a:\n  "b": 1\n  "\\x62": 2', /^f\.yml:3:3: the key "b" is given twice/],
  ["a: [1, 2", /^f\.yml:1:4: this \[ is never closed/],
  ["a: 'x", /^f\.yml:1:4: this ' is never closed/],
  ["a: \0", /^f\.yml:1:4: there is a control character \(U\+0000\)/],
  ["a: !!python/object:os.system x", /^f\.yml:1:4: the tag !!python.* is not supported/],
  ["a: !!js/function 'x'", /the tag !!js\/function is not supported/],
  ["a: !foo 1", /the tag !foo is not supported/],
  ["a: !!float abc", /!!float does not fit abc/],
  ["a: !!int '16'", /stands before quoted text/],
  ["__proto__: {x: 1}", /^f\.yml:1:1: the key __proto__ is refused/],
  ['"\\x5f_proto__": 1', /__proto__ is refused/],
  ["a: &x {b: *x}", /^f\.yml:1:8: a\.b contains itself/],
  ["a: *nowhere", /^f\.yml:1:4: there is no anchor &nowhere/],
  ["a: &x\nb: *x", /^f\.yml:1:4: this anchor/],
  ["a: 1\n---\nb: 2", /^f\.yml:2:1: a second document/],
  ["%YAML 1.1\n---\na: 1", /directives/],
  ["? a\n: b", /keys that begin with/],
  ["a: two\n  lines", /^f\.yml:2:3: text goes on over several lines/],
  ["a: 'two\n  lines'", /^f\.yml:1:4: this ' is not closed on its line/],
  ["a: !!seq 1", /!!seq stands before a plain value/],
  ["a: [1 2\n 3]", /^f\.yml:2:2: a comma is missing/],
  ["a: 'x' y", /^f\.yml:1:8: text follows a value/],
  ["a:\n-\n- 1", /^f\.yml:2:1: this list entry is empty/],
  ["a: |2\n   x", /is supported/],
  ["--- a: 1", /text follows ---/],
  ["[a]: b", /used as a key/],
  ["a: b: c", /^f\.yml:1:4: not readable as YAML \(Nested mappings/],
  ["a:\n  b: 1\n c: 2", /^f\.yml:3:1: not readable as YAML/],
  ["a: @b", /^f\.yml:1:4: not readable as YAML/],
];

for (const [text, message] of REFUSED) {
  Deno.test(`parseYaml() refuses ${JSON.stringify(text)}`, async () => {
    assert.match(await refusal(text), message);
  });
}

Deno.test("parseYaml() reports every ambiguous scalar at once", async () => {
  const lines = (await refusal("a: 012\nb: yes\nc: {d: 1_0}")).split("\n");
  assert.deepEqual(lines.map((line) => line.slice(0, 10)), [
    "f.yml:1:4:",
    "f.yml:2:4:",
    "f.yml:3:8:",
  ]);
});

Deno.test("refusing a __proto__ key changes no prototype", async () => {
  await refusal("__proto__: {polluted: true}");
  await refusal("a: {<<: {'__proto__': {polluted: true}}}");
  assert.equal(({} as { polluted?: boolean }).polluted, undefined);
});

const BOMBS: readonly (readonly [string, () => string, RegExp])[] = [
  [
    "20000 nested lists",
    () => "a: " + "[".repeat(20_000),
    /^f\.yml:1:67: nesting is deeper than 64/,
  ],
  ["20000 nested dashes", () => "- ".repeat(20_000) + "a", /nesting is deeper than 64/],
  [
    "keys nested by indentation",
    () => Array.from({ length: 1000 }, (_, i) => " ".repeat(i) + "a:").join("\n"),
    /nesting is deeper/,
  ],
  ["more than 100 aliases", () => `a: &a 1\nb: [${"*a, ".repeat(101)}]`, /more than 100 aliases/],
  [
    "aliases that multiply",
    () =>
      ["a0: &a0 [x, x, x, x, x, x, x, x, x]"].concat(
        Array.from({ length: 10 }, (_, i) =>
          `a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`).join(", ")}]`),
      ).join("\n"),
    /grows beyond 200000 values/,
  ],
  ["10 million characters", () => "a: " + "x".repeat(1e7), /longer than 1000000/],
];

for (const [name, make, message] of BOMBS) {
  Deno.test(`parseYaml() refuses ${name} within a second`, async () => {
    const text = make();
    await parseYaml("warm: up", "f.yml");
    const start = performance.now();
    assert.match(await refusal(text), message);
    assert.ok(performance.now() - start < 1000);
  });
}

Deno.test("any JSON is read as itself", async () => {
  const key = fc.string({ maxLength: 6 }).filter((k) => k !== "__proto__");
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.string({ maxLength: 8 }),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie("tree"), { maxLength: 4 }),
      fc.dictionary(key, tie("tree"), { maxKeys: 4 }),
    ),
  }));
  await fc.assert(
    fc.asyncProperty(tree, async (value) => {
      const json = JSON.stringify({ value });
      fc.pre(!json.includes("\x7f"));
      // Dictionaries of fast-check have no prototype.
      assert.deepEqual(await parseYaml(json, "f.yml"), JSON.parse(json));
    }),
    { numRuns: 300, seed: 1 },
  );
});

Deno.test("what parseYaml() accepts, an independent library reads alike; nothing but a UserError is thrown", async () => {
  const piece = fc.constantFrom(
    ..."a|b|c|0|1|12|1.5|1e-4|~|true|x y|'q'|\"d\"|''|: |:|- |-|, |,|[|]|{|}|#| #c|&x |*x|<<: |!!float |!!str |!!seq |!!map "
      .split("|"),
    "\n",
    "\n  ",
    "\n    ",
    " ",
    "  ",
    "|",
    ">-",
    "\t",
    "? ",
    "---",
    "...",
    "%",
    "@",
    "'",
    '"',
    "\\",
    "a: ",
    "\nb: ",
    "\n- ",
  );
  let accepted = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 14 }), async (pieces) => {
      const text = pieces.join("");
      let value: unknown;
      try {
        value = await parseYaml(text, "f.yml");
      } catch (error) {
        assert.ok(error instanceof UserError, `${JSON.stringify(text)} threw ${error}`);
        assert.match(error.message, /^f\.yml(:\d+:\d+)?: \S/);
        return;
      }
      // On tags before plain numbers the libraries differ, which is why the guard settles them.
      if (text.includes("!!float")) return;
      accepted++;
      const other = withoutEnv(() => npm.parse(text, { merge: true, logLevel: "error" }));
      assert.deepEqual(
        value,
        other === undefined ? null : JSON.parse(JSON.stringify(other)),
        JSON.stringify(text),
      );
    }),
    { numRuns: 4000, seed: 7 },
  );
  assert.ok(accepted > 300, `only ${accepted} texts were accepted`);
});

const PLACES = `base: &base
  lr: 1
  betas: [0.9,
    0.99]
train:
  optim_g:
    <<: *base
    type: Adam
  list:
    - a: 1
    - b: 2
`;

Deno.test("locate() finds keys, values, list entries and merged keys", async () => {
  const { locate: find } = await createLocator(PLACES);
  assert.deepEqual(find(["train", "optim_g", "type"]), { line: 8, column: 5 });
  assert.deepEqual(find(["train", "optim_g", "type"], "value"), { line: 8, column: 11 });
  assert.deepEqual(find(["train", "optim_g", "lr"]), { line: 2, column: 3 });
  assert.deepEqual(find(["base", "betas", 1], "value"), { line: 4, column: 5 });
  assert.deepEqual(find(["train", "list", 1, "b"]), { line: 11, column: 7 });
});

Deno.test("locate() gives the innermost block of a key that is not there", async () => {
  assert.deepEqual(await locate(PLACES, ["train", "optim_g", "missing", "deeper"]), {
    line: 6,
    column: 3,
  });
  assert.equal(await locate("a: 1", ["b"]), undefined);
});
