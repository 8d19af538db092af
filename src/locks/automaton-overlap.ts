import type { Automaton } from './automaton.ts';
import { advance } from './automaton-walk.ts';
import { holds, type Range, SLASH_POINT } from './term.ts';

/** How many pairs of transitions `automataIntersect` looks at before it assumes an overlap. */
const MAX_PAIRS = 100_000;

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
