import { join } from 'node:path';
import type { Clock } from '../kit/clock.ts';
import { Undecided } from '../kit/errors.ts';
import type { Files } from '../kit/files.ts';
import type { HostFailure } from './host.ts';
import type { Issue } from './issue.ts';
import { assertCounts } from './issue-announcement.ts';
import { type IssueEnd, isLockTitle, type LockBody, parseBody } from './issue-body.ts';
import type { IssueCalls } from './issue-calls.ts';
import { renderWhole } from './issue-endings.ts';
import { isSettled, type MirrorPlan, type MirrorState, planMirror } from './issue-mirror.ts';
import { openShown } from './issue-shown-store.ts';
import type { Ledger } from './ledger.ts';
import type { Clone } from './load.ts';
import type { TableRule } from './tables.ts';

/** What it takes to show a clone's locks as issues. */
export type IssueMirrorContext = Pick<MirrorState, 'store' | 'isOwn'> & {
  files: Files;
  clock: Clock;
  uniqueName: () => string;
  clone: Clone;
  rule: TableRule;
  label: string;
  calls: () => IssueCalls;
  readLedger: () => Promise<Ledger>;
  /** For how long a command may be kept by it, in milliseconds. */
  patience: number;
};

/** What showing came to: how many locks this clone shows, how many issues are not yet as they should be, and why. */
export type Mirrored = {
  shown: number;
  left: number;
  failure: Undecided | undefined;
  /** False where the same was told a while ago: nobody wants to hear at each command that there is no token. */
  isNews: boolean;
};

type Outcome = Omit<Mirrored, 'isNews'>;

/** Who holds the turn for longer than this has died; milliseconds. */
const TURN_LIFE = 60_000;
const LOOK = 50;

type Records = ReturnType<typeof openShown>;

/** One command of a clone at a time, or a grant would get two issues; false where another one takes too long. */
const takeTurn = async (
  { files, clock, patience }: IssueMirrorContext,
  { directory }: Records,
): Promise<boolean> => {
  const path = join(directory, 'turn');
  files.makeDirectory(directory);
  const start = clock.steady();
  while (!files.create(path, '')) {
    const content = files.read(path, 16);
    const age = content.kind === 'gone' ? 0 : clock.now() - content.modifiedAt;
    if (Math.abs(age) > TURN_LIFE) files.remove(path);
    else if (clock.steady() - start > patience) return false;
    else await clock.pause(LOOK);
  }
  return true;
};

/** An open issue that shows a grant which is kept elsewhere. */
type Copy = { number: number; body: LockBody };

/** The open copies, the oldest first; only of people who may write, for anybody can write the text of one. */
const listCopies = async (calls: IssueCalls, rule: TableRule): Promise<Copy[]> => {
  const open = (await calls.listOpen()).filter(({ title }) => isLockTitle(title));
  const toCopy = ({ body: text, number }: Issue): (Copy & { author: string | undefined })[] => {
    const parsed = parseBody(text, number, rule);
    const { author } = open.find((issue) => issue.number === number) ?? {};
    return 'body' in parsed && parsed.body.copyOf ? [{ number, body: parsed.body, author }] : [];
  };
  const copies = open.flatMap(toCopy).sort((a, b) => a.number - b.number);
  const authors = copies.flatMap(({ author }) => (author === undefined ? [] : [author]));
  const writers = await calls.listWriters(authors);
  return copies.filter(({ author }) => author !== undefined && writers.has(author));
};

const isMissing = (error: unknown): boolean =>
  error instanceof Undecided && (error.cause as HostFailure | undefined)?.kind === 'missing';

const unsure = (): Undecided =>
  new Undecided(
    'remote-unreachable',
    'GitHub did not say whether an issue was opened; it is looked for the next time',
    'leasehold doctor',
  );

const slow = (): Undecided =>
  new Undecided('remote-unreachable', 'GitHub takes too long', 'leasehold doctor');

type Work = {
  context: IssueMirrorContext;
  calls: IssueCalls;
  records: Records;
  copies: readonly Copy[];
};

const close = async ({ calls }: Work, { number, body }: Copy, end: IssueEnd): Promise<void> => {
  const text = renderWhole({ ...body, end });
  await calls.edit(number, { state: 'closed', body: text }).catch((error: unknown) => {
    // Deleted by hand: there is nothing left to close.
    if (!isMissing(error)) throw error;
  });
};

