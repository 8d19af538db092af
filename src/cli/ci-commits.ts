import { type Review, scanRange } from '../guard/index.ts';
import { type Git, listDifferent, resolveCommit } from '../kit/git.ts';
import type { Approver, CiEvent, Pull } from './ci-event.ts';
import { listBeyond } from './ci-made.ts';
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
  return listDifferent(git, from, to);
};

const toReview = (git: Git, { login, commit }: Approver, head: string): Review => ({
  login,
  changedSince: listChangedSince(git, commit, head),
});

const listReviews = (git: Git, { reviews, head }: Pull): readonly Review[] =>
  typeof reviews === 'string' || head === undefined
    ? []
    : reviews.map((review) => toReview(git, review, head));

/**
 * The commits of a range in batches: each pull request's own ones, for which what came of them steps aside, and
 * then the rest, with what those commits have beyond the pull request.
 */
export const splitByPull = async (
  workspace: Workspace,
  range: Range,
  { kind, pulls }: Pick<CiEvent, 'kind' | 'pulls'>,
): Promise<Batch[]> => {
  const { git } = workspace;
  const batches: Batch[] = [];
  let rest: readonly Commit[] = range.commits;
  for (const pull of pulls) {
    const { head, covers } = pull;
    if (head === undefined || !isKnown(git, head)) continue;
    const own = scanRange(git, [head, `^${range.target}`]);
    const known = new Set(own.map(({ commit }) => commit));
    const others = rest.filter(({ commit }) => !known.has(commit));
    const covered = others.filter(({ commit }) => covers === 'all' || covers.includes(commit));
    const beyond = await listBeyond(workspace, { head, own, covered });
    const left = new Map(beyond.map((commit) => [commit.commit, commit]));
    rest = others.flatMap((commit) =>
      covered.includes(commit) ? (left.get(commit.commit) ?? []) : [commit],
    );
    batches.push({ commits: own, reviews: listReviews(git, pull), isPull: true });
  }
  return rest.length > 0 || batches.length === 0
    ? [...batches, { commits: rest, reviews: kind === 'push' ? undefined : [], isPull: false }]
    : batches;
};
