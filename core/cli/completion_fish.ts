/**
 * The completion script for fish.
 *
 * @module
 */
import type { Command, Flag } from "./flags.ts";

/** The script: `complete` lines for `denosr`, and for `deno task`, in addition to those that deno has. */
export function fishScript(commands: readonly Command[]): string {
  const names = commands.map(({ name }) => name);
  const lines = commands.flatMap((command) => [
    `complete -c denosr -n __denosr_first -f -a ${command.name} -d ${quote(command.summary)}`,
    ...completeLines(command, "denosr", `__denosr_uses ${command.name}`),
    ...completeLines(command, "deno", `__denosr_task ${taskName(command.name)}`),
  ]);
  return `# fish completion for denosr and deno task; made by: completion fish
function __denosr_first
  set -l words (commandline -opc)
  test (count $words) -eq 1
end
function __denosr_uses
  set -l words (commandline -opc)
  test (count $words) -ge 2; and test "$words[2]" = $argv[1]
end
function __denosr_task
  set -l words (commandline -opc)
  test (count $words) -ge 3; and test "$words[2]" = task; and test "$words[3]" = $argv[1]
end
function __denosr_task_first
  set -l words (commandline -opc)
  test (count $words) -eq 2; and test "$words[2]" = task
end
complete -c denosr -f
# deno's own completions begin with erasing what is there: they have to be loaded before
complete -C 'deno ' >/dev/null 2>&1
complete -c deno -n __denosr_task_first -f -a ${quote(names.map(taskName).join(" "))}
${lines.join("\n")}
`;
}

function completeLines(command: Command, program: string, condition: string): string[] {
  const start = `complete -c ${program} -n ${quote(condition)}`;
  const { complete } = command;
  const words = complete === undefined
    ? []
    : complete === "path"
    ? [`${start} -F`]
    : [`${start} -f -a ${quote(complete.join(" "))}`];
  return [
    ...words,
    ...command.flags.map((flag) => `${start} ${flagWords(flag)}`),
    `${start} -l help -d 'Show help'`,
  ];
}

function flagWords({ name, short, value, choices, complete, help }: Flag): string {
  const parts = [`-l ${name}`];
  if (short !== undefined) parts.push(`-s ${short}`);
  if (name === "opt") parts.push("-o opt");
  if (value !== undefined) {
    if (choices !== undefined) parts.push(`-x -a ${quote(choices.join(" "))}`);
    else if (complete === "folder" || value === "DIR") {
      parts.push("-x -a '(__fish_complete_directories)'");
    } else parts.push(complete === "path" || value === "FILE" ? "-r -F" : "-x");
  }
  parts.push(`-d ${quote(help)}`);
  return parts.join(" ");
}

/** `deno task test` runs the project's own tests. */
function taskName(command: string): string {
  return command === "test" ? "evaluate" : command;
}

function quote(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
