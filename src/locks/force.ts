import { createEvent, toScopes } from './event.ts';
import { type Claim, type Grant, isExpired, isOurs, listWrites } from './grant.ts';
import type { Decide, Decision, Ledger, Plan, StoredGrant } from './ledger.ts';
import { reviseGrant } from './renew.ts';
import { scopesOverlap } from './scope.ts';

/** What is to end: the grant as it was seen, or those of its claims that meet `scopes`. `id` names the note. */
export type ForceRequest = {
  seen: StoredGrant;
  scopes?: readonly Claim[];
  by: string;
  reason: string;
  id: string;
};

/** `changed`: it is no longer the grant that was seen (it was renewed, say), so it was left as it is. */
export type ForceOutcome =
  | { forced: 'all' | 'part'; claims: readonly Claim[]; grant: StoredGrant }
  | { forced: 'none'; reason: 'gone' | 'changed' | 'hand-written' };

/** How long the last record of a grant that is being ended may be there, should whoever ends it die: as long as a claim may take. */
const LAST_LIFE = 60_000;

/** The claims of a grant that meet any of these scopes: half of a claim cannot be taken away. */
export const listMeeting = (grant: Grant, scopes: readonly Claim[]): Claim[] =>
  grant.claims.filter((claim) =>
    scopes.some((scope) => scopesOverlap(scope.compiled, claim.compiled)),
  );

const notifyOf = ({ seen, by, reason, id }: ForceRequest, claims: readonly Claim[]) => ({
  id,
  endings: [
    { grant: { ...seen, claims }, how: 'forced' as const, by, taken: listWrites(claims), reason },
  ],
});

/**
 * Ends a grant of ours whole. Whoever renews it meanwhile must see that, and we must see them: so its end
 * is a revision like any other, the last one, which nobody may revise; it goes as soon as it has entered.
 */
const endGrant = (ledger: Ledger, request: ForceRequest): Decision<ForceOutcome> => {
  const { seen, by, reason } = request;
  const revised = reviseGrant(ledger, seen, {
    expiresAt: Math.min(seen.expiresAt, ledger.now + LAST_LIFE),
    forced: { by, reason },
    event: { kind: 'forced', claims: seen.claims, by, reason },
  });
  if ('again' in revised) return revised;
  const plan: Plan = {
    ...revised.plan,
    release: [seen.id],
    notify: notifyOf(request, seen.claims),
  };
  return { outcome: { forced: 'all', claims: seen.claims, grant: seen }, plan };
};

const takeClaims = (
  ledger: Ledger,
  request: ForceRequest,
  claims: readonly Claim[],
): Decision<ForceOutcome> => {
  const { seen, by, reason } = request;
  const revised = reviseGrant(ledger, seen, {
    claims: seen.claims.filter((claim) => !claims.includes(claim)),
    event: { kind: 'forced', claims, by, reason },
  });
  if ('again' in revised) return revised;
  const plan: Plan = { ...revised.plan, notify: notifyOf(request, claims) };
  return { outcome: { forced: 'part', claims, grant: seen }, plan };
};

/** What binds nobody any more, or has no revisions, goes by its name: a renewal that came in meanwhile stays. */
const removeGrant = (ledger: Ledger, request: ForceRequest): Decision<ForceOutcome> => {
  const { seen, by, reason } = request;
  const older = ledger.superseded.filter((record) => record.id === seen.id);
  const plan: Plan = {
    remove: [...older, seen].map((record) => record.file),
    notify: notifyOf(request, seen.claims),
    events: [createEvent('forced', seen, ledger.now, { by, reason })],
  };
  return { outcome: { forced: 'all', claims: seen.claims, grant: seen }, plan };
};

/** What binds no more goes; what somebody wrote by hand goes whole or stays, for the file is theirs to edit. */
const endClaims = (
  ledger: Ledger,
  request: ForceRequest,
  claims: readonly Claim[],
): Decision<ForceOutcome> => {
  const { seen } = request;
  const isWhole = claims.length === seen.claims.length;
  if (isExpired(seen, ledger.now)) return removeGrant(ledger, request);
  if (isOurs(seen))
    return isWhole ? endGrant(ledger, request) : takeClaims(ledger, request, claims);
  if (isWhole) return removeGrant(ledger, request);
  return { outcome: { forced: 'none', reason: 'hand-written' } };
};

/** A record of ours never changes under its name; one that was written by hand may. */
const isAsSeen = (grant: StoredGrant, seen: StoredGrant): boolean => {
  const contentOf = ({ holder, lockedAt, expiresAt, claims }: Grant) =>
    JSON.stringify([holder, lockedAt, expiresAt, toScopes(claims)]);
  return grant.file === seen.file && contentOf(grant) === contentOf(seen);
};

/** Decides the release of another holder's grant, exactly as it was seen, or nothing. */
export const decideForce =
  (request: ForceRequest): Decide<ForceOutcome> =>
  (ledger) => {
    const { seen, scopes } = request;
    const grant = ledger.heldBy(seen.holder).find((held) => held.id === seen.id);
    if (!grant) return { outcome: { forced: 'none', reason: 'gone' } };
    if (!isAsSeen(grant, seen)) return { outcome: { forced: 'none', reason: 'changed' } };
    const claims = scopes ? listMeeting(grant, scopes) : grant.claims;
    if (claims.length === 0) return { outcome: { forced: 'none', reason: 'gone' } };
    return endClaims(ledger, { ...request, seen: grant }, claims);
  };
