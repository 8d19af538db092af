/** The first and the last code point of a run of code points, both included. */
export type Range = readonly [low: number, high: number];

/** What the pattern compilers build: a language over code points, as a tree. */
export type Term = Chars | Repeat | { all: Term[] } | { any: Term[] };
type Chars = { chars: Range[]; dotted?: boolean };
type Repeat = { repeat: Term; min: number; max: number };

/**
 * A pattern as plain tables: no functions and no empty moves, so it survives JSON. State 0 is the
 * start and is never entered again; `enter[s]` holds the code points (sorted, disjoint) that lead
 * into state s from every state that lists it in `next`. Each listed state can still reach a match.
 */
export type Automaton = { enter: Range[][]; next: number[][]; final: boolean[] };

/** A compiled pattern, or one clause that says why there is none. */
export type Compiled = { automaton: Automaton } | { refused: string };

/** The most states and transitions of one automaton: no path may take more than milliseconds. */
const MAX_STATES = 5_000;
const MAX_EDGES = 20_000;

/** How many pairs of transitions `automataIntersect` looks at before it assumes an overlap. */
const MAX_PAIRS = 100_000;

const ENDLESS = Number.POSITIVE_INFINITY;
const LAST_POINT = 0x10ffff;
const SLASH_POINT = 47;
// Anchors are transitions on points that no text holds; they are settled before a table is final.
const START_POINT = -1;
const END_POINT = -2;

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

