import { Undecided } from '../kit/errors.ts';
import { printable } from '../kit/quote.ts';
import type { LogEvent } from './event.ts';
import { type Claim, type Grant, isExpired, isOurs } from './grant.ts';
import type { TableRule } from './tables.ts';

/** A grant and the name of the record that it was read from. */
export type StoredGrant = Grant & { file: string };

/** A grant on its way in. One that cannot be read counts as being in everybody's way while it lives. */
export type PendingClaim = { file: string; grant: Grant | undefined; alive: boolean };

/** A record that is there and cannot be read; `remedy` where it is no file. */
export type UnreadableRecord = { file: string; reason: string; remedy?: string };

/** What is approved of: these claims of a holder, for so many milliseconds at a time. */
export type Approved = { holder: string; claims: readonly Claim[]; ttl: number };

/**
 * What somebody has said who approves of something; `login` is in lower case. Anybody may say it, at any length, so
 * it is read once their word is known to count: undefined where it does not say of what.
 */
export type Approval = { login: string; said: string; read: () => Approved | undefined };

/** A claim that waits for owners to approve of it; it binds nobody, and lets its holder do nothing. */
export type ApprovalRequest = {
  id: string;
  holder: string;
  claims: readonly Claim[];
  /** How long it asks for at a time, in milliseconds. */
  ttl: number;
  /** Whose approval it waits for, as CODEOWNERS names them. */
  owners: readonly string[];
  /** It is an issue that somebody opened by hand: it holds by itself once it is approved. */
  byHand: boolean;
  /** Where people answer it. */
  url: string;
  /** What has been approved of in it, whatever it asks for by now. */
  approvals: readonly Approval[];
};

/** How a grant ended without its holder's doing. */
export type Ending = {
  grant: StoredGrant;
  how: 'taken-over' | 'forced';
  by: string;
  /** What of it has gone to somebody else: what `by` claimed to write, or what was taken by force. */
  taken: readonly Claim[];
  /** Why, where it was forced. */
  reason?: string;
};

/** A note for the holder of a grant that ended so, until they have claimed again what was taken. */
export type EndedGrant = Ending & {
  /** The note's own file name. */
  file: string;
  endedAt: number;
};

/** Somebody who waits for claims to be granted; times are milliseconds since 1970. */
export type Waiter = {
  id: string;
  holder: string;
  claims: readonly Claim[];
  since: number;
  /** When they give up. */
  until: number;
  task?: string;
};

/** What somebody asks of a holder, until the holder has been told. */
export type Ask = {
  id: string;
  from: string;
  to: string;
  /** What is asked for, as if it were to be written. */
  claim: Claim;
  message: string;
  at: number;
};

/** An ask and the name of the file that it was read from. */
export type StoredAsk = Ask & { file: string };

/** All that a decision is made from: one reading of the lock directory at one instant. */
export type Ledger = {
  now: number;
  rule: TableRule;
  /** One a grant, its highest revision. */
  grants: readonly StoredGrant[];
  /** The grants that a claim might meet, and perhaps some that it does not: what a look for conflicts goes through. */
  near(claim: Claim): readonly StoredGrant[];
  /** The grants that may cover a path, given in its comparable form, and perhaps some that do not; in no order. */
  above(path: string): readonly StoredGrant[];
  /** The grants that write (or read) a path, given in its comparable form, or something below it. */
  below(path: string, wanted: 'write' | 'read'): readonly StoredGrant[];
  /** This holder's, expired ones too. */
  heldBy(holder: string): readonly StoredGrant[];
  /** Earlier revisions of grants that are in `grants` too. */
  superseded: readonly StoredGrant[];
  pending: readonly PendingClaim[];
  unreadable: readonly UnreadableRecord[];
  ended: readonly EndedGrant[];
  /** Those whose heartbeat is there, first come first. */
  waiting: readonly Waiter[];
  asks: readonly StoredAsk[];
  /** Records whose holder is to renew them, or another takes them over: by their clock they have run out. */
  challenged?: ReadonlySet<string>;
  /** Claims that wait for approval, in a store that people can answer in. */
  requests?: readonly ApprovalRequest[];
};

/** What a decision wants done, all of it or nothing. Names are those of records that the ledger showed. */
export type Plan = {
  /** Enters as a new record; the store draws its token. */
  add?: Grant;
  /** The record that `add` is the next revision of; it must still be there when `add` has entered. */
  predecessor?: string;
  /** Grants whose every record goes, revisions on their way in too; after `add` has entered, if there is one. */
  release?: readonly string[];
  /** Expired grants that `add` takes over. */
  takeOver?: readonly StoredGrant[];
  /** Whose holders are told. `id` makes the note's name, with that of the record. */
  notify?: { id: string; endings: readonly Ending[] };
  /** Records that count no more. */
  remove?: readonly string[];
  /** Dead claims on their way in. */
  clear?: readonly string[];
  /** Notes that are settled or too old. */
  forget?: readonly string[];
  /** Stands in the queue, or goes on standing there. */
  wait?: Waiter;
  /** The id of whoever leaves the queue. */
  leave?: string;
  ask?: Ask;
  /** A grant to be, put before those who may approve of it. */
  request?: { grant: Grant; owners: readonly string[] };
  /** Asks whose holder has been told. */
  answered?: readonly string[];
  events: readonly LogEvent[];
};

/**
 * A decision on one ledger: what to tell and what to do, or `again`: somebody else is on their way in,
 * and only a later ledger can tell.
 */
export type Decision<T> = { outcome: T; plan?: Plan } | { again: true };

/** Pure: (ledger) → what to do. The store may ask several times, each time with a newer ledger. */
export type Decide<T> = (ledger: Ledger) => Decision<T>;

/** Grants that bind now. */
export const listActive = (ledger: Ledger): StoredGrant[] =>
  ledger.grants.filter((grant) => !isExpired(grant, ledger.now));

/** Grants that ran out and that nobody has taken over or cleared. */
export const listExpired = (ledger: Ledger): StoredGrant[] =>
  ledger.grants.filter((grant) => isExpired(grant, ledger.now));

/**
 * Which of two active grants that conflict binds; only hand-writing can bring that about. Ours wins over
 * the hand-written one, then the earlier `locked_at`, then the name, so that everybody sees the same.
 */
export const precedes = (a: StoredGrant, b: StoredGrant): boolean => {
  const [oursA, oursB] = [isOurs(a), isOurs(b)];
  if (oursA !== oursB) return oursA;
  if (a.lockedAt !== b.lockedAt) return a.lockedAt < b.lockedAt;
  return a.file < b.file;
};

/** Whoever grants must know what is held: a record that cannot be read throws `Undecided` (`lock-unreadable`). */
export const assertReadable = (ledger: Ledger): void => {
  const [first] = ledger.unreadable;
  if (!first) return;
  throw new Undecided(
    'lock-unreadable',
    `the lock file ${printable(first.file)} cannot be read: ${printable(first.reason)}`,
    first.remedy ?? 'leasehold doctor --fix',
  );
};
