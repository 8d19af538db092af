import {
  type BlobTexts,
  createBlobTexts,
  openCommit,
  openScans,
  parseTrailers,
  type Trailer,
  type Tree,
} from '../exports/index.ts';
import { Undecided } from '../kit/errors.ts';
import { type Git, readLine } from '../kit/git.ts';
import { BASE_REFS, pickDefaultBranch } from './default-branch.ts';
import { findCache } from './places.ts';
import type { Workspace } from './workspace.ts';

const opened = new WeakMap<Workspace, BlobTexts>();

/** What an audit knows of files already, or another one has kept; that is only where leasehold is used. */
export const openTexts = (workspace: Workspace): BlobTexts => {
  const { files } = workspace.context;
  const cache = findCache(files, workspace.repository.commonDir);
  const texts =
    opened.get(workspace) ??
    createBlobTexts(cache === undefined ? undefined : openScans(files, cache));
  opened.set(workspace, texts);
  return texts;
};

/** A commit with its files. */
export type Side = { tree: Tree; commit: string };

export const openSide = (git: Git, commit: string, texts: BlobTexts): Side => ({
  tree: openCommit(git, commit, texts),
  commit,
});

/** The ids of all that a branch may have parted from, in one question. */
const readRefs = (git: Git): ReadonlyMap<string, string> => {
  const format = '--format=%(refname) %(objectname)';
  const listed = git
    .read(['for-each-ref', format, ...BASE_REFS])
    .toString()
    .split('\n');
  return new Map(listed.map((line) => [line.split(' ')[0] ?? '', line.split(' ')[1] ?? '']));
};

/**
 * The branch that work here started from: as a push finds it, else by its usual name. Nobody is judged by its
 * rules, so where several could be meant one of them will do.
 */
export const findDefaultBranch = (
  git: Git,
  remote: string,
  configured: string | undefined,
): string | undefined => pickDefaultBranch(readRefs(git), remote, configured);

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
