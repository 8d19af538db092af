import { Undecided } from '../kit/errors.ts';
import { type Compaction, compactLedger } from './compact-store.ts';
import { keepIndex } from './index-store.ts';
import type { Decide } from './ledger.ts';
import { readLedger } from './load.ts';
import type { Carried } from './plan-edits.ts';
import { publish } from './publish-store.ts';
import { createRecordMemory, type RecordMemory } from './record-memory.ts';
import type { Snapshot } from './snapshot.ts';
import { type Deciding, decideOn, NOTHING, noteChallenges, type Step } from './step.ts';
import type { Changed, Store } from './store.ts';
import { createSync, fetchNow, type GitStoreContext, type Sync } from './sync-store.ts';

export type { Freshness, GitStoreContext } from './sync-store.ts';

/** How long a change is tried again, in milliseconds of pauses. */
const PATIENCE = 60_000;
const FIRST_PAUSE = 20;
const LONGEST_PAUSE = 2_000;
/** How often whoever waits out a challenge looks whether it has been answered, in milliseconds. */
const LOOK = 5_000;
/** How often whoever waits in the queue asks the remote, in milliseconds. */
const PACE = 1_000;

/** One process's way in: what it has read, and how new that is. */
type Session = Deciding & {
  memory: RecordMemory;
  sync: Sync;
  /** The last commit that somebody here has read. */
  known: string | undefined;
};

/** A later ledger, once others have had time to make one. */
const createPacer = ({ clock, random }: Session) => {
  let [pause, waited] = [FIRST_PAUSE, 0];
  return {
    isOver: () => waited > PATIENCE,
    wait: async (): Promise<void> => {
      const length = 1 + random() * pause;
      await clock.pause(length);
      waited += length;
      pause = Math.min(LONGEST_PAUSE, pause * 1.6);
    },
  };
};

/** Tells whose grant is waited out, makes the challenge, and lets some of its time go by. */
const waitOut = async (
  session: Session,
  base: Snapshot,
  { edits, rest, unripe }: Extract<Step<unknown>, { kind: 'challenge' }>,
): Promise<Snapshot> => {
  if (edits.size > 0) {
    const { tip, isThere } = await publish(session, base, { ...NOTHING, edits });
    noteChallenges(session, tip);
    if (isThere)
      session.tellChallenge(
        unripe.map(({ grant }) => grant),
        rest,
      );
    return tip;
  }
  await session.clock.pause(Math.min(rest, LOOK));
  return fetchNow(session);
};

/** A decision on `base`; undefined where it cannot be made, and a ledger that was fetched for it may say otherwise. */
const tryToDecide = <T>(
  session: Session,
  { base, isFetched }: { base: Snapshot; isFetched: boolean },
  decide: Decide<T>,
): Step<T> | undefined => {
  try {
    return decideOn(session, base, decide);
  } catch (error) {
    if (isFetched || !(error instanceof Undecided)) throw error;
    return undefined;
  }
};

const isEmpty = ({ edits, events }: Carried): boolean => edits.size + events.length === 0;

/** Makes one attempt: done, or the snapshot to decide on next. */
const attemptChange = async <T>(
  session: Session,
  at: { base: Snapshot; isFetched: boolean },
  decide: Decide<T>,
): Promise<{ done: Changed<T> } | { next: Snapshot; isBusy: boolean }> => {
  const step = tryToDecide(session, at, decide);
  if (step?.kind === 'challenge') {
    return { next: await waitOut(session, at.base, step), isBusy: false };
  }
  if (step?.kind !== 'done') {
    return { next: await fetchNow(session), isBusy: step?.kind === 'again' };
  }
  const { outcome, carried } = step;
  if (isEmpty(carried)) {
    if (at.isFetched) return { done: { outcome, entered: undefined } };
    return { next: await fetchNow(session), isBusy: false };
  }
  const { tip, isThere } = await publish(session, at.base, carried);
  noteChallenges(session, tip);
  // That what was seen long ago has been overtaken is no sign of a crowd.
  return isThere
    ? { done: { outcome, entered: carried.entered } }
    : { next: tip, isBusy: at.isFetched };
};

/**
 * Decides on what this clone has last seen, and pushes: that it is taken proves that it was still so. What asks
 * for no push, a refusal or an error, is said of a ledger that was fetched for it.
 */
const change = async <T>(session: Session, decide: Decide<T>): Promise<Changed<T>> => {
  const { repository, sync } = session;
  sync.assertHope();
  const pacer = createPacer(session);
  let at = { base: repository.load(repository.seen()), isFetched: false };
  while (!pacer.isOver()) {
    const attempt = await attemptChange(session, at, decide);
    sync.done();
    session.known = repository.seen();
    if ('done' in attempt) return attempt.done;
    at = { base: attempt.next, isFetched: true };
    if (attempt.isBusy) await pacer.wait();
  }
  throw new Undecided(
    'store-busy',
    `other clones kept changing the ledger for ${PATIENCE / 1000} s`,
    'leasehold status',
  );
};

/** Looks as often as it may; whoever waits no longer than that asks the remote themselves. */
const watch = async (session: Session, patience: number): Promise<void> => {
  const { clock, known } = session;
  for (let waited = 0; waited < patience; waited += PACE) {
    if (patience > PACE && (await fetchNow(session)).commit !== known) return;
    await clock.pause(Math.min(PACE, patience - waited));
  }
};

/**
 * Locks in a ref that clones share by a remote: the server's own update of the ref is the swap, its history
 * the log. What hooks and readers see is the mirror, the last fetched state as files.
 */
export const createGitStore = (
  context: GitStoreContext,
): {
  store: Store;
  /** Brings the mirror up to what is asked of readings. */
  refresh: () => Promise<void>;
  /** Lets the events go that are older than this instant. */
  compact: (since: number) => Promise<Compaction>;
} => {
  const session: Session = {
    ...context,
    memory: createRecordMemory(),
    snapshotMemory: createRecordMemory(),
    sync: createSync(context),
    challengedSince: new Map(),
    known: undefined,
  };
  const { clone, memory } = session;
  const indexed = { ...context, clone, memory, calm: undefined, indexed: undefined };
  const store: Store = {
    read: async () => {
      await session.sync.refresh();
      session.known = context.repository.seen();
      const ledger = readLedger(context, clone, memory);
      keepIndex(indexed);
      return ledger;
    },
    change: (decide) => change(session, decide),
    watch: (patience) => watch(session, patience),
    pace: PACE,
  };
  const compact = (since: number) => compactLedger(session, since);
  return { store, refresh: session.sync.refresh, compact };
};
