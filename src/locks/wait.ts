import type { Clock } from '../kit/clock.ts';
import type { Denial } from './claim.ts';
import type { Decide, Waiter } from './ledger.ts';
import type { Changed, Store } from './store.ts';

/** How often a waiter shows that it is there, and hears that it is to stop, in milliseconds. */
const BEAT = 500;

/** What whoever waits needs of the world. */
export type WaitContext = {
  store: Store;
  clock: Clock;
  /** True once whoever waits is to stop, because of a signal, say. */
  isStopped: () => boolean;
  /** Told once, when the wait begins. */
  tell: (denial: Denial) => void;
};

type Answer = { granted: boolean; waiting?: boolean };

const isWaiting = <T extends Answer>(outcome: T): outcome is T & Denial =>
  !outcome.granted && outcome.waiting === true;

/** Until the next thing that can only be seen by the clock: a grant in the way that runs out, or the end of the wait. */
const patienceOf = (
  { conflicts }: Denial,
  ticket: Waiter,
  { now, pace }: { now: number; pace: number },
): number => {
  const next = Math.min(ticket.until, ...conflicts.map(({ grant }) => grant.expiresAt));
  return Math.min(pace, Math.max(1, next - now));
};

const leave = (store: Store, { id }: Waiter): Promise<Changed<undefined>> =>
  store.change(() => ({ outcome: undefined, plan: { leave: id, events: [] } }));

/**
 * Asks again whenever the ledger changes, until the answer is no longer "wait": granted, or denied for
 * good. Undefined where it was stopped; the ticket is given back then.
 */
export const waitForAnswer = async <T extends Answer>(
  { store, clock, isStopped, tell }: WaitContext,
  decide: Decide<T>,
  ticket: Waiter,
): Promise<Changed<T> | undefined> => {
  let isTold = false;
  try {
    for (;;) {
      const changed = await store.change(decide);
      const { outcome } = changed;
      if (!isWaiting(outcome)) return changed;
      if (!isTold) tell(outcome);
      isTold = true;
      const pace = store.pace ?? BEAT;
      await store.watch(patienceOf(outcome, ticket, { now: clock.now(), pace }));
      if (isStopped()) {
        await leave(store, ticket);
        return undefined;
      }
    }
  } catch (error) {
    // Whoever could not decide waits no longer, and must not stand before others; a ticket that cannot be
    // given back dies by itself.
    await leave(store, ticket).catch(() => undefined);
    throw error;
  }
};
