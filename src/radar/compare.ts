import { Undecided } from '../kit/errors.ts';
import type { Git } from '../kit/git.ts';
import { listContested } from './contested.ts';
import type { UncommittedPath } from './edits.ts';
import { type Landing, toLandings } from './land.ts';
import { createLineReader, type History, type Line, listCommittedEdits } from './line.ts';
import { createMeeting, type Meeting } from './meet.ts';
import { listNear, listSharing, type Pair } from './overlap.ts';
import type { Party, Skipped } from './party.ts';
import type { Base } from './refs.ts';
import { listAbsent, readCommits, readModifiedAt, readTree, readTreeEdits } from './scan.ts';
import type { Scratch } from './scratch-store.ts';

/** A party, what of its worktree is not committed, and the keys of git's config there. */
export type Candidate = {
  party: Party;
  uncommitted: readonly UncommittedPath[];
  keys: readonly string[];
};

/** What is compared. */
export type Ground = {
  base: Base;
  candidates: readonly Candidate[];
  /** Whether the clone has only the last commits of its history. */
  isCut: boolean;
  /** Whether two parties are one holder, who is in nobody's way but their own. */
  isOne: (one: Party, other: Party) => boolean;
};

/** What came of it. Parties are told by their place in `lines`. */
export type Findings = {
  /** Those that have something which the base has not. */
  lines: readonly Line[];
  meetings: readonly Meeting[];
  /** Where parties meet the base itself. */
  behind: readonly { party: number; conflicts: ReadonlyMap<string, string> }[];
  /** What there was no need to look at, and why. */
  skipped: readonly Skipped[];
  /** What should have been looked at and could not be. */
  failed: readonly Skipped[];
  /** False where this git cannot tell what would conflict. */
  canMerge: boolean;
};

/** A party, and what it would change. */
type Prepared = { candidate: Candidate; landing: Landing };
type Tip = { party: Party; tip: string };
type Grounded = Base & { tree: string };

const land = (scratch: Scratch, base: Grounded, tips: readonly Tip[]) => {
  const merges = scratch.merge(tips.map(({ tip }) => [base.id, tip] as const));
  const readEdits = (trees: readonly string[]) => readTreeEdits(scratch.git, base.tree, trees);
  return merges && toLandings(tips, merges, readEdits);
};

const isMerging = ({ heads }: Party): boolean => heads.length > 1;

/**
 * What of a worktree must be known to the letter: what others could meet; of a merge all that it carries; and what
 * is in conflict, or there would be no tree.
 */
const listPathsToWrite = (prepared: readonly Prepared[], history: History): string[][] => {
  const contested = listContested(
    prepared.map(({ candidate: { party, uncommitted }, landing }) => ({
      // Both: where the base has renamed a file, a commit has it under another name than what lands.
      edits: [...landing.edits.values(), ...listCommittedEdits(party.heads, history).values()],
      uncommitted,
    })),
  );
  return prepared.map(({ candidate: { party, uncommitted } }, index) => {
    if (isMerging(party)) return uncommitted.map(({ path }) => path);
    const paths = contested[index] ?? [];
    const unmerged = uncommitted.filter(({ isUnmerged }) => isUnmerged).map(({ path }) => path);
    return paths.length === 0 ? [] : [...new Set([...paths, ...unmerged])];
  });
};

const unreadable = ({ name }: Party, reason: string): Skipped => ({
  name,
  reason: `what is not committed there cannot be read: ${reason}`,
});

/** The trees of worktrees with these of their paths as they lie there, each as a commit on what it stands on. */
const commitWorktrees = (
  scratch: Scratch,
  prepared: readonly Prepared[],
  paths: readonly (readonly string[])[],
): { tips: Tip[]; failed: Skipped[] } => {
  const failed: Skipped[] = [];
  const made = prepared.flatMap(({ candidate: { party, keys } }, index) => {
    const written = paths[index] ?? [];
    if (!party.worktree || written.length === 0) return [];
    try {
      return [{ party, tree: scratch.writeTree(party.worktree, written, keys) }];
    } catch (error) {
      if (!(error instanceof Undecided)) throw error;
      failed.push(unreadable(party, error.message));
      return [];
    }
  });
  const ids = scratch.writeCommits(made.map(({ party, tree }) => ({ tree, parents: party.heads })));
  return { tips: made.map(({ party }, index) => ({ party, tip: ids[index] ?? '' })), failed };
};

