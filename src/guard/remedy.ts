import { posix } from 'node:path';
import { shellCommand } from '../kit/quote.ts';

/** More paths than this make no command that anybody would paste. */
export const MAX_PATHS = 12;

/**
 * A changed path as its reader would type it: relative to where they stand, and never read as an
 * option, a pathspec's magic or a scope's prefix.
 */
export const typedPath = (path: string, prefix: string): string => {
  const relative = posix.relative(`/${prefix}`, `/${path}`) || '.';
  return /^(?::|-|glob:|regex:)/.test(relative) ? `./${relative}` : relative;
};

/** `leasehold VERB -- src/a.ts`, to be pasted where the reader stands. */
export const pathCommand = (verb: string, paths: readonly string[], prefix: string): string =>
  shellCommand(
    `leasehold ${verb}`,
    paths.map((path) => typedPath(path, prefix)),
  );

/** `leasehold claim -- src/a.ts`, to be pasted where the reader stands. */
export const claimCommand = (paths: readonly string[], prefix: string): string =>
  pathCommand('claim', paths, prefix);

/**
 * `git rebase 0ebc677440`: onto where the work is to go, which is known here. `git pull --rebase` goes by what the
 * branch follows, and it may follow nothing, or another branch.
 */
export const rebaseCommand = (onto: string): string => `git rebase ${onto.slice(0, 10)}`;

/** `leasehold conflicts -- src/a.ts`: who holds it, and the ways out. */
export const conflictsCommand = (path: string, prefix: string): string =>
  pathCommand('conflicts', [path], prefix);

/** A scope as its reader would type it: a pattern is as it is everywhere, a path as `typedPath` has it. */
const typedScope = (scope: string, prefix: string): string =>
  /^(?:glob|regex):/.test(scope) ? scope : typedPath(scope, prefix);

/** `leasehold VERB -- 'glob:src/*.ts' src/a.ts`, for scopes as a lock file has them. */
export const scopeCommand = (verb: string, scopes: readonly string[], prefix: string): string =>
  shellCommand(
    `leasehold ${verb}`,
    scopes.map((scope) => typedScope(scope, prefix)),
  );
