/**
 * Sizes inside a graph as functions of the sizes of its inputs: found from a few samples, as plain data.
 *
 * An expression is `scale · (product of factors) + offset - subtracted`, where a factor is the size of an input divided by a
 * whole number and rounded: `h`, `h/2`, `⌈h/8⌉·⌈w/8⌉`, `8·⌈h/8⌉ - h` (what pads a height to a multiple of 8), or such an expression divided
 * and rounded once more: `⌊(8·⌈h/8⌉ - 4)/3⌋`. Samples never
 * prove an expression: who uses one at another size checks it there, as `dynamic_shapes.ts` does.
 *
 * @module
 */

/** A size of an input that may be another one at every call. */
export interface SizeSymbol {
  /** For people: `h`, `w2`. */
  readonly name: string;
  /** Which of the tensors among the arguments. */
  readonly argument: number;
  /** Which of its axes. */
  readonly axis: number;
}

/** The size of an input, divided and rounded. */
export interface SizeFactor {
  /** Position of the symbol; -1 if something else is divided. */
  readonly symbol: number;
  /** What it is divided by, from 1. */
  readonly divisor: number;
  /** Rounded upwards; else downwards. */
  readonly up: boolean;
  /** What is divided, if it is no symbol. */
  readonly of?: SizeExpression;
}

/** A size as a function of symbols. */
export interface SizeExpression {
  /** The product is multiplied by it. */
  readonly scale: number;
  /** None for a fixed size, which is `offset`. */
  readonly factors: readonly SizeFactor[];
  /** What is added. */
  readonly offset: number;
  /** Position of a symbol whose size is taken away, if there is one. */
  readonly minus?: number;
}

/** A fixed size. */
export function fixedSize(value: number): SizeExpression {
  return { scale: 0, factors: [], offset: value };
}

/** The value where the symbols have the sizes `sizes`. */
export function evaluate(expression: SizeExpression, sizes: readonly number[]): number {
  const { scale, factors, offset, minus } = expression;
  if (factors.length === 0) return offset;
  return scale * product(factors, sizes) + offset - (minus === undefined ? 0 : sizes[minus]!);
}

/** The expression as text, for example `8·⌈h/8⌉ - h`. */
export function format(expression: SizeExpression, symbols: readonly SizeSymbol[]): string {
  const { scale, factors, offset, minus } = expression;
  if (factors.length === 0) return String(offset);
  const parts = factors.map(({ symbol, divisor, up, of }) => {
    const name = of ? `(${format(of, symbols)})` : symbols[symbol]!.name;
    if (divisor === 1) return name;
    return up ? `⌈${name}/${divisor}⌉` : `⌊${name}/${divisor}⌋`;
  });
  if (scale !== 1) parts.unshift(String(scale));
  const rest = offset === 0 ? "" : offset < 0 ? ` - ${-offset}` : ` + ${offset}`;
  return parts.join("·") + rest + (minus === undefined ? "" : ` - ${symbols[minus]!.name}`);
}

/** Divisors of a single size: strides, windows, and products of both. */
const DIVISORS = Array.from({ length: 64 }, (_, i) => i + 1);

/** Divisors of two sizes that are multiplied with each other: windows of all usual sides. */
const PAIR_DIVISORS = [...DIVISORS.slice(0, 32), 36, 40, 48, 56, 64];

/** The same of three and more, and of groups whose windows are no squares, where too many would be tried. */
const PRODUCT_DIVISORS = [1, 2, 3, 4, 6, 7, 8, 12, 16, 32];

/**
 * The simplest expression that has the value `values[k]` where the symbols have the sizes `samples[k]`; undefined if there is
 * none. Values that are all the same are fixed.
 *
 * @param counts Symbols that are numbers of images: they are never divided, and nothing is ever added to them.
 */
