import {
  containsAll,
  type Entry,
  listFresh,
  listPendingInTheWay,
  planEntry,
  planSettling,
} from './entry.ts';
import { createEvent } from './event.ts';
import {
  type Claim,
  expiryAfter,
  type Grant,
  type GrantNotes,
  isExpired,
  isOurs,
} from './grant.ts';
import {
  assertReadable,
  type Decide,
  type Decision,
  type Ledger,
  type Plan,
  type StoredGrant,
  type Waiter,
} from './ledger.ts';
import { findCycle, findObstacles, type Obstacles } from './queue.ts';
import { nextRevision } from './renew.ts';

/** What a holder asks for. `ttl` in milliseconds; `id` is a fresh grant id; with a `ticket` it waits. */
export type ClaimRequest = {
  holder: string;
  claims: readonly Claim[];
  ttl: number;
  id: string;
  about: GrantNotes;
  ticket?: Waiter;
  /** Asks for a grant of its own, even where the holder has it all already: one that is given back by itself. */
  separate?: boolean;
};

/** Nothing was granted. `waiting`: the ticket is in the queue, and asking again may be answered otherwise. */
export type Denial = Obstacles & { granted: false; waiting: boolean };

/** All or nothing: every claim granted, or everything that is in the way. */
export type ClaimOutcome =
  | { granted: true; renewed: boolean; takenOver: readonly Grant[] }
  | Denial;

/** The holder's own expired grants that the new one replaces. */
const listReplaced = (ledger: Ledger, request: ClaimRequest): StoredGrant[] =>
  ledger
    .heldBy(request.holder)
    .filter(
      (grant) =>
        isExpired(grant, ledger.now) && isOurs(grant) && containsAll(request.claims, grant.claims),
    );

const planGrant = (ledger: Ledger, request: ClaimRequest) => {
  const { now } = ledger;
  const { holder, id, claims, ttl, about } = request;
  const expiresAt = expiryAfter(now, ttl);
  const add: Grant = {
    holder,
    id,
    rev: 1,
    token: undefined,
    lockedAt: now,
    expiresAt,
    claims,
    about,
  };
  const replaced = listReplaced(ledger, request);
  const isReplaced = (record: Grant) => replaced.some((grant) => grant.id === record.id);
  return {
    ...planEntry(ledger, request, id),
    ...leaveQueue(request.ticket),
    add,
    remove: [...ledger.superseded.filter(isReplaced), ...replaced].map((grant) => grant.file),
    events: [
      ...replaced.map((grant) => createEvent('expired', grant, now)),
      createEvent('claimed', add, now, flagUrgent(add)),
    ],
  };
};

/** Who did not wait for an approval says why, and the log tells it. */
const flagUrgent = ({ about: { urgent } }: Grant) =>
  urgent === undefined ? {} : { reason: `urgent: ${urgent}` };

/** Whoever has their answer stands in the queue no longer. */
export const leaveQueue = (ticket: Waiter | undefined): Pick<Plan, 'leave'> =>
  ticket ? { leave: ticket.id } : {};

/**
 * What becomes of an entry with obstacles: it stands in the queue while it has time left and somebody
 * can end the wait; else it is denied, and the log says so.
 */
export const decideDenial = (
  ledger: Ledger,
  entry: Entry & { id: string; ticket?: Waiter },
  obstacles: Obstacles,
): Decision<Denial> => {
  const { ticket } = entry;
  const cycle = ticket && findCycle(ledger, ticket, obstacles);
  if (ticket && !cycle && ledger.now < ticket.until) {
    const plan: Plan = { wait: ticket, events: [] };
    return { outcome: { granted: false, waiting: true, ...obstacles }, plan };
  }
  const blockers = [
    ...obstacles.conflicts.map(({ grant }) => grant.holder),
    ...obstacles.ahead.map(({ holder }) => holder),
  ];
  const by = [...new Set(blockers)].join(', ');
  const events = [createEvent('denied', { ...entry, token: undefined }, ledger.now, { by })];
  return {
    outcome: { granted: false, waiting: false, ...obstacles, ...(cycle ? { cycle } : {}) },
    plan: { ...leaveQueue(ticket), events },
  };
};

/** The holder's own grant that has it all already, and can be renewed. */
export const findHeld = (
  ledger: Ledger,
  { holder, claims }: Pick<ClaimRequest, 'holder' | 'claims'>,
): StoredGrant | undefined =>
  ledger
    .heldBy(holder)
    .find(
      (grant) =>
        !isExpired(grant, ledger.now) &&
        isOurs(grant) &&
        !grant.forced &&
        containsAll(grant.claims, claims),
    );

/**
 * Decides a claim: denied where another holder's active grant overlaps and either is a write, or where
 * it would overtake a waiter whose turn it is; asked again while another claim in its way is on its way
 * in; a renewal where one grant of the holder has it all already; else a new grant, which takes over
 * the expired ones in its way.
 */
export const decideClaim =
  (request: ClaimRequest): Decide<ClaimOutcome> =>
  (ledger) => {
    assertReadable(ledger);
    const held = request.separate ? undefined : findHeld(ledger, request);
    if (held) {
      const renewal = nextRevision(ledger, held, request.ttl);
      if ('again' in renewal) return renewal;
      const { id, rev } = renewal.plan.add;
      const settling = planSettling(ledger, request, `${id}.${rev}`);
      const plan = { ...renewal.plan, ...settling, ...leaveQueue(request.ticket) };
      return { outcome: { granted: true, renewed: true, takenOver: [] }, plan };
    }
    const fresh = { holder: request.holder, claims: listFresh(ledger, request) };
    const obstacles = findObstacles(ledger, fresh, request.ticket);
    if (obstacles.conflicts.length + obstacles.ahead.length > 0) {
      return decideDenial(ledger, request, obstacles);
    }
    if (listPendingInTheWay(ledger, request).some((pending) => pending.alive))
      return { again: true };
    const plan = planGrant(ledger, request);
    return { outcome: { granted: true, renewed: false, takenOver: plan.takeOver }, plan };
  };
