import { formatInstant } from '../kit/clock.ts';
import type { StoredGrant, UnreadableRecord } from '../locks/index.ts';
import { type Meeting, type MeetingPath, type Survey, touchedLast } from '../radar/index.ts';
import { JSON_VERSION } from './json.ts';

/** What the radar saw, and when. */
export type RadarReport = {
  survey: Survey;
  /** Milliseconds since 1970. */
  now: number;
  /** Lock files that might have said who is who. */
  unreadable: readonly UnreadableRecord[];
};

const countWorktrees = ({ lines }: Survey, { parties }: Meeting): number =>
  parties.filter((party) => lines[party]?.party.worktree !== undefined).length;

const WEIGHTS: Readonly<Record<Meeting['outcome'], number>> = { conflict: 2, unknown: 1, clean: 0 };

/** What is most worth reading first: conflicts, of work that somebody is at now, and the latest. */
export const sortMeetings = (survey: Survey): Meeting[] =>
  [...survey.meetings].sort(
    (a, b) =>
      WEIGHTS[b.outcome] - WEIGHTS[a.outcome] ||
      countWorktrees(survey, b) - countWorktrees(survey, a) ||
      (b.since ?? 0) - (a.since ?? 0),
  );

type SharedGroup = { parties: number[]; paths: string[] };

/** Of each path the pairs that would merge it cleanly, and whether there are others. */
const listCleanPairs = ({ meetings }: Pick<Survey, 'meetings'>) => {
  const shared = new Map<string, { pairs: Meeting['parties'][]; isClean: boolean }>();
  for (const { parties, paths, outcome } of meetings) {
    for (const { path, conflict } of paths) {
      const known = shared.get(path) ?? { pairs: [], isClean: true };
      const isClean = outcome !== 'unknown' && conflict === undefined;
      if (isClean) known.pairs.push(parties);
      shared.set(path, { ...known, isClean: known.isClean && isClean });
    }
  }
  return shared;
};

/**
 * Paths that the same parties touch and that would merge cleanly; the largest group first. Where some of a path's
 * parties would not, the others stand there in pairs: together they would say what is not so.
 */
export const groupShared = (survey: Pick<Survey, 'meetings'>): SharedGroup[] => {
  const groups = new Map<string, SharedGroup>();
  for (const [path, { pairs, isClean }] of listCleanPairs(survey)) {
    for (const parties of isClean ? [[...new Set(pairs.flat())]] : pairs) {
      const sorted = [...parties].sort((a, b) => a - b);
      const group = groups.get(sorted.join()) ?? { parties: sorted, paths: [] };
      group.paths.push(path);
      groups.set(sorted.join(), group);
    }
  }
  return [...groups.values()].sort((a, b) => b.paths.length - a.paths.length);
};

type HeldGroup = { party: number; grant: StoredGrant; scope: string; paths: string[] };

/** Paths that one party touches and one claim covers stand together. */
export const groupHeld = ({ held }: Survey): HeldGroup[] => {
  const groups = new Map<string, HeldGroup>();
  for (const { party, path, grant, claim } of held) {
    const key = JSON.stringify([party, grant.file, claim.scope]);
    const group = groups.get(key) ?? { party, grant, scope: claim.scope, paths: [] };
    group.paths.push(path);
    groups.set(key, group);
  }
  return [...groups.values()];
};

const toInstant = (instant: number | undefined): string | null =>
  instant === undefined ? null : formatInstant(instant);

const nameAt = ({ lines }: Survey, party: number): string => lines[party]?.party.name ?? '';

const toPathJson = (
  survey: Survey,
  { parties }: Meeting,
  { path, sides, conflict }: MeetingPath,
) => ({
  path,
  conflict: conflict ?? null,
  touched: sides.map(({ since, isUncommitted }, place) => ({
    party: nameAt(survey, parties[place] ?? -1),
    since: toInstant(since),
    uncommitted: isUncommitted,
  })),
});

/** What `radar --json` prints. Parties are told by name: a branch, or the path of a worktree on none. */
export const toRadarJson = ({ survey, unreadable }: RadarReport) => ({
  version: JSON_VERSION,
  base: survey.base ? { name: survey.base.name, commit: survey.base.id } : null,
  conflicts_known: survey.canMerge,
  parties: survey.lines.map((line, index) => ({
    name: line.party.name,
    branch: line.party.branch ?? null,
    worktree: line.party.worktree?.path ?? null,
    holders: survey.holders[index] ?? [],
    committers: line.people,
    paths: line.edits.size,
    uncommitted: line.uncommitted.size,
    touched_at: toInstant(touchedLast(line)),
  })),
  pairs: sortMeetings(survey).map((meeting) => ({
    parties: meeting.parties.map((party) => nameAt(survey, party)),
    outcome: meeting.outcome,
    since: toInstant(meeting.since),
    paths: meeting.paths.map((path) => toPathJson(survey, meeting, path)),
  })),
  base_conflicts: survey.behind.map(({ party, conflicts }) => ({
    party: nameAt(survey, party),
    paths: Array.from(conflicts, ([path, conflict]) => ({ path, conflict })),
  })),
  held: survey.held.map(({ party, path, grant, claim }) => ({
    path,
    party: nameAt(survey, party),
    held_by: {
      holder: grant.holder,
      grant: grant.id,
      scope: claim.scope,
      mode: claim.mode,
      expires_at: formatInstant(grant.expiresAt),
      task_description: grant.about.task ?? null,
    },
  })),
  skipped: survey.skipped,
  failed: survey.failed,
  unreadable,
});
