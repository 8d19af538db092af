import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const IN_MEMORY = '/dev/shm';

/** Several times what the tests of all workers have there at once. */
const ENOUGH = 2 * 1024 ** 3;

/** A container's is often small, and often runs no programs; other systems have none. */
const isUsable = (place: string): boolean => {
  let directory: string | undefined;
  try {
    const { bavail, bsize } = statfsSync(place);
    if (bavail * bsize < ENOUGH) return false;
    directory = mkdtempSync(join(place, 'leasehold-test-'));
    const program = join(directory, 'program');
    writeFileSync(program, '#!/bin/sh\n', { mode: 0o755 });
    return spawnSync(program).status === 0;
  } catch {
    return false;
  } finally {
    if (directory) rmSync(directory, { recursive: true });
  }
};

/**
 * Where tests have their repositories: a thousand of them, which are flushed to no disk where memory can hold
 * them. `TMPDIR`, where it is set, is meant.
 */
export const findTemporary = (): string => {
  if (process.env.TMPDIR) return process.env.TMPDIR;
  return isUsable(IN_MEMORY) ? IN_MEMORY : tmpdir();
};
