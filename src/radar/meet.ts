import { type Line, touchedSince } from './line.ts';
import type { Merge } from './merge.ts';
import type { Pair } from './overlap.ts';

/** How one of two parties touches a path that they meet at. */
export type Side = {
  /** Milliseconds since 1970; undefined where nobody knows. */
  since: number | undefined;
  isUncommitted: boolean;
};

/** One path that two parties meet at; `conflict` is git's word for what would happen to it. */
export type MeetingPath = {
  path: string;
  sides: readonly [Side, Side];
  conflict: string | undefined;
};

/** Two parties, by their places in the list of all, and where they meet; paths that would conflict first. */
export type Meeting = {
  parties: readonly [number, number];
  paths: readonly MeetingPath[];
  /** `unknown` where git could not tell. */
  outcome: 'clean' | 'conflict' | 'unknown';
  /** Since when both of them are at one of the paths; at one that would conflict, where there is any. */
  since: number | undefined;
};

const sideOf = (line: Line | undefined, path: string): Side => ({
  since: line && touchedSince(line, path),
  isUncommitted: line?.uncommitted.has(path) ?? false,
});

/** Both are at a path from the second who came to it on. */
const metSince = ({ sides: [one, other] }: MeetingPath): number[] =>
  one.since === undefined || other.since === undefined ? [] : [Math.max(one.since, other.since)];

/**
 * The conflicts that are the two parties' own. A path that both touch and only one of them by itself is the
 * other's already; and where one of them meets the base too, only what both of them touched by themselves counts.
 */
const keepOwn = (
  { paths }: Pair,
  merge: Merge,
  [one, other]: readonly [Line | undefined, Line | undefined],
  isOnBase: boolean,
): Map<string, string> => {
  const shared = new Set(paths);
  const isTheirs = (path: string): boolean =>
    shared.has(path) || (isOnBase && !(one?.edits.has(path) && other?.edits.has(path)));
  const conflicts = merge.kind === 'conflict' ? merge.conflicts : new Map<string, string>();
  return new Map([...conflicts].filter(([path]) => isTheirs(path)));
};

/**
 * What becomes of a pair; undefined where they do not meet. `merge` is what merging them came to, undefined
 * where that is not known; `isOnBase` says that both were merged with the base first.
 */
export const createMeeting = (
  pair: Pair,
  lines: readonly Line[],
  merge: Merge | undefined,
  isOnBase: boolean,
): Meeting | undefined => {
  const [one, other] = [lines[pair.one], lines[pair.other]];
  const isKnown = merge !== undefined && merge.kind !== 'failed';
  const conflicts = isKnown ? keepOwn(pair, merge, [one, other], isOnBase) : new Map();
  const all = [...new Set([...conflicts.keys(), ...pair.paths])].map(
    (path): MeetingPath => ({
      path,
      sides: [sideOf(one, path), sideOf(other, path)],
      conflict: conflicts.get(path),
    }),
  );
  if (all.length === 0) return undefined;
  const decisive = conflicts.size > 0 ? all.slice(0, conflicts.size) : all;
  const times = decisive.flatMap(metSince);
  return {
    parties: [pair.one, pair.other],
    paths: all,
    outcome: isKnown ? (conflicts.size > 0 ? 'conflict' : 'clean') : 'unknown',
    since: times.length > 0 ? Math.min(...times) : undefined,
  };
};
