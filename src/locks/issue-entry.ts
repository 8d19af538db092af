import { Undecided } from '../kit/errors.ts';
import { createEvent } from './event.ts';
import type { Grant } from './grant.ts';
import { type Announced, announce, PAUSE, withdraw } from './issue-announcement.ts';
import { parseBody } from './issue-body.ts';
import { type IssueContext, type IssueLook, lookAtIssues } from './issue-context.ts';
import { closeIssue, listNotes, renderWhole, settleIssues } from './issue-endings.ts';
import { CLAIMING_LIFE, numberOf } from './issue-ledger.ts';
import type { Decide, Plan } from './ledger.ts';
import type { Changed } from './store.ts';

/** What an attempt at a change came to: done, or to be started again on a newer ledger. */
export type Attempt<T> = Changed<T> | 'again';

export type Entering = Plan & { add: Grant };

/** How long a claim looks on while others are before it, and how often; in milliseconds. */
const LOOKING = CLAIMING_LIFE * 0.6;
/** So much before its time is over a claim enters no more: whoever clears it away must not meet it. */
const MARGIN = 10_000;

/** Ends what the entry takes over, and clears away claims whose time to enter is over. */
const makeRoom = async (
  context: IssueContext,
  { locks, ledger }: IssueLook,
  plan: Entering,
): Promise<void> => {
  const { holder } = plan.add;
  for (const expired of plan.takeOver ?? []) {
    const lock = locks.find(({ issue }) => issue.number === numberOf(expired));
    if (!lock) continue;
    const end = { how: 'taken-over' as const, at: ledger.now, by: holder };
    await closeIssue(context, lock, end, listNotes(plan, lock, ledger.now));
    context.local.writeEvents([createEvent('taken-over', expired, ledger.now, { by: holder })]);
  }
  const dead = locks.filter(
    (lock) =>
      lock.kind === 'ours' &&
      lock.issue.open &&
      lock.body.state === 'claiming' &&
      plan.clear?.includes(lock.file),
  );
  for (const lock of dead) await closeIssue(context, lock, { how: 'withdrawn', at: ledger.now });
};

/** What is granted by an issue that says so and is open: its number is the token. */
const withToken = (grant: Grant, { issue }: Announced): Grant => ({
  ...grant,
  token: issue.number,
});

/**
 * Says in the claim's own issue that it is granted. False where that came too late: somebody may have taken
 * the claim for dead by then. Where no answer comes, the issue itself is asked what it says.
 */
const confirm = async (
  { calls, rule, local }: IssueContext,
  announced: Announced,
  grant: Grant,
): Promise<boolean> => {
  const { number } = announced.issue;
  const body = renderWhole({
    state: 'granted',
    since: announced.since,
    grant: local.hide(grant),
  });
  const { issue, at } = await calls.edit(number, { body }).catch(async (error: unknown) => {
    if (!(error instanceof Undecided) || error.code !== 'remote-unreachable') throw error;
    return { issue: await calls.find(number), at: calls.now() };
  });
  const parsed = parseBody(issue.body, number, rule);
  const isGranted = 'body' in parsed && parsed.body.state === 'granted';
  return issue.open && isGranted && at < announced.since + CLAIMING_LIFE - MARGIN;
};

/** True where the grant that this one continues has not ended meanwhile. */
const isContinuing = async (
  { calls }: IssueContext,
  { ledger }: IssueLook,
  { predecessor }: Entering,
): Promise<boolean> => {
  const before = ledger.grants.find(({ file }) => file === predecessor);
  return !before || (await calls.find(numberOf(before))).open;
};

/** What entered holds already: what cannot be cleared away now goes with the next entry, or by its expiry. */
export const tidy = async (
  context: IssueContext,
  look: IssueLook,
  plan: Entering,
): Promise<void> => {
  const { predecessor } = plan;
  const remove = [...(plan.remove ?? []), ...(predecessor === undefined ? [] : [predecessor])];
  try {
    await settleIssues(context, look, { ...plan, remove });
  } catch (error) {
    if (!(error instanceof Undecided)) throw error;
  }
};

const enter = async (
  context: IssueContext,
  look: IssueLook,
  plan: Entering,
  announced: Announced,
): Promise<Grant | undefined> => {
  const grant = withToken(plan.add, announced);
  await makeRoom(context, look, plan);
  if (!(await confirm(context, announced, grant))) return undefined;
  if (!(await isContinuing(context, look, plan))) return undefined;
  const events = plan.events.map((event) =>
    event.grant === grant.id && grant.token !== undefined
      ? { ...event, token: grant.token }
      : event,
  );
  context.local.writeEvents(events);
  return grant;
};

/** What is decided once nobody is before the claim: it enters, or it is told what it came to instead. */
const conclude = async <T>(
  context: IssueContext,
  look: IssueLook,
  announced: Announced,
  { outcome, plan }: { outcome: T; plan?: Plan },
): Promise<Attempt<T>> => {
  const add = plan?.add;
  if (!add) {
    if (plan && !(await settleIssues(context, look, plan))) return 'again';
    if (plan) finish(context, plan);
    return { outcome, entered: undefined };
  }
  if (add.id !== announced.grant.id || add.rev !== announced.grant.rev) return 'again';
  const entering = { ...plan, add };
  const entered = await enter(context, look, entering, announced);
  if (!entered) return 'again';
  await tidy(context, look, entering);
  context.local.applyQueue(plan);
  return { outcome, entered };
};

/** A list that does not show the claim itself is older than it, and may lack what came before it too. */
const isShown = ({ locks }: IssueLook, { issue: { number } }: Announced): boolean =>
  locks.some(({ issue }) => issue.number === number);

/** Looks on until nobody is before the claim; 'again' leaves it to be withdrawn. */
const lookOn = async <T>(
  context: IssueContext,
  announced: Announced,
  decide: Decide<T>,
  { first, seen }: { first: IssueLook; seen: (look: IssueLook) => void },
): Promise<Attempt<T>> => {
  const { number } = announced.issue;
  const onlooker = { number, entersLate: announced.asked !== undefined };
  for (let waited = 0; waited < LOOKING; waited += PAUSE) {
    const look = await lookAtIssues(context, onlooker, first);
    seen(look);
    if (isShown(look, announced)) {
      // What it asked for is asked for no more while it enters, and approved all the same.
      const { requests = [] } = first.ledger;
      const decision = decide({ ...look.ledger, requests });
      if (!('again' in decision)) return conclude(context, look, announced, decision);
      // Whoever enters late goes past nobody, and keeps nobody waiting who came first.
      if (onlooker.entersLate) return 'again';
    } else if (!(await context.calls.find(number)).open) return 'again';
    await context.clock.pause(PAUSE);
  }
  return 'again';
};

const finish = ({ local }: IssueContext, plan: Plan): void => {
  local.applyQueue(plan);
  local.writeEvents(plan.events);
};

/**
 * The doorway: an issue is opened, and then looked at what is there. Numbers are given out one after the
 * other, so of two the later one sees the earlier, unless that has been withdrawn. What does not enter is
 * taken back.
 */
export const enterByIssue = async <T>(
  context: IssueContext,
  first: IssueLook,
  plan: Entering,
  decide: Decide<T>,
): Promise<Attempt<T>> => {
  const announced = await announce(context, first, plan.add);
  let last = first;
  let attempt: Attempt<T> = 'again';
  try {
    const seen = (look: IssueLook): void => {
      last = look;
    };
    attempt = await lookOn(context, announced, decide, { first, seen });
  } finally {
    if (attempt === 'again' || !attempt.entered) await withdraw(context, announced, last);
  }
  return attempt;
};
