import type { Clock } from '../kit/clock.ts';
import type { ApprovalNeed } from './approval.ts';
import { NOTE_RETENTION } from './entry.ts';
import type { LogEvent } from './event.ts';
import { type Claim, type Grant, isExpired, lifeOf } from './grant.ts';
import type { Issue, Remark } from './issue.ts';
import { isBareApproval, parseApproval } from './issue-approval.ts';
import type { IssueCalls } from './issue-calls.ts';
import {
  createIssueLedger,
  type LockIssue,
  type Onlooker,
  readLockIssues,
} from './issue-ledger.ts';
import type { Approval, Ledger, Plan, StoredGrant } from './ledger.ts';
import type { TableRule } from './tables.ts';

/** What a clone keeps for itself of a store that all clones share: queue, asks, log, and what gates read. */
export type LocalSide = {
  readQueue(): Pick<Ledger, 'waiting' | 'asks'>;
  applyQueue(plan: Plan): void;
  /** Changes when the queue does. */
  describeQueue(): string;
  writeEvents(events: readonly LogEvent[]): void;
  /** A grant as others may read it; what they may not is kept here. */
  hide(grant: Grant): Grant;
  /** A grant with what this clone has kept of it. */
  reveal(grant: StoredGrant): StoredGrant;
  /** Puts the ledger where gates read it. */
  keep(look: IssueLook): void;
};

/** Whose approval the claims of an issue need that somebody has opened by hand; none where it needs none. */
export type NeedsOf = (claims: readonly Claim[]) => Promise<readonly ApprovalNeed[]>;

/** All that the store of lock issues works with. */
export type IssueContext = {
  calls: IssueCalls;
  clock: Clock;
  random: () => number;
  rule: TableRule;
  label: string;
  local: LocalSide;
  /** Not there for whoever does not ask what is held. */
  needsOf?: NeedsOf;
};

/** One reading of all lock issues that anything may hang on. */
export type IssueLook = { locks: readonly LockIssue[]; ledger: Ledger };

const isAsking = ({ issue, ...lock }: LockIssue): boolean =>
  lock.kind === 'ours' && lock.body.state === 'asking' && issue.open;

/** The label by which an owner approves of an issue as it is. */
const approvedLabel = (label: string): string => `${label}-approved`;

/** Whether nothing has happened in the issue since, so that it says what it said then; times are whole seconds. */
const isLast = ({ at }: Remark, { updatedAt }: Issue): boolean => updatedAt === at;

/**
 * The comments that may approve. One that was edited does no more: whoever may write may edit everybody's, and the
 * host does not say who did.
 */
const listComments = async ({ calls }: IssueContext, number: number): Promise<Remark[]> =>
  (await calls.listComments(number)).filter(
    ({ edited, text }) => !edited && text.includes('/approve'),
  );

const listLabellings = async (
  { calls, label }: IssueContext,
  { number, labels }: Issue,
): Promise<Remark[]> => {
  const name = approvedLabel(label);
  if (!labels.includes(name)) return [];
  return (await calls.listLabellings(number)).filter(({ text }) => text === name);
};

/**
 * What an issue is approved of: what comments say that they approve of; and what a command has asked for in it,
 * where a bare `/approve` or the label is the last that has happened there. What somebody has opened by hand is
 * looked at for as long as it is open, so it must be said of what.
 */
const listApprovals = async (context: IssueContext, lock: LockIssue): Promise<Approval[]> => {
  const { issue } = lock;
  const comments = await listComments(context, issue.number);
  const { rule } = context;
  const spelled = comments.flatMap(({ author: login, text: said }): Approval[] =>
    login === undefined ? [] : [{ login, said, read: () => parseApproval(said, rule) }],
  );
  if (lock.kind !== 'ours') return spelled;
  const { grant } = lock.body;
  const asked = { ...grant, ttl: lifeOf(grant) };
  const bare = [
    ...comments.filter(({ text }) => isBareApproval(text)),
    ...(await listLabellings(context, issue)),
  ].flatMap((remark): Approval[] => {
    const { author: login, text: said } = remark;
    if (login === undefined || !isLast(remark, issue)) return [];
    return [{ login, said, read: () => asked }];
  });
  return [...spelled, ...bare];
};

/** What issues that were opened by hand need to be approved of, by their numbers; only of those that would bind. */
const readHandNeeds = async (
  { calls, needsOf }: IssueContext,
  locks: readonly LockIssue[],
): Promise<Map<number, readonly ApprovalNeed[]>> => {
  const needs = new Map<number, readonly ApprovalNeed[]>();
  if (!needsOf) return needs;
  for (const lock of locks) {
    if (lock.kind !== 'by-hand' || !lock.issue.open || isExpired(lock.grant, calls.now())) continue;
    const found = await needsOf(lock.grant.claims);
    if (found.length > 0) needs.set(lock.issue.number, found);
  }
  return needs;
};

/** What has been approved of in the issues that ask for it, by their numbers. */
const readApprovals = async (
  context: IssueContext,
  locks: readonly LockIssue[],
  handNeeds: ReadonlyMap<number, unknown>,
): Promise<Map<number, Approval[]>> => {
  const approvals = new Map<number, Approval[]>();
  for (const lock of locks) {
    const { number } = lock.issue;
    if (!isAsking(lock) && !handNeeds.has(number)) continue;
    approvals.set(number, await listApprovals(context, lock));
  }
  return approvals;
};

/** The open lock issues, and those that were closed lately, which tell what became of grants. */
const listLockIssues = async (
  { calls, rule }: IssueContext,
  known: readonly Issue[] | undefined,
): Promise<LockIssue[]> => {
  const open = await calls.listOpen();
  const closed = known ?? (await calls.listClosed(calls.now() - NOTE_RETENTION));
  // What was closed between the two lists is in both, and closed; and what is open now has no older end.
  const numbers = new Set(closed.map(({ number }) => number));
  const issues = [...open.filter(({ number }) => !numbers.has(number)), ...closed];
  const authors = issues.map(({ author }) => author).filter((author) => author !== undefined);
  const writers = await calls.listWriters(authors);
  return readLockIssues(issues, rule, (author) => writers.has(author));
};

/**
 * Reads all lock issues; `onlooker` is who looks, once they have a number. After a look a moment `before` only
 * what is open is read again.
 */
export const lookAtIssues = async (
  context: IssueContext,
  onlooker?: Onlooker,
  before?: IssueLook,
): Promise<IssueLook> => {
  const { calls, rule, local } = context;
  const known = before?.locks.map(({ issue }) => issue).filter(({ open }) => !open);
  const locks = await listLockIssues(context, known);
  const handNeeds = await readHandNeeds(context, locks);
  const approvals = await readApprovals(context, locks, handNeeds);
  const at = { now: calls.now(), rule, onlooker, handNeeds, approvals, queue: local.readQueue() };
  const { reveal } = local;
  return { locks, ledger: createIssueLedger(locks, { ...at, reveal }) };
};
