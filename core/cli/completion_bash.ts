/**
 * The completion script for bash.
 *
 * @module
 */
import type { Command, Flag } from "./flags.ts";

/**
 * The script. Flags are in tables that `case` looks up, `COMMAND --flag` is what stands before the word. What the word
 * before a flag's value wants: `path`, `folder`, nothing that is known (`any`), or its choices.
 */
export function bashScript(commands: readonly Command[]): string {
  const names = commands.map(({ name }) => name).join(" ");
  return `# bash completion for denosr and deno task; made by: completion bash
_denosr_flags() {
  case "$1" in
${
    commands.map(({ name, flags }) =>
      `    ${name}) echo ${quote([...flags.map((f) => `--${f.name}`), "--help"].join(" "))} ;;`
    ).join("\n")
  }
  esac
}
_denosr_value() {
  case "$1 $2" in
${
    commands.flatMap(({ name, flags }) =>
      flags.filter((f) => f.value !== undefined).map((f) =>
        `    ${patterns(name, f)}) echo ${quote(wanted(f))} ;;`
      )
    ).join("\n")
  }
  esac
}
_denosr_words() {
  case "$1" in
${
    commands.filter(({ complete }) => complete !== undefined).map(({ name, complete }) =>
      `    ${name}) echo ${
        quote(complete === "path" ? "path" : (complete as string[]).join(" "))
      } ;;`
    ).join("\n")
  }
  esac
}
_denosr_files() {
  local IFS=$'\\n'
  compopt -o filenames 2>/dev/null
  if [ "$1" = folder ]; then COMPREPLY=($(compgen -d -- "$2")); else COMPREPLY=($(compgen -f -- "$2")); fi
}
_denosr_offer() {
  case "$1" in
    any | "") ;;
    path | folder) _denosr_files "$1" "$2" ;;
    *) COMPREPLY=($(compgen -W "$1" -- "$2")) ;;
  esac
}
_denosr_from() {
  # $1: where in COMP_WORDS the command stands
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} command=\${COMP_WORDS[$1]} value
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq "$1" ]; then
    COMPREPLY=($(compgen -W "$2" -- "$word"))
    return
  fi
  [ "$command" = evaluate ] && command=test
  # bash cuts words at =
  if [ "$word" = = ]; then word=; elif [ "$before" = = ]; then before=\${COMP_WORDS[COMP_CWORD-2]}; fi
  value=$(_denosr_value "$command" "$before")
  if [ -n "$value" ]; then
    _denosr_offer "$value" "$word"
  elif [ "\${word:0:1}" = - ]; then
    COMPREPLY=($(compgen -W "$(_denosr_flags "$command")" -- "$word"))
  else
    _denosr_offer "$(_denosr_words "$command")" "$word"
  fi
}
_denosr() { _denosr_from 1 ${quote(names)}; }
_denosr_deno() {
  local command=\${COMP_WORDS[2]}
  [ "$command" = evaluate ] && command=test
  if [ "\${COMP_WORDS[1]}" = task ] && { [ "$COMP_CWORD" -eq 2 ] || [ -n "$(_denosr_flags "$command")" ]; }; then
    _denosr_from 2 ${quote(names.replace(/\btest\b/, "evaluate"))}
  elif declare -F _denosr_deno_before >/dev/null; then
    _denosr_deno_before
  elif declare -F _deno >/dev/null; then
    _deno "$@"
  else
    COMPREPLY=()
    _denosr_files path "\${COMP_WORDS[COMP_CWORD]}"
  fi
}
complete -F _denosr denosr
complete -F _denosr_deno deno
`;
}

function patterns(command: string, { name, short }: Flag): string {
  const spellings = new Set([name, name.replaceAll("_", "-"), name.replaceAll("-", "_")]);
  const typed = [...spellings].map((s) => `--${s}`);
  if (name === "opt") typed.push("-opt");
  if (short !== undefined) typed.push(`-${short}`);
  return typed.map((t) => quote(`${command} ${t}`)).join(" | ");
}

/** What a flag's value wants. */
function wanted({ choices, complete, value }: Flag): string {
  if (choices !== undefined) return choices.join(" ");
  if (complete !== undefined) return complete;
  return value === "FILE" ? "path" : value === "DIR" ? "folder" : "any";
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
