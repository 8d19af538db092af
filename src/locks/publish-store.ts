import { Undecided } from '../kit/errors.ts';
import { listPrivate } from './disclosure.ts';
import { renderMessage } from './ledger-message.ts';
import type { Pushed } from './ledger-repository.ts';
import { writePrivate } from './mirror-store.ts';
import { type Carried, withState } from './plan-edits.ts';
import type { Snapshot } from './snapshot.ts';
import {
  AGAIN,
  fetchTip,
  type GitStoreContext,
  keepSeen,
  UNCHANGED,
  unreachable,
} from './sync-store.ts';

type Unsent = Extract<Pushed, { unsent: string }>;

/** What became of a push: the remote's ledger with the change in it, or `stale`: somebody was first. */
export type Published = { tip: Snapshot } | 'stale';

/** One change in so many also sees to the objects that this clone has gathered. */
const TIDY_EVERY = 64;

const unknown = (session: GitStoreContext, failed: string): Undecided =>
  unreachable(session, `${failed}; whether the change was made is not known`);

/** Where nothing was sent. A server that lets itself be read and nobody write refuses, and is not out of reach. */
const explainUnsent = async (
  session: GitStoreContext,
  { unsent, isDenied }: Unsent,
): Promise<Undecided> => {
  const unreached = unreachable(session, `${unsent}; ${UNCHANGED}`);
  if (!isDenied) return unreached;
  return fetchTip(session).then(
    () => refused(session, unsent),
    () => unreached,
  );
};

/** The remote's ledger after a push that nobody answered. */
const inquire = async (session: GitStoreContext, failed: string): Promise<Snapshot> => {
  try {
    return await fetchTip(session);
  } catch (error) {
    if (!(error instanceof Undecided) || error.code !== 'remote-unreachable') throw error;
    throw unknown(session, failed);
  }
};

const refused = ({ repository }: GitStoreContext, words: string): Undecided =>
  new Undecided(
    'remote-refused',
    `${repository.place} takes no change of the ledger: ${words}`,
    'let it be pushed to there, or name another: locks.ref in leasehold.config.json',
  );

/** Pushes once; where nobody can tell what came of it, why. */
const pushOnce = async (
  session: GitStoreContext,
  base: Snapshot,
  commit: string,
): Promise<Published | Unsent | { failed: string }> => {
  const { repository } = session;
  const pushed = await repository.push(commit, base.commit, session.freshness().limit);
  if (pushed === 'taken') return { tip: repository.load(commit) };
  if (pushed === 'stale') return 'stale';
  if ('refused' in pushed) throw refused(session, pushed.refused);
  return pushed;
};

/** Pushes until something is sent; throws `Undecided` where nothing ever is, and so nothing has changed. */
const pushUntilSent = async (
  session: GitStoreContext,
  base: Snapshot,
  commit: string,
): Promise<Published | { failed: string }> => {
  const { attempts } = session.freshness();
  for (let attempt = 1; ; attempt += 1) {
    const pushed = await pushOnce(session, base, commit);
    if (pushed === 'stale' || !('unsent' in pushed)) return pushed;
    if (pushed.isDenied || attempt >= attempts) throw await explainUnsent(session, pushed);
    await session.clock.pause(attempt * AGAIN);
  }
};

const wordsOf = (pushed: Published | Unsent | { failed: string }): string | undefined =>
  pushed !== 'stale' && 'failed' in pushed ? pushed.failed : undefined;

/** Pushes one commit until it is told what came of it. */
export const pushExactly = async (
  session: GitStoreContext,
  base: Snapshot,
  commit: string,
): Promise<Published> => {
  const { repository } = session;
  const { attempts } = session.freshness();
  let pushed: Published | Unsent | { failed: string } = await pushUntilSent(session, base, commit);
  let failed = '';
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    if (pushed !== 'stale' && 'tip' in pushed) return pushed;
    failed = wordsOf(pushed) ?? failed;
    // Somebody was first, unless an earlier push of this very commit has come to be.
    if (failed === '') return 'stale';
    const tip = await inquire(session, failed);
    if (tip.commit !== undefined && repository.contains(tip.commit, commit)) return { tip };
    // Where nothing has moved the push may still arrive: the same commit again is the same change.
    if (tip.commit !== base.commit) return 'stale';
    if (attempt < attempts) pushed = await pushOnce(session, base, commit);
  }
  throw unknown(session, failed);
};

/** Writes a change upon a snapshot and makes it the remote's, and the mirror's. */
export const publish = async (
  session: GitStoreContext,
  base: Snapshot,
  { edits, events, entered }: Carried,
): Promise<Published> => {
  const { repository, clock } = session;
  const commit = repository.write(base, withState(edits, base, entered), {
    message: renderMessage(events),
    now: clock.now(),
  });
  if (entered) writePrivate(session, entered.id, listPrivate(entered.about));
  const published = await pushExactly(session, base, commit);
  if (published === 'stale') return 'stale';
  // What is left to do is this clone's own.
  session.turns.leave();
  keepSeen(session, base.commit, published.tip);
  if (published.tip.state.seq % TIDY_EVERY === 0) repository.tidy();
  return published;
};