export function fit(
  values: readonly number[],
  samples: readonly (readonly number[])[],
  counts: ReadonlySet<number> = new Set(),
): SizeExpression | undefined {
  if (values.every((value) => value === values[0])) return fixedSize(values[0]!);
  const symbols = samples[0]!.map((_, i) => i)
    .filter((i) => samples.some((sizes) => sizes[i] !== samples[0]![i]));
  const exact = (factors: readonly SizeFactor[]): boolean =>
    factors.every(({ symbol, divisor }) =>
      samples.every((sizes) => sizes[symbol]! % divisor === 0)
    );
  const among = (
    candidates: Iterable<SizeFactor[]>,
    target: readonly number[],
    withOffset: boolean,
    allowed: (factors: readonly SizeFactor[]) => boolean = () => true,
    accepted: (expression: SizeExpression) => boolean = () => true,
  ): SizeExpression | undefined => {
    for (const factors of candidates) {
      if (factors.some(({ symbol, divisor }) => divisor > 1 && counts.has(symbol))) continue;
      if (!allowed(factors)) continue;
      const hasOffset = withOffset && !counts.has(factors[0]!.symbol);
      const found = solve(factors, target, samples, hasOffset);
      if (found && accepted(found)) return found;
    }
    return undefined;
  };
  // What needs no rounding comes first: with few samples rounding explains nearly everything.
  const simple = among(singles(symbols), values, false, exact) ??
    among(products(symbols, counts), values, false, exact) ??
    among(singles(symbols), values, true, exact) ??
    among(singles(symbols), values, false, undefined, isPadded) ??
    among(products(symbols, counts), values, false) ??
    among(singles(symbols), values, true, isSmall) ??
    among(singles(symbols), values, true);
  if (simple) return simple;
  for (const withOffset of [false, true]) {
    for (const minus of symbols) {
      const target = values.map((value, k) => value + samples[k]![minus]!);
      const found = among(singles(symbols), target, withOffset);
      if (found) return { ...found, minus };
    }
  }
  return fitTwice(values, samples, counts);
}

/** Offsets and divisors of what is divided once more: kernels and strides. */
const OFFSETS = Array.from({ length: 33 }, (_, i) => i % 2 === 0 ? i / 2 : -(i + 1) / 2);
const STRIDES = Array.from({ length: 15 }, (_, i) => i + 2);

/** Groups into which products of sizes are cut are no larger. */
const LARGEST_GROUP = 1024;

/** What is rounded twice: `⌊(8·⌈h/8⌉ - 9)/6⌋` of pools and strides, `n·⌈64·⌈h/8⌉·⌈w/8⌉/256⌉` of groups. */
function fitTwice(
  values: readonly number[],
  samples: readonly (readonly number[])[],
  counts: ReadonlySet<number>,
): SizeExpression | undefined {
  const symbols = samples[0]!.map((_, i) => i).filter((i) => !counts.has(i));
  return pooled(values, samples, symbols) ?? grouped(values, samples, symbols) ??
    [...counts].map((count) => {
      const each = values.map((value, k) => value / samples[k]![count]!);
      if (!each.every(Number.isInteger)) return undefined;
      const found = grouped(each, samples, symbols);
      const factor = { symbol: count, divisor: 1, up: false };
      return found && { ...found, factors: [factor, ...found.factors] };
    }).find((found) => found !== undefined);
}

/** One size, padded to a multiple, with something added, divided. */
function pooled(
  values: readonly number[],
  samples: readonly (readonly number[])[],
  symbols: readonly number[],
): SizeExpression | undefined {
  for (const multiple of DIVISORS) {
    for (const symbol of symbols) {
      const padded = samples.map((sizes) => Math.ceil(sizes[symbol]! / multiple) * multiple);
      const factor = { symbol, divisor: multiple, up: multiple > 1 };
      for (const offset of OFFSETS) {
        for (const divisor of STRIDES) {
          if (padded.some((size, k) => Math.floor((size + offset) / divisor) !== values[k])) {
            continue;
          }
          const of = { scale: multiple, factors: [factor], offset };
          return { scale: 1, factors: [{ symbol: -1, divisor, up: false, of }], offset: 0 };
        }
      }
    }
  }
  return undefined;
}

/** A product of sizes, cut into groups of which the last one may be smaller; or a multiple of their number. */
function grouped(
  values: readonly number[],
  samples: readonly (readonly number[])[],
  symbols: readonly number[],
): SizeExpression | undefined {
  const common = values.reduce(gcd);
  const scales = divisorsOf(common).toReversed();
  const isEven = (factors: readonly SizeFactor[]) =>
    factors.every(({ divisor }) => divisor === factors[0]!.divisor);
  const isUsual = ({ divisor }: SizeFactor) => PRODUCT_DIVISORS.includes(divisor);
  const padded = [...products(symbols, new Set())].filter((factors) =>
    factors.every(({ divisor, up }) => divisor === 1 || up) &&
    (isEven(factors) || factors.every(isUsual))
  );
  // Windows are mostly squares.
  const ordered = [...padded.filter(isEven), ...padded.filter((factors) => !isEven(factors))];
  for (const factors of ordered) {
    const whole = samples.map((sizes) => product(factors, sizes));
    for (const scale of scales) {
      const groups = values.map((value) => value / scale);
      const share = simplestShare(whole, groups);
      if (share === undefined) continue;
      const of = { scale: share[0], factors, offset: 0 };
      return { scale, factors: [{ symbol: -1, divisor: share[1], up: true, of }], offset: 0 };
    }
  }
  return undefined;
}