/** With the uncommitted paths that nobody else could meet, which are in no tree. */
const withUnwritten = (
  { candidate, landing }: Prepared,
  written: readonly string[] = [],
): Landing => {
  const edits = new Map(landing.edits);
  const isWritten = new Set(written);
  for (const { path, isAdded } of candidate.uncommitted) {
    if (!isWritten.has(path)) edits.set(path, { path, isAdded, version: 'uncommitted' });
  }
  return { ...landing, edits };
};

const readTimes = ({ party, uncommitted }: Candidate): Map<string, number | undefined> => {
  const directory = party.worktree?.path ?? '';
  return new Map(uncommitted.map(({ path }) => [path, readModifiedAt(directory, path)]));
};

/** Each party's work as one commit: on top of the base where it lands there cleanly, else as it is. */
const listMergeable = (
  scratch: Scratch,
  base: Base,
  landings: readonly Landing[],
): { own: string; onBase: string | undefined }[] => {
  const clean = landings.filter(({ conflicts }) => conflicts.size === 0);
  const ids = scratch.writeCommits(
    clean.map(({ tree, tip }) => ({ tree, parents: [base.id, tip] })),
  );
  const onBase = new Map(clean.map((landing, index) => [landing, ids[index]]));
  return landings.map((landing) => ({ own: landing.tip, onBase: onBase.get(landing) }));
};

const listAbsentPlaces = (
  scratch: Scratch,
  landings: readonly Landing[],
  asked: readonly { line: number; directory: string }[],
): boolean[] => {
  const places = asked.map(({ line, directory }) => `${landings[line]?.tree}:${directory}`);
  // Such a name could not be asked for, a line each; then nothing is known of the directory.
  const absent = listAbsent(
    scratch.git,
    [...new Set(places)].filter((place) => !place.includes('\n')),
  );
  return places.map((place) => absent.has(place));
};

const joinPairs = (sharing: readonly Pair[], near: readonly Pair[]): Pair[] => {
  const known = new Set(sharing.map(({ one, other }) => `${one} ${other}`));
  return [...sharing, ...near.filter(({ one, other }) => !known.has(`${one} ${other}`))];
};

const meet = (
  scratch: Scratch,
  { base, isOne }: Ground,
  lines: readonly Line[],
  landings: readonly Landing[],
): Pick<Findings, 'meetings' | 'failed'> => {
  const isOneLine = (a: number, b: number): boolean => {
    const [one, other] = [lines[a]?.party, lines[b]?.party];
    return one !== undefined && other !== undefined && isOne(one, other);
  };
  const near = listNear(lines, isOneLine, (asked) => listAbsentPlaces(scratch, landings, asked));
  const pairs = joinPairs(listSharing(lines, isOneLine), near);
  const commits = pairs.length > 0 ? listMergeable(scratch, base, landings) : [];
  const inputs = pairs.map(({ one, other }) => {
    const [a, b] = [commits[one], commits[other]];
    const isOnBase = a?.onBase !== undefined && b?.onBase !== undefined;
    const sides = isOnBase ? [a.onBase, b.onBase] : [a?.own, b?.own];
    return { isOnBase, sides: [sides[0] ?? '', sides[1] ?? ''] as const };
  });
  const merges = scratch.merge(inputs.map(({ sides }) => sides)) ?? [];
  const failed = pairs.flatMap(({ one, other }, index): Skipped[] => {
    const merge = merges[index];
    if (merge?.kind !== 'failed') return [];
    const [name = '', second = ''] = [one, other].map((place) => lines[place]?.party.name);
    return [{ name, reason: `with ${second} it cannot be merged to look: ${merge.reason}` }];
  });
  const meetings = pairs
    .map((pair, index) =>
      createMeeting(pair, lines, merges[index], inputs[index]?.isOnBase ?? false),
    )
    .filter((meeting) => meeting !== undefined);
  return { meetings, failed };
};

