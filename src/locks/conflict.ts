import { describeInstant } from '../kit/clock.ts';
import { quoteName } from '../kit/quote.ts';
import { type Claim, type Grant, isWrite } from './grant.ts';
import { type Ledger, listActive, type StoredGrant } from './ledger.ts';
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
  const others = listActive(ledger).filter((grant) => grant.holder !== holder);
  return claims.flatMap((claim) =>
    others.flatMap((grant) => {
      const heldClaim = findConflictingClaim(claim, grant);
      return heldClaim ? [{ claim, grant, heldClaim }] : [];
    }),
  );
};

/** The ways out of a conflict, one sentence each, for people and for agents. */
export const listWaysOut = (conflicts: readonly Conflict[], now: number): string[] => {
  if (conflicts.length === 0) return [];
  const last = Math.max(...conflicts.map(({ grant }) => grant.expiresAt));
  const holders = [...new Set(conflicts.map(({ grant }) => quoteName(grant.holder)))].join(', ');
  return [
    `wait: the last of these grants ends at ${describeInstant(last, now)}, or when it is released`,
    'take another task, on paths that nobody holds',
    `ask ${holders} to release the path, or to take over your part of the work`,
    'split the directory: claim only the files that you need',
    'merge the tasks: let one holder do both',
  ];
};