/** The fraction with the smallest denominator of which `whole` make `groups`, rounded upwards. */
function simplestShare(
  whole: readonly number[],
  groups: readonly number[],
): readonly [number, number] | undefined {
  const most = Math.min(...groups.map((count, k) => count / whole[k]!));
  const least = Math.max(...groups.map((count, k) => (count - 1) / whole[k]!));
  if (most <= least) return undefined;
  for (let divisor = 1; divisor <= LARGEST_GROUP; divisor++) {
    const scale = Math.floor(most * divisor + 1e-9);
    if (scale > 0 && whole.every((size, k) => Math.ceil(size * scale / divisor) === groups[k])) {
      return [scale, divisor];
    }
  }
  return undefined;
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

function divisorsOf(value: number): number[] {
  const all: number[] = [];
  for (let i = 1; i * i <= value; i++) {
    if (value % i !== 0) continue;
    all.push(i);
    if (i * i !== value) all.push(value / i);
  }
  return all.sort((a, b) => a - b);
}

/** A size that is padded to a multiple, or a multiple of that. */
function isPadded({ scale, factors }: SizeExpression): boolean {
  return factors.every(({ divisor, up }) => up && scale % divisor === 0);
}

/** Halves, thirds and quarters, which rounding makes of odd sizes. */
function isSmall(factors: readonly SizeFactor[]): boolean {
  return factors.every(({ divisor }) => divisor <= 4);
}

/** Single sizes, divided by small numbers first. */
function* singles(symbols: readonly number[]): Generator<SizeFactor[]> {
  for (const divisor of DIVISORS) {
    for (const up of divisor === 1 ? [false] : [false, true]) {
      for (const symbol of symbols) yield [{ symbol, divisor, up }];
    }
  }
}

/** Products of two and more different sizes, of which `counts` are not divided. */
function* products(
  symbols: readonly number[],
  counts: ReadonlySet<number>,
): Generator<SizeFactor[]> {
  for (const some of subsets(symbols)) {
    const all = tuples(some.map((symbol) => !counts.has(symbol)));
    for (const up of [false, true]) {
      for (const divisors of all) {
        yield some.map((symbol, i) => ({
          symbol,
          divisor: divisors[i]!,
          up: up && divisors[i]! > 1,
        }));
      }
    }
  }
}

/** All choices of two or three of `symbols`. */
function subsets(symbols: readonly number[]): number[][] {
  const pairs = symbols.flatMap((a, i) => symbols.slice(i + 1).map((b) => [a, b]));
  const triples = pairs.flatMap(([a, b]) => symbols.filter((c) => c > b!).map((c) => [a!, b!, c]));
  return [...pairs, ...triples] as number[][];
}

const TUPLES = new Map<string, readonly (readonly number[])[]>();

/** Divisors for sizes of which some are divided, small ones first. */
function tuples(divided: readonly boolean[]): readonly (readonly number[])[] {
  const key = divided.join();
  const known = TUPLES.get(key);
  if (known) return known;
  const divisors = divided.filter(Boolean).length > 2 ? PRODUCT_DIVISORS : PAIR_DIVISORS;
  let all: number[][] = [[]];
  for (const isDivided of divided) {
    all = all.flatMap((some) => (isDivided ? divisors : [1]).map((divisor) => [...some, divisor]));
  }
  const size = (some: number[]) => some.reduce((a, b) => a * b, 1);
  const sum = (some: number[]) => some.reduce((a, b) => a + b, 0);
  all.sort((a, b) => size(a) - size(b) || sum(a) - sum(b));
  TUPLES.set(key, all);
  return all;
}

/** Whole scale and offset with which the product gives all values. */
function solve(
  factors: readonly SizeFactor[],
  values: readonly number[],
  samples: readonly (readonly number[])[],
  withOffset: boolean,
): SizeExpression | undefined {
  const products = samples.map((sizes) => product(factors, sizes));
  const other = products.findIndex((p) => p !== products[0]);
  if (other < 0) return undefined;
  const scale = withOffset
    ? (values[other]! - values[0]!) / (products[other]! - products[0]!)
    : values[0]! / products[0]!;
  const offset = withOffset ? values[0]! - scale * products[0]! : 0;
  if (!Number.isInteger(scale) || scale === 0 || !Number.isInteger(offset)) return undefined;
  return products.every((p, k) => scale * p + offset === values[k])
    ? { scale, factors, offset }
    : undefined;
}

function product(factors: readonly SizeFactor[], sizes: readonly number[]): number {
  let result = 1;
  for (const { symbol, divisor, up, of } of factors) {
    const quotient = (of ? evaluate(of, sizes) : sizes[symbol]!) / divisor;
    result *= up ? Math.ceil(quotient) : Math.floor(quotient);
  }
  return result;
}
