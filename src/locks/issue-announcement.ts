import { formatInstant } from '../kit/clock.ts';
import { Undecided } from '../kit/errors.ts';
import { quoteForeign, quoteName } from '../kit/quote.ts';
import { standsInTheWay } from './conflict.ts';
import { type Grant, isExpired } from './grant.ts';
import type { Issue } from './issue.ts';
import { type IssueState, type LockBody, parseBody, renderTitle } from './issue-body.ts';
import type { IssueContext, IssueLook } from './issue-context.ts';
import { asCode, renderWhole } from './issue-endings.ts';
import { type LockIssue, numberOf } from './issue-ledger.ts';

/** How long whoever looks for something waits between two looks, in milliseconds. */
export const PAUSE = 500;

/** What a claim has put up: its issue, and whether it had asked for approval by it before. */
export type Announced = { issue: Issue; grant: Grant; since: number; asked: LockBody | undefined };

const cut = (what: string): Undecided =>
  new Undecided(
    'remote-unreachable',
    `GitHub did not say whether ${what}; nothing is granted that it does not show`,
    'leasehold status',
  );

/** The issue of a claim that was sent, and of which no answer came: it may be there all the same. */
const findCut = async (
  { calls, clock, rule }: IssueContext,
  grant: Grant,
): Promise<Issue | undefined> => {
  for (let look = 0; look < 3; look += 1) {
    const found = (await calls.listOpen()).find(({ body, number }) => {
      const parsed = parseBody(body, number, rule);
      if (!('body' in parsed)) return false;
      return (
        parsed.body.state === 'claiming' &&
        parsed.body.grant.id === grant.id &&
        parsed.body.grant.rev === grant.rev
      );
    });
    if (found) return found;
    await clock.pause(PAUSE);
  }
  return undefined;
};

const isAsking = (lock: LockIssue, { id }: Grant): lock is LockIssue & { kind: 'ours' } =>
  lock.kind === 'ours' &&
  lock.issue.open &&
  lock.body.state === 'asking' &&
  lock.body.grant.id === id;

/** Throws `Undecided` where nobody would heed this issue, and takes it back. */
export const assertCounts = async (
  { calls, label }: Pick<IssueContext, 'calls' | 'label'>,
  issue: Issue,
): Promise<void> => {
  const author = issue.author ?? '';
  const isWriter = (await calls.listWriters([author])).has(author);
  if (isWriter && issue.labels.includes(label)) return;
  await calls.edit(issue.number, { state: 'closed' });
  throw new Undecided(
    'remote-refused',
    isWriter
      ? `GitHub did not put the label ${quoteForeign(label)} on issue #${issue.number}`
      : `${quoteName(author)}, whose token this is, may not write to the repository, and so lock nothing`,
    'use a token with write access to the repository and its issues',
  );
};

/** Puts the claim up for all to see: in an issue of its own, or in the one by which it asked for approval. */
export const announce = async (
  context: IssueContext,
  { locks, ledger }: IssueLook,
  grant: Grant,
): Promise<Announced> => {
  const { calls, local } = context;
  const asked = locks.find((lock): lock is LockIssue & { kind: 'ours' } => isAsking(lock, grant));
  const state: IssueState = { state: 'claiming', since: ledger.now };
  const body = renderWhole({ ...state, grant: local.hide(grant) });
  if (asked) {
    const { issue } = await calls.edit(asked.issue.number, { body });
    return { issue, grant, since: ledger.now, asked: asked.body };
  }
  const flags = grant.about.urgent === undefined ? [] : ['urgent'];
  const issue =
    (await calls.open(renderTitle(grant), body, flags)) ?? (await findCut(context, grant));
  if (!issue) throw cut('the claim was made');
  await assertCounts(context, issue);
  return { issue, grant, since: issue.createdAt, asked: undefined };
};

/** Takes a claim back that did not enter; who is in its way is named where somebody is. */
export const withdraw = async (
  { calls, local }: IssueContext,
  { issue, grant, asked }: Announced,
  look: IssueLook,
): Promise<void> => {
  const { number } = issue;
  if (asked) {
    await calls.edit(number, { body: renderWhole(asked) });
    return;
  }
  const winner = look.ledger.grants.find(
    (held) => !isExpired(held, look.ledger.now) && standsInTheWay(held, grant.holder, grant.claims),
  );
  const end = { how: 'withdrawn' as const, at: look.ledger.now };
  const body = renderWhole({
    state: 'claiming',
    since: look.ledger.now,
    grant: local.hide(grant),
    end,
  });
  await calls.edit(number, { state: 'closed', body });
  if (!winner) return;
  const until = formatInstant(winner.expiresAt);
  await calls.comment(
    number,
    `Withdrawn: ${asCode(winner.holder)} holds this by #${numberOf(winner)} until ${until}.`,
  );
};
