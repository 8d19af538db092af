import { type Denial, decideDenial, leaveQueue } from './claim.ts';
import { containsAll, containsClaim, listFresh, listPendingInTheWay, planEntry } from './entry.ts';
import type { Claim, Grant } from './grant.ts';
import { assertReadable, type Decide, type StoredGrant, type Waiter } from './ledger.ts';
import { findObstacles } from './queue.ts';
import { findRevisable, reviseGrant, type Unrevisable } from './renew.ts';

/** What is to be added to a grant; with a `ticket` it waits. */
export type ExtendRequest = {
  id: string;
  holder: string;
  claims: readonly Claim[];
  ticket?: Waiter;
};

/** All or nothing. `grant` is as it was where all was held already. */
export type ExtendOutcome =
  | { granted: true; grant: Grant; added: readonly Claim[]; takenOver: readonly Grant[] }
  | { granted: false; waiting: false; reason: Unrevisable }
  | Denial;

/** A write takes the place of the read on the same scope, or on less. */
const mergeClaims = (held: readonly Claim[], added: readonly Claim[]): Claim[] => [
  ...held.filter((claim) => !added.some((wider) => containsClaim(wider, claim))),
  ...added,
];

const held = (grant: StoredGrant, ticket: Waiter | undefined) => ({
  outcome: { granted: true as const, grant, added: [], takenOver: [] },
  ...(ticket ? { plan: { ...leaveQueue(ticket), events: [] } } : {}),
});

const refuse = (reason: Unrevisable, ticket: Waiter | undefined) => ({
  outcome: { granted: false as const, waiting: false as const, reason },
  ...(ticket ? { plan: { ...leaveQueue(ticket), events: [] } } : {}),
});

/**
 * Decides more scopes for a grant, or a stronger mode: a read becomes a write where nobody else reads.
 * The expiry stays. It enters as the grant's next record, with a new token.
 */
export const decideExtend =
  (request: ExtendRequest): Decide<ExtendOutcome> =>
  (ledger) => {
    assertReadable(ledger);
    const { holder, ticket } = request;
    const found = findRevisable(ledger, request.id, holder);
    if ('reason' in found) return refuse(found.reason, ticket);
    const { grant } = found;
    const added = request.claims.filter((claim) => !containsAll(grant.claims, [claim]));
    if (added.length === 0) return held(grant, ticket);
    const entry = { holder, claims: added };
    const fresh = { holder, claims: listFresh(ledger, entry) };
    const obstacles = findObstacles(ledger, fresh, ticket);
    if (obstacles.conflicts.length + obstacles.ahead.length > 0) {
      return decideDenial(ledger, { ...request, claims: added }, obstacles);
    }
    if (listPendingInTheWay(ledger, entry).some((pending) => pending.alive)) return { again: true };
    const revised = reviseGrant(ledger, grant, {
      claims: mergeClaims(grant.claims, added),
      event: { kind: 'extended', claims: added },
    });
    if ('again' in revised) return revised;
    const around = planEntry(ledger, entry, `${grant.id}.${revised.plan.add.rev}`);
    const plan = {
      ...revised.plan,
      ...around,
      ...leaveQueue(ticket),
      clear: [...revised.plan.clear, ...around.clear],
    };
    const { takeOver: takenOver } = around;
    return { outcome: { granted: true, grant: plan.add, added, takenOver }, plan };
  };