/** Writes an issue that is there, or opens one where there is none; returns its number. */
const write = async (
  { calls, context, copies }: Work,
  { id, number, title, text }: MirrorPlan['show'][number],
): Promise<number> => {
  const known = number ?? copies.find(({ body }) => body.grant.id === id)?.number;
  if (known !== undefined) {
    const written = await calls.edit(known, { body: text }).catch((error: unknown) => {
      if (!isMissing(error)) throw error;
    });
    if (written) return known;
  }
  const issue = await calls.open(title, text);
  if (!issue) throw unsure();
  await assertCounts({ calls, label: context.label }, issue);
  return issue.number;
};

/** Two of one grant can come of an answer that was lost: the first one stays. */
const closeTwins = async (work: Work, id: string, number: number): Promise<void> => {
  const twins = work.copies.filter((copy) => copy.body.grant.id === id && copy.number !== number);
  const end = { how: 'withdrawn' as const, at: work.calls.now() };
  for (const twin of twins) await close(work, twin, end);
};

const showOne = async (work: Work, one: MirrorPlan['show'][number]): Promise<void> => {
  const number = await write(work, one);
  work.records.keep({ ...one, number });
  await closeTwins(work, one.id, number);
};

const closeOne = async (
  work: Work,
  { id, number, end }: MirrorPlan['close'][number],
): Promise<void> => {
  const { records, copies, context } = work;
  const open = copies.filter(({ body }) => body.grant.id === id);
  const kept = records.list().find((one) => one.id === id);
  const parsed = kept && parseBody(kept.text, number ?? 0, context.rule);
  const isAlone = number !== undefined && !open.some((copy) => copy.number === number);
  const own = isAlone && parsed && 'body' in parsed ? [{ number, body: parsed.body }] : [];
  for (const copy of [...open, ...own]) await close(work, copy, end);
  records.forget(id);
};

/** Does what there is to do until it is done, or fails, or takes too long; returns how much is left, and why. */
const carryOut = async (
  work: Work,
  plan: MirrorPlan,
  until: number,
): Promise<Omit<Outcome, 'shown'>> => {
  const jobs = [
    ...plan.close.map((one) => () => closeOne(work, one)),
    ...plan.show.map((one) => () => showOne(work, one)),
  ];
  let done = 0;
  let failure: Undecided | undefined;
  for (const job of jobs) {
    if (failure?.code === 'remote-unreachable' || failure?.code === 'remote-refused') break;
    if (work.context.clock.steady() > until) failure = slow();
    else {
      try {
        await job();
        done += 1;
      } catch (error) {
        if (!(error instanceof Undecided)) throw error;
        failure = error;
      }
    }
  }
  return { left: jobs.length - done, failure };
};

const lookAgain = async (context: IssueMirrorContext, records: Records) => {
  const ledger = await context.readLedger();
  const [shown, handled] = [records.list(), records.handled()];
  const { store, isOwn } = context;
  return { ledger, handled, shown, plan: planMirror(ledger, { store, isOwn, shown, handled }) };
};

const countLeft = ({ show, close: ends }: MirrorPlan): number => show.length + ends.length;

/**
 * Shows in issues what is held here, as far as the host lets it. It decides nothing, and whatever it does not
 * come to is found by the next one: what is shown is compared with what is held.
 */
export const mirrorToIssues = async (context: IssueMirrorContext): Promise<Mirrored> => {
  const records = openShown(context);
  const outcome = await mirror(context, records);
  return {
    ...outcome,
    isNews: records.noteTold(
      outcome.failure && `${outcome.left} ${outcome.failure.message}`,
      context.clock.now(),
    ),
  };
};

const mirror = async (context: IssueMirrorContext, records: Records): Promise<Outcome> => {
  const first = await lookAgain(context, records);
  if (isSettled(first.plan)) return { shown: first.shown.length, left: 0, failure: undefined };
  const until = context.clock.steady() + context.patience;
  if (!(await takeTurn(context, records))) {
    return { shown: first.shown.length, left: countLeft(first.plan), failure: slow() };
  }
  try {
    // What another command has just shown is held by a ledger that is at least as new.
    const { plan, ledger, handled } = await lookAgain(context, records);
    const calls = context.calls();
    const copies = isSettled(plan) ? [] : await listCopies(calls, context.rule);
    const { left, failure } = await carryOut({ context, calls, records, copies }, plan, until);
    if (left === 0 && plan.handled.length > 0) {
      const there = new Set(ledger.ended.map(({ file }) => file));
      records.keepHandled([...handled, ...plan.handled].filter((note) => there.has(note)));
    }
    return { shown: records.list().length, left, failure };
  } catch (error) {
    if (!(error instanceof Undecided)) throw error;
    return { shown: records.list().length, left: countLeft(first.plan), failure: error };
  } finally {
    context.files.remove(join(records.directory, 'turn'));
  }
};
