import { Undecided } from '../kit/errors.ts';
import { type Git, readLine, resolveCommit } from '../kit/git.ts';
import { printable, shellQuote } from '../kit/quote.ts';
import type { Side } from './ci-event.ts';

/** Where the remote's branches lie in a CI's clone. */
export const REMOTE = 'origin';

/** The remote's branch in this clone. A branch may have any name that git allows, and is never an option. */
export const trackingRef = (branch: string): string => `refs/remotes/${REMOTE}/${branch}`;

/** What a fetch of a branch brings, and where it goes. */
export const toBranchSpec = (branch: string): string =>
  `+refs/heads/${branch}:${trackingRef(branch)}`;

const readTip = (git: Git, branch: string): string | undefined =>
  readLine(git, ['rev-parse', '--verify', '--quiet', `${trackingRef(branch)}^{commit}`]);

/** True where the clone has a commit. */
export const isKnown = (git: Git, commit: string): boolean =>
  readLine(git, ['rev-parse', '--verify', '--quiet', `${commit}^{commit}`]) !== undefined;

const isAncestor = (git: Git, older: string, newer: string): boolean =>
  git.run(['merge-base', '--is-ancestor', older, newer]).code === 0;

/** A side whose branch has been fetched just now. */
export const settleFetched = (git: Git, side: Side): Side => {
  const { branch } = side;
  const tip = branch === undefined ? undefined : readTip(git, branch);
  return tip === undefined ? side : { ...side, commit: tip };
};

/**
 * A side whose branch could not be fetched. What the clone has of it may be older than any rule that matters, so
 * the newest that is known counts only where the host has named a commit of it: that one, or what is here and
 * has come after it.
 */
export const settleUnfetched = (git: Git, { branch, commit }: Side): Side => {
  if (branch === undefined) return commit === undefined ? {} : { commit };
  const tip = readTip(git, branch);
  const named = commit !== undefined && isKnown(git, commit) ? commit : undefined;
  if (named === undefined) return tip === undefined ? { branch } : { branch, isOld: true };
  if (tip === undefined || isAncestor(git, tip, named)) return { branch, commit: named };
  return isAncestor(git, named, tip) ? { branch, commit: tip } : { branch, isOld: true };
};

const unknownSide = ({ branch, isOld }: Side): Undecided => {
  if (branch === undefined) {
    const message = 'nothing says what the change is to be compared with';
    return new Undecided('base-unknown', message, 'leasehold ci --base COMMIT --head COMMIT');
  }
  const named = printable(branch);
  return new Undecided(
    'base-unknown',
    isOld
      ? `the branch ${named} could not be fetched from ${REMOTE}, and what this clone has of it may be old`
      : `this clone does not have the branch ${named} of ${REMOTE}`,
    `git fetch -- ${REMOTE} ${shellQuote(toBranchSpec(branch))}`,
  );
};

/** The commit of a side that was settled; throws `Undecided` (`base-unknown`) where nobody knows it. */
export const resolveSide = (git: Git, side: Side): string => {
  if (side.commit === undefined || side.isOld) throw unknownSide(side);
  return resolveCommit(git, side.commit);
};
