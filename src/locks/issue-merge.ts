import { Undecided } from '../kit/errors.ts';
import { type IssueContext, lookAtIssues } from './issue-context.ts';
import { closeIssue } from './issue-endings.ts';
import type { LockIssue } from './issue-ledger.ts';

/** A pull request that was merged, at milliseconds since 1970. `branch` is undefined where it came from another repository. */
export type Merged = {
  number: number;
  /** Its title and its text: somebody's text, as the messages of its commits are. */
  texts: readonly string[];
  /** Who made it, in lower case. */
  author: string | undefined;
  at: number | undefined;
  branch: string | undefined;
};

/** What became of the lock issues of a merge, by their numbers. `failure` is why not all could be told. */
export type MergeOutcome = {
  closed: number[];
  /** Claimed on its branch, and not closed, for it is not certain that their work is done. */
  kept: { number: number; why: string }[];
  failure: Undecided | undefined;
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

/** The open lock issues that texts name, and those that continue one that they name. */
export const listNamedLocks = (
  locks: readonly LockIssue[],
  texts: readonly string[],
): LockIssue[] => {
  const named = listNamed(texts);
  const ids = new Set(locks.filter(({ issue }) => named.has(issue.number)).map(grantOf));
  ids.delete(undefined);
  return locks.filter(
    (lock) => lock.issue.open && (named.has(lock.issue.number) || ids.has(grantOf(lock))),
  );
};

/** The open lock issues that were claimed on the branch of a pull request before it was merged. */
export const listBranchLocks = (
  locks: readonly LockIssue[],
  { branch, at }: Pick<Merged, 'branch' | 'at'>,
): LockIssue[] =>
  locks.filter(
    (lock) =>
      lock.issue.open &&
      branch !== undefined &&
      branchOf(lock) === branch &&
      (at === undefined || lock.issue.createdAt <= at),
  );

type Reason = string | undefined;

/**
 * Why a lock of the branch may still be needed. A branch that lives on is somebody's place of work, whatever of it
 * was merged; and a branch of the same name may be another person's who has never pushed it.
 */
const explainKept = (lock: LockIssue, { author }: Merged, isThere: boolean): Reason => {
  if (isThere) return 'its branch is still there';
  return author === lock.issue.author ? undefined : 'somebody else opened it';
};

/** An answer, or why there is none. */
const attempt = async <T>(
  ask: () => Promise<T>,
): Promise<{ answer: T } | { failure: Undecided }> => {
  try {
    return { answer: await ask() };
  } catch (error) {
    if (error instanceof Undecided) return { failure: error };
    throw error;
  }
};

/**
 * Closes the lock issues that a merged pull request ends: those that it or its commits name, and those of its
 * author's on its branch once that is gone. What cannot be told is left to be closed by hand, or to expire.
 */
export const closeMergedIssues = async (
  context: IssueContext,
  merged: Merged,
): Promise<MergeOutcome> => {
  const { calls } = context;
  const { locks, ledger } = await lookAtIssues(context);
  const messages = await attempt(() => calls.listPullMessages(merged.number));
  const said = 'answer' in messages ? messages.answer : [];
  const named = listNamedLocks(locks, [...merged.texts, ...said]);
  const others = listBranchLocks(locks, merged).filter((lock) => !named.includes(lock));
  const { branch } = merged;
  const there =
    others.length === 0 || branch === undefined
      ? { answer: true }
      : await attempt(() => calls.hasBranch(branch));
  const reasonOf = (lock: LockIssue): Reason =>
    'answer' in there
      ? explainKept(lock, merged, there.answer)
      : 'whether its branch is still there could not be told';
  const done = others.filter((lock) => reasonOf(lock) === undefined);
  for (const lock of [...named, ...done]) {
    const reason = `pull request #${merged.number}`;
    await closeIssue(context, lock, { how: 'merged', at: ledger.now, reason });
  }
  return {
    closed: [...named, ...done].map(({ issue }) => issue.number),
    kept: others.flatMap((lock) => {
      const why = reasonOf(lock);
      return why === undefined ? [] : [{ number: lock.issue.number, why }];
    }),
    failure: [messages, there].flatMap((one) => ('failure' in one ? one.failure : []))[0],
  };
};
