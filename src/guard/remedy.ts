import { posix } from 'node:path';
import { shellCommand } from '../kit/quote.ts';

type Standing = { question: { prefix: string } };

/**
 * A changed path as its reader would type it: relative to where they stand, and never read as an
 * option, a pathspec's magic or a scope's prefix.
 */
export const typedPath = (path: string, prefix: string): string => {
  const relative = posix.relative(`/${prefix}`, `/${path}`) || '.';
  return /^(?::|-|glob:|regex:)/.test(relative) ? `./${relative}` : relative;
};

/** `leasehold claim -- src/a.ts`, to be pasted where the reader stands. */
export const leaseholdCommand = (verb: string, path: string, { question }: Standing): string =>
  shellCommand(`leasehold ${verb}`, [typedPath(path, question.prefix)]);
