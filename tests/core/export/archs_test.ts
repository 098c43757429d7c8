/**
 * Every arch, small: recorded for all sizes, it computes what our engine computes, and each target takes it or names the ops that it
 * lacks. The table in `docs/export.md` is what comes of that; `DENOSR_WRITE_DOCS=1` writes it anew. A new arch is covered on arrival.
 */
import assert from "node:assert/strict";
import { COMPOSITES, withComposites } from "../../../core/export/composites.ts";
import type { ExportGraph } from "../../../core/export/graph.ts";
import { loadTarget } from "../../../core/export/registry.ts";
import { TARGETS } from "../../../core/export/target.ts";
import type { SizeExpression } from "../../../core/engine/native/size_expressions.ts";
import { ExitCode, UserError } from "../../../core/errors.ts";
import { difference, EXPORTABLE, images } from "./_archs.ts";
import { interpret } from "./_interpret.ts";
import { engineTest, recordedArch } from "./_recorded.ts";

/** Rounding, of networks whose factors went into their weights. */
const TOLERANCE = 3e-6;

const DOCS = new URL("../../../docs/export.md", import.meta.url);

/** Archs whose ops each target must have. */
const CONVOLUTIONAL = [
  "EDSR",
  "RCAN",
  "MSRResNet",
  "RRDBNet",
  "SRVGGNetCompact",
  "SPAN",
  "DnCNN",
  "NAFNet",
  "ECBSR",
];

engineTest(
  "every arch is recorded as our engine computes it, and written as the docs say",
  async () => {
    assert.ok(EXPORTABLE.length >= 20);
    const rows: string[][] = [];
    for (const name of EXPORTABLE) {
      using recorded = await recordedArch(name);
      const { graph } = recorded;
      checkForm(graph);
      // The least height, and a width that is no multiple.
      const { minSize, multiple, inputChannels } = graph;
      const x = images([3, minSize, Math.max(minSize, 2 * multiple + 1), inputChannels], 1);
      const expected = await recorded.forward(x);
      for (const one of [graph, withComposites(graph, COMPOSITES)]) {
        const worst = difference(interpret(one, x), expected);
        assert.ok(worst < TOLERANCE, `${name} at ${x.shape}: ${worst}`);
      }
      rows.push([name, ...await writeAll(graph)]);
    }
    for (const [name, ...cells] of rows) {
      for (const [i, target] of TARGETS.entries()) {
        const must = CONVOLUTIONAL.includes(name!) ||
          ["savedmodel", "frozen", "onnx", "tfjs"].includes(target);
        if (must) assert.equal(cells[i], "yes", `${name} to ${target}`);
      }
    }
    checkTable(rows);
  },
);

engineTest("RealPLKSR that looks for its pixels is exported, too", async () => {
  for (const upscaling_factor of [2, 3]) {
    using recorded = await recordedArch("RealPLKSR", { dysample: true, upscaling_factor });
    const { graph } = recorded;
    checkForm(graph);
    const x = images([2, 5, 7, 3], 1);
    assert.ok(difference(interpret(graph, x), await recorded.forward(x)) < TOLERANCE);
    const cells = await writeAll(graph);
    for (const [i, target] of TARGETS.entries()) {
      if (target !== "ncnn") assert.equal(cells[i], "yes", target);
    }
  }
});

/** What all targets rely on. */
function checkForm(graph: ExportGraph): void {
  const names = graph.nodes.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length, graph.arch);
  for (const name of names) assert.match(name, /^[A-Za-z][\w./]*$/);
  assert.equal(graph.nodes[graph.output.node]!.name, "sr");
  assert.equal(graph.nodes[graph.input]!.name, "lq");
  for (const [position, { inputs, outputs, constant, name }] of graph.nodes.entries()) {
    assert.ok(inputs.every(({ node }) => node < position), name);
    const sizes = outputs.flatMap(({ shape }) => shape);
    if (constant?.kind === "sizes") sizes.push(...constant.values);
    for (const size of sizes) {
      assert.ok(Number.isFinite(size.offset), `${graph.arch}: a size of ${name} is not known`);
      assert.ok(!dividesCount(size), `${graph.arch}: ${name} divides the number of images`);
    }
  }
}

function dividesCount({ factors }: SizeExpression): boolean {
  return factors.some(({ symbol, divisor, of }) =>
    symbol === 0 && divisor > 1 || of !== undefined && dividesCount(of)
  );
}

/** For each target `yes`, or the ops that it has nothing for. */
async function writeAll(graph: ExportGraph): Promise<string[]> {
  const cells: string[] = [];
  for (const name of TARGETS) {
    const target = await loadTarget(name);
    const folder = await Deno.makeTempDir();
    try {
      const { model, files } = await target.write(graph, folder, {});
      assert.ok(files.length > 0 && model !== undefined, `${graph.arch} to ${name}`);
      cells.push("yes");
    } catch (error) {
      cells.push(refusalOf(error, graph));
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  }
  return cells;
}

/** The ops that a refusal names. */
function refusalOf(error: unknown, { arch }: ExportGraph): string {
  if (!(error instanceof UserError) || error.exitCode !== ExitCode.DATA) throw error;
  const ops = [...error.message.matchAll(/\n {2}(\w+).*?, used by (.*)/g)];
  assert.ok(ops.length > 0 && error.message.includes(arch), error.message);
  return `no: ${[...new Set(ops.map(([, op]) => op))].sort().join(", ")}`;
}

function checkTable(rows: readonly (readonly string[])[]): void {
  const head = ["Arch", ...TARGETS];
  const all = [head, ...rows];
  const widths = head.map((_, i) => Math.max(...all.map((row) => row[i]!.length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i]!)).join(" | ")} |`;
  const table = [
    line(head),
    `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`,
    ...rows.map(line),
  ].join("\n");
  const text = Deno.readTextFileSync(DOCS);
  const [before, after] = ["<!-- table -->\n\n", "\n\n<!-- end of the table -->"];
  const start = text.indexOf(before) + before.length, end = text.indexOf(after);
  assert.ok(start >= before.length && end >= start, "docs/export.md has no place for the table");
  if (Deno.env.get("DENOSR_WRITE_DOCS") === "1") {
    Deno.writeTextFileSync(DOCS, text.slice(0, start) + table + text.slice(end));
    return;
  }
  assert.equal(text.slice(start, end), table, "set DENOSR_WRITE_DOCS=1 to write the table anew");
}
