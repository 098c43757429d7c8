/**
 * What `doctor` found, as text and as JSON, without anybody's name in it.
 *
 * @module
 */
import { type Environment, homeDir, processEnvironment } from "../places.ts";

/** Something amiss. */
export interface Problem {
  /** What is wrong. */
  readonly problem: string;
  /** What to do about it. */
  readonly remedy: string;
  /** True if pictures cannot be restored as things are. */
  readonly fatal: boolean;
}

/** What was found about one subject. */
export interface Section {
  /** Heading. */
  readonly title: string;
  /** Names and values. */
  readonly facts: readonly (readonly [label: string, value: string])[];
  /** What is amiss. */
  readonly problems: readonly Problem[];
}

/** Collects facts and problems while a subject is looked at. */
export class Findings {
  /** Names and values so far. */
  readonly facts: [string, string][] = [];
  /** Problems so far. */
  readonly problems: Problem[] = [];

  /** Adds a fact; nothing if it is not known. */
  fact(label: string, value: string | number | undefined): void {
    if (value !== undefined && value !== "") this.facts.push([label, String(value)]);
  }

  /** Adds something amiss that can be lived with. */
  amiss(problem: string, remedy: string): void {
    this.problems.push({ problem, remedy, fatal: false });
  }

  /** Adds something without which nothing goes. */
  fatal(problem: string, remedy: string): void {
    this.problems.push({ problem, remedy, fatal: true });
  }
}

/** Looks at a subject; whatever goes wrong on the way is a problem among the others. */
export async function section(
  title: string,
  look: (findings: Findings) => void | Promise<void>,
): Promise<Section> {
  const findings = new Findings();
  try {
    await look(findings);
  } catch (error) {
    const text = error instanceof Error ? error.message.split("\n")[0]! : String(error);
    if (error instanceof Deno.errors.NotCapable) {
      findings.amiss(
        `${title}: not everything may be looked at (${text.split(", run again")[0]})`,
        "start by `deno task doctor`, or with deno run -A",
      );
    } else findings.amiss(`${title}: looking failed: ${text}`, "report this");
  }
  return { title, facts: findings.facts, problems: findings.problems };
}

/** Whether a permission is granted. */
export function may(permission: Deno.PermissionDescriptor): boolean {
  return Deno.permissions.querySync(permission).state === "granted";
}

/** The report as lines for people. */
export function reportText(sections: readonly Section[]): string {
  const problems = sections.flatMap((one) => one.problems);
  const parts = sections.filter(({ facts }) => facts.length > 0).map(({ title, facts }) => {
    const widest = Math.max(...facts.map(([label]) => label.length));
    const lines = facts.map(([label, value]) =>
      `  ${label.padEnd(widest)}  ${value.replaceAll("\n", `\n${" ".repeat(widest + 4)}`)}`
    );
    return `${title}\n${lines.join("\n")}`;
  });
  const last = problems.length === 0
    ? "Nothing is amiss."
    : `Amiss\n${problems.map(({ problem, remedy }) => `  ${problem}\n    → ${remedy}`).join("\n")}`;
  return `${[...parts, last].join("\n\n")}\n\n${
    problems.some(({ fatal }) => fatal) ? "Not usable as it is." : "Usable."
  }`;
}

/** The report as an object for JSON. */
export function reportObject(sections: readonly Section[]): Record<string, unknown> {
  const problems = sections.flatMap((one) => one.problems);
  return {
    usable: !problems.some(({ fatal }) => fatal),
    sections: Object.fromEntries(
      sections.map(({ title, facts }) => [title, Object.fromEntries(facts)]),
    ),
    problems,
  };
}

/** `text` with `~` for the home folder, and without the user's name as a part of a path. */
export function withoutNames(text: string, env: Environment = processEnvironment): string {
  let plain = text;
  const home = homeDir(env)?.replace(/[\\/]+$/, "");
  if (home) plain = plain.replaceAll(new RegExp(`${escaped(home)}(?![\\w.-])`, "g"), "~");
  for (const name of [env("USER"), env("LOGNAME"), env("USERNAME")]) {
    if (!name) continue;
    const between = new RegExp(`([\\\\/])${escaped(name)}(?=[\\\\/\\s:,;"')]|$)`, "g");
    plain = plain.replaceAll(between, "$1<user>");
  }
  return plain;
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
