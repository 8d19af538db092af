import { type Change, type Review, scanRange } from '../guard/index.ts';
import { decodeNames, type Git, resolveCommit } from '../kit/git.ts';
import type { Approver, CiEvent, Pull } from './ci-event.ts';
import { isKnown, resolveSide } from './ci-sides.ts';
import type { Range } from './range.ts';
import type { Workspace } from './workspace.ts';

type Commit = Range['commits'][number];

/** Of more commits than this a host is not asked where each one came from. */
const MAX_ASKED = 30;

/** The commits that a branch itself has taken, newest first: those that a host may have made. */
export const listTaken = ({ git }: Workspace, event: CiEvent): string[] => {
  const range = [
    resolveCommit(git, event.head.commit ?? 'HEAD'),
    `^${resolveSide(git, event.base)}`,
  ];
  const words = ['rev-list', '--first-parent', `--max-count=${MAX_ASKED}`];
  return git
    .read([...words, ...range, '--'])
    .toString()
    .split('\n')
    .filter(Boolean);
};

/** Commits that are judged together: those of one pull request by its reviews, all others without. */
export type Batch = {
  commits: readonly Commit[];
  reviews: readonly Review[] | undefined;
  /** Of a pull request: as their authors made them, and to be reviewed. */
  isPull: boolean;
};

/** How the host calls itself where it has made a commit: a squash, a merge, an edit in the browser. */
const HOSTS: readonly string[] = ['noreply@github.com'];

/** A commit that somebody's host has made out of others, of whom nothing is known here. */
export const isMadeByHost = ({ email }: Commit): boolean => HOSTS.includes(email ?? '');

/** What has changed between what somebody approved and what is there now, deletions and all. */
const listChangedSince = (git: Git, from: string, to: string): Review['changedSince'] => {
  if (from === to) return new Set();
  if (!isKnown(git, from)) return 'all';
  const flags = ['-r', '-z', '--name-only', '--no-renames', '--no-ext-diff'];
  const between = [...flags, '--ignore-submodules=none', from, to];
  return new Set(decodeNames(git.read(['diff-tree', ...between, '--'])));
};

const toReview = (git: Git, { login, commit }: Approver, head: string): Review => ({
  login,
  changedSince: listChangedSince(git, commit, head),
});

const listReviews = (git: Git, { reviews, head }: Pull): readonly Review[] =>
  typeof reviews === 'string' || head === undefined
    ? []
    : reviews.map((review) => toReview(git, review, head));

const leaveOut = (changes: readonly Change[], paths: ReadonlySet<string>): Change[] =>
  changes.filter(({ path }) => !paths.has(path));

/**
 * What the host made of a pull request brings what the pull request's own commits bring, and those are judged.
 * What it has beyond them, where a conflict was settled in the browser say, is still its own.
 */
const withoutPull = (commit: Commit, own: readonly Commit[]): Commit | undefined => {
  const paths = new Set(own.flatMap(({ changes }) => changes.map(({ path }) => path)));
  const changes = leaveOut(commit.changes, paths);
  return changes.length > 0 ? { ...commit, changes } : undefined;
};

/**
 * The commits of a range in batches: each pull request's own ones, for which what the host made of them
 * steps aside, and then the rest.
 */
export const splitByPull = (
  git: Git,
  range: Range,
  { kind, pulls }: Pick<CiEvent, 'kind' | 'pulls'>,
): Batch[] => {
  let rest: readonly Commit[] = range.commits;
  const batches = pulls.flatMap((pull): Batch[] => {
    if (pull.head === undefined || !isKnown(git, pull.head)) return [];
    const commits = scanRange(git, [pull.head, `^${range.target}`]);
    const own = new Set(commits.map(({ commit }) => commit));
    const isCovered = ({ commit }: Commit): boolean =>
      pull.covers === 'all' || pull.covers.includes(commit);
    rest = rest.flatMap((commit) => {
      if (own.has(commit.commit)) return [];
      return isCovered(commit) ? (withoutPull(commit, commits) ?? []) : [commit];
    });
    return [{ commits, reviews: listReviews(git, pull), isPull: true }];
  });
  return rest.length > 0 || batches.length === 0
    ? [...batches, { commits: rest, reviews: kind === 'push' ? undefined : [], isPull: false }]
    : batches;
};
