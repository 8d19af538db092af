import { Undecided } from '../kit/errors.ts';
import { listPrivate } from './disclosure.ts';
import { renderMessage } from './ledger-message.ts';
import { writePrivate } from './mirror-store.ts';
import { type Carried, withState } from './plan-edits.ts';
import type { Snapshot } from './snapshot.ts';
import { fetchNow, type GitStoreContext, keepSeen, unreachable } from './sync-store.ts';

/** The remote's ledger after a push, and whether the change is in it. */
export type Published = { tip: Snapshot; isThere: boolean };

/** One change in so many also sees to the objects that this clone has gathered. */
const TIDY_EVERY = 64;

const unknown = (session: GitStoreContext, failed: string): Undecided =>
  unreachable(session, `${failed}; whether the change was made is not known`);

/** Whether a push that nobody answered has come to be: asked until the remote answers. */
const inquire = async (
  session: GitStoreContext,
  commit: string,
  failed: string,
): Promise<Published> => {
  const { repository, clock } = session;
  const { attempts } = session.freshness();
  for (let inquiry = 1; ; inquiry += 1) {
    try {
      const tip = await fetchNow(session);
      const isThere = tip.commit !== undefined && repository.contains(tip.commit, commit);
      return { tip, isThere };
    } catch (error) {
      if (!(error instanceof Undecided) || error.code !== 'remote-unreachable') throw error;
      if (inquiry >= attempts) {
        throw unknown(session, failed);
      }
      await clock.pause(inquiry * 500);
    }
  }
};

/** Pushes one commit until it is told what came of it: the tip that it is in, or the one that came first. */
export const pushExactly = async (
  session: GitStoreContext,
  base: Snapshot,
  commit: string,
): Promise<Published> => {
  const { repository } = session;
  const { attempts, limit } = session.freshness();
  for (let attempt = 1; ; attempt += 1) {
    const pushed = await repository.push(commit, base.commit, limit);
    if (pushed === 'taken') return { tip: repository.load(commit), isThere: true };
    if (pushed === 'stale') return inquire(session, commit, 'the push was refused');
    if ('refused' in pushed) {
      throw new Undecided(
        'remote-refused',
        `${repository.place} takes no change of the ledger: ${pushed.refused}`,
        'let it be pushed to there, or name another: locks.ref in leasehold.config.json',
      );
    }
    const { tip, isThere } = await inquire(session, commit, pushed.failed);
    // Where nothing has moved the push may still arrive: the same commit again is the same change.
    if (isThere || tip.commit !== base.commit) return { tip, isThere };
    if (attempt >= attempts) throw unknown(session, pushed.failed);
  }
};

/** Writes a change upon a snapshot and makes it the remote's; the later snapshot where somebody was first. */
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
  const { tip, isThere } = await pushExactly(session, base, commit);
  keepSeen(session, base.commit, tip);
  if (tip.state.seq % TIDY_EVERY === 0) repository.tidy();
  return { tip, isThere };
};
