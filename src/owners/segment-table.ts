import { isLoneStar, layOut, type Piece, type Segment, STAR } from './pattern.ts';
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
type Letters<T> = { next: Map<number, Letters<T>> | null; wilds: Wild<T>[] | null };

/**
 * Targets by segments: which of them take a name is found by the name's own letters, not by trying one
 * after the other. Names without wildcards are in a map, `*.ext` and its like in a trie from the last letter
 * back, `name*` in one from the first letter on.
 */
export type SegmentTable<T extends Target> = {
  names: Map<string, T> | null;
  any: T | null;
  ends: Letters<T> | null;
  starts: Letters<T> | null;
  /** Those that neither begin nor end with plain text. */
  rest: Wild<T>[];
  /** Targets of segments with wildcards, so that two equal ones share theirs. */
  known: Map<string, T> | null;
};

export const createSegmentTable = <T extends Target>(): SegmentTable<T> => ({
  names: null,
  any: null,
  ends: null,
  starts: null,
  rest: [],
  known: null,
});

/** The test of a whole name, made for the first one that is long enough: a segment is a pattern without slashes. */
const createNameTest = (segment: Segment): ((name: string) => boolean) => {
  let test: ((name: string) => boolean) | null = null;
  return (name) => {
    test ??= createPathTest({ ...layOut([segment]), self: true, below: false });
    return test(name);
  };
};

/** How long a name is at least that a piece takes a part of, in UTF-16 units. */
const measurePiece = (piece: Piece): number => {
  if (piece === STAR) return 0;
  return typeof piece === 'string' ? piece.length : 1;
};

const noLetters = <T>(): Letters<T> => ({ next: null, wilds: null });

/** The place in a trie for these letters. */
const growLetters = <T>(letters: Letters<T>, text: string): Letters<T> => {
  let place = letters;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    place.next ??= new Map();
    const next = place.next.get(unit) ?? noLetters<T>();
    place.next.set(unit, next);
    place = next;
  }
  return place;
};

const addAt = <T>(place: Letters<T>, wild: Wild<T>): void => {
  place.wilds ??= [];
  place.wilds.push(wild);
};

const reverse = (text: string): string => text.split('').reverse().join('');

const asText = (piece: Piece | undefined): string => (typeof piece === 'string' ? piece : '');

const addWild = <T extends Target>(table: SegmentTable<T>, segment: Segment, target: T): void => {
  const [start, end] = [asText(segment[0]), asText(segment.at(-1))];
  const middle = segment.slice(start === '' ? 0 : 1, end === '' ? undefined : -1);
  // A half of a character is none of the characters of a name, though its unit may be there.
  const isHalf = /[\ud800-\udbff]$/.test(start) || /^[\udc00-\udfff]/.test(end);
  const test = isLoneStar(middle) && !isHalf ? null : createNameTest(segment);
  const least = segment.reduce((length: number, piece) => length + measurePiece(piece), 0);
  const wild = { target, start, least, test };
  if (end !== '') {
    table.ends ??= noLetters();
    addAt(growLetters(table.ends, reverse(end)), wild);
  } else if (start !== '') {
    table.starts ??= noLetters();
    addAt(growLetters(table.starts, start), wild);
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
  const [name] = segment;
  if (typeof name === 'string' && segment.length === 1) {
    table.names ??= new Map();
    return findOrAdd(table.names, name, create);
  }
  table.known ??= new Map();
  return findOrAdd(table.known, JSON.stringify(segment), () => {
    const target = create();
    addWild(table, segment, target);
    return target;
  });
};

const findOrAdd = <T>(targets: Map<string, T>, key: string, create: () => T): T => {
  const found = targets.get(key);
  if (found !== undefined) return found;
  const target = create();
  targets.set(key, target);
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
  const named = names?.get(name);
  if (named && named.reach > above) found.push(named);
  if (any && any.reach > above) found.push(any);
  for (let at = name.length - 1, place = ends; at >= 0 && place; at -= 1) {
    place = place.next?.get(name.charCodeAt(at)) ?? null;
    if (place?.wilds) collectWilds(place.wilds, name, above, found);
  }
  for (let at = 0, place = starts; at < name.length && place; at += 1) {
    place = place.next?.get(name.charCodeAt(at)) ?? null;
    if (place?.wilds) collectWilds(place.wilds, name, above, found);
  }
  collectWilds(rest, name, above, found);
};