const holds = (ranges: readonly Range[], point: number): boolean => {
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
export const NOT_SLASH: Term = { chars: invertRanges([[SLASH_POINT, SLASH_POINT]]) };

/** The text itself, code point by code point. */
export const literalOf = (text: string, ignoreCase: boolean): Term => {
  const points = Array.from(text, (char) => char.codePointAt(0) ?? 0);
  return concat(points.map((point) => charsOf([[point, point]], ignoreCase)));
};

type Draft = { enter: Range[][]; next: Set<number>[]; edges: number };
/** A stretch of a draft: where it begins, where it ends, and whether it may be passed by. */
type Part = { first: number[]; last: number[]; nullable: boolean };

const link = (draft: Draft, from: number[], to: number[]): void => {
  draft.edges += from.length * to.length;
  if (draft.edges > MAX_EDGES) return;
  for (const state of from) for (const target of to) draft.next[state]?.add(target);
};

const join = (draft: Draft, left: Part, right: Part): Part => {
  link(draft, left.last, right.first);
  if (left.nullable) left.first.push(...right.first);
  if (right.nullable) right.last.push(...left.last);
  return {
    first: left.first,
    last: right.last,
    nullable: left.nullable && right.nullable,
  };
};

const emptyPart = (): Part => ({ first: [], last: [], nullable: true });

const layChars = (draft: Draft, term: Chars): Part => {
  if (term.dotted) {
    const dottedI = concat([{ chars: [[105, 105]] }, { chars: [[0x307, 0x307]] }]);
    return lay(draft, union([{ chars: term.chars }, dottedI]));
  }
  const state = draft.enter.push(term.chars) - 1;
  draft.next.push(new Set());
  return { first: [state], last: [state], nullable: false };
};

/** Where a set repeats without end and has both halves of the lower-cased İ, it needs no second way. */
const undotted = (term: Term, max: number): Term => {
  if (max < ENDLESS || !('chars' in term)) return term;
  return holds(term.chars, 105) && holds(term.chars, 0x307) ? { chars: term.chars } : term;
};

const copiesOf = (min: number, max: number): number => (max === ENDLESS ? Math.max(min, 1) : max);

/** Copies from the last to the first, each optional one around the next: `x(x(x)?)?` stays linear. */
const layRepeat = (draft: Draft, term: Repeat): Part => {
  const copies = copiesOf(term.min, term.max);
  const body = undotted(term.repeat, term.max);
  let needed = term.min;
  let rest = emptyPart();
  for (let copy = copies; copy > 0; copy -= 1) {
    const part = lay(draft, body);
    // A body that may be empty is the same body, not empty, any smaller number of times.
    if (part.nullable) needed = 0;
    part.nullable = false;
    if (copy === copies && term.max === ENDLESS) link(draft, part.last, part.first);
    rest = join(draft, part, rest);
    rest.nullable = copy > needed;
  }
  return rest;
};

const lay = (draft: Draft, term: Term): Part => {
  if (draft.edges > MAX_EDGES) return emptyPart();
  if ('chars' in term) return layChars(draft, term);
  if ('repeat' in term) return layRepeat(draft, term);
  if ('all' in term) {
    return term.all.reduce<Part>((left, item) => join(draft, left, lay(draft, item)), emptyPart());
  }
  const parts = term.any.map((item) => lay(draft, item));
  return {
    first: parts.flatMap((part) => part.first),
    last: parts.flatMap((part) => part.last),
    nullable: parts.some((part) => part.nullable),
  };
};

/**
 * How many states a term takes, before any is built, or ranges where a class has many. Never 0: a
 * thousand empty groups cost time too.
 */
const costOf = (term: Term): number => {
  if ('chars' in term) return Math.max(1, term.chars.length) + (term.dotted ? 2 : 0);
  if ('repeat' in term) return Math.max(1, costOf(term.repeat) * copiesOf(term.min, term.max));
  const items = 'all' in term ? term.all : term.any;
  return Math.max(
    1,
    items.reduce((sum, item) => sum + costOf(item), 0),
  );
};

/** Everything reached from `from`, where only the states that `passes` lets through lead on. */
const spread = (
  edges: readonly Iterable<number>[],
  from: readonly number[],
  passes: (state: number) => boolean,
): Set<number> => {
  const reached = new Set(from);
  // A set that grows while it is walked is walked to its new end.
  for (const state of reached) {
    if (!passes(state)) continue;
    for (const target of edges[state] ?? []) reached.add(target);
  }
  return reached;
};

const reversed = (edges: readonly Iterable<number>[]): number[][] => {
  const back: number[][] = edges.map(() => []);
  edges.forEach((targets, state) => {
    for (const target of targets) back[target]?.push(state);
  });
  return back;
};

/** Takes the anchors out of a draft, and every transition that leads to no match. */
const settle = (draft: Draft, ends: readonly number[]): Automaton => {
  const pointOf = (state: number) => draft.enter[state]?.[0]?.[0] ?? 0;
  const isAnchor = (state: number) => pointOf(state) < 0;
  const isStart = (state: number) => state === 0 || pointOf(state) === START_POINT;

  const final = spread(reversed(draft.next), ends, (state) => pointOf(state) === END_POINT);
  // Before the first code point of an empty text both anchors hold, in any order.
  const empty = spread(draft.next, [0], (state) => state === 0 || isAnchor(state));
  if (ends.some((state) => isAnchor(state) && empty.has(state))) final.add(0);
  const starts = spread(draft.next, [0], isStart);

  const open = (state: number) => state > 0 && !isAnchor(state) && draft.enter[state]?.length !== 0;
  const next = draft.next.map((targets, state) =>
    [...(state === 0 ? starts : targets)].filter(open),
  );
  const live = spread(reversed(next), [...final], () => true);
  return {
    enter: draft.enter,
    next: next.map((targets) => targets.filter((target) => live.has(target))),
    final: next.map((_, state) => final.has(state)),
  };
};

/** The tables of a term; refused where they would be larger than any path is worth. */
export const buildAutomaton = (term: Term): Compiled => {
  const refused = { refused: `the pattern is too large: more than ${MAX_STATES} states` };
  if (costOf(term) > MAX_STATES) return refused;
  const draft: Draft = { enter: [[]], next: [new Set()], edges: 0 };
  const part = lay(draft, term);
  if (draft.edges > MAX_EDGES) return refused;
  draft.next[0] = new Set(part.first);
  return { automaton: settle(draft, part.nullable ? [0, ...part.last] : part.last) };
};

/** The states after one more code point. `seen` has the step at which a state was last tried. */
const advance = (
  { enter, next }: Automaton,
  states: readonly number[],
  point: number,
  seen: Int32Array,
  step: number,
): number[] => {
  const reached: number[] = [];
  for (const state of states) {
    for (const target of next[state] ?? []) {
      if (seen[target] === step) continue;
      seen[target] = step;
      if (holds(enter[target] ?? [], point)) reached.push(target);
    }
  }
  return reached;
};

/** The states after a whole text. Each is tried once a code point, so nothing ever backtracks. */
const run = (automaton: Automaton, text: string): number[] => {
  const seen = new Int32Array(automaton.next.length);
  let states = [0];
  let step = 0;
  for (const char of text) {
    step += 1;
    states = advance(automaton, states, char.codePointAt(0) ?? 0, seen, step);
    if (states.length === 0) break;
  }
  return states;
};

/** True where the automaton matches the text from its first to its last code point. */
export const matchesWhole = (automaton: Automaton, text: string): boolean =>
  run(automaton, text).some((state) => automaton.final[state]);

/** True where the automaton can match the path or anything below it; `''` is the root of the repository. */
export const matchesBelow = (automaton: Automaton, path: string): boolean => {
  const leadsOn = (state: number) => automaton.next[state]?.length !== 0;
  if (path === '') return leadsOn(0);
  return matchesWhole(automaton, path) || run(automaton, `${path}/`).some(leadsOn);
};

const rangesMeet = (left: readonly Range[], right: readonly Range[]): boolean => {
  let at = 0;
  for (const [low, high] of left) {
    while ((right[at]?.[1] ?? high) < low) at += 1;
    const range = right[at];
    if (range === undefined) return false;
    if (range[0] <= high) return true;
  }
  return false;
};

/** Where two automata can be one code point later, as pairs of states. */
const meetings = (
  a: Automaton,
  b: Automaton,
  outOfA: readonly number[],
  outOfB: readonly number[],
): [number, number][] =>
  outOfA.flatMap((x) =>
    outOfB
      .filter((y) => rangesMeet(a.enter[x] ?? [], b.enter[y] ?? []))
      .map((y): [number, number] => [x, y]),
  );

/**
 * True where some text that is not empty matches both. Exact up to `limit` pairs of transitions;
 * beyond it the answer is true, because a needless wait is better than a missed conflict.
 */
export const automataIntersect = (a: Automaton, b: Automaton, limit = MAX_PAIRS): boolean => {
  const width = b.next.length;
  const reached = new Set([0]);
  let left = limit;
  for (const pair of reached) {
    const outOfA = a.next[Math.floor(pair / width)] ?? [];
    const outOfB = b.next[pair % width] ?? [];
    left -= outOfA.length * outOfB.length;
    if (left < 0) return true;
    for (const [x, y] of meetings(a, b, outOfA, outOfB)) {
      if (a.final[x] && b.final[y]) return true;
      reached.add(x * width + y);
    }
  }
  return false;
};

/** One point for each way in which `outer` can tell the code points of a transition apart. */
const samplePoints = (enter: readonly Range[], outer: Automaton, states: readonly number[]) => {
  const cuts = [...enter.map(([low]) => low), SLASH_POINT, SLASH_POINT + 1];
  for (const state of states) {
    for (const target of outer.next[state] ?? []) {
      for (const [low, high] of outer.enter[target] ?? []) cuts.push(low, high + 1);
    }
  }
  return [...new Set(cuts)].filter((point) => holds(enter, point));
};

/** Somewhere in both automata; `open` behind a slash or at the start, where no path ends. */
type Place = { state: number; outside: number[]; open: boolean };

function* stepInside(outer: Automaton, inner: Automaton, place: Place): Generator<Place> {
  for (const state of inner.next[place.state] ?? []) {
    for (const point of samplePoints(inner.enter[state] ?? [], outer, place.outside)) {
      const open = point === SLASH_POINT;
      // No path has an empty segment.
      if (place.open && open) continue;
      const seen = new Int32Array(outer.next.length);
      const outside = advance(outer, place.outside, point, seen, 1).sort((x, y) => x - y);
      yield { state, outside, open };
    }
  }
}

/**
 * True where `outer` matches every path that `inner` matches. Exact up to `limit` steps; beyond it the
 * answer is false, because nobody may be told that they hold what they do not.
 */
export const automatonContains = (outer: Automaton, inner: Automaton, limit = 5_000): boolean => {
  const places: Place[] = [{ state: 0, outside: [0], open: true }];
  const reached = new Set<string>();
  let left = limit;
  for (const place of places) {
    const isMatch = !place.open && inner.final[place.state];
    if (isMatch && !place.outside.some((state) => outer.final[state])) return false;
    for (const further of stepInside(outer, inner, place)) {
      left -= 1;
      if (left < 0) return false;
      const key = JSON.stringify(further);
      if (!reached.has(key)) places.push(further);
      reached.add(key);
    }
  }
  return true;
};
