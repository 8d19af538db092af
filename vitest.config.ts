import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/longest-first.ts';
import { findTemporary } from './test/temporary.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/build-once.ts'],
    env: { TMPDIR: findTemporary() },
    testTimeout: 30_000,
    hookTimeout: 60_000,
    sequence: { sequencer: LongestFirst },
    pool: 'forks',
    isolate: false,
    // One more than there are cores: a test that waits, for a lock or a remote, takes none.
    maxWorkers: 3,
  },
});
