import type { Clock } from '../kit/clock.ts';
import { NOTE_RETENTION } from './entry.ts';
import type { LogEvent } from './event.ts';
import type { Grant } from './grant.ts';
import type { Issue } from './issue.ts';
import type { IssueCalls } from './issue-calls.ts';
import {
  createIssueLedger,
  type LockIssue,
  type Onlooker,
  readLockIssues,
} from './issue-ledger.ts';
import type { Ledger, Plan, StoredGrant } from './ledger.ts';
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

/** The label by which an owner approves; by a comment `/approve` they do too. */
const approvedLabel = (label: string): string => `${label}-approved`;

const isApproval = (text: string): boolean =>
  text.split(/\r?\n/).some((line) => line.trim() === '/approve');

/** Who has approved of what is asked for, by the number of its issue. */
const readApprovals = async (
  { calls, label }: IssueContext,
  locks: readonly LockIssue[],
): Promise<Map<number, string[]>> => {
  const approvals = new Map<number, string[]>();
  for (const { issue, ...lock } of locks) {
    if (lock.kind !== 'ours' || lock.body.state !== 'asking' || !issue.open) continue;
    const comments = (await calls.listComments(issue.number)).filter(({ text }) =>
      isApproval(text),
    );
    const isLabelled = issue.labels.includes(approvedLabel(label));
    const labellings = isLabelled ? await calls.listLabellings(issue.number) : [];
    const given = [...comments, ...labellings.filter(({ text }) => text === approvedLabel(label))];
    const authors = given.map(({ author }) => author).filter((author) => author !== undefined);
    approvals.set(issue.number, authors);
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
