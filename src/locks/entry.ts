import { claimsConflict, standsInTheWay } from './conflict.ts';
import { type Claim, type Grant, isExpired, isOurs, isWrite, listWrites } from './grant.ts';
import type { EndedGrant, Ending, Ledger, PendingClaim, Plan, StoredGrant } from './ledger.ts';
import { containsScope } from './scope-extent.ts';

/** What is to come into the ledger: claims of a holder that it did not have before. */
export type Entry = { holder: string; claims: readonly Claim[] };

const WEEK = 7 * 86_400_000;

/** How long a note of an ended grant waits for its holder, in milliseconds. */
export const NOTE_RETENTION = WEEK;

/** True where `outer` gives at least what `inner` asks: the same or a wider scope, in the same or a stronger mode. */
export const containsClaim = (outer: Claim, inner: Claim): boolean =>
  (isWrite(outer.mode) || !isWrite(inner.mode)) && containsScope(outer.compiled, inner.compiled);

/** True where each of the inner claims is given by one of the outer ones. */
export const containsAll = (outer: readonly Claim[], inner: readonly Claim[]): boolean =>
  inner.every((claim) => outer.some((held) => containsClaim(held, claim)));

/** The claims on their way in that an entry meets; one that cannot be read is in everybody's way. */
export const listPendingInTheWay = (ledger: Ledger, { holder, claims }: Entry): PendingClaim[] =>
  ledger.pending.filter(({ grant }) => !grant || standsInTheWay(grant, holder, claims));

/** True where the holder of an ended grant has claimed again all that they could write under it. */
const isWhole = ({ grant }: EndedGrant, claims: readonly Claim[]): boolean =>
  containsAll(claims, listWrites(grant.claims));

/** A note is settled when its holder has claimed again what another has had, or all that the grant had. */
const isSettled = (note: EndedGrant, { holder, claims }: Entry): boolean => {
  if (note.grant.holder !== holder) return false;
  return isWhole(note, claims) || (note.taken.length > 0 && containsAll(claims, note.taken));
};

/**
 * Where a note is settled but for other parts of its grant, the grant goes on being known as ended, by a
 * note of which nothing is taken yet: whoever writes there later is told of like the first.
 */
const listKept = (ledger: Ledger, entry: Entry): Ending[] => {
  const isKnown = ({ grant }: EndedGrant) =>
    ledger.ended.some(({ grant: { id }, taken }) => id === grant.id && taken.length === 0);
  const parts = ledger.ended.filter(
    (note) => isSettled(note, entry) && !isWhole(note, entry.claims) && !isKnown(note),
  );
  return [...new Map(parts.map((note) => [note.grant.id, note])).values()].map(
    ({ grant, how, by }) => ({ grant, how, by, taken: [] }),
  );
};

/** True where a note says of all that is overwritten of a grant that it is taken. */
const tellsAsMuch = (grant: Grant, taken: readonly Claim[], writes: readonly Claim[]): boolean => {
  if (containsAll(taken, writes)) return true;
  const lost = listWrites(grant.claims).filter((had) =>
    writes.some((gone) => claimsConflict(had, gone)),
  );
  return lost.length > 0 && containsAll(taken, lost);
};

/**
 * Whose holders are to be told of an entry: of the grants that it takes over, and of those that have
 * ended before and that it writes into, each unless a note tells of as much already.
 */
const listEndings = (
  ledger: Ledger,
  { holder, claims }: Entry,
  takenOver: readonly StoredGrant[],
): Ending[] => {
  const writes = listWrites(claims);
  const ended = ledger.ended.filter(({ grant }) => standsInTheWay(grant, holder, writes));
  const overwritten = [...new Map(ended.map(({ grant }) => [grant.id, grant])).values()];
  const isTold = ({ id }: Grant) =>
    takenOver.some((grant) => grant.id === id) ||
    ledger.ended.some(({ grant, taken }) => grant.id === id && tellsAsMuch(grant, taken, writes));
  return [...takenOver, ...overwritten.filter((grant) => !isTold(grant))].map((grant) => ({
    grant,
    how: 'taken-over',
    by: holder,
    taken: writes,
  }));
};

/** What of the claims no grant of the holder's own has yet: nobody waits longer because of the rest. */
export const listFresh = (ledger: Ledger, { holder, claims }: Entry): Claim[] => {
  const own = ledger
    .heldBy(holder)
    .filter((grant) => !isExpired(grant, ledger.now) && isOurs(grant) && !grant.forced);
  return claims.filter((claim) => !own.some((grant) => containsAll(grant.claims, [claim])));
};

/** Which notes an entry settles, and which it leaves instead; those that are too old go too. */
export const planSettling = (
  ledger: Ledger,
  entry: Entry,
  id: string,
): { notify: { id: string; endings: Ending[] }; forget: string[] } => ({
  notify: { id, endings: listKept(ledger, entry) },
  forget: ledger.ended
    .filter((note) => isSettled(note, entry) || ledger.now - note.endedAt > NOTE_RETENTION)
    .map((note) => note.file),
});

/**
 * Expired grants of others in the way. One written by hand stays where it is (nobody's name was on it
 * alone), so its note tells that it was taken over already.
 */
const listTakenOver = (ledger: Ledger, { holder, claims }: Entry): StoredGrant[] => {
  const noted = new Set(ledger.ended.map((note) => note.grant.id));
  const near = new Set(claims.flatMap((claim) => ledger.near(claim)));
  return [...near].filter(
    (grant) =>
      isExpired(grant, ledger.now) &&
      (isOurs(grant) || !noted.has(grant.id)) &&
      standsInTheWay(grant, holder, claims),
  );
};

/** What an entry does to the ledger around it: whom it takes over, whom it tells, what it clears away. */
export const planEntry = (
  ledger: Ledger,
  entry: Entry,
  grantId: string,
): {
  takeOver: StoredGrant[];
  notify: NonNullable<Plan['notify']>;
  clear: string[];
  forget: string[];
} => {
  const takeOver = listTakenOver(ledger, entry);
  const { notify, forget } = planSettling(ledger, entry, grantId);
  const endings = [...notify.endings, ...listEndings(ledger, entry, takeOver)];
  return {
    takeOver,
    notify: { ...notify, endings },
    clear: listPendingInTheWay(ledger, entry).map((pending) => pending.file),
    forget,
  };
};
