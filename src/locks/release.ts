import { createEvent } from './event.ts';
import { type Claim, isExpired, isOurs } from './grant.ts';
import type { Decide, Ledger, StoredGrant } from './ledger.ts';
import { reviseGrant } from './renew.ts';
import { containsScope } from './scope-extent.ts';

/** What became of a release. `part` says that the grant goes on with fewer claims; `gone` that there was nothing left of it. */
export type ReleaseOutcome =
  | { released: 'all' | 'part'; claims: readonly Claim[]; grant: StoredGrant }
  | { released: 'none'; reason: 'gone' | 'hand-written' };

/** The claims that a release of `scopes` gives up: those with the same scope, and those inside it. */
export const listReleased = (grant: StoredGrant, scopes: readonly Claim[]): Claim[] =>
  grant.claims.filter((claim) =>
    scopes.some((scope) => containsScope(scope.compiled, claim.compiled)),
  );

const releaseAll = (ledger: Ledger, grant: StoredGrant) => ({
  outcome: { released: 'all' as const, claims: grant.claims, grant },
  plan: { release: [grant.id], events: [createEvent('released', grant, ledger.now)] },
});

/**
 * Decides the release of a grant, or of those of its claims that lie in `scopes`. Idempotent: what is
 * gone already is told as gone.
 */
export const decideRelease =
  (id: string, holder: string, scopes?: readonly Claim[]): Decide<ReleaseOutcome> =>
  (ledger) => {
    const grant = ledger.heldBy(holder).find((held) => held.id === id);
    if (!grant) return { outcome: { released: 'none', reason: 'gone' } };
    const given = scopes ? listReleased(grant, scopes) : grant.claims;
    if (given.length === grant.claims.length) return releaseAll(ledger, grant);
    // What ran out binds nobody: there is no part of it to keep.
    const isGone = given.length === 0 || isExpired(grant, ledger.now);
    if (isGone) return { outcome: { released: 'none', reason: 'gone' } };
    if (!isOurs(grant)) return { outcome: { released: 'none', reason: 'hand-written' } };
    const kept = grant.claims.filter((claim) => !given.includes(claim));
    const revised = reviseGrant(ledger, grant, {
      claims: kept,
      event: { kind: 'released', claims: given },
    });
    if ('again' in revised) return revised;
    return { outcome: { released: 'part', claims: given, grant }, plan: revised.plan };
  };
