import type { Clock } from '../kit/clock.ts';
import { NOTE_RETENTION } from './entry.ts';
import type { LogEvent } from './event.ts';
import type { Grant } from './grant.ts';
import type { Issue } from './issue.ts';
import { parseApproval } from './issue-approval.ts';
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

/** All that the store of lock issues works with. */
export type IssueContext = {
  calls: IssueCalls;
  clock: Clock;
  random: () => number;
  rule: TableRule;
  label: string;
  local: LocalSide;
};

/** One reading of all lock issues that anything may hang on. */
export type IssueLook = { locks: readonly LockIssue[]; ledger: Ledger };

/**
 * What the comments under an issue approve of. One that was edited counts no more: whoever may write to the
 * repository may edit everybody's, and the host does not say who did.
 */
const listApprovals = async ({ calls, rule }: IssueContext, number: number): Promise<Approval[]> =>
  (await calls.listComments(number)).flatMap(({ author, text, edited }): Approval[] => {
    const approval = edited || author === undefined ? undefined : parseApproval(text, rule);
    return author !== undefined && approval ? [{ login: author, ...approval }] : [];
  });

const isAsking = ({ issue, ...lock }: LockIssue): boolean =>
  lock.kind === 'ours' && lock.body.state === 'asking' && issue.open;

/** What has been approved of in the issues that ask for it, by their numbers. */
const readApprovals = async (
  context: IssueContext,
  locks: readonly LockIssue[],
): Promise<Map<number, Approval[]>> => {
  const approvals = new Map<number, Approval[]>();
  for (const { issue } of locks.filter(isAsking)) {
    approvals.set(issue.number, await listApprovals(context, issue.number));
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
  const approvals = await readApprovals(context, locks);
  const at = { now: calls.now(), rule, onlooker, approvals, queue: local.readQueue() };
  const { reveal } = local;
  return { locks, ledger: createIssueLedger(locks, { ...at, reveal }) };
};
