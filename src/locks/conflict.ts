import { type Claim, type Grant, isExpired, isWrite } from './grant.ts';
import type { Ledger, StoredGrant } from './ledger.ts';
import { scopesOverlap } from './scope.ts';

/** One claim that another holder's grant stands in the way of. */
export type Conflict = { claim: Claim; grant: StoredGrant; heldClaim: Claim };

/** Two claims of different holders go together only where both read, or where no path lies in both. */
export const claimsConflict = (a: Claim, b: Claim): boolean =>
  (isWrite(a.mode) || isWrite(b.mode)) && scopesOverlap(a.compiled, b.compiled);

/** The first of `grant`'s claims that `claim` conflicts with. */
export const findConflictingClaim = (claim: Claim, grant: Grant): Claim | undefined =>
  grant.claims.find((held) => claimsConflict(claim, held));

/** True where a grant of another holder conflicts with any of `claims`. */
export const standsInTheWay = (grant: Grant, holder: string, claims: readonly Claim[]): boolean =>
  grant.holder !== holder &&
  claims.some((claim) => findConflictingClaim(claim, grant) !== undefined);

/** What a claim of `holder` would meet now: each of its claims with each active grant in its way. */
export const findConflicts = (
  ledger: Ledger,
  holder: string,
  claims: readonly Claim[],
): Conflict[] => {
  const isOther = (grant: StoredGrant) => grant.holder !== holder && !isExpired(grant, ledger.now);
  return claims.flatMap((claim) =>
    ledger
      .near(claim)
      .filter(isOther)
      .flatMap((grant) => {
        const heldClaim = findConflictingClaim(claim, grant);
        return heldClaim ? [{ claim, grant, heldClaim }] : [];
      }),
  );
};
