/**
 * `--force_yml train:total_iter=100`: options from the command line.
 *
 * @module
 */
import { COMMAND_LINE, type KeyPath, keyText, type OptionsProblem } from "./problems.ts";
import { type Block, isBlock, type OptionSources } from "./sources.ts";
import { readYaml } from "./yaml.ts";

/**
 * Sets what the entries say in `data`. Keys are joined by `:` as in BasicSR, or by points; numbers index lists. Values
 * are read as YAML, and `none` means `~` as in BasicSR. Keys that are new are created: the schema checks them.
 *
 * @returns What could not be applied.
 */
export async function forceOptions(
  data: Block,
  entries: readonly string[],
  sources: OptionSources,
): Promise<OptionsProblem[]> {
  const problems: OptionsProblem[] = [];
  const complain = (key: string, what: string) => problems.push({ file: COMMAND_LINE, key, what });
  for (const entry of entries) {
    const equals = entry.indexOf("=");
    const left = entry.slice(0, equals).trim();
    if (equals < 0 || left === "") {
      complain("", `--force_yml "${entry}" has no value, write key:key=value`);
      continue;
    }
    const parts = left.split(left.includes(":") ? ":" : ".").map((part) => part.trim());
    if (parts.some((part) => part === "" || part === "__proto__")) {
      complain("", `--force_yml "${entry}" has an empty or refused key, write key:key=value`);
      continue;
    }
    const right = entry.slice(equals + 1).trim();
    const { value, problems: unreadable } = await readYaml(right, COMMAND_LINE);
    if (unreadable.length > 0) {
      for (const { what } of unreadable) {
        complain(left, `is given a value that cannot be read: ${what}`);
      }
      continue;
    }
    const path: (string | number)[] = [];
    let target: Block | unknown[] = data;
    for (const [i, part] of parts.entries()) {
      const key: string | number = Array.isArray(target) ? Number(part) : part;
      if (Array.isArray(target) && !(Number.isInteger(key) && Number(key) < target.length)) {
        complain(
          keyText([...path, part]),
          `is not in the list, which has ${target.length} entries (from 0)`,
        );
        break;
      }
      path.push(key);
      const at = target as Record<string | number, unknown>;
      if (i === parts.length - 1) {
        at[key] = /^none$/i.test(right) ? null : value;
        sources.set(path as KeyPath, COMMAND_LINE);
        break;
      }
      const inner = Object.hasOwn(at, key) ? at[key] : undefined;
      if (inner === undefined || inner === null) {
        at[key] = {};
        sources.set(path as KeyPath, COMMAND_LINE);
      } else if (!isBlock(inner) && !Array.isArray(inner)) {
        complain(
          keyText(path),
          `is ${JSON.stringify(inner)}, no block that could hold "${parts[i + 1]}"`,
        );
        break;
      }
      target = at[key] as Block | unknown[];
    }
  }
  return problems;
}
