import { lstatSync, mkdirSync, rmdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { Undecided } from '../kit/errors.ts';
import { shellCommand } from '../kit/quote.ts';

/** True where anything is at this path, a link that leads nowhere too. */
export const isTaken = (path: string): boolean => {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    // A file where a directory would have to be: making it says so.
    return false;
  }
};

/**
 * Makes a directory that was not there, and those above it; returns them, the deepest first. One that is
 * there already is somebody's: then nothing is made, and the answer is undefined.
 */
export const makeOwnDirectory = (path: string): string[] | undefined => {
  const made: string[] = [];
  try {
    const first = mkdirSync(dirname(path), { recursive: true });
    for (let above = dirname(path); first !== undefined; above = dirname(above)) {
      made.push(above);
      if (above === first) break;
    }
    mkdirSync(path);
    return [path, ...made];
  } catch (error) {
    removeEmptyDirectories(made);
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && isTaken(path)) return undefined;
    throw new Undecided(
      'git-failed',
      `${path} cannot be made (${code})`,
      shellCommand('ls -la', [dirname(path)]),
      error,
    );
  }
};

/** Removes those of the directories that are empty; what is in use stays. */
export const removeEmptyDirectories = (paths: readonly string[]): void => {
  for (const path of paths) {
    try {
      rmdirSync(path);
    } catch {
      // Gone already, or somebody has put something there.
    }
  }
};
