import { join } from 'node:path';
import { type Clock, formatSpan } from '../kit/clock.ts';
import { Undecided } from '../kit/errors.ts';
import type { Files } from '../kit/files.ts';
import type { Ledger } from './ledger.ts';
import { type Clone, readLedger } from './load.ts';
import type { Store } from './store.ts';
import { findMirrorAge, stampOf } from './sync-stamp.ts';
import type { Freshness } from './sync-store.ts';

/** Where the host has just not answered, readers who can go on without it do so, for so long; milliseconds. */
const CALM = 30_000;
/** What this process has read itself says more than its mirror, for so long; milliseconds. */
const RECENT = 2_000;

/** What a reader of the mirror needs of the world. */
type Reading = {
  files: Files;
  clock: Clock;
  clone: Clone;
  freshness: () => Freshness;
  /** What the user is to know besides. */
  tell: (message: string) => void;
};

const describeAge = (age: number): string =>
  Number.isFinite(age)
    ? `the locks are as they were ${formatSpan(age)} ago`
    : 'the locks have never been read here';

/**
 * The store with readings as new as is asked for: what this clone has seen where that is new enough, else what
 * the host says. Where the host does not answer, and the reader can go on without, it is told how old they are.
 */
export const readThroughMirror = (
  store: Store,
  { files, clock, clone, freshness, tell }: Reading,
): Store => {
  const directory = join(clone.places.drafts, '..');
  const failed = join(directory, 'not-fetched');
  let own: { ledger: Ledger; at: number } | undefined;
  let isTold = false;
  const ageOf = (path: string): number => findMirrorAge(files, path, clock.now());
  const readMirror = (): Ledger => readLedger({ files, clock }, clone);
  const tellOnce = (message: string): void => {
    if (!isTold) tell(`${describeAge(ageOf(stampOf(directory)))}: ${message}`);
    isTold = true;
  };
  const readHost = async (): Promise<Ledger> => {
    const ledger = await store.read();
    own = { ledger, at: clock.steady() };
    return ledger;
  };
  const goOn = (error: unknown, need: Freshness['need']): Ledger => {
    const isSoft = error instanceof Undecided && error.code === 'remote-unreachable';
    const hasNone = !Number.isFinite(ageOf(stampOf(directory)));
    if (!isSoft || need === 'newest' || (need === 'some' && hasNone)) throw error;
    files.makeDirectory(directory);
    if (!files.touch(failed)) files.create(failed, '');
    tellOnce(error.message);
    return readMirror();
  };
  return {
    ...store,
    read: async () => {
      const { isFresh, need } = freshness();
      const age = own ? clock.steady() - own.at : Number.POSITIVE_INFINITY;
      if (isFresh({ clone: ageOf(stampOf(directory)), own: age })) {
        return own && age < RECENT ? { ...own.ledger, now: clock.now() } : readMirror();
      }
      if (need === 'none' && ageOf(failed) < CALM) {
        tellOnce('GitHub did not answer a moment ago');
        return readMirror();
      }
      return readHost().catch((error: unknown) => goOn(error, need));
    },
    change: async (decide) => {
      own = undefined;
      return store.change(decide);
    },
  };
};
