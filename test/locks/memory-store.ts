import type { Clock } from '../../src/kit/clock.ts';
import { Undecided } from '../../src/kit/errors.ts';
import { listBelow } from '../../src/locks/below.ts';
import { createEvent, type LogEvent } from '../../src/locks/event.ts';
import type { Grant } from '../../src/locks/grant.ts';
import type {
  Decide,
  EndedGrant,
  Ledger,
  Plan,
  StoredAsk,
  StoredGrant,
  Waiter,
} from '../../src/locks/ledger.ts';
import type { Changed, Store } from '../../src/locks/store.ts';
import { RULE } from './build.ts';

/** A place that any number of handles are open on, as the processes of one machine are on one directory. */
export type MemoryPlace = { open: () => Store; log: () => LogEvent[] };

type Ticket = { waiter: Waiter; beatAt: number };

/** All that the handles share. Records go by their names, tickets by their ids. */
type State = {
  grants: Map<string, StoredGrant>;
  notes: Map<string, EndedGrant>;
  asks: Map<string, StoredAsk>;
  queue: Map<string, Ticket>;
  events: LogEvent[];
  /** The last that was drawn. */
  token: number;
  /** How many notes there ever were, so that no name is used twice. */
  noteCount: number;
};

const TICKET_LIFE = 10_000;
/** How long a decision is asked again, and how often; in milliseconds. */
const PATIENCE = 90_000;
const PAUSE = 100;

const listWaiting = ({ queue }: State, now: number): Waiter[] =>
  [...queue.values()]
    .filter(({ waiter, beatAt }) => now - beatAt < TICKET_LIFE && now < waiter.until)
    .map(({ waiter }) => waiter)
    .sort((a, b) => a.since - b.since || (a.id < b.id ? -1 : 1));

const look = (state: State, now: number): Ledger => {
  const grants = [...state.grants.values()];
  return {
    now,
    rule: RULE,
    grants,
    near: () => grants,
    above: () => grants,
    below: (path, wanted) => listBelow(grants, path, wanted),
    heldBy: (holder) => grants.filter((grant) => grant.holder === holder),
    superseded: [],
    pending: [],
    unreadable: [],
    ended: [...state.notes.values()],
    waiting: listWaiting(state, now),
    asks: [...state.asks.values()],
  };
};

/** True where a plan goes by what is not there: its decision was made on another ledger. */
const isOutdated = ({ grants }: State, { predecessor, clear = [] }: Plan): boolean =>
  (predecessor !== undefined && !grants.has(predecessor)) || clear.length > 0;

const releaseGrants = ({ grants }: State, ids: readonly string[]): void => {
  for (const { file, id } of [...grants.values()]) if (ids.includes(id)) grants.delete(file);
};

/** The predecessor goes at once: nobody here lists a directory while somebody else writes into it. */
const enter = (state: State, now: number, draft: Grant, plan: Plan): Grant => {
  state.token += 1;
  const grant = { ...draft, token: state.token };
  for (const expired of plan.takeOver ?? []) {
    state.events.push(createEvent('taken-over', expired, now, { by: grant.holder }));
    state.grants.delete(expired.file);
  }
  state.grants.delete(plan.predecessor ?? '');
  const file = `${grant.holder}.${grant.id}.${grant.rev}`;
  state.grants.set(file, { ...grant, file });
  return grant;
};

const writeNotes = (state: State, now: number, { notify }: Plan): void => {
  for (const ending of notify?.endings ?? []) {
    state.noteCount += 1;
    const file = `${ending.grant.file}.${notify?.id}.${state.noteCount}`;
    state.notes.set(file, { ...ending, file, endedAt: now });
  }
};

/** A ticket that is there only beats. */
const applyMail = ({ queue, asks }: State, now: number, plan: Plan): void => {
  const { wait, leave, ask, answered = [] } = plan;
  if (wait) queue.set(wait.id, { waiter: queue.get(wait.id)?.waiter ?? wait, beatAt: now });
  if (leave !== undefined) queue.delete(leave);
  if (ask) asks.set(`${ask.to}.${ask.id}`, { ...ask, file: `${ask.to}.${ask.id}` });
  for (const file of answered) asks.delete(file);
};

/** Carries a whole plan out; returns the grant that entered under it. */
const apply = (state: State, now: number, plan: Plan): Grant | undefined => {
  const entered = plan.add && enter(state, now, plan.add, plan);
  releaseGrants(state, plan.release ?? []);
  for (const file of plan.remove ?? []) state.grants.delete(file);
  for (const file of plan.forget ?? []) state.notes.delete(file);
  writeNotes(state, now, plan);
  applyMail(state, now, plan);
  const told = plan.events.map((event) =>
    entered?.token !== undefined && event.grant === entered.id
      ? { ...event, token: entered.token }
      : event,
  );
  state.events.push(...told);
  return entered;
};

const attempt = <T>(state: State, now: number, decide: Decide<T>): Changed<T> | 'again' => {
  const decision = decide(look(state, now));
  if ('again' in decision) return 'again';
  const { outcome, plan } = decision;
  if (plan && isOutdated(state, plan)) return 'again';
  return { outcome, entered: plan && apply(state, now, plan) };
};

const change = <T>(state: State, clock: Clock, decide: Decide<T>): Changed<T> => {
  for (let waited = 0; waited < PATIENCE; waited += PAUSE) {
    const attempted = attempt(state, clock.now(), decide);
    if (attempted !== 'again') return attempted;
    clock.sleep(PAUSE);
  }
  throw new Undecided('store-busy', 'the decision never came to an end', 'leasehold status');
};

/**
 * The naivest store that there can be: variables that one process changes, one decision after the other.
 * It shows what the port asks of a store, and it is what the ledger's model is run through.
 */
export const createMemoryPlace = (clock: Clock): MemoryPlace => {
  const state: State = {
    grants: new Map(),
    notes: new Map(),
    asks: new Map(),
    queue: new Map(),
    events: [],
    token: 0,
    noteCount: 0,
  };
  const listGrants = () => [...state.grants.keys()].join();
  const listQueue = () => [...state.queue.keys()].join();

  const open = (): Store => {
    let seen = '';
    const see = (): void => {
      seen = listGrants();
    };
    return {
      read: async () => {
        see();
        return look(state, clock.now());
      },
      change: async (decide) => {
        see();
        return change(state, clock, decide);
      },
      watch: async (patience) => {
        const queue = listQueue();
        for (let waited = 0; waited < patience; waited += PAUSE) {
          if (listGrants() !== seen || listQueue() !== queue) return;
          await clock.pause(Math.min(PAUSE, patience - waited));
        }
      },
    };
  };
  return { open, log: () => [...state.events] };
};
