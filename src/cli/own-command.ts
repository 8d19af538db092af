import { delimiter, join } from 'node:path';
import { shellQuote } from '../kit/quote.ts';

const NAME = 'leasehold';

/**
 * How the reader's own shell can start this command, for remedies to be pasted: by its name where it is
 * on PATH, by npx where the worktree has it installed, else from the bundle itself, which is always
 * there. npm puts `node_modules/.bin` on the PATH of what it runs, and not on the reader's.
 */
export const findOwnCommand = (
  isExecutable: (path: string) => boolean,
  at: { path: string | undefined; top: string; bundle: string },
): string => {
  const has = (directory: string): boolean => isExecutable(join(directory, NAME));
  const directories = (at.path ?? '').split(delimiter).filter((directory) => directory !== '');
  const own = directories.filter((directory) => !/node_modules[\\/]\.bin[\\/]?$/.test(directory));
  if (own.some(has)) return NAME;
  if (has(join(at.top, 'node_modules', '.bin'))) return `npx ${NAME}`;
  return `node ${shellQuote(join(at.bundle, 'leasehold.cjs'))}`;
};
