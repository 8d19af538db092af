import { type Conflict, findConflicts, standsInTheWay } from './conflict.ts';
import { createEvent } from './event.ts';
import {
  type Claim,
  expiryAfter,
  type Grant,
  type GrantNotes,
  isOurs,
  isWrite,
  listWrites,
} from './grant.ts';
import {
  assertReadable,
  type Decide,
  type EndedGrant,
  type Ledger,
  listActive,
  listExpired,
  type Plan,
  type StoredGrant,
} from './ledger.ts';
import { nextRevision } from './renew.ts';
import { containsScope } from './scope-extent.ts';

/** What a holder asks for. `ttl` in milliseconds; `id` is a fresh grant id. */
export type ClaimRequest = {
  holder: string;
  claims: readonly Claim[];
  ttl: number;
  id: string;
  about: GrantNotes;
};

/** All or nothing: every claim granted, or every conflict named. */
export type ClaimOutcome =
  | { granted: true; renewed: boolean; takenOver: readonly Grant[] }
  | { granted: false; conflicts: readonly Conflict[] };

const WEEK = 7 * 86_400_000;

/** How long a note of an ended grant waits for its holder, in milliseconds. */
export const NOTE_RETENTION = WEEK;

/** True where `outer` gives at least what `inner` asks: the same or a wider scope, in the same or a stronger mode. */
const containsClaim = (outer: Claim, inner: Claim): boolean =>
  (isWrite(outer.mode) || !isWrite(inner.mode)) && containsScope(outer.compiled, inner.compiled);

const containsAll = (outer: readonly Claim[], inner: readonly Claim[]): boolean =>
  inner.every((claim) => outer.some((held) => containsClaim(held, claim)));

const inTheWay = <T extends { grant: Grant | undefined }>(
  entries: readonly T[],
  request: ClaimRequest,
): T[] =>
  entries.filter(({ grant }) => !grant || standsInTheWay(grant, request.holder, request.claims));

/** A note is settled when its holder has claimed again what another has had. */
const isSettled = (note: EndedGrant, request: ClaimRequest): boolean =>
  note.grant.holder === request.holder && containsAll(request.claims, note.taken);

/**
 * Whose holders are to be told of this claim: the grants that it takes over, and those that have ended
 * before and that it writes into, each unless a note tells of as much already.
 */
const listNotified = (
  ledger: Ledger,
  request: ClaimRequest,
  takenOver: readonly StoredGrant[],
): StoredGrant[] => {
  const writes = listWrites(request.claims);
  const ended = new Map(ledger.ended.map(({ grant }) => [grant.id, grant]));
  const overwritten = [...ended.values()].filter((grant) =>
    standsInTheWay(grant, request.holder, writes),
  );
  const isTold = ({ id }: Grant) =>
    ledger.ended.some(({ grant, taken }) => grant.id === id && containsAll(taken, writes));
  return [...takenOver, ...overwritten.filter((grant) => !isTold(grant))];
};

const listForgotten = (ledger: Ledger, request: ClaimRequest): string[] =>
  ledger.ended
    .filter((note) => isSettled(note, request) || ledger.now - note.endedAt > NOTE_RETENTION)
    .map((note) => note.file);

/** The holder's own expired grants that the new one replaces. */
const listReplaced = (ledger: Ledger, request: ClaimRequest): StoredGrant[] =>
  listExpired(ledger).filter(
    (grant) => grant.holder === request.holder && containsAll(request.claims, grant.claims),
  );

/**
 * Expired grants of others in the way. One written by hand stays where it is (nobody's name was on it
 * alone), so its note tells that it was taken over already.
 */
const listTakenOver = (ledger: Ledger, request: ClaimRequest): StoredGrant[] => {
  const noted = new Set(ledger.ended.map((note) => note.grant.id));
  return listExpired(ledger).filter(
    (grant) => !noted.has(grant.id) && standsInTheWay(grant, request.holder, request.claims),
  );
};

const planGrant = (ledger: Ledger, request: ClaimRequest): Plan & { add: Grant } => {
  const { now } = ledger;
  const add: Grant = {
    holder: request.holder,
    id: request.id,
    rev: 1,
    token: undefined,
    lockedAt: now,
    expiresAt: expiryAfter(now, request.ttl),
    claims: request.claims,
    about: request.about,
  };
  const takeOver = listTakenOver(ledger, request);
  const replaced = listReplaced(ledger, request);
  const isReplaced = ({ id }: Grant) => replaced.some((grant) => grant.id === id);
  return {
    add,
    takeOver,
    notify: listNotified(ledger, request, takeOver),
    remove: [...ledger.superseded.filter(isReplaced), ...replaced].map((grant) => grant.file),
    clear: inTheWay(ledger.pending, request).map((pending) => pending.file),
    forget: listForgotten(ledger, request),
    events: [
      ...replaced.map((grant) => createEvent('expired', grant, now)),
      createEvent('claimed', add, now),
    ],
  };
};

const deny = (ledger: Ledger, request: ClaimRequest, conflicts: readonly Conflict[]) => {
  const asked = {
    ...request,
    rev: 1,
    token: undefined,
    lockedAt: ledger.now,
    expiresAt: ledger.now,
  };
  const by = [...new Set(conflicts.map(({ grant }) => grant.holder))].join(', ');
  return {
    outcome: { granted: false as const, conflicts },
    plan: { events: [createEvent('denied', asked, ledger.now, by)] },
  };
};

/**
 * Decides a claim: denied where another holder's active grant overlaps and either is a write; asked
 * again while another claim in its way is on its way in; a renewal where one grant of the holder has
 * it all already; else a new grant, which takes over the expired ones in its way.
 */
export const decideClaim =
  (request: ClaimRequest): Decide<ClaimOutcome> =>
  (ledger) => {
    assertReadable(ledger);
    const held = listActive(ledger).find(
      (grant) => grant.holder === request.holder && containsAll(grant.claims, request.claims),
    );
    if (held && isOurs(held)) {
      const renewal = nextRevision(ledger, held, request.ttl);
      if ('again' in renewal) return renewal;
      return { outcome: { granted: true, renewed: true, takenOver: [] }, plan: renewal.plan };
    }
    const conflicts = findConflicts(ledger, request.holder, request.claims);
    if (conflicts.length > 0) return deny(ledger, request, conflicts);
    if (inTheWay(ledger.pending, request).some((pending) => pending.alive)) return { again: true };
    const plan = planGrant(ledger, request);
    return { outcome: { granted: true, renewed: false, takenOver: plan.takeOver ?? [] }, plan };
  };
