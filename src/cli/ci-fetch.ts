import { Undecided } from '../kit/errors.ts';
import { type Git, readLine } from '../kit/git.ts';
import { printable } from '../kit/quote.ts';
import type { CiEvent, Pull, Side } from './ci-event.ts';
import {
  isKnown,
  REMOTE,
  resolveSide,
  settleFetched,
  settleUnfetched,
  toBranchSpec,
} from './ci-sides.ts';
import { resolveRange } from './range.ts';
import type { Workspace } from './workspace.ts';

/** No hook, and no submodule of whatever the head says, is asked. */
const FETCH = [
  ...['-c', 'core.hooksPath=/dev/null', '-c', 'gc.auto=0'],
  ...['fetch', '--quiet', '--no-tags', '--no-recurse-submodules', '--no-write-fetch-head'],
];

/** How far a shallow clone is deepened, a step at a time; the last one is all of it. */
const DEEPER = ['--deepen=200', '--deepen=2000', '--unshallow'];

const runFetch = (remote: Git, words: readonly string[]): boolean =>
  remote.run([...FETCH, ...words]).code === 0;

const listBranches = ({ base, policy }: CiEvent): string[] => [
  ...new Set([base, policy].flatMap(({ branch }) => branch ?? [])),
];

/** Where a pull request's last commit is kept in this clone. */
const pullRef = (number: number): string => `refs/leasehold/pull/${number}`;

const fetchPull = (remote: Git, git: Git, pull: Pull): Pull => {
  if (pull.head !== undefined && isKnown(git, pull.head)) return pull;
  const { number } = pull;
  if (number === undefined) return pull;
  const isThere = runFetch(remote, [REMOTE, `+refs/pull/${number}/head:${pullRef(number)}`]);
  if (!isThere || pull.head !== undefined) return pull;
  const head = readLine(git, ['rev-parse', '--verify', '--quiet', pullRef(number)]);
  return head === undefined ? pull : { ...pull, head };
};

const fetchCommit = (remote: Git, git: Git, { commit }: Side): void => {
  if (commit !== undefined && !isKnown(git, commit)) runFetch(remote, [REMOTE, commit]);
};

const isTooShallow = (workspace: Workspace, event: CiEvent): boolean => {
  const { git } = workspace;
  if (event.base.commit === undefined || event.base.isOld) return false;
  if (readLine(git, ['rev-parse', '--is-shallow-repository']) !== 'true') return false;
  try {
    resolveRange(workspace, `${resolveSide(git, event.base)}..${event.head.commit}`);
    return false;
  } catch (error) {
    if (error instanceof Undecided && error.code === 'base-unknown') return true;
    throw error;
  }
};

const deepen = (remote: Git, workspace: Workspace, event: CiEvent): void => {
  const { commit } = event.head;
  const wanted = [...listBranches(event).map(toBranchSpec), ...(commit ? [commit] : [])];
  for (const step of DEEPER) {
    if (!isTooShallow(workspace, event)) return;
    // A host that gives no single commits still gives branches.
    if (!runFetch(remote, [step, REMOTE, ...wanted])) runFetch(remote, [step, REMOTE]);
  }
};

/** Fetches the branches, and says which of them could be had. */
const fetchBranches = (remote: Git, event: CiEvent): Set<string> =>
  new Set(listBranches(event).filter((branch) => runFetch(remote, [REMOTE, toBranchSpec(branch)])));

/** Which commit each side is; what was not fetched is said where it can be judged without. */
const settle = (git: Git, event: CiEvent, fetched: ReadonlySet<string>): CiEvent => {
  const settleSide = (side: Side): Side =>
    side.branch !== undefined && fetched.has(side.branch)
      ? settleFetched(git, side)
      : settleUnfetched(git, side);
  const [base, policy] = [settleSide(event.base), settleSide(event.policy)];
  const missed = [base, policy].flatMap(({ branch, commit }) =>
    branch === undefined || commit === undefined || fetched.has(branch)
      ? []
      : [`what ${printable(branch)} has had since ${commit.slice(0, 10)}: it could not be fetched`],
  );
  return { ...event, base, policy, notFetched: [...new Set(missed)] };
};

/**
 * Fetches what this clone lacks of an event: the branch that it is to go to as it is now, its commits, and of a
 * shallow clone as much history as it takes. What cannot be had is missed by whoever judges, who says so.
 * `remote` is a git that may go over the network. Returns the event with each side's commit, as far as that can
 * be known, and with the heads of its pull requests as the remote has them.
 */
export const fetchEvent = (remote: Git, workspace: Workspace, event: CiEvent): CiEvent => {
  const { git } = workspace;
  const hasRemote = readLine(git, ['config', `remote.${REMOTE}.url`]) !== undefined;
  if (!hasRemote) return settle(git, event, new Set());
  const fetched = fetchBranches(remote, event);
  for (const side of [event.base, event.policy, event.head]) fetchCommit(remote, git, side);
  const settled = settle(git, event, fetched);
  const pulls = settled.pulls.map((pull) => fetchPull(remote, git, pull));
  for (const pull of pulls) fetchReviewed(remote, git, pull);
  deepen(remote, workspace, settled);
  return { ...settled, pulls };
};

/** What was approved before it was replaced by a forced push is asked for once, and may be gone. */
const fetchReviewed = (remote: Git, git: Git, { reviews }: Pull): void => {
  if (typeof reviews === 'string') return;
  for (const commit of new Set(reviews.map((review) => review.commit))) {
    fetchCommit(remote, git, { commit });
  }
};
