import type { Approver } from '../cli/index.ts';

/** A review as the host's API has it: the fields that count. */
export type ApiReview = {
  state: string;
  commit_id: string | null;
  user: { login: string } | null;
};

/** An id that git can be given; whatever else an answer has is none. */
export const isCommitId = (text: unknown): text is string =>
  typeof text === 'string' && /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/.test(text);

/** What takes an approval back. A comment leaves it as it is. */
const TAKES_BACK: readonly string[] = ['CHANGES_REQUESTED', 'DISMISSED'];

/**
 * Whoever approves now: the last word of each reviewer, in the order of the reviews. Whether it still holds
 * for a path is told by the commit that it was given for.
 */
export const listApprovers = (reviews: readonly ApiReview[]): Approver[] => {
  const last = new Map<string, Approver>();
  for (const { state, commit_id, user } of reviews) {
    if (!user) continue;
    if (TAKES_BACK.includes(state)) last.delete(user.login);
    if (state === 'APPROVED' && isCommitId(commit_id))
      last.set(user.login, { login: user.login, commit: commit_id });
  }
  return [...last.values()];
};
