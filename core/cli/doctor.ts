/**
 * `doctor`: what is here, what is amiss, and what to do about it; to be pasted into a bug report.
 *
 * @module
 */
import { ExitCode } from "../errors.ts";
import { print } from "../log/terminal.ts";
import { reportObject, reportText, type Section, section, withoutNames } from "./doctor_report.ts";
import {
  lookAtDisk,
  lookAtFfmpeg,
  lookAtMachine,
  lookAtMemory,
  lookAtPermissions,
  lookAtPlaces,
  lookAtPlugins,
  lookAtWeights,
} from "./doctor_sections.ts";
import { lookAtEngine, lookAtVersions } from "./doctor_runtime.ts";
import type { Parsed } from "./flags.ts";

/** Runs `doctor`: 0 if pictures can be restored here, else 3. */
export async function runDoctor({ flags }: Parsed): Promise<number> {
  const plugins = (flags["plugins"] ?? []) as readonly string[];
  const sections: Section[] = [];
  // One after the other, so that the time of the engine's test is its own.
  for (
    const [title, look] of [
      ["Versions", lookAtVersions],
      ["Machine", lookAtMachine],
      ["Engine", lookAtEngine],
      ["Memory", lookAtMemory],
      ["Disk", lookAtDisk],
      ["Places", lookAtPlaces],
      ["Permissions", lookAtPermissions],
      ["Plugins", (findings) => lookAtPlugins(findings, plugins)],
      ["Weights", (findings) => lookAtWeights(findings, plugins)],
      ["Videos", lookAtFfmpeg],
    ] as const satisfies readonly (readonly [string, Parameters<typeof section>[1]])[]
  ) sections.push(await section(title, look));
  const text = flags["json"] === true
    ? JSON.stringify(reportObject(sections), null, 2)
    : reportText(sections);
  print(withoutNames(text));
  const usable = !sections.some(({ problems }) => problems.some(({ fatal }) => fatal));
  return usable ? ExitCode.OK : ExitCode.ENVIRONMENT;
}
