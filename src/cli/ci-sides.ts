import { Undecided } from '../kit/errors.ts';
import { type Git, readLine, resolveCommit } from '../kit/git.ts';
import { printable } from '../kit/quote.ts';
import type { Side } from './ci-event.ts';

/** Where the remote's branches lie in a CI's clone. */
export const REMOTE = 'origin';

/** The remote's branch in this clone. A branch may have any name that git allows, and is never an option. */
export const trackingRef = (branch: string): string => `refs/remotes/${REMOTE}/${branch}`;

const readTip = (git: Git, branch: string): string | undefined =>
  readLine(git, ['rev-parse', '--verify', '--quiet', `${trackingRef(branch)}^{commit}`]);

/** The commit of a side: its branch as the remote has it, where this clone knows that, else the commit that was named. */
export const resolveSide = (git: Git, { branch, commit }: Side): string => {
  const tip = branch === undefined ? undefined : readTip(git, branch);
  if (tip !== undefined) return tip;
  if (commit !== undefined) return resolveCommit(git, commit);
  throw new Undecided(
    'base-unknown',
    branch === undefined
      ? 'nothing says what the change is to be compared with'
      : `this clone does not have the branch ${printable(branch)} of ${REMOTE}`,
    'leasehold ci --base COMMIT --head COMMIT',
  );
};
