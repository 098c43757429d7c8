/**
 * The completion script for zsh.
 *
 * @module
 */
import type { Command, Flag } from "./flags.ts";

/** The script: a file `_denosr` for a folder of `$fpath`, which also works when it is read by `source`. */
export function zshScript(commands: readonly Command[]): string {
  return `#compdef denosr
# zsh completion for denosr; made by: completion zsh
_denosr() {
  local context state line
  typeset -A opt_args
  _arguments -C '1:command:->command' '*::argument:->argument'
  case $state in
    command)
      local -a commands
      commands=(
${commands.map(({ name, summary }) => `        ${quote(`${name}:${summary}`)}`).join("\n")}
      )
      _describe command commands
      ;;
    argument)
      case $line[1] in
${commands.map(commandCase).join("\n")}
      esac
      ;;
  esac
}
if [ "$funcstack[1]" = _denosr ]; then _denosr "$@"; else compdef _denosr denosr; fi
`;
}

function commandCase({ name, flags, complete }: Command): string {
  const words = complete === undefined
    ? []
    : [complete === "path" ? "*:file:_files" : `1:word:(${complete.join(" ")})`];
  const specs = [...flags.flatMap(spec), "--help[Show help]", ...words];
  return `        ${name})\n          _arguments ${
    specs.map((s) => `\\\n            ${quote(s)}`).join(" ")
  }\n          ;;`;
}

function spec(flag: Flag): string[] {
  const { name, short, value, help, repeat, many, choices, complete } = flag;
  const message = help.replaceAll(/[[\]\\:]/g, "\\$&");
  const action = choices !== undefined
    ? `(${choices.join(" ")})`
    : complete === "folder" || value === "DIR"
    ? "_files -/"
    : complete === "path" || value === "FILE"
    ? "_files"
    : " ";
  const label = (value ?? "").replaceAll(/[:\\]/g, "\\$&");
  const tail = value === undefined ? "" : `:${label}:${action}`;
  const star = repeat || many ? "*" : "";
  const spellings = [`--${name}`, ...(short === undefined ? [] : [`-${short}`])];
  if (name === "opt") spellings.push("-opt");
  return spellings.map((s) => {
    const joined = value !== undefined && s.startsWith("--") ? "=" : "";
    return `${star}${s}${joined}[${message}]${tail}`;
  });
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
