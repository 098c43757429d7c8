/**
 * `export`: a network as the models of other programs.
 *
 * @module
 */
import { ExitCode, type ExitCodeValue } from "../errors.ts";
import type { ExportReport, ExportResult } from "../export/export.ts";
import { removeOwnStages } from "../export/stage.ts";
import { verificationText } from "../export/verify.ts";
import { print, stderrTerminal } from "../log/terminal.ts";
import { DEFAULT_MODEL } from "../restore/model.ts";
import { bytes, table } from "../text.ts";
import { later } from "./_later.ts";
import { exportRequest, usage } from "./export_request.ts";
import type { Parsed } from "./flags.ts";
import { exportInterruptText, Interrupt } from "./interrupt.ts";
import { obtainLibrary } from "./obtain_library.ts";
import { join } from "node:path";

/**
 * Runs `export`.
 *
 * @param show Prints to standard output.
 * @throws {UserError} USAGE for a wrong command line; else what `exportModel` throws.
 */
export async function runExport(
  { flags, words }: Parsed,
  show: (text: string) => void = print,
): Promise<ExitCodeValue> {
  if (words.length > 0) {
    throw usage(`takes no words, received "${words[0]}": name the model with --model`);
  }
  const { source: named, ...rest } = exportRequest(flags);
  const source = named ?? (rest.optionsFile === undefined ? DEFAULT_MODEL : undefined);
  const say = (line: string) => stderrTerminal.line(line);
  using interrupt = new Interrupt({
    say,
    text: exportInterruptText,
    leaving: () => removeOwnStages(rest.folder),
  });
  await obtainLibrary("native");
  const { exportModel } = await later<typeof import("../export/export.ts")>("export/export.ts");
  const json = flags["json"] === true;
  let report: ExportReport;
  try {
    report = await exportModel(source, {
      ...rest,
      // Under the supervisor it has been fetched before, with the permission to do so.
      fetch: Deno.permissions.querySync({ name: "run" }).state === "granted",
      say,
      signal: interrupt.signal,
      onResult: (result) => {
        if (!json && result.error === undefined) show(resultText(result));
        else if (result.error !== undefined) say(`${result.target}: ${result.error.message}`);
      },
    });
  } catch (error) {
    if (interrupt.signal.aborted) return interrupt.exitCode;
    throw error;
  }
  if (json) show(JSON.stringify(asJson(report), undefined, 2));
  return exitCodeOf(report.results);
}

/** All done, or the code of the only target, or that some failed. */
function exitCodeOf(results: readonly ExportResult[]): ExitCodeValue {
  const errors = results.flatMap(({ error }) => error ?? []);
  if (errors.length === 0) return ExitCode.OK;
  return results.length === 1 ? errors[0]!.exitCode : ExitCode.SOME_FAILED;
}

/** So many files are named. */
const NAMED = 8;

/** A target for people. */
function resultText(
  { target, title, precision, folder, files, notes, verification }: ExportResult,
): string {
  const named = files.length > NAMED + 1 ? files.slice(0, NAMED) : files;
  const more = files.slice(named.length);
  const rows = named.map((file) => [join(folder, file.path), bytes(file.bytes)]);
  if (more.length > 0) {
    rows.push([
      `and ${more.length} more files`,
      bytes(more.reduce((sum, { bytes }) => sum + bytes, 0)),
    ]);
  }
  return [
    `${target}: ${title}, ${precision}`,
    table(rows, "  "),
    `  ${verification === undefined ? "not verified" : verificationText(verification)}`,
    ...notes.map((note) => `  ${note}`),
    `  how to run it: ${join(folder, "README.md")}`,
  ].join("\n");
}

/** Everything, with plain names. */
function asJson({ name, graph, results }: ExportReport): Record<string, unknown> {
  const { arch, options, source, scale, inputChannels, outputChannels, parameters, noise } = graph;
  return {
    name,
    model: source,
    arch,
    options,
    scale,
    inputChannels,
    outputChannels,
    parameters,
    noise: noise ?? null,
    targets: results.map(({ error, verification, ...result }) => ({
      ...result,
      ok: error === undefined,
      error: error?.message ?? null,
      verification: verification ?? null,
    })),
  };
}
