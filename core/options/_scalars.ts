/**
 * Plain (unquoted) YAML scalars: which ones every YAML library and every reader takes for the same thing.
 *
 * @module
 */

const INT = /^(?:[-+]?(?:0|[1-9]\d*)|0x[0-9a-fA-F]+)$/;
const FLOAT = /^[-+]?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?$/;
const SPECIAL_FLOAT = /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;
const BOOL = /^(?:true|True|TRUE|false|False|FALSE)$/;
const NULL = /^(?:~|null|Null|NULL|)$/;

/** Scalars that YAML 1.1, YAML 1.2 and their readers do not agree on: pattern, reason, what to write if not text. */
const AMBIGUOUS: readonly (readonly [RegExp, string, string])[] = [
  [/^(?:yes|no|on|off)$/i, "is a truth value to some readers of YAML", "write true or false"],
  [
    /^[-+]?0[0-9_]+(?:\.[0-9_]*)?(?:[eE][-+]?\d+)?$/,
    "is octal to some readers of YAML",
    "leave out the leading zero",
  ],
  [
    /^[-+]?0[ob][0-9a-fA-F_]+$|^[-+]0x[0-9a-fA-F_]+$|^0x[0-9a-fA-F]*_[0-9a-fA-F_]*$/,
    "is a number to some readers of YAML",
    "write it in decimal",
  ],
  [
    /^(?=.*_)[-+]?[\d.][\d_]*(?:\.[\d_]*)?(?:[eE][-+]?\d+)?$/,
    "is a number to some readers of YAML",
    "leave out the underscores",
  ],
  [
    /^[-+]?\d+(?::[0-5]?\d)+(?:\.\d*)?$/,
    "is a number of base 60 to some readers of YAML",
    "write it in decimal",
  ],
  [/^\d{4}-\d{1,2}-\d{1,2}(?:[Tt\s].*)?$/, "is a date to some readers of YAML", ""],
  [
    /^[-+]\.\d+(?:[eE][-+]?\d+)?$/,
    "is not a number to all readers of YAML",
    "write a zero before the point",
  ],
];

/** What is wrong with a plain scalar, or `undefined`. */
export function ambiguity(text: string): string | undefined {
  const found = AMBIGUOUS.find(([pattern]) => pattern.test(text));
  if (found !== undefined) {
    const [, reason, plainly] = found;
    return `${text} ${reason}; quote it ("${text}")${plainly === "" ? "" : ` or ${plainly}`}`;
  }
  if (INT.test(text) && !Number.isSafeInteger(Number(text))) {
    return `${text} is too large for an exact number; quote it ("${text}")`;
  }
  return undefined;
}

/** What is wrong with a plain key, or `undefined`: keys must be words, which no reader takes for something else. */
export function keyAmbiguity(text: string): string | undefined {
  if (BOOL.test(text) || NULL.test(text) || SPECIAL_FLOAT.test(text)) {
    return `the key ${text} is not a word to readers of YAML; quote it ("${text}")`;
  }
  if (FLOAT.test(text) || INT.test(text)) {
    return /^(?:0|[1-9]\d*)$/.test(text)
      ? undefined
      : `the key ${text} is a number to readers of YAML; quote it ("${text}")`;
  }
  return ambiguity(text);
}

/** The tags that options may have. */
export const KNOWN_TAGS: readonly string[] = [
  "!!float",
  "!!int",
  "!!str",
  "!!bool",
  "!!null",
  "!!seq",
  "!!map",
];

/** What is wrong with a plain scalar behind a tag, or `undefined`. */
export function tagMismatch(tag: string, text: string): string | undefined {
  if (tag === "!!seq" || tag === "!!map") {
    return `${tag} stands before a plain value; remove it`;
  }
  const fits = {
    "!!float": () => FLOAT.test(text) || SPECIAL_FLOAT.test(text),
    "!!int": () => INT.test(text),
    "!!bool": () => BOOL.test(text),
    "!!null": () => NULL.test(text),
  }[tag];
  if (fits === undefined) return undefined;
  return fits()
    ? undefined
    : `${tag} does not fit ${text}; write a value of that kind or leave ${tag} out`;
}
