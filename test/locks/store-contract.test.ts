import { mkdtempSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../src/kit/clock.ts';
import { type Files, systemFiles } from '../../src/kit/files.ts';
import { locateClone } from '../../src/locks/clone.ts';
import { createFileStore } from '../../src/locks/file-store.ts';
import { type Clone, stateDirectory } from '../../src/locks/load.ts';
import { readLog } from '../../src/locks/log-store.ts';
import { compilePattern } from '../../src/locks/pattern.ts';
import { createFakeClock, type FakeClock } from '../kit/fake-clock.ts';
import { createMemoryFiles } from '../kit/memory-files.ts';
import { createMemoryPlace } from './memory-store.ts';
import { CLONE, createIds } from './store.ts';
import { describeStore, type StorePlace } from './store-contract.ts';

/** The file store over these files. Its handles share no memory, only the directory. */
const createFilePlace = (files: Files, clock: FakeClock, clone: Clone): StorePlace => {
  const uniqueName = createIds('u');
  return {
    clock,
    open: () => createFileStore({ files, clock, random: () => 0.5, uniqueName }, clone),
    log: () => readLog(files, clone.places),
  };
};

/**
 * The real files, with the times of the fake clock on them: a ticket lives by its file's time, and no test
 * is to depend on how long the machine takes from one call to the next.
 */
const createStampedFiles = (clock: Clock): Files => {
  const stamped = <T>(path: string, answer: T): T => {
    const now = new Date(clock.now());
    if (answer !== false) utimesSync(path, now, now);
    return answer;
  };
  return {
    ...systemFiles,
    create: (path, content) => stamped(path, systemFiles.create(path, content)),
    append: (path, content) => stamped(path, systemFiles.append(path, content)),
    touch: (path) => stamped(path, systemFiles.touch(path)),
  };
};

const createDiskPlace = (): StorePlace => {
  const directory = mkdtempSync(join(tmpdir(), 'leasehold-contract-'));
  const clock = createFakeClock();
  const settings = { version: 1, store: 'file', locks: null, ignoreCase: false } as const;
  systemFiles.makeDirectory(stateDirectory(directory));
  return {
    ...createFilePlace(
      createStampedFiles(clock),
      clock,
      locateClone(directory, settings, compilePattern),
    ),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
};

describeStore('the file store over files in memory', () => {
  const clock = createFakeClock();
  return createFilePlace(createMemoryFiles(clock), clock, CLONE);
});

describeStore('the file store on a real disk', createDiskPlace);

describeStore('the store in memory', () => {
  const clock = createFakeClock();
  return { clock, ...createMemoryPlace(clock) };
});
