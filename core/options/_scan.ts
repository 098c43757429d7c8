/**
 * The guard's own look at a YAML text, before any library sees it: a scan of the tokens that keeps count of nesting and
 * aliases and knows where each key and each plain scalar stands.
 *
 * It reads the subset of YAML that options files are written in and refuses the rest (directives, `?` keys, collections
 * as keys, several documents), so that every library reads the same from what passes. It is one pass over the text
 * with a stack of at most {@linkcode LIMITS}.depth levels.
 *
 * @module
 */
import { Cursor, type Finding, Stop } from "./_cursor.ts";
import { ambiguity, keyAmbiguity, KNOWN_TAGS, tagMismatch } from "./_scalars.ts";

/** Limits of an options file. */
export const LIMITS = {
  /** Length of the text in UTF-16 code units. */
  length: 1_000_000,
  /** Nesting of lists and mappings. */
  depth: 64,
  /** Uses of anchors (`*name`). */
  aliases: 100,
  /** Values, counting those behind aliases every time. */
  values: 200_000,
} as const;

/** What the scan found. */
export interface ScanResult {
  /** What is refused, in the order of the text. */
  readonly findings: readonly Finding[];
  /**
   * The text for the library: line ends are `\n`, and tags of plain scalars that change nothing (`!!float 1e-4`) are
   * blanked, since the libraries differ on them. Positions are those of the original.
   */
  readonly text: string;
}

/** A collection that is open at the current place. */
interface Level {
  readonly kind: "map" | "seq";
  /** Column (from 0) of its entries; -1 for flow collections. */
  readonly indent: number;
  readonly keys: Set<string>;
  /** Where it was opened. */
  readonly at: number;
}

/** Scans a text of at most {@linkcode LIMITS}.length code units. */
export function scan(original: string): ScanResult {
  const scanner = new Scanner(original.replace(/^\uFEFF/, "").replace(/\r\n?/g, "\n"));
  try {
    scanner.run();
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
  }
  return { findings: scanner.findings, text: scanner.blanked() };
}

class Scanner extends Cursor {
  readonly #blank: (readonly [number, number])[] = [];
  readonly #block: Level[] = [];
  readonly #flow: Level[] = [];
  #aliases = 0;
  /** Tag in front of the next node. */
  #tag: { readonly name: string; readonly at: number } | undefined;
  /** Where an anchor stands whose node may follow on a later line. */
  #anchor: number | undefined;
  /** Column of the block around a plain scalar that ended with its line. */
  #plain: number | undefined;
  /** Whether a value has just ended in a flow collection, so that a comma must come. */
  #ended = false;
  /** Whether a key has just ended in a flow collection, which may go without a value. */
  #colon = false;
  /** Whether the document has begun. */
  #begun = false;
  /** Where the current line starts. */
  #lineAt = 0;
  /** A `-` with nothing behind it on its line. */
  #dash: { readonly indent: number; readonly at: number } | undefined;

  run(): void {
    this.checkCharacters();
    while (this.at < this.text.length) this.#line();
    this.#settle(false, 0);
    const open = this.#flow.at(-1);
    if (open !== undefined) {
      this.stop(open.at, `this ${this.text[open.at]} is never closed; add the closing bracket`);
    }
  }

  blanked(): string {
    let text = "";
    let from = 0;
    for (const [start, end] of this.#blank) {
      text += this.text.slice(from, start) + " ".repeat(end - start);
      from = end;
    }
    return text + this.text.slice(from);
  }

  /** Reads from the start of a line to the start of the next. */
  #line(): void {
    const start = this.at;
    this.#lineAt = start;
    while (this.text[this.at] === " ") this.at++;
    const indent = this.at - start;
    const char = this.text[this.at];
    if (char === "\t" && !this.restIsBlank()) {
      this.stop(this.at, "a tab is used for indentation; use spaces");
    }
    if (this.restIsBlank()) return this.nextLine();
    if (this.#plain !== undefined && indent > this.#plain) {
      this.stop(this.at, "text goes on over several lines; quote it, or check the indentation");
    }
    this.#plain = undefined;
    if (this.#flow.length === 0) this.#ended = false;
    if (indent === 0 && this.#flow.length === 0) {
      if (char === "%") {
        this.stop(this.at, "YAML directives (%) are not supported; remove the line");
      }
      if (this.#marker("---")) {
        if (this.#begun) {
          this.stop(this.at, "a second document begins; an options file holds one");
        }
        this.at += 3;
        if (!this.restIsBlank()) {
          this.stop(this.at, "text follows ---; put it on a line of its own");
        }
        return this.nextLine();
      } else if (/^(?:---|\.\.\.)\S/.test(this.text.slice(this.at, this.at + 4))) {
        this.stop(this.at, "a line begins like a document mark; quote the text");
      } else if (this.#marker("...")) {
        this.at += 3;
        return this.nextLine();
      }
    }
    if (this.#flow.length === 0) this.#closeBlocks(indent);
    this.#begun = true;
    this.#content();
  }

  #marker(mark: string): boolean {
    return this.text.startsWith(mark, this.at) &&
      /^\s?$/.test(this.text.slice(this.at + 3, this.at + 4));
  }

