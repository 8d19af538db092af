import {
  type BlobTexts,
  openCommit,
  parseTrailers,
  type Trailer,
  type Tree,
} from '../exports/index.ts';
import { findBase } from '../guard/index.ts';
import { Undecided } from '../kit/errors.ts';
import { type Git, readLine } from '../kit/git.ts';
import { pickUsual, USUAL_BRANCHES } from './default-branch.ts';

/** A commit with its files. */
export type Side = { tree: Tree; commit: string };

export const openSide = (git: Git, commit: string, texts: BlobTexts): Side => ({
  tree: openCommit(git, commit, texts),
  commit,
});

/** In one question; git lists them in an order of its own. */
const findUsual = (git: Git): string | undefined => {
  const format = '--format=%(refname) %(objectname)';
  const lines = git
    .read(['for-each-ref', format, ...USUAL_BRANCHES])
    .toString()
    .split('\n');
  return pickUsual(
    new Map(lines.filter(Boolean).map((line) => line.split(' ') as [string, string])),
  );
};

const isBaseUnknown = (error: unknown): boolean =>
  error instanceof Undecided && error.code === 'base-unknown';

/**
 * The branch that work here started from: as a push finds it, else by its usual name. Nobody is judged by its
 * rules, so where several could be meant one of them will do.
 */
export const findDefaultBranch = (
  git: Git,
  remote: string,
  configured: string | undefined,
): string | undefined => {
  try {
    return findBase(git, remote, configured) ?? findUsual(git);
  } catch (error) {
    if (isBaseUnknown(error)) return findUsual(git);
    throw error;
  }
};

const isShallow = (git: Git): boolean =>
  readLine(git, ['rev-parse', '--is-shallow-repository']) === 'true';

/**
 * Where a commit that follows `parents` parted from another one; undefined where they have nothing in common.
 * `names` are the two in words. A shallow clone that lacks it throws `Undecided` (`base-unknown`).
 */
export const findParting = (
  git: Git,
  other: string,
  parents: readonly string[],
  names: string,
): string | undefined => {
  // Work that has only begun starts from the other one itself.
  if (parents.length === 1 && parents[0] === other) return other;
  const base = readLine(git, ['merge-base', other, ...parents]);
  if (base !== undefined || !isShallow(git)) return base;
  throw new Undecided(
    'base-unknown',
    `this clone is shallow: where ${names} parted is not in it`,
    'git fetch --unshallow',
  );
};

/** What the commits between say became of names. */
export const readTrailers = (git: Git, base: string, heads: readonly string[]): Trailer[] => {
  // Nothing lies between a commit and itself.
  if (heads.every((head) => head === base)) return [];
  const format = '--format=%(trailers:key=Export-Removed,valueonly,unfold)';
  const range = [...heads, `^${base}`];
  const said = git.read(['log', '--no-show-signature', format, ...range, '--']).toString();
  return parseTrailers(said.split('\n'));
};
