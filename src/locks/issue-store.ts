import { Undecided } from '../kit/errors.ts';
import { toScopes } from './event.ts';
import { type IssueContext, type IssueLook, lookAtIssues } from './issue-context.ts';
import { settleIssues } from './issue-endings.ts';
import { type Attempt, enterByIssue } from './issue-entry.ts';
import { renewInIssue } from './issue-renewal.ts';
import type { Approval, Decide, Ledger, Plan } from './ledger.ts';
import type { Changed, Store } from './store.ts';

/** So long a change is tried, longer than a claim of a process that died stands in the way; milliseconds. */
const PATIENCE = 90_000;
const FIRST_PAUSE = 200;
const LONGEST_PAUSE = 4_000;
/** Whoever waits asks the host this often, in milliseconds. */
const POLL = 5_000;

/** A renewal leaves everything but the expiry as it is: it needs no number of its own. */
const isRenewal = ({ grants }: Ledger, { add, predecessor }: Plan): boolean => {
  const before = grants.find(({ file }) => file === predecessor);
  if (!before || !add) return false;
  return JSON.stringify(toScopes(before.claims)) === JSON.stringify(toScopes(add.claims));
};

const attemptChange = async <T>(context: IssueContext, decide: Decide<T>): Promise<Attempt<T>> => {
  const look = await lookAtIssues(context);
  const decision = decide(look.ledger);
  if ('again' in decision) return 'again';
  const { outcome, plan } = decision;
  if (!plan) return { outcome, entered: undefined };
  const { add } = plan;
  if (add && !add.forced) {
    const entering = { ...plan, add };
    return isRenewal(look.ledger, plan)
      ? renewInIssue(context, look, entering, outcome)
      : enterByIssue(context, look, entering, decide);
  }
  // The end of a whole grant needs no last revision here: its issue is closed.
  if (!(await settleIssues(context, look, plan))) return 'again';
  context.local.applyQueue(plan);
  context.local.writeEvents(plan.events);
  return { outcome, entered: undefined };
};

const change = async <T>(context: IssueContext, decide: Decide<T>): Promise<Changed<T>> => {
  let pause = FIRST_PAUSE;
  for (let waited = 0; waited < PATIENCE; ) {
    const attempt = await attemptChange(context, decide);
    if (attempt !== 'again') return attempt;
    // Two that back off for the same time see each other again: random, and longer each time.
    const length = 1 + context.random() * pause;
    await context.clock.pause(length);
    waited += length;
    pause = Math.min(LONGEST_PAUSE, pause * 1.5);
  }
  throw new Undecided(
    'store-busy',
    `others kept claiming for ${PATIENCE / 1000} s`,
    'leasehold status',
  );
};

/** What has been changed is changed, whether or not this clone can see it now. */
const passUndecided = (error: unknown): void => {
  if (!(error instanceof Undecided)) throw error;
};

const toApprovalKey = ({ login, said }: Approval) => [login, said];

/** What a watch compares: who holds what, and what has been approved. */
const describe = ({ ledger }: IssueLook): string =>
  JSON.stringify([
    ledger.grants.map(({ file }) => file),
    (ledger.requests ?? []).map(({ id, approvals }) => [id, approvals.map(toApprovalKey)]),
  ]);

/**
 * The lock-issue protocol: an issue a grant, its number the token. A host gives numbers out one after the
 * other, so whoever has opened an issue sees all that came before it, and the lowest open number wins.
 */
export const createIssueStore = (context: IssueContext): Store => {
  const { calls, clock, local } = context;
  let seen: string | undefined;

  const look = async (): Promise<IssueLook> => {
    const taken = await lookAtIssues(context);
    seen = describe(taken);
    local.keep(taken);
    return taken;
  };
  const isNews = async (): Promise<boolean> => {
    const before = seen;
    await look();
    return seen !== before;
  };
  return {
    pace: POLL,
    read: async () => (await look()).ledger,
    change: async (decide) => {
      const before = calls.written();
      const changed = await change(context, decide);
      if (calls.written() !== before) await look().catch(passUndecided);
      return changed;
    },
    watch: async (patience) => {
      const queue = local.describeQueue();
      for (let waited = 0; waited < patience; waited += POLL) {
        if (local.describeQueue() !== queue || (await isNews())) return;
        await clock.pause(Math.min(POLL, patience - waited));
      }
    },
  };
};
