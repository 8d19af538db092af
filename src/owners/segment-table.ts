import { isLoneStar, type Segment, STAR, type Step } from './pattern.ts';
import { createPathTest } from './walk.ts';

/** What is found under a segment. `reach` is the greatest number that it can still lead to. */
type Target = { reach: number };

/** A segment with wildcards, once its plain start or end is known to fit. */
type Wild<T> = {
  target: T;
  start: string;
  /** The shortest name that it takes, in UTF-16 units. */
  least: number;
  /** Null where start and end are all there is to it. */
  test: ((name: string) => boolean) | null;
};

/** A trie of plain text, a UTF-16 unit a step. */
type Letters<T> = { next: Map<number, Letters<T>>; wilds: Wild<T>[] };

/**
 * Targets by segments: which of them take a name is found by the name's own letters, not by trying one
 * after the other. Names without wildcards are in a map, `*.ext` and its like in a trie from the last letter
 * back, `name*` in one from the first letter on.
 */
export type SegmentTable<T extends Target> = {
  names: Map<string, T>;
  any: T | null;
  ends: Letters<T> | null;
  starts: Letters<T> | null;
  /** Those that neither begin nor end with plain text. */
  rest: Wild<T>[];
  /** Targets of segments with wildcards, so that two equal ones share theirs. */
  known: Map<string, T>;
};

export const createSegmentTable = <T extends Target>(): SegmentTable<T> => ({
  names: new Map(),
  any: null,
  ends: null,
  starts: null,
  rest: [],
  known: new Map(),
});

const isPlain = (step: Step): step is number => typeof step === 'number' && step >= 0;

const spell = (steps: Segment): string =>
  steps
    .filter(isPlain)
    .map((point) => String.fromCodePoint(point))
    .join('');

/** How many steps of plain text a row of steps begins with. */
const countPlain = (steps: Segment): number => {
  const end = steps.findIndex((step) => !isPlain(step));
  return end === -1 ? steps.length : end;
};

/** The test of a whole name: a segment is a pattern without slashes. */
const createNameTest = (segment: Segment): ((name: string) => boolean) => {
  const steps: Step[] = [];
  const stars: number[] = [];
  for (const step of segment) {
    if (step === STAR) stars.push(steps.length);
    else steps.push(step);
  }
  return createPathTest({ steps, stars, globstars: [], self: true, below: false });
};

const noLetters = <T>(): Letters<T> => ({ next: new Map(), wilds: [] });

/** The place in a trie for these letters. */
const growLetters = <T>(letters: Letters<T>, text: string): Letters<T> => {
  let place = letters;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    const next = place.next.get(unit) ?? noLetters<T>();
    place.next.set(unit, next);
    place = next;
  }
  return place;
};

const reverse = (text: string): string => text.split('').reverse().join('');

const addWild = <T extends Target>(table: SegmentTable<T>, segment: Segment, target: T): void => {
  const from = countPlain(segment);
  const to = segment.length - countPlain(segment.toReversed());
  const [start, end] = [spell(segment.slice(0, from)), spell(segment.slice(to))];
  const test = isLoneStar(segment.slice(from, to)) ? null : createNameTest(segment);
  const wild = { target, start, least: start.length + end.length, test };
  if (end !== '') {
    table.ends ??= noLetters();
    growLetters(table.ends, reverse(end)).wilds.push(wild);
  } else if (start !== '') {
    table.starts ??= noLetters();
    growLetters(table.starts, start).wilds.push(wild);
  } else table.rest.push(wild);
};

/** The target of a segment, made where there is none yet. */
export const enterSegment = <T extends Target>(
  table: SegmentTable<T>,
  segment: Segment,
  create: () => T,
): T => {
  // A run of stars is one star.
  if (isLoneStar(segment)) {
    table.any ??= create();
    return table.any;
  }
  const isName = segment.every(isPlain);
  const key = isName ? spell(segment) : JSON.stringify(segment);
  const targets = isName ? table.names : table.known;
  const found = targets.get(key);
  if (found) return found;
  const target = create();
  targets.set(key, target);
  if (!isName) addWild(table, segment, target);
  return target;
};

const takesName = <T>({ start, least, test }: Wild<T>, name: string): boolean =>
  name.length >= least && name.startsWith(start) && (test === null || test(name));

const collectWilds = <T extends Target>(
  wilds: readonly Wild<T>[],
  name: string,
  above: number,
  found: T[],
): void => {
  for (const wild of wilds) {
    if (wild.target.reach > above && takesName(wild, name)) found.push(wild.target);
  }
};

/** Adds to `found` what the segments that take `name` lead to, if it can come to more than `above`. */
export const collectTargets = <T extends Target>(
  table: SegmentTable<T>,
  name: string,
  above: number,
  found: T[],
): void => {
  const { names, any, ends, starts, rest } = table;
  const named = names.get(name);
  if (named && named.reach > above) found.push(named);
  if (any && any.reach > above) found.push(any);
  for (let at = name.length - 1, place = ends; at >= 0 && place; at -= 1) {
    place = place.next.get(name.charCodeAt(at)) ?? null;
    if (place) collectWilds(place.wilds, name, above, found);
  }
  for (let at = 0, place = starts; at < name.length && place; at += 1) {
    place = place.next.get(name.charCodeAt(at)) ?? null;
    if (place) collectWilds(place.wilds, name, above, found);
  }
  collectWilds(rest, name, above, found);
};
