/**
 * What a run ran on: versions and machine, for the first lines of a log, the report and bug reports.
 *
 * Nothing here asks for a permission: what may not be read is left out.
 *
 * @module
 */
import { arch, cpus, release } from "node:os";
import { bytes } from "../text.ts";
import { VERSION } from "../version.ts";

/** One fact. */
export interface Fact {
  /** What it is, for example `Memory`. */
  readonly label: string;
  /** For people, for example `15.6 GB`. */
  readonly value: string;
}

/** The system interfaces asked here. */
type SysKind = "cpus" | "osRelease" | "systemMemoryInfo";

function permitted<T>(kind: SysKind, read: () => T): T | undefined {
  return Deno.permissions.querySync({ name: "sys", kind }).state === "granted" ? read() : undefined;
}

/** Versions of everything that can change a result. */
export function versionFacts(engine?: string): Fact[] {
  return [
    { label: "DenoSR", value: VERSION },
    { label: "Deno", value: Deno.version.deno },
    { label: "V8", value: Deno.version.v8 },
    { label: "TypeScript", value: Deno.version.typescript },
    ...(engine === undefined ? [] : [{ label: "Engine", value: engine }]),
  ];
}

/** The machine: system, processor, threads, memory. */
export function hostFacts(): Fact[] {
  const osRelease = permitted("osRelease", release);
  const model = permitted("cpus", () => cpus()[0]?.model.trim());
  const memory = permitted("systemMemoryInfo", () => Deno.systemMemoryInfo().total);
  const threads = navigator.hardwareConcurrency;
  return [
    {
      label: "System",
      value: [Deno.build.os, osRelease, arch()].filter(Boolean).join(" "),
    },
    {
      label: "CPU",
      value: `${model ? `${model}, ` : ""}${threads} thread${threads > 1 ? "s" : ""}`,
    },
    ...(memory === undefined ? [] : [{ label: "Memory", value: bytes(memory) }]),
  ];
}

const BANNER = String.raw`
    ____                  _____ ____
   / __ \___  ____  ____ / ___// __ \
  / / / / _ \/ __ \/ __ \\__ \/ /_/ /
 / /_/ /  __/ / / / /_/ /__/ / _, _/
/_____/\___/_/ /_/\____/____/_/ |_|
`;

/**
 * Banner and facts, several lines, for the start of a log.
 *
 * @param engine `Engine.description` of the engine that was started.
 */
export function environmentText(engine?: string): string {
  const facts = [...versionFacts(engine), ...hostFacts()];
  return `${BANNER}\nVersion Information:${
    facts.map(({ label, value }) => `\n\t${label}: ${value}`).join("")
  }`;
}
