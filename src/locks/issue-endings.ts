import { Undecided } from '../kit/errors.ts';
import { printable } from '../kit/quote.ts';
import { disclose } from './disclosure.ts';
import { isExpired } from './grant.ts';
import { type IssueEnd, type LockBody, MAX_BODY, renderBody, renderTitle } from './issue-body.ts';
import { type IssueContext, type IssueLook, lookAtIssues } from './issue-context.ts';
import { type LockIssue, numberOf } from './issue-ledger.ts';
import type { Plan, StoredGrant } from './ledger.ts';
import { noteName, serialiseNote } from './note.ts';

/** How long whoever ends a grant by force may take from saying so to doing it, in milliseconds. */
const FORCING_LIFE = 60_000;
const MAX_PASSES = 8;

/** Nobody who reads an issue is told where, or in which session, a grant was made. */
const asShared = (grant: StoredGrant): StoredGrant => ({
  ...grant,
  about: disclose(grant.about, () => false),
});

type Notes = NonNullable<LockBody['notes']>;

/** Somebody's text in a comment: on one line, and nobody is called by it. */
export const asCode = (text: string): string => `\`${printable(text).replaceAll('`', "'")}\``;

/** The text of a lock issue; throws `Undecided` where it is more than a host takes. */
export const renderWhole = (body: LockBody): string => {
  const text = renderBody(body);
  if (text.length <= MAX_BODY) return text;
  throw new Undecided(
    'scope-refused',
    `these scopes are more than an issue can hold (${MAX_BODY} characters)`,
    'claim their directories, or less at a time',
  );
};

const describeEnd = ({ how, by, reason }: IssueEnd): string =>
  [
    `This lock has ended: ${how}`,
    ...(by === undefined ? [] : [` by ${asCode(by)}`]),
    ...(reason === undefined ? [] : [`: ${asCode(reason)}`]),
  ].join('');

/** Closes a lock issue and writes into it how it ended; below one that somebody wrote by hand, for it is theirs. */
export const closeIssue = async (
  { calls }: Pick<IssueContext, 'calls'>,
  lock: LockIssue,
  end: IssueEnd,
  notes: Notes = [],
): Promise<void> => {
  const { number } = lock.issue;
  if (lock.kind !== 'ours') {
    await calls.comment(number, describeEnd(end));
    await calls.edit(number, { state: 'closed' });
    return;
  }
  const body = { ...lock.body, end, notes: [...(lock.body.notes ?? []), ...notes] };
  await calls.edit(number, { state: 'closed', body: renderWhole(body) });
};

/** What a plan has to tell the holder of the grant in this issue. */
export const listNotes = ({ notify }: Plan, { issue }: LockIssue, now: number): Notes =>
  (notify?.endings ?? [])
    .filter(({ grant }) => numberOf(grant) === issue.number)
    .map((ending) => ({
      file: noteName(ending.grant, notify?.id ?? ''),
      text: serialiseNote({ ...ending, grant: asShared(ending.grant) }, now),
    }));

/** Writes notes into the issues of grants that have ended before or go on in part, and takes out settled ones. */
const writeNotes = async (
  { calls }: IssueContext,
  { locks, ledger }: IssueLook,
  plan: Plan,
  closed: ReadonlySet<number>,
): Promise<void> => {
  for (const lock of locks) {
    if (lock.kind !== 'ours' || closed.has(lock.issue.number)) continue;
    const before = lock.body.notes ?? [];
    const kept = before.filter(({ file }) => !plan.forget?.includes(file));
    const fresh = listNotes(plan, lock, ledger.now).filter(
      ({ file }) => !before.some((note) => note.file === file),
    );
    if (fresh.length === 0 && kept.length === before.length) continue;
    const body = renderWhole({ ...lock.body, notes: [...kept, ...fresh] });
    await calls.edit(lock.issue.number, { body });
  }
};

const FORCED_MARK = '<!-- leasehold: forced -->';

/**
 * Says in the issue that its grant is being ended by force, and why. Of several who say so at a time it is
 * the first one's doing; false for the others. Who said so and died stands in nobody's way for long.
 */
