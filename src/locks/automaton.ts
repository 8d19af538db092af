import {
  type Chars,
  concat,
  END_POINT,
  ENDLESS,
  holds,
  type Range,
  type Repeat,
  START_POINT,
  type Term,
  union,
} from './term.ts';

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
