/**
 * Small helpers for messages.
 *
 * @module
 */

/** Edit distance with transpositions (optimal string alignment), capped by nothing: inputs are short names. */
export function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let d = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        d = Math.min(d, before[j - 2]! + 1);
      }
      row.push(d);
    }
    before = last;
    last = row;
  }
  return last[b.length]!;
}

/**
 * The names that `word` was probably meant to be, best first, at most three: case and separators do not count, and
 * about a third of the letters may differ.
 */
export function nearest(word: string, names: Iterable<string>): string[] {
  const plain = (s: string) => s.toLowerCase().replaceAll(/[-_ ]/g, "");
  const w = plain(word);
  return [...names]
    .map((name) => ({ name, d: editDistance(w, plain(name)) }))
    .filter(({ name, d }) => d <= Math.max(1, Math.floor(Math.max(w.length, name.length) / 3)))
    .sort((x, y) => x.d - y.d || (x.name < y.name ? -1 : 1))
    .slice(0, 3)
    .map(({ name }) => name);
}

/** Pads the cells of `rows` so that columns line up; numbers should come as text. The first column is left-aligned. */
export function table(rows: readonly (readonly string[])[], indent = ""): string {
  const widths: number[] = [];
  for (const row of rows) row.forEach((c, i) => widths[i] = Math.max(widths[i] ?? 0, c.length));
  return rows.map((row) =>
    indent +
    row.map((c, i) => i === 0 ? c.padEnd(widths[i]!) : c.padStart(widths[i]!)).join("  ").trimEnd()
  ).join("\n");
}

/** A duration as `0:01:23` or `2 days, 3:04:05`, as Python prints `timedelta`. Negative or NaN gives `unknown`. */
export function duration(seconds: number): string {
  if (!(seconds >= 0) || !Number.isFinite(seconds)) return "unknown";
  const s = Math.floor(seconds);
  const days = Math.floor(s / 86400);
  const two = (n: number) => String(n).padStart(2, "0");
  const clock = `${Math.floor(s / 3600) % 24}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
  return days > 0 ? `${days} day${days > 1 ? "s" : ""}, ${clock}` : clock;
}

/** Bytes in words: `62.1 MB`. */
export function bytes(n: number): string {
  for (const [unit, size] of [["GB", 1e9], ["MB", 1e6], ["kB", 1e3]] as const) {
    if (n >= size) return `${(n / size).toFixed(1)} ${unit}`;
  }
  return `${n} B`;
}

/** A word as a shell takes it: in quotes where it needs them. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
