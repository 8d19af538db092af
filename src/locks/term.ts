/** The first and the last code point of a run of code points, both included. */
export type Range = readonly [low: number, high: number];

/** What the pattern compilers build: a language over code points, as a tree. */
export type Term = Chars | Repeat | { all: Term[] } | { any: Term[] };
export type Chars = { chars: Range[]; dotted?: boolean };
export type Repeat = { repeat: Term; min: number; max: number };

export const ENDLESS = Number.POSITIVE_INFINITY;
const LAST_POINT = 0x10ffff;
export const SLASH_POINT = 47;
// Anchors are transitions on points that no text holds; they are settled before a table is final.
export const START_POINT = -1;
export const END_POINT = -2;

/** The term for the empty text. */
export const NOTHING: Term = { all: [] };
/** `^`: holds before the first code point only. */
export const START: Term = { chars: [[START_POINT, START_POINT]] };
/** `$`: holds after the last code point only. */
export const END: Term = { chars: [[END_POINT, END_POINT]] };

/** One term after the other. */
export const concat = (all: Term[]): Term => ({ all });

/** Any one of the terms. */
export const union = (any: Term[]): Term => ({ any });

/** The term `min` to `max` times; `max` may be Infinity. */
export const repeat = (term: Term, min = 0, max = ENDLESS): Term => ({
  repeat: term,
  min,
  max,
});

const mergeRanges = (ranges: readonly Range[]): Range[] => {
  const merged: [number, number][] = [];
  for (const [low, high] of [...ranges].sort((a, b) => a[0] - b[0])) {
    const last = merged.at(-1);
    if (last !== undefined && low <= last[1] + 1) last[1] = Math.max(last[1], high);
    else merged.push([low, high]);
  }
  return merged;
};

/** Every code point that is in none of the ranges. */
export const invertRanges = (ranges: readonly Range[]): Range[] => {
  const inverted: Range[] = [];
  let from = 0;
  for (const [low, high] of mergeRanges(ranges)) {
    if (low > from) inverted.push([from, low - 1]);
    from = high + 1;
  }
  if (from <= LAST_POINT) inverted.push([from, LAST_POINT]);
  return inverted;
};

/** True where one of the ranges, sorted and disjoint, has the point. */
export const holds = (ranges: readonly Range[], point: number): boolean => {
  let from = 0;
  let to = ranges.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((ranges[middle]?.[1] ?? point) < point) from = middle + 1;
    else to = middle;
  }
  const found = ranges[from];
  return found !== undefined && found[0] <= point;
};

/** The part of the ranges between `low` and `high`, moved by `by`. */
const shifted = (ranges: readonly Range[], low: number, high: number, by: number): Range[] =>
  ranges
    .filter((range) => range[0] <= high && range[1] >= low)
    .map((range) => [Math.max(range[0], low) + by, Math.min(range[1], high) + by]);

/** What a path holds after `toLowerCase` in the place of one code point beyond ASCII. */
const lowerPoint = (point: number): Range => {
  const lower = String.fromCodePoint(point).toLowerCase().codePointAt(0) ?? point;
  // Σ becomes ς at the end of a word and σ elsewhere.
  if (lower === 0x3c2 || lower === 0x3c3) return [0x3c2, 0x3c3];
  return [lower, lower];
};

const lowerRange = ([low, high]: Range): Range[] => {
  const from = Math.max(low, 0x80);
  // A wide range takes in everything beyond ASCII: too much is safe, a miss is not.
  if (high - from > 500) return [[0x80, LAST_POINT]];
  const points = Array.from({ length: Math.max(0, high - from + 1) }, (_, index) => from + index);
  // İ is the one code point that becomes two; `dotted` stands for it.
  return points.filter((point) => point !== 0x130).map(lowerPoint);
};

/**
 * One code point out of the ranges, or out of none of them. With `ignoreCase` the term is for
 * lower-cased text: exact in ASCII, and beyond it at least what would have matched before.
 */
export const charsOf = (ranges: readonly Range[], ignoreCase: boolean, negated = false): Term => {
  if (!ignoreCase) return { chars: negated ? invertRanges(ranges) : mergeRanges(ranges) };
  const cased = [...ranges, ...shifted(ranges, 65, 90, 32)];
  const wanted = negated ? invertRanges([...cased, ...shifted(ranges, 97, 122, -32)]) : cased;
  return {
    chars: mergeRanges([...wanted, ...wanted.flatMap(lowerRange)]),
    dotted: holds(mergeRanges(wanted), 0x130),
  };
};

/** One code point other than `/`. */
export const NOT_SLASH: Term = {
  chars: /* @__PURE__ */ invertRanges([[SLASH_POINT, SLASH_POINT]]),
};

/** The text itself, code point by code point. */
export const literalOf = (text: string, ignoreCase: boolean): Term => {
  const points = Array.from(text, (char) => char.codePointAt(0) ?? 0);
  return concat(points.map((point) => charsOf([[point, point]], ignoreCase)));
};
