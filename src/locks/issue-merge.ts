import type { IssueContext } from './issue-context.ts';
import { lookAtIssues } from './issue-context.ts';
import { closeIssue } from './issue-endings.ts';
import type { LockIssue } from './issue-ledger.ts';

/** A pull request that was merged. `branch` is undefined where it came from another repository. */
export type Merged = {
  number: number;
  /** Its title, its text, the messages of its commits: somebody's text. */
  texts: readonly string[];
  branch: string | undefined;
};

/** `lock #12`, `Lock-Issue: #12`, `closes #12` and the host's other words for it, in a text. */
const NAMED =
  /\b(?:lock(?:[ -]issue)?|clos(?:e|es|ed)|fix(?:es|ed)?|resolv(?:e|es|ed))\b:?[ \t]+#(\d{1,9})\b/gi;

const listNamed = (texts: readonly string[]): Set<number> =>
  new Set(texts.flatMap((text) => [...text.matchAll(NAMED)].map(([, number]) => Number(number))));

const grantOf = (lock: LockIssue): string | undefined =>
  lock.kind === 'ours' ? lock.body.grant.id : undefined;

const branchOf = (lock: LockIssue): string | undefined =>
  lock.kind === 'ours' ? lock.body.grant.about.branch : undefined;

/**
 * The open lock issues that a merged pull request ends: those that it names, those that continue one that it
 * names, and those of the branch that it came from.
 */
export const listMerged = (locks: readonly LockIssue[], merged: Merged): LockIssue[] => {
  const named = listNamed(merged.texts);
  const ids = new Set(locks.filter(({ issue }) => named.has(issue.number)).map(grantOf));
  ids.delete(undefined);
  return locks.filter(
    (lock) =>
      lock.issue.open &&
      (named.has(lock.issue.number) ||
        ids.has(grantOf(lock)) ||
        (merged.branch !== undefined && branchOf(lock) === merged.branch)),
  );
};

/** Closes the lock issues that a merged pull request ends; returns their numbers. */
export const closeMergedIssues = async (
  context: IssueContext,
  merged: Merged,
): Promise<number[]> => {
  const { locks, ledger } = await lookAtIssues(context);
  const ended = listMerged(locks, merged);
  for (const lock of ended) {
    await closeIssue(context, lock, {
      how: 'merged',
      at: ledger.now,
      reason: `pull request #${merged.number}`,
    });
  }
  return ended.map(({ issue }) => issue.number);
};
