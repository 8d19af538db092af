import { type Conflict, claimsConflict, findConflicts } from './conflict.ts';
import type { Entry } from './entry.ts';
import type { Claim } from './grant.ts';
import type { Ledger, Waiter } from './ledger.ts';

const MINUTE = 60_000;

/** Nobody overtakes a waiter who has waited this long, in milliseconds, or half of their time. */
const PATIENCE = 10 * MINUTE;

/**
 * What keeps an entry out: grants of others, and others who came before. `cycle` where a wait would never
 * end, for these holders wait for each other in a circle.
 */
export type Obstacles = {
  conflicts: readonly Conflict[];
  ahead: readonly Waiter[];
  cycle?: readonly string[];
};

/** One who waits or wants in, with what keeps them out. */
type Place = Obstacles & { waiter: Waiter };

const isAged = ({ since, until }: Waiter, now: number): boolean =>
  now - since >= Math.min(PATIENCE, (until - since) / 2);

const claimsMeet = (a: readonly Claim[], b: readonly Claim[]): boolean =>
  a.some((one) => b.some((other) => claimsConflict(one, other)));

const isFree = ({ conflicts, ahead }: Obstacles): boolean =>
  conflicts.length === 0 && ahead.length === 0;

/**
 * Everybody's place, given those who came before. An earlier waiter comes first where both cannot be:
 * if it is their turn now, or if they have waited so long that nobody may overtake them any more.
 * Before that, whoever wants what is free need not wait for what is not.
 */
const lineUp = (ledger: Ledger, waiters: readonly Waiter[]): Place[] => {
  const places: Place[] = [];
  for (const waiter of waiters) {
    const conflicts = findConflicts(ledger, waiter.holder, waiter.claims);
    const ahead = places.filter(
      (place) =>
        place.waiter.holder !== waiter.holder &&
        (isFree(place) || isAged(place.waiter, ledger.now)) &&
        claimsMeet(place.waiter.claims, waiter.claims),
    );
    places.push({ waiter, conflicts, ahead: ahead.map((place) => place.waiter) });
  }
  return places;
};

const comesBefore = (a: Waiter, b: Waiter): boolean =>
  a.since !== b.since ? a.since < b.since : a.id < b.id;

/** An entry as if it stood in the queue: at its own place, or behind everybody. */
const asWaiter = ({ holder, claims }: Entry, ticket: Waiter | undefined, now: number): Waiter =>
  ticket ? { ...ticket, claims } : { id: '', holder, claims, since: now, until: now };

/** What keeps these claims out now; `ticket` is their place in the queue, if they have one. */
export const findObstacles = (ledger: Ledger, entry: Entry, ticket?: Waiter): Obstacles => {
  const self = asWaiter(entry, ticket, ledger.now);
  const before = ledger.waiting.filter(
    (waiter) => waiter.id !== self.id && (!ticket || comesBefore(waiter, self)),
  );
  const { conflicts, ahead } = lineUp(ledger, [...before, self]).at(-1) ?? {
    conflicts: [],
    ahead: [],
  };
  return { conflicts, ahead };
};

const listBlockers = ({ conflicts, ahead }: Obstacles): string[] => [
  ...conflicts.map(({ grant }) => grant.holder),
  ...ahead.map(({ holder }) => holder),
];

/**
 * The holders in a circle that this wait closes, beginning and ending with who asks: each waits for the
 * next. Undefined where there is none. Only those who came before count, so that of a circle exactly
 * one, the last who came, has to leave it.
 */
export const findCycle = (
  ledger: Ledger,
  ticket: Waiter,
  obstacles: Obstacles,
): string[] | undefined => {
  const others = ledger.waiting.filter((waiter) => comesBefore(waiter, ticket));
  const waits = new Map<string, string[]>();
  for (const place of lineUp(ledger, others)) {
    const { holder } = place.waiter;
    waits.set(holder, [...(waits.get(holder) ?? []), ...listBlockers(place)]);
  }
  const seen = new Set<string>();
  const open = listBlockers(obstacles).map((holder) => [ticket.holder, holder]);
  for (const path of open) {
    const last = path.at(-1) ?? '';
    if (last === ticket.holder) return path;
    if (seen.has(last)) continue;
    seen.add(last);
    open.push(...(waits.get(last) ?? []).map((next) => [...path, next]));
  }
  return undefined;
};
