import { listAbove } from './contested.ts';
import { DELETED } from './edits.ts';
import type { Line } from './line.ts';

/** Two parties, by their places in the list of all, and the paths that each of them changed by itself. */
export type Pair = { one: number; other: number; paths: string[] };

/**
 * True where `line` has made something of the path that `other` never had: so not by a commit that both have (one
 * is on top of the other, or both of a third), nor by the same patch.
 */
const hasOwnTouch = (line: Line, other: Line, path: string): boolean => {
  const known = new Set(other.touches.get(path)?.map(({ version }) => version));
  const touches = line.touches.get(path);
  // No commit touches a file under the name that the base gave it since, nor where a merge took one side whole.
  return touches ? touches.some(({ version }) => !known.has(version)) : isBeyond(line, other);
};

/** True where `line` has anything that `other` has not. */
const isBeyond = (line: Line, other: Line): boolean =>
  line.isDirty || [...line.own].some((commit) => !other.own.has(commit));

const isShared = (one: Line, other: Line, path: string): boolean =>
  one.edits.get(path)?.version !== other.edits.get(path)?.version &&
  hasOwnTouch(one, other, path) &&
  hasOwnTouch(other, one, path);

type Relation = (one: number, other: number) => boolean;

/** Pairs under one key each, whichever of the two is named first. */
const createPairs = (isOne: Relation) => {
  const pairs = new Map<string, Pair>();
  const find = (a: number, b: number): Pair | undefined => {
    const [one, other] = a < b ? [a, b] : [b, a];
    if (one === other || isOne(one, other)) return undefined;
    const key = `${one} ${other}`;
    const pair = pairs.get(key) ?? { one, other, paths: [] };
    pairs.set(key, pair);
    return pair;
  };
  return { find, list: () => [...pairs.values()] };
};

/** Which lines have each key, by their places. */
const groupBy = (
  lines: readonly Line[],
  keysOf: (line: Line) => Iterable<string>,
): Map<string, Set<number>> => {
  const groups = new Map<string, Set<number>>();
  for (const [index, line] of lines.entries()) {
    for (const key of keysOf(line)) {
      const group = groups.get(key);
      if (group) group.add(index);
      else groups.set(key, new Set([index]));
    }
  }
  return groups;
};

const joinAll = (group: readonly number[], join: (one: number, other: number) => void): void => {
  for (const [place, one] of group.entries()) {
    for (const other of group.slice(place + 1)) join(one, other);
  }
};

/** The pairs of parties that share a path. `isOne` says which two are one holder, and never meet. */
export const listSharing = (lines: readonly Line[], isOne: Relation): Pair[] => {
  const pairs = createPairs(isOne);
  for (const [path, group] of groupBy(lines, ({ edits }) => edits.keys())) {
    joinAll([...group], (one, other) => {
      const [a, b] = [lines[one], lines[other]];
      if (a && b && isShared(a, b, path)) pairs.find(one, other)?.paths.push(path);
    });
  }
  return pairs.list();
};

const listEdits = ({ edits }: Line) => [...edits.values()];

const listDeleted = (line: Line): string[] =>
  listEdits(line).flatMap(({ path, version }) => (version === DELETED ? [path] : []));

/** Whether what a party deleted may be one half of a rename. */
const addsAnything = (line: Line): boolean => listEdits(line).some(({ isAdded }) => isAdded);

/** The directories of what a party may have renamed. */
const listLeft = (line: Line): string[] =>
  addsAnything(line) ? listDeleted(line).flatMap(listAbove) : [];

/** A place where `other` adds something and `line` has, or had, something else. */
type Spot = { line: number; other: number; directory: string };

/** The directories that each party adds something below, with those who stand in `groups` there. */
const listSpots = (
  lines: readonly Line[],
  groups: ReadonlyMap<string, ReadonlySet<number>>,
): Spot[] =>
  lines.flatMap((added, other) => {
    const paths = listEdits(added).filter(({ isAdded }) => isAdded);
    const directories = new Set(paths.flatMap(({ path }) => listAbove(path)));
    return [...directories].flatMap((directory) =>
      [...(groups.get(directory) ?? [])]
        .filter((line) => line !== other)
        .map((line) => ({ line, other, directory })),
    );
  });

/**
 * The pairs that could conflict without a path that each has its own version of: one has a file where the other
 * has a directory, one renamed a directory that the other adds to, or a file that the other renamed or deleted. `areGone` says of each place whether that party's tree has the
 * directory no more.
 */
export const listNear = (
  lines: readonly Line[],
  isOne: Relation,
  areGone: (places: readonly Spot[]) => boolean[],
): Pair[] => {
  const files = groupBy(lines, (line) =>
    listEdits(line).flatMap(({ path, version }) => (version === DELETED ? [] : [path])),
  );
  const left = listSpots(lines, groupBy(lines, listLeft));
  const gone = areGone(left);
  const pairs = createPairs(isOne);
  const moves = lines.map(addsAnything);
  const join = (one: number, other: number): void => {
    const [a, b] = [lines[one], lines[other]];
    if (a && b && isBeyond(a, b) && isBeyond(b, a)) pairs.find(one, other);
  };
  for (const { line, other } of listSpots(lines, files)) join(line, other);
  for (const [index, { line, other }] of left.entries()) if (gone[index]) join(line, other);
  for (const group of groupBy(lines, listDeleted).values()) {
    joinAll([...group], (one, other) => {
      if (moves[one] || moves[other]) join(one, other);
    });
  }
  return pairs.list();
};