const announceForce = async (
  { calls }: IssueContext,
  number: number,
  { by, reason }: { by: string; reason: string },
): Promise<boolean> => {
  const text = `${FORCED_MARK}\nEnded by force by ${asCode(by)}: ${asCode(reason)}`;
  const own = await calls.comment(number, text);
  const comments = await calls.listComments(number);
  const isRival = ({ id, at, text: said }: (typeof comments)[number]) =>
    said.startsWith(FORCED_MARK) && id < own && calls.now() - at < FORCING_LIFE;
  if (!comments.some(isRival)) return true;
  await calls.removeComment(own);
  return false;
};

/** How the grant in this issue ends by the plan. */
const endOf = (plan: Plan, lock: LockIssue, now: number): IssueEnd => {
  const ending = plan.notify?.endings.find(({ grant }) => numberOf(grant) === lock.issue.number);
  if (ending) {
    const { how, by, reason } = ending;
    return { how, at: now, by, ...(reason === undefined ? {} : { reason }) };
  }
  if (lock.kind === 'ours' && lock.body.grant.id === plan.add?.id)
    return { how: 'continued', at: now };
  const isOver = lock.kind === 'ours' && isExpired(lock.body.grant, now);
  return { how: isOver && plan.add ? 'expired' : 'released', at: now };
};

/** Closes every issue of these grants, and looks again until there is none: one may have been opened meanwhile. */
const releaseGrants = async (
  context: IssueContext,
  look: IssueLook,
  plan: Plan,
): Promise<Set<number>> => {
  const closed = new Set<number>();
  const { release = [] } = plan;
  const idOf = (lock: LockIssue) => (lock.kind === 'ours' ? lock.body.grant.id : lock.file);
  let { locks } = look;
  for (let pass = 0; pass < MAX_PASSES && release.length > 0; pass += 1) {
    const held = locks.filter((lock) => lock.issue.open && release.includes(idOf(lock)));
    if (held.length === 0) break;
    for (const lock of held) {
      const notes = listNotes(plan, lock, look.ledger.now);
      await closeIssue(context, lock, endOf(plan, lock, look.ledger.now), notes);
      closed.add(lock.issue.number);
    }
    ({ locks } = await lookAtIssues(context, undefined, look));
  }
  return closed;
};

/** Closes the issues of records that count no more. */
const removeRecords = async (
  context: IssueContext,
  { locks, ledger }: IssueLook,
  plan: Plan,
): Promise<number[]> => {
  const gone = locks.filter((lock) => lock.issue.open && plan.remove?.includes(lock.file));
  for (const lock of gone) {
    const notes = listNotes(plan, lock, ledger.now);
    await closeIssue(context, lock, endOf(plan, lock, ledger.now), notes);
  }
  return gone.map(({ issue }) => issue.number);
};

/** Puts a grant to be before those who may approve of it. */
const requestApproval = async (
  { calls, local }: IssueContext,
  { ledger }: IssueLook,
  { grant, owners }: NonNullable<Plan['request']>,
): Promise<void> => {
  const body = renderWhole({
    state: 'asking',
    since: ledger.now,
    owners,
    grant: local.hide(grant),
  });
  if (await calls.open(renderTitle(grant), body)) return;
  throw new Undecided(
    'remote-unreachable',
    'whether the issue that asks for approval was opened, GitHub did not say',
    'leasehold status',
  );
};

/**
 * All that a plan wants of issues beside what enters: grants to end, notes, requests. False where somebody
 * else was first, and it has to be decided anew.
 */
export const settleIssues = async (
  context: IssueContext,
  look: IssueLook,
  plan: Plan,
): Promise<boolean> => {
  const { ledger } = look;
  const forced = plan.add?.forced;
  const held = forced && ledger.grants.find(({ id }) => plan.release?.includes(id));
  if (held && !(await announceForce(context, numberOf(held), forced))) return false;
  if (plan.request) await requestApproval(context, look, plan.request);
  const closed = await releaseGrants(context, look, plan);
  for (const number of await removeRecords(context, look, plan)) closed.add(number);
  await writeNotes(context, look, plan, closed);
  return true;
};