/** What is not compared because it has another root; in a clone without its beginnings nobody knows. */
const tellUnrelated = (
  names: readonly string[],
  { base, isCut }: Ground,
): Pick<Findings, 'skipped' | 'failed'> => {
  const reason = `it has no history in common with ${base.name}`;
  const told = names.map((name) => ({ name, reason }));
  if (!isCut) return { skipped: told, failed: [] };
  const remedy = `${reason} here, and this clone is shallow: git fetch --unshallow`;
  return { skipped: [], failed: names.map((name) => ({ name, reason: remedy })) };
};

/** By what landing each party would change; undefined where this git cannot tell. */
export const compareByMerging = (scratch: Scratch, ground: Ground): Findings | undefined => {
  const { base, candidates } = ground;
  const grounded = { ...base, tree: readTree(scratch.git, base.id) };
  const committed = land(
    scratch,
    grounded,
    candidates.map(({ party }) => ({ party, tip: party.heads[0] })),
  );
  if (!committed) return undefined;
  const byParty = new Map(candidates.map((candidate) => [candidate.party, candidate]));
  const busy = committed.landings.flatMap((landing): Prepared[] => {
    const candidate = byParty.get(landing.party);
    const isIdle = landing.edits.size === 0 && candidate?.uncommitted.length === 0;
    return candidate && !isIdle ? [{ candidate, landing }] : [];
  });
  const heads = busy.flatMap(({ candidate }) => candidate.party.heads);
  const history = readCommits(scratch.git, heads, base.id);
  const paths = listPathsToWrite(busy, history);
  const { tips, failed } = commitWorktrees(scratch, busy, paths);
  const whole = land(scratch, grounded, tips);
  const newer = new Map(whole?.landings.map((landing) => [landing.party, landing]));
  const prepared = busy
    .map((one) => ({ ...one, landing: newer.get(one.landing.party) ?? one.landing }))
    .map((one, index) => ({ ...one, landing: withUnwritten(one, paths[index]) }))
    .filter(({ landing }) => landing.edits.size > 0);
  const landings = prepared.map(({ landing }) => landing);
  const toLine = createLineReader(history);
  const lines = prepared.map(({ candidate, landing }) =>
    toLine(candidate.party, landing.edits, readTimes(candidate)),
  );
  const met = meet(scratch, ground, lines, landings);
  const unrelated = tellUnrelated(committed.unrelated, ground);
  return {
    lines,
    meetings: met.meetings,
    behind: landings.flatMap(({ conflicts }, party) =>
      conflicts.size > 0 ? [{ party, conflicts }] : [],
    ),
    skipped: unrelated.skipped,
    failed: [committed.failed, unrelated.failed, failed, whole?.failed ?? [], met.failed].flat(),
    canMerge: true,
  };
};

/** By the paths of commits and worktrees alone, where this git cannot merge beside the worktree. */
export const compareByPaths = (git: Git, { base, candidates, isOne }: Ground): Findings => {
  const heads = candidates.flatMap(({ party }) => party.heads);
  const history = readCommits(git, heads, base.id);
  const toLine = createLineReader(history);
  const lines = candidates
    .map((candidate) => {
      const { party, uncommitted } = candidate;
      const edits = listCommittedEdits(party.heads, history);
      for (const { path, isAdded } of uncommitted) {
        edits.set(path, { path, isAdded, version: `uncommitted in ${party.name}` });
      }
      return toLine(party, edits, readTimes(candidate));
    })
    .filter((line) => line.edits.size > 0);
  const isOneLine = (a: number, b: number): boolean => {
    const [one, other] = [lines[a]?.party, lines[b]?.party];
    return one !== undefined && other !== undefined && isOne(one, other);
  };
  const meetings = listSharing(lines, isOneLine)
    .map((pair) => createMeeting(pair, lines, undefined, false))
    .filter((meeting) => meeting !== undefined);
  return { lines, meetings, behind: [], skipped: [], failed: [], canMerge: false };
};
