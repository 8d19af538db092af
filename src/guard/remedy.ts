import { posix } from 'node:path';
import { shellCommand } from '../kit/quote.ts';

/**
 * A changed path as its reader would type it: relative to where they stand, and never read as an
 * option, a pathspec's magic or a scope's prefix.
 */
export const typedPath = (path: string, prefix: string): string => {
  const relative = posix.relative(`/${prefix}`, `/${path}`) || '.';
  return /^(?::|-|glob:|regex:)/.test(relative) ? `./${relative}` : relative;
};

/** `leasehold claim -- src/a.ts`, to be pasted where the reader stands. */
export const claimCommand = (paths: readonly string[], prefix: string): string =>
  leaseholdCommand('claim', paths, prefix);

/** `leasehold conflicts -- src/a.ts`: who holds it, and the ways out. */
export const conflictsCommand = (path: string, prefix: string): string =>
  leaseholdCommand('conflicts', [path], prefix);

const leaseholdCommand = (verb: string, paths: readonly string[], prefix: string): string =>
  shellCommand(
    `leasehold ${verb}`,
    paths.map((path) => typedPath(path, prefix)),
  );
