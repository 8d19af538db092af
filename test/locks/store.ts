import { createFileStore } from '../../src/locks/file-store.ts';
import type { Clone, LockPlaces } from '../../src/locks/load.ts';
import { readLog } from '../../src/locks/log-store.ts';
import { createFakeClock } from '../kit/fake-clock.ts';
import { createMemoryFiles } from '../kit/memory-files.ts';
import { RULE } from './build.ts';

/** Where the clone under test keeps what. */
export const PLACES: LockPlaces = {
  locks: '/state/locks',
  claims: '/state/claims',
  tokens: '/state/tokens',
  ended: '/state/ended',
  queue: '/state/queue',
  asks: '/state/asks',
  quarantine: '/state/quarantine',
  index: '/state/locks.index',
  drafts: '/state/drafts',
  log: '/state/log.jsonl',
  oldLogs: '/state/log',
};

export const CLONE: Clone = { places: PLACES, rule: RULE };

/** A count in place of a random id: `prefix-1`, `prefix-2`, … */
export const createIds = (prefix: string): (() => string) => {
  let count = 0;
  return () => {
    count += 1;
    return `${prefix}-${count}`;
  };
};

/** The file store over files in memory, with a clock that only moves when it is told to. */
export const createTestStore = () => {
  const clock = createFakeClock();
  const files = createMemoryFiles(clock);
  const uniqueName = createIds('u');
  const random = () => 0.5;
  /** The store as one more process opens it, that has read nothing yet. */
  const open = () => createFileStore({ files, clock, random, uniqueName }, CLONE);
  const namesIn = (directory: string): string[] => files.list(directory).sort();
  return { clock, files, store: open(), open, namesIn, log: () => readLog(files, PLACES) };
};
