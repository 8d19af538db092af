import { createEvent, type EventKind } from './event.ts';
import type { Claim, Grant } from './grant.ts';
import { expiryAfter, isExpired, isOurs } from './grant.ts';
import type { Decide, Ledger, Plan, StoredGrant } from './ledger.ts';

/** Why a grant has no next revision; `gone` covers released, taken over and never there. */
export type Unrevisable = 'gone' | 'expired' | 'hand-written' | 'forced';

export type RenewOutcome =
  | { renewed: true; grant: Grant }
  | { renewed: false; reason: Unrevisable };

/** What the next record of a grant says otherwise, and what the log tells of it. */
export type Revision = Partial<Pick<Grant, 'claims' | 'expiresAt' | 'renewedAt' | 'forced'>> & {
  event: { kind: EventKind; claims: readonly Claim[]; by?: string; reason?: string };
};

type Revised = { plan: Plan & { add: Grant; clear: readonly string[] } } | { again: true };

/** The next record of a grant: it enters by the doorway and leaves its predecessor for readers that are listing. */
export const reviseGrant = (ledger: Ledger, grant: StoredGrant, revision: Revision): Revised => {
  // Two revisions of one grant at a time would take one name: the later one comes again.
  const rivals = ledger.pending.filter((pending) => pending.grant?.id === grant.id);
  if (rivals.some((pending) => pending.alive)) return { again: true };
  const { event, ...changed } = revision;
  const { file, ...held } = grant;
  const add: Grant = { ...held, ...changed, rev: grant.rev + 1 };
  const { kind, claims, ...told } = event;
  const isOlder = (record: StoredGrant) => record.id === grant.id;
  return {
    plan: {
      add,
      predecessor: file,
      // One that was parked must not enter under this name when it wakes.
      clear: rivals.map((pending) => pending.file),
      remove: ledger.superseded.filter(isOlder).map((record) => record.file),
      events: [createEvent(kind, { ...add, claims }, ledger.now, told)],
    },
  };
};

/** The renewal of an active grant of ours: `ttl` milliseconds from now, never less than it has. */
export const nextRevision = (ledger: Ledger, grant: StoredGrant, ttl: number): Revised =>
  reviseGrant(ledger, grant, {
    expiresAt: Math.max(grant.expiresAt, expiryAfter(ledger.now, ttl)),
    renewedAt: ledger.now,
    event: { kind: 'renewed', claims: grant.claims },
  });

/** The holder's grant, if it can have a next revision now, else why not. */
export const findRevisable = (
  ledger: Ledger,
  id: string,
  holder: string,
): { grant: StoredGrant } | { reason: Unrevisable } => {
  const grant = ledger.heldBy(holder).find((held) => held.id === id);
  if (!grant) return { reason: 'gone' };
  if (!isOurs(grant)) return { reason: 'hand-written' };
  if (grant.forced) return { reason: 'forced' };
  return isExpired(grant, ledger.now) ? { reason: 'expired' } : { grant };
};

/** Decides a renewal, which is possible only before the expiry. */
export const decideRenew =
  (id: string, holder: string, ttl: number): Decide<RenewOutcome> =>
  (ledger) => {
    const found = findRevisable(ledger, id, holder);
    if ('reason' in found) return { outcome: { renewed: false, reason: found.reason } };
    const revised = nextRevision(ledger, found.grant, ttl);
    if ('again' in revised) return revised;
    return { outcome: { renewed: true, grant: revised.plan.add }, plan: revised.plan };
  };