  /** Leaves the collections that a line at `indent` no longer belongs to. */
  #closeBlocks(indent: number): void {
    const dash = this.#isIndicator("-");
    for (let top = this.#block.at(-1); top !== undefined; top = this.#block.at(-1)) {
      if (top.indent < indent || (top.indent === indent && (top.kind === "map") !== dash)) break;
      // A list may stand at the column of the key that it belongs to.
      if (top.indent === indent && top.kind === "map" && dash) break;
      this.#block.pop();
    }
    const top = this.#block.at(-1);
    this.#settle(top === undefined || top.indent < indent || (dash && top.kind === "map"), indent);
  }

  /**
   * Looks back at what stood last on the line before: libraries disagree on anchors, tags and dashes before nothing.
   *
   * @param follows Whether a line comes that can belong to an anchor or a tag.
   * @param indent Column of that line.
   */
  #settle(follows: boolean, indent: number): void {
    if (!follows) {
      this.#nothing();
    }
    if (this.#dash !== undefined && indent <= this.#dash.indent) {
      this.note(this.#dash.at, "this list entry is empty; write ~ for nothing");
    }
    this.#dash = undefined;
  }

  /** Refuses an anchor or a tag that no value follows. */
  #nothing(): void {
    if (this.#anchor !== undefined) {
      this.note(
        this.#anchor,
        "this anchor (&) stands before nothing; give it a value or remove it",
      );
    }
    if (this.#tag !== undefined) {
      this.note(this.#tag.at, `nothing follows ${this.#tag.name}; write the value behind it`);
    }
    this.#anchor = this.#tag = undefined;
  }

  /** Reads nodes up to the end of the line (or of a node that takes several lines). */
  #content(): void {
    let keyStart = this.at; // where the key would start, with its properties
    while (true) {
      this.skipSpaces();
      if (this.restIsBlank()) return this.nextLine();
      const at = this.at;
      const char = this.text[at]!;
      const inFlow = this.#flow.length > 0;
      if (
        this.#ended && !(inFlow && (/[,\]}]/.test(char) || (char === ":" && this.#flowColon())))
      ) {
        this.stop(
          at,
          inFlow
            ? "a comma is missing before this; or quote the text"
            : "text follows a value; quote all of it, or put # before a comment",
        );
      }
      if (!inFlow && this.#isIndicator("-")) {
        for (const before of [this.#tag?.at, this.#anchor]) {
          if (before === undefined || before < this.#lineAt) continue;
          this.note(
            before,
            "a tag or an anchor stands before a dash; put it on the line of the key",
          );
        }
        this.#open({ kind: "seq", indent: this.column(at), keys: new Set(), at });
        this.at++;
        this.spaceAfter("-");
        this.#dash = this.restIsBlank() ? { indent: this.column(at), at } : undefined;
        keyStart = this.at;
        this.skipSpaces();
        keyStart = this.at;
      } else if (this.#isIndicator("?")) {
        this.stop(at, 'keys that begin with "? " are not supported; write key: value');
      } else if (char === "&") {
        this.at += this.take(/[^\s,[\]{}]/).length;
        this.#anchor = at;
      } else if (char === "!") {
        this.#readTag();
      } else if (char === "*") {
        this.#readAlias();
        keyStart = this.at;
      } else if (char === '"' || char === "'") {
        this.#readQuoted(keyStart);
      } else if (char === "[" || char === "{") {
        this.#open({ kind: char === "[" ? "seq" : "map", indent: -1, keys: new Set(), at });
        this.at++;
      } else if (inFlow && (char === "]" || char === "}")) {
        this.#closeFlow(char);
      } else if (inFlow && char === ",") {
        if (!this.#ended && !this.#colon) this.stop(at, "a value is missing before this comma");
        this.#nothing();
        this.#ended = this.#colon = false;
        this.at++;
      } else if (inFlow && char === ":" && this.#flowColon()) {
        if (!this.#ended) this.stop(at, "a key is missing before this colon");
        this.#ended = false;
        this.#colon = true;
        this.at++;
      } else if (!inFlow && (char === "|" || char === ">")) {
        return this.#readBlockScalar();
      } else {
        this.#readPlain(keyStart);
      }
    }
  }

  /** `-` or `?` as an indicator: followed by white space. */
  #isIndicator(char: string): boolean {
    return this.text[this.at] === char &&
      /^\s?$/.test(this.text.slice(this.at + 1, this.at + 2));
  }

  #open(level: Level): void {
    if (this.#tag !== undefined && this.#tag.name !== `!!${level.kind}`) {
      this.note(
        this.#tag.at,
        `${this.#tag.name} stands before a ${level.kind === "map" ? "mapping" : "list"}; remove it`,
      );
    } else if (this.#tag !== undefined) {
      this.#blank.push([this.#tag.at, this.#tag.at + this.#tag.name.length]);
    }
    this.#tag = this.#anchor = undefined;
    if (level.indent >= 0) {
      const top = this.#block.at(-1);
      if (top?.kind === level.kind && top.indent === level.indent) return;
      this.#block.push(level);
    } else {
      this.#flow.push(level);
      this.#ended = this.#colon = false;
    }
    if (this.#block.length + this.#flow.length > LIMITS.depth) {
      this.stop(level.at, `nesting is deeper than ${LIMITS.depth} levels; flatten it`);
    }
  }

  #closeFlow(char: string): void {
    const open = this.#flow.pop()!;
    if ((open.kind === "seq") !== (char === "]")) {
      this.stop(this.at, `this ${char} does not match the ${this.text[open.at]} before it`);
    }
    this.#nothing();
    this.#ended = true;
    this.at++;
    this.#apart(char);
    const rest = this.text.slice(this.at, this.at + 1);
    const colon = this.#flow.length === 0 ? /^ *:(?:\s|$)/ : /^\s*:/;
    if (rest !== "" && colon.test(this.text.slice(this.at, this.at + 200))) {
      this.stop(open.at, "a list or mapping is used as a key; keys must be words");
    }
  }

  #readTag(): void {
    const tag = this.take(/[^\s,[\]{}]/);
    if (!KNOWN_TAGS.includes(tag)) {
      this.note(
        this.at,
        `the tag ${tag} is not supported; remove it (known: ${KNOWN_TAGS.join(" ")})`,
      );
    }
    if (this.#tag !== undefined) this.note(this.at, "a value has two tags; remove one");
    this.#tag = { name: tag, at: this.at };
    this.at += tag.length;
  }

  #readAlias(): void {
    this.#aliases++;
    if (this.#aliases > LIMITS.aliases) {
      this.stop(this.at, `more than ${LIMITS.aliases} aliases (*); write the values out`);
    }
    this.at += this.take(/[^\s,[\]{}]/).length;
    for (const before of [this.#tag?.at, this.#anchor]) {
      if (before !== undefined) {
        this.note(before, "a tag or an anchor stands before an alias; remove it");
      }
    }
    this.#tag = this.#anchor = undefined;
    this.#ended = true;
  }

  #readQuoted(keyStart: number): void {
    const at = this.at;
    const quote = this.text[at]!;
    let end = at + 1;
    let value = "";
    for (;; end++) {
      const char = this.text[end];
      if (char === "\n") {
        this.stop(at, `this ${quote} is not closed on its line; close it, or use | for long text`);
      }
      if (char === undefined) {
        this.stop(at, `this ${quote} is never closed; add the closing quote`);
      }
      if (quote === '"' && char === "\\" && this.text[end + 1] !== "\n") {
        value += this.text.slice(end, end + 2);
        end++;
      } else if (char !== quote) {
        value += char;
      } else if (quote === "'" && this.text[end + 1] === "'") {
        value += "'";
        end++;
      } else break;
    }
    this.at = end + 1;
    this.#apart(quote);
    if (this.#keyColon(true)) {
      return this.#key(quote === '"' ? unescape(value) : value, at, keyStart);
    }
    this.#sameLine();
    if (this.#tag !== undefined && this.#tag.name !== "!!str") {
      this.note(
        this.#tag.at,
        `${this.#tag.name} stands before quoted text; remove the quotes or the tag`,
      );
    }
    this.#ended = true;
    this.#tag = this.#anchor = undefined;
  }

  #readPlain(keyStart: number): void {
    const at = this.at;
    const inFlow = this.#flow.length > 0;
    let end = at;
    for (; end < this.text.length; end++) {
      const char = this.text[end]!;
      if (char === "\n") break;
      if (char === "#" && /\s/.test(this.text[end - 1] ?? "\n")) break;
      if (inFlow && /[,[\]{}]/.test(char)) break;
      if (
        char === ":" &&
        (inFlow ? /^[\s,[\]{}]?$/ : /^\s?$/).test(this.text.slice(end + 1, end + 2))
      ) {
        break;
      }
    }
    const value = this.text.slice(at, end).trimEnd();
    if (value === "") this.stop(at, "a key or a value is missing before this character");
    this.at = at + value.length;
    const tab = value.indexOf("\t");
    if (tab >= 0) this.stop(at + tab, "there is a tab; use spaces, or quote the value");
    if (this.text[end] === ":") {
      this.at = end;
      if (this.#keyColon(false)) {
        const what = keyAmbiguity(value);
        if (what !== undefined) this.note(at, what);
        return this.#key(value, at, keyStart);
      }
    }
    this.#ended = true;
    if (!inFlow) this.#plain = this.#block.at(-1)?.indent ?? -1;
    this.#sameLine();
    const tag = this.#tag;
    this.#tag = this.#anchor = undefined;
    if (tag?.name === "!!str") return;
    const what = ambiguity(value) ?? (tag && tagMismatch(tag.name, value));
    if (what !== undefined) this.note(tag?.at ?? at, what);
    if (tag !== undefined) this.#blank.push([tag.at, tag.at + tag.name.length]);
  }

  /** Moves past the `:` of a key, if there is one. */
  #keyColon(quoted: boolean): boolean {
    let i = this.at;
    while (this.text[i] === " ") i++;
    const inFlow = this.#flow.length > 0;
    const next = this.text.slice(i + 1, i + 2);
    const isKey = this.text[i] === ":" &&
      (inFlow ? quoted || /^[\s,[\]{}]?$/.test(next) : /^\s?$/.test(next));
    if (!isKey) return false;
    this.at = i + 1;
    this.spaceAfter(":");
    return true;
  }

  /** A `:` in a flow collection that belongs to no scalar, as in `{a : 1}` over two lines. */
  #flowColon(): boolean {
    return /^[\s,[\]{}]?$/.test(this.text.slice(this.at + 1, this.at + 2));
  }

  #key(name: string, at: number, keyStart: number): void {
    for (const before of [this.#tag?.at, this.#anchor]) {
      if (before === undefined || (this.#flow.length === 0 && before < keyStart)) continue;
      this.note(before, "a tag or an anchor stands before a key; put it behind the colon");
      this.#tag = this.#anchor = undefined;
    }
    let level: Level | undefined = this.#flow.at(-1);
    if (level === undefined) {
      this.#open({ kind: "map", indent: this.column(keyStart), keys: new Set(), at });
      level = this.#block.at(-1)!;
    }
    this.#ended = false;
    this.#colon = true;
    if (name === "__proto__") this.note(at, "the key __proto__ is refused; remove it");
    if (level.kind === "seq") return; // a pair in a list: [a: 1]
    if (level.keys.has(name)) {
      this.note(at, `the key "${name}" is given twice; keep one of them`);
    }
    level.keys.add(name);
  }

  #readBlockScalar(): void {
    const header = this.take(/[^\s]/);
    if (!/^[|>][-+]?$/.test(header)) {
      this.stop(
        this.at,
        `"${header}" begins no YAML value that is supported; use | or >, or quote it`,
      );
    }
    if (this.#tag !== undefined && this.#tag.name !== "!!str") {
      this.note(this.#tag.at, `${this.#tag.name} stands before text; remove it`);
    }
    this.#tag = this.#anchor = undefined;
    const parent = this.#block.at(-1)?.indent;
    if (parent === undefined) this.stop(this.at, `"${header}" needs a key before it`);
    this.nextLine();
    while (this.at < this.text.length) {
      const line = /[^\n]*/y;
      line.lastIndex = this.at;
      const [text] = line.exec(this.text)!;
      const indent = /^ */.exec(text)![0].length;
      if (text.slice(indent).trim() !== "" && indent <= parent) return;
      if (text[indent] === "\t" && indent <= parent) {
        this.stop(this.at + indent, "a tab is used for indentation; use spaces");
      }
      this.at += text.length + 1;
    }
  }

  /** Refuses a tag or an anchor on another line than its scalar. */
  #sameLine(): void {
    for (const before of [this.#tag?.at, this.#anchor]) {
      if (before === undefined || before >= this.#lineAt) continue;
      this.note(before, "the value stands on another line than its tag or anchor; put it behind");
    }
  }

  /** Refuses text right behind a closing quote or bracket. */
  #apart(closing: string): void {
    if (!/^[\s:,[\]{}]?$/.test(this.text.slice(this.at, this.at + 1))) {
      this.stop(this.at, `put a space or a comma behind the ${closing} before this`);
    }
  }
}

/** A double-quoted YAML text without its escapes, as far as keys need it. */
function unescape(text: string): string {
  return text.replace(
    /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))/gs,
    (_all, x, u, long, char) => {
      const code = x ?? u ?? long;
      if (code === undefined) return char;
      const point = parseInt(code, 16);
      return point <= 0x10ffff ? String.fromCodePoint(point) : "\uFFFD";
    },
  );
}
