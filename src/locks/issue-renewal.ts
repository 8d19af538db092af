import { standsInTheWay } from './conflict.ts';
import type { Grant } from './grant.ts';
import { PAUSE } from './issue-announcement.ts';
import { type IssueContext, type IssueLook, lookAtIssues } from './issue-context.ts';
import { renderWhole } from './issue-endings.ts';
import { type Attempt, type Entering, tidy } from './issue-entry.ts';
import { CLAIMING_LIFE } from './issue-ledger.ts';

/** Somebody else's claim that may have found this grant expired before it was renewed. */
const findRival = (look: IssueLook, grant: Grant): boolean =>
  look.ledger.pending.some(
    (claim) =>
      claim.alive && claim.grant && standsInTheWay(claim.grant, grant.holder, grant.claims),
  );

/**
 * A renewal is written into the grant's own issue, and then looked at: whoever came to take the grant over
 * before it was renewed is there to be seen, and has gone one way or the other before this is told as done.
 */
export const renewInIssue = async <T>(
  context: IssueContext,
  first: IssueLook,
  plan: Entering,
  outcome: T,
): Promise<Attempt<T>> => {
  const lock = first.locks.find(({ file }) => file === plan.predecessor);
  if (lock?.kind !== 'ours') return 'again';
  const { number } = lock.issue;
  const grant: Grant = { ...plan.add, token: number };
  const body = renderWhole({ ...lock.body, grant: context.local.hide(grant) });
  const { issue } = await context.calls.edit(number, { body });
  if (!issue.open) return 'again';
  for (let waited = 0; waited < CLAIMING_LIFE; waited += PAUSE) {
    const look = await lookAtIssues(context, { number, entersLate: true }, first);
    const now = look.ledger.grants.find(({ id }) => id === grant.id);
    if (!now || now.expiresAt < grant.expiresAt) return 'again';
    if (!findRival(look, grant)) {
      context.local.writeEvents(plan.events.map((event) => ({ ...event, token: number })));
      await tidy(context, look, { ...plan, predecessor: '', remove: [] });
      context.local.applyQueue(plan);
      return { outcome, entered: { ...grant, token: number } };
    }
    await context.clock.pause(PAUSE);
  }
  return 'again';
};
