import { parseInstant } from '../kit/clock.ts';
import { Undecided } from '../kit/errors.ts';
import type { LogEvent } from './event.ts';
import { renderCompaction } from './ledger-message.ts';
import type { Edits } from './ledger-repository.ts';
import { withState } from './plan-edits.ts';
import { pushExactly } from './publish-store.ts';
import { LOG_DIRECTORY, type Snapshot } from './snapshot.ts';
import { fetchTip, type GitStoreContext, keepSeen } from './sync-store.ts';

/** How many events a compaction has kept, and how many it has let go. */
export type Compaction = { kept: number; dropped: number };

/** So often at most: others who keep changing the ledger come first. */
const MAX_ATTEMPTS = 20;

/** A part of the log as it stands in the tree. */
const renderPart = (events: readonly LogEvent[]): string =>
  events.map((event) => `${JSON.stringify(event)}\n`).join('');

/** What cannot be read is somebody's all the same: it must not go with the history. */
const assertWhole = ({ files }: Snapshot): void => {
  const odd = files.find(({ problem }) => problem !== undefined);
  if (!odd) return;
  throw new Undecided(
    'lock-unreadable',
    `${odd.name} in the ledger cannot be read: ${odd.problem}`,
    'leasehold doctor --fix',
  );
};

/** An event without a time of its own is as young as can be. */
const isYoung =
  (since: number) =>
  ({ time }: LogEvent): boolean =>
    (parseInstant(time) ?? Number.POSITIVE_INFINITY) >= since;

const explainRefusal = (error: unknown): unknown => {
  if (!(error instanceof Undecided) || error.code !== 'remote-refused') return error;
  return new Undecided(
    'remote-refused',
    `${error.message}; a compaction replaces the history of the ref`,
    'allow it to be forced there, or leave the history as it is',
    error,
  );
};

/**
 * Replaces the ledger's history with one commit: all that is held, and every event since `since` (milliseconds
 * since 1970). Who pushed meanwhile comes first, and it is begun anew.
 */
export const compactLedger = async (
  context: GitStoreContext,
  since: number,
): Promise<Compaction> => {
  const { repository, clock } = context;
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    const base = await fetchTip(context);
    assertWhole(base);
    if (base.commit === undefined) return { kept: 0, dropped: 0 };
    const events = repository.events();
    const kept = events.filter(isYoung(since));
    const edits: Edits = new Map([
      [`${LOG_DIRECTORY}/${base.state.seq + 1}.jsonl`, renderPart(kept)],
    ]);
    const commit = repository.write(base, withState(edits, base, undefined), {
      message: renderCompaction(repository.listCommits(base.commit)),
      now: clock.now(),
      isRoot: true,
    });
    const published = await pushExactly(context, base, commit).catch((error: unknown) => {
      throw explainRefusal(error);
    });
    if (published === 'stale') continue;
    keepSeen(context, base.commit, published.tip);
    repository.tidy();
    return { kept: kept.length, dropped: events.length - kept.length };
  }
  throw new Undecided('store-busy', 'others kept changing the ledger', 'leasehold log --compact');
};
