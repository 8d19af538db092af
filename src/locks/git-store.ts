import { Undecided } from '../kit/errors.ts';
import { quoteName } from '../kit/quote.ts';
import { type Compaction, compactLedger } from './compact-store.ts';
import { keepIndex } from './index-store.ts';
import type { Decide, StoredGrant } from './ledger.ts';
import { readLedger } from './load.ts';
import { createOutbox, listUnpublished, type Outbox } from './outbox-store.ts';
import { createPacer } from './pacer.ts';
import type { Carried } from './plan-edits.ts';
import { publish } from './publish-store.ts';
import { createRecordMemory, type RecordMemory } from './record-memory.ts';
import type { Snapshot } from './snapshot.ts';
import { type Deciding, decideOn, NOTHING, noteChallenges, type Step } from './step.ts';
import type { Changed, Store } from './store.ts';
import {
  createSync,
  fetchTip,
  type GitStoreContext,
  keepSeen,
  type Sync,
  UNCHANGED,
} from './sync-store.ts';

export type { Freshness, GitStoreContext } from './sync-store.ts';

/** How often whoever waits out a challenge looks whether it has been answered, in milliseconds. */
const LOOK = 5_000;
/** How often whoever waits in the queue asks the remote, in milliseconds. */
const PACE = 1_000;

/** One process's way in: what it has read, and how new that is. */
type Session = Deciding & {
  memory: RecordMemory;
  sync: Sync;
  outbox: Outbox;
  /** The last commit that somebody here has read. */
  known: string | undefined;
  /** How many challenges the change in progress has made. */
  challenges: number;
  /** The records whose challenge this process has told of. */
  toldOf: Set<string>;
};

/** So often a holder may answer: their grants run out here, and not where they are. */
const MAX_CHALLENGES = 3;

const answeredAgain = (unripe: readonly { grant: StoredGrant }[]): Undecided =>
  new Undecided(
    'store-busy',
    `${unripe.map(({ grant }) => quoteName(grant.holder)).join(', ')} renews again and again what has run out by this clock: the clocks of two machines differ`,
    'date -u',
  );

type Unripe = Extract<Step<unknown>, { kind: 'challenge' }>['unripe'];

/** Whoever waits is told for whom, whether they have made the challenge or found it there. */
const tellWaiting = ({ toldOf, tellChallenge }: Session, unripe: Unripe, rest: number): void => {
  const grants = unripe.map(({ grant }) => grant).filter(({ file }) => !toldOf.has(file));
  for (const { file } of grants) toldOf.add(file);
  if (grants.length > 0) tellChallenge(grants, rest);
};

/** Tells whose grant is waited out, makes the challenge, and lets some of its time go by. */
const waitOut = async (
  session: Session,
  base: Snapshot,
  { edits, rest, unripe }: Extract<Step<unknown>, { kind: 'challenge' }>,
): Promise<void> => {
  if (edits.size === 0) {
    session.turns.leave();
    tellWaiting(session, unripe, rest);
    return session.clock.pause(Math.min(rest, LOOK));
  }
  session.challenges += 1;
  if (session.challenges > MAX_CHALLENGES) throw answeredAgain(unripe);
  const published = await publish(session, base, { ...NOTHING, edits });
  if (published === 'stale') return;
  noteChallenges(session, published.tip);
  tellWaiting(session, unripe, rest);
};

/** What a change is decided on, and whether it was fetched for it. */
type At = { base: Snapshot; isFetched: boolean };

