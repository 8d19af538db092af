import { findConflictingClaim } from './conflict.ts';
import { type Claim, isExpired, isPastHalf, listWrites } from './grant.ts';
import type { EndedGrant, Ledger, StoredAsk, StoredGrant, Waiter } from './ledger.ts';

/** Something that a holder has to know at their next command or commit. */
export type Notice =
  | { kind: 'ended'; note: EndedGrant }
  | { kind: 'expired'; grant: StoredGrant }
  | { kind: 'expiring'; grant: StoredGrant }
  /** `claim` is what the holder would have to give up; undefined where they hold it no longer. */
  | { kind: 'asked'; ask: StoredAsk; claim: Claim | undefined }
  | { kind: 'waited-for'; waiter: Waiter; claim: Claim };

/** A grant that ends within this many milliseconds is told of, unless it was never granted for much longer. */
const SOON = 10 * 60_000;

const isExpiring = (grant: StoredGrant, now: number): boolean =>
  !isExpired(grant, now) && grant.expiresAt - now <= SOON && isPastHalf(grant, now);

/** What of these grants is in the way of a claim. */
const findHeld = (grants: readonly StoredGrant[], wanted: Claim): Claim | undefined =>
  grants.map((grant) => findConflictingClaim(wanted, grant)).find((found) => found !== undefined);

const listWaitedFor = (grants: readonly StoredGrant[], waiter: Waiter): Notice[] => {
  const claim = waiter.claims
    .map((wanted) => findHeld(grants, wanted))
    .find((found) => found !== undefined);
  return claim ? [{ kind: 'waited-for', waiter, claim }] : [];
};

/** A note of which nothing is taken only keeps a grant known; but of a grant that was read alone nothing else is. */
const isToTell = ({ grant, taken }: EndedGrant): boolean =>
  taken.length > 0 || listWrites(grant.claims).length === 0;

/** What this holder is to be told now, the gravest first. */
export const listNotices = (ledger: Ledger, holder: string): Notice[] => {
  const { now } = ledger;
  const own = ledger.grants.filter((grant) => grant.holder === holder);
  const active = own.filter((grant) => !isExpired(grant, now));
  const others = ledger.waiting.filter((waiter) => waiter.holder !== holder);
  return [
    ...ledger.ended
      .filter((note) => note.grant.holder === holder && isToTell(note))
      .map((note): Notice => ({ kind: 'ended', note })),
    ...own
      .filter((grant) => isExpired(grant, now))
      .map((grant): Notice => ({ kind: 'expired', grant })),
    ...active
      .filter((grant) => isExpiring(grant, now))
      .map((grant): Notice => ({ kind: 'expiring', grant })),
    ...ledger.asks
      .filter((ask) => ask.to === holder)
      .map((ask): Notice => ({ kind: 'asked', ask, claim: findHeld(active, ask.claim) })),
    ...others.flatMap((waiter) => listWaitedFor(active, waiter)),
  ];
};

/** True where a grant of this holder has run out, runs out, or is to be renewed; notes and mail are not looked at. */
export const hasTidings = (ledger: Ledger, holder: string): boolean =>
  ledger.grants.some((grant) => grant.holder === holder && isPastHalf(grant, ledger.now));

/** The holder's grants that their use renews now: of ours, past half of their time or challenged, and not being ended. */
export const listDueForRenewal = (
  ledger: Ledger,
  isOwn: (grant: StoredGrant) => boolean,
): StoredGrant[] =>
  ledger.grants.filter(
    (grant) =>
      isOwn(grant) &&
      grant.token !== undefined &&
      !grant.forced &&
      !isExpired(grant, ledger.now) &&
      (isPastHalf(grant, ledger.now) || ledger.challenged?.has(grant.file) === true),
  );
