import { type ApprovalNeed, listMissing } from './approval.ts';
import { listBelow } from './below.ts';
import { claimsConflict } from './conflict.ts';
import { type Grant, isExpired, lifeOf } from './grant.ts';
import { createGrantIndex } from './grant-index.ts';
import type { Issue } from './issue.ts';
import { isLockTitle, type LockBody, parseBody } from './issue-body.ts';
import type {
  Approval,
  ApprovalRequest,
  EndedGrant,
  Ledger,
  PendingClaim,
  StoredGrant,
  UnreadableRecord,
} from './ledger.ts';
import { splitRevisions } from './load.ts';
import { parseNote } from './note.ts';
import { lockFileName } from './record.ts';
import type { TableRule } from './tables.ts';

/** A lock issue that counts, as it reads. `byHand`: by the form, and not by a claim of ours. */
export type LockIssue = { issue: Issue; file: string } & (
  | { kind: 'ours'; body: LockBody }
  | { kind: 'by-hand'; grant: StoredGrant }
  | { kind: 'unreadable'; reason: string }
);

/** How long a claim may be about to enter, by the host's clock, in milliseconds. */
export const CLAIMING_LIFE = 60_000;

const handFile = (number: number): string => `issue-${number}.lock`;
const HAND_FILE = /^issue-(\d+)\.lock$/;

/** True for the name that a record has which somebody opened by hand. */
export const isHandFile = (file: string): boolean => HAND_FILE.test(file);

/** The number of the issue that a record is in. */
export const numberOf = (grant: Pick<StoredGrant, 'token' | 'file'>): number =>
  grant.token ?? Number(HAND_FILE.exec(grant.file)?.[1] ?? 0);

const isCopy = (lock: LockIssue): boolean => lock.kind === 'ours' && lock.body.copyOf !== undefined;

/**
 * Which issues are lock issues, and what they say. Only those count whose author may write; one that was
 * opened again counts no more, for its number is older than its turn. One that shows a lock which is kept
 * elsewhere is none.
 */
export const readLockIssues = (
  issues: readonly Issue[],
  rule: TableRule,
  isTrusted: (author: string) => boolean,
): LockIssue[] =>
  issues
    .filter(({ title, author }) => isLockTitle(title) && author !== undefined && isTrusted(author))
    .map((issue) => readLockIssue(issue, rule))
    .filter((lock) => !isCopy(lock));

const readLockIssue = (issue: Issue, rule: TableRule): LockIssue => {
  const file = handFile(issue.number);
  const parsed = parseBody(issue.body, issue.number, rule);
  if ('refused' in parsed) return { issue, file, kind: 'unreadable', reason: parsed.refused };
  if ('body' in parsed) {
    return { issue, file: lockFileName(parsed.body.grant), kind: 'ours', body: parsed.body };
  }
  const { claims, ttl, task, parentIssue } = parsed.form;
  const grant: StoredGrant = {
    file,
    id: file,
    rev: 0,
    token: undefined,
    holder: issue.author ?? '',
    lockedAt: issue.createdAt,
    expiresAt: issue.createdAt + ttl,
    claims,
    about: {
      ...(task === undefined ? {} : { task }),
      ...(parentIssue === undefined ? {} : { parentIssue }),
    },
  };
  return { issue, file, kind: 'by-hand', grant };
};

const storedGrant = (lock: LockIssue & { kind: 'ours' }): StoredGrant => ({
  ...lock.body.grant,
  file: lock.file,
});

const isOpen = ({ issue }: LockIssue): boolean => issue.open && !issue.reopened;

/** True while a claim may still enter: nobody goes past it. */
const isClaiming = ({ issue, body }: LockIssue & { kind: 'ours' }, now: number): boolean =>
  now - Math.max(issue.createdAt, Math.min(body.since, now)) < CLAIMING_LIFE;

const meets = (grant: Grant, others: readonly Grant[]): boolean =>
  others.some(
    (other) =>
      other.holder !== grant.holder &&
      other.claims.some((claim) => grant.claims.some((own) => claimsConflict(claim, own))),
  );

/** Whoever opened an issue by hand holds it by its number: what meets an earlier one waits behind it. */
const splitByHand = (
  byHand: readonly StoredGrant[],
  held: readonly Grant[],
  claiming: readonly StoredGrant[],
  now: number,
): { holding: StoredGrant[]; waiting: StoredGrant[] } => {
  const holding: StoredGrant[] = [];
  const waiting: StoredGrant[] = [];
  const alive = held.filter((grant) => !isExpired(grant, now));
  for (const grant of byHand) {
    const before = claiming.filter((earlier) => numberOf(earlier) < numberOf(grant));
    const isFree = !meets(grant, [...alive, ...holding, ...before]);
    if (isExpired(grant, now) || isFree) holding.push(grant);
    else waiting.push(grant);
  }
  return { holding, waiting };
};

/** Notes that holders have not settled, in the order in which they were written. */
const readEnded = (locks: readonly LockIssue[], rule: TableRule): EndedGrant[] =>
  locks
    .flatMap((lock) => (lock.kind === 'ours' ? (lock.body.notes ?? []) : []))
    .map(({ file, text }) => parseNote(text, file, rule))
    .filter((note) => note !== undefined);