/** A decision on `base`; undefined where it cannot be made, and a ledger that was fetched for it may say otherwise. */
const tryToDecide = <T>(
  session: Session,
  { base, isFetched }: At,
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

/** Makes one attempt: done, or to be made again on what the remote has then, at once or after a while. */
const attemptChange = async <T>(
  session: Session,
  at: At,
  decide: Decide<T>,
): Promise<{ done: Changed<T> } | { isBusy: boolean }> => {
  const step = tryToDecide(session, at, decide);
  if (step?.kind === 'challenge') {
    await waitOut(session, at.base, step);
    return { isBusy: false };
  }
  if (step?.kind !== 'done') return { isBusy: step?.kind === 'again' };
  const { outcome, carried } = step;
  if (isEmpty(carried)) {
    if (!at.isFetched) return { isBusy: false };
    keepSeen(session, at.base.commit, at.base);
    return { done: { outcome, entered: undefined } };
  }
  const published = await publish(session, at.base, carried);
  // That what was seen long ago has been overtaken is no sign of a crowd.
  if (published === 'stale') return { isBusy: at.isFetched };
  noteChallenges(session, published.tip);
  return { done: { outcome, entered: carried.entered } };
};

/** Whatever was pushed before was taken by somebody else's push: where nobody answers now nothing has changed. */
const fetchForChange = (session: Session): Promise<Snapshot> =>
  fetchTip(session).catch((error: unknown) => {
    if (!(error instanceof Undecided) || error.code !== 'remote-unreachable') throw error;
    throw new Undecided(error.code, `${error.message}; ${UNCHANGED}`, error.remedy, error);
  });

/**
 * What an attempt is decided on, once it is its turn: what this clone has last seen, unless that was overtaken
 * or others of this machine, in other clones, have gone first.
 */
const findBase = async (session: Session, isOvertaken: boolean): Promise<At> => {
  const { repository, turns, freshness } = session;
  const before = repository.seen();
  const hasWaited = await turns.take(freshness().limit);
  const seen = hasWaited ? repository.seen() : before;
  if (isOvertaken || (hasWaited && seen === before)) {
    return { base: await fetchForChange(session), isFetched: true };
  }
  return { base: repository.load(seen), isFetched: false };
};

/**
 * Decides on what this clone has last seen, and pushes: that it is taken proves that it was still so. What asks
 * for no push, a refusal or an error, is said of a ledger that was fetched for it.
 */
const change = async <T>(session: Session, decide: Decide<T>): Promise<Changed<T>> => {
  const { repository, sync, turns } = session;
  sync.assertHope();
  const pacer = createPacer(session);
  session.challenges = 0;
  for (let isOvertaken = false; !pacer.isOver(); isOvertaken = true) {
    const at = await findBase(session, isOvertaken);
    pacer.begin();
    const attempt = await attemptChange(session, at, decide);
    if ('done' in attempt) {
      sync.done();
      session.known = repository.seen();
      return attempt.done;
    }
    if (!attempt.isBusy) continue;
    turns.leave();
    // First the pause: what is fetched before it would be out of date again.
    await pacer.wait();
  }
  throw new Undecided(
    'store-busy',
    `other clones came first ${pacer.lost()} times`,
    'leasehold status',
  );
};

/** Looks as often as it may; whoever waits no longer than that asks the remote themselves. */
const watch = async (session: Session, patience: number): Promise<void> => {
  const { clock, known } = session;
  for (let waited = 0; waited < patience; waited += PACE) {
    if (patience > PACE && (await fetchTip(session)).commit !== known) return;
    await clock.pause(Math.min(PACE, patience - waited));
  }
};

/**
 * Puts into the ledger what happened while the remote could not be had. Whether it is there already is asked of
 * the history that each attempt is made upon, so that nothing comes twice: not by two processes, and not where
 * the last push of it was never answered.
 */
const publishKept = async (session: Session): Promise<void> => {
  const { files, repository, turns, outbox } = session;
  const kept = outbox.read();
  if (kept.length === 0) return;
  const list = () => listUnpublished(kept, repository.events()).map(({ event }) => event);
  await change(session, () => {
    const events = list();
    return { outcome: undefined, ...(events.length > 0 ? { plan: { events } } : {}) };
  }).finally(turns.end);
  const left = new Set(list());
  for (const { path, event } of kept) if (!left.has(event)) files.remove(path);
};

/** What cannot be published now is kept. */
const tryToPublishKept = async (session: Session): Promise<void> => {
  if (session.freshness().need === 'none' || !session.sync.isReached()) return;
  try {
    await publishKept(session);
  } catch (error) {
    if (!(error instanceof Undecided)) throw error;
    session.tell(`what happened offline is not published yet: ${error.message}`);
  }
};

/** Brings the mirror up to what is asked; whoever needs the newest needs others to know what happened here, too. */
const refresh = async (session: Session): Promise<void> => {
  await session.sync.refresh();
  if (session.freshness().need === 'newest') await publishKept(session);
  else await tryToPublishKept(session);
};

const changeAndPublish = async <T>(session: Session, decide: Decide<T>): Promise<Changed<T>> => {
  const changed = await change(session, decide).finally(session.turns.end);
  await tryToPublishKept(session);
  return changed;
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
  outbox: Outbox;
} => {
  const session: Session = {
    ...context,
    memory: createRecordMemory(),
    snapshotMemory: createRecordMemory(),
    sync: createSync(context),
    outbox: createOutbox(context),
    challengedSince: new Map(),
    known: undefined,
    challenges: 0,
    toldOf: new Set(),
  };
  const { clone, memory } = session;
  const indexed = { ...context, clone, memory, calm: undefined, indexed: undefined };
  const store: Store = {
    read: async () => {
      await refresh(session);
      session.known = context.repository.seen();
      const ledger = readLedger(context, clone, memory);
      keepIndex(indexed);
      return ledger;
    },
    change: (decide) => changeAndPublish(session, decide),
    watch: (patience) => watch(session, patience),
    pace: PACE,
  };
  const compact = (since: number) => compactLedger(session, since);
  return { store, refresh: () => refresh(session), compact, outbox: session.outbox };
};
