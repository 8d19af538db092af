import { createEvent, type EventKind } from './event.ts';
import type { Claim, Grant } from './grant.ts';
import { expiryAfter, isExpired, isOurs } from './grant.ts';
import type { Decide, Ledger, Plan, StoredGrant } from './ledger.ts';

/** What became of a renewal; `gone` covers released, taken over and never there. */
export type RenewOutcome =
  | { renewed: true; grant: Grant }
  | { renewed: false; reason: 'gone' | 'expired' | 'hand-written' };

type Revision = { expiresAt: number; claims: readonly Claim[]; kind: EventKind };

/** The next record of a grant: it enters by the doorway and leaves its predecessor for readers that are listing. */
const revise = (
  ledger: Ledger,
  grant: StoredGrant,
  revision: Revision,
): { plan: Plan & { add: Grant } } | { again: true } => {
  // Two revisions of one grant at a time would take one name: the later one comes again.
  const rivals = ledger.pending.filter((pending) => pending.grant?.id === grant.id);
  if (rivals.some((pending) => pending.alive)) return { again: true };
  const { file, ...held } = grant;
  const add: Grant = {
    ...held,
    rev: grant.rev + 1,
    expiresAt: revision.expiresAt,
    claims: revision.claims,
  };
  const isOlder = (record: StoredGrant) => record.id === grant.id;
  return {
    plan: {
      add,
      predecessor: file,
      // One that was parked must not enter under this name when it wakes.
      clear: rivals.map((pending) => pending.file),
      remove: ledger.superseded.filter(isOlder).map((record) => record.file),
      events: [createEvent(revision.kind, add, ledger.now)],
    },
  };
};

/** The renewal of an active grant of ours: `ttl` milliseconds from now, never less than it has. */
export const nextRevision = (ledger: Ledger, grant: StoredGrant, ttl: number) =>
  revise(ledger, grant, {
    expiresAt: Math.max(grant.expiresAt, expiryAfter(ledger.now, ttl)),
    claims: grant.claims,
    kind: 'renewed',
  });

/** The same grant with fewer claims; what it gives up is free as soon as this has entered. */
export const shrinkGrant = (ledger: Ledger, grant: StoredGrant, claims: readonly Claim[]) =>
  revise(ledger, grant, { expiresAt: grant.expiresAt, claims, kind: 'released' });

/** Decides a renewal, which is possible only before the expiry. */
export const decideRenew =
  (id: string, holder: string, ttl: number): Decide<RenewOutcome> =>
  (ledger) => {
    const grant = ledger.grants.find((held) => held.id === id && held.holder === holder);
    if (!grant) return { outcome: { renewed: false, reason: 'gone' } };
    if (!isOurs(grant)) return { outcome: { renewed: false, reason: 'hand-written' } };
    if (isExpired(grant, ledger.now)) return { outcome: { renewed: false, reason: 'expired' } };
    const revision = nextRevision(ledger, grant, ttl);
    if ('again' in revision) return revision;
    return { outcome: { renewed: true, grant: revision.plan.add }, plan: revision.plan };
  };