/** Whose claim is looked at: what it has opened itself is not in its way, nor is what came after it. */
export type Onlooker = {
  /** The number that its own issue has. */
  number: number;
  /** It asked before, and enters now: it goes past nobody, however late they came. */
  entersLate: boolean;
};

type Ours = LockIssue & { kind: 'ours' };
type ByHand = LockIssue & { kind: 'by-hand' };

/** Claims on their way in. Before it has a number itself, a claim meets none: its number is what decides. */
const listPending = (
  ours: readonly Ours[],
  now: number,
  onlooker: Onlooker | undefined,
): PendingClaim[] => {
  if (!onlooker) return [];
  const { number, entersLate } = onlooker;
  return ours
    .filter(({ body }) => body.state === 'claiming')
    .filter(({ issue }) => issue.number !== number && (entersLate || issue.number < number))
    .map((lock) => ({ file: lock.file, grant: lock.body.grant, alive: isClaiming(lock, now) }));
};

/**
 * Lock issues → the ledger. `approvals` says what has been approved of in which issue, `handNeeds` what one needs
 * that was opened by hand; `queue` and `reveal` are what else the clone knows.
 */
export const createIssueLedger = (
  locks: readonly LockIssue[],
  at: {
    now: number;
    rule: TableRule;
    onlooker?: Onlooker | undefined;
    handNeeds: ReadonlyMap<number, readonly ApprovalNeed[]>;
    approvals: ReadonlyMap<number, readonly Approval[]>;
    queue: Pick<Ledger, 'waiting' | 'asks'>;
    reveal: (grant: StoredGrant) => StoredGrant;
  },
): Ledger => {
  const { now, rule, onlooker, approvals, handNeeds, queue } = at;
  const open = locks.filter(isOpen).sort((a, b) => a.issue.number - b.issue.number);
  const ours = open.filter((lock): lock is Ours => lock.kind === 'ours');
  const records = ours.filter(({ body }) => body.state === 'granted').map(storedGrant);
  const claiming = ours.filter((lock) => lock.body.state === 'claiming' && isClaiming(lock, now));
  const { grants: held, superseded } = splitRevisions(records);
  const byHand = open.filter((lock): lock is ByHand => lock.kind === 'by-hand');
  const asking = byHand.flatMap(toHandRequest(handNeeds, approvals));
  const { holding, waiting } = splitByHand(
    byHand.map(({ grant }) => grant).filter(({ id }) => asking.every((one) => one.id !== id)),
    held,
    claiming.filter(({ issue }) => issue.number !== onlooker?.number).map(storedGrant),
    now,
  );
  const grants = [...held, ...holding].map(at.reveal);
  const index = createGrantIndex();
  grants.forEach(index.add);
  return {
    now,
    rule,
    grants,
    near: () => grants,
    above: index.above,
    below: (path, wanted) => listBelow(grants, path, wanted),
    heldBy: (holder) => grants.filter((grant) => grant.holder === holder),
    superseded,
    pending: listPending(ours, now, onlooker),
    unreadable: open.flatMap(toUnreadable),
    ended: readEnded(locks, rule),
    waiting: [...waiting.map(toWaiter), ...queue.waiting],
    asks: queue.asks,
    requests: [
      ...ours.filter(({ body }) => body.state === 'asking').map(toRequest(approvals)),
      ...asking,
    ],
  };
};

const toUnreadable = (lock: LockIssue): UnreadableRecord[] =>
  lock.kind === 'unreadable'
    ? [
        {
          file: `issue #${lock.issue.number}`,
          reason: lock.reason,
          remedy: `mend or close issue #${lock.issue.number}`,
        },
      ]
    : [];

const toWaiter = ({ file, holder, claims, lockedAt, expiresAt, about }: StoredGrant) => ({
  id: file,
  holder,
  claims,
  since: lockedAt,
  until: expiresAt,
  ...(about.task === undefined ? {} : { task: about.task }),
});

const toRequest =
  (approvals: ReadonlyMap<number, readonly Approval[]>) =>
  ({ issue, body }: Ours): ApprovalRequest => ({
    id: body.grant.id,
    holder: body.grant.holder,
    claims: body.grant.claims,
    ttl: lifeOf(body.grant),
    owners: body.owners ?? [],
    byHand: false,
    url: issue.url,
    approvals: approvals.get(issue.number) ?? [],
  });

/**
 * What was opened by hand, and has to be approved of first; nothing where it has been. Who opened it is known to
 * the host: an owner who did has approved of it as it is.
 */
const toHandRequest =
  (
    handNeeds: ReadonlyMap<number, readonly ApprovalNeed[]>,
    approvals: ReadonlyMap<number, readonly Approval[]>,
  ) =>
  ({ issue, grant }: ByHand): ApprovalRequest[] => {
    const { id, holder, claims } = grant;
    const ttl = lifeOf(grant);
    const own: Approval = { login: holder, said: '', read: () => ({ holder, claims, ttl }) };
    const given = [...(approvals.get(issue.number) ?? []), own];
    const missing = listMissing(handNeeds.get(issue.number) ?? [], given, grant);
    if (missing.length === 0) return [];
    const owners = [...new Set(missing.flatMap((need) => need.owners))];
    return [{ id, holder, claims, ttl, owners, byHand: true, url: issue.url, approvals: given }];
  };
