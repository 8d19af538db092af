import { lstatSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Undecided } from '../kit/errors.ts';
import { createGit, type Git, readLine, resolveCommit } from '../kit/git.ts';
import { encodePath } from '../kit/paths.ts';
import { findRealPath } from '../kit/places.ts';
import {
  type Commit,
  type Edit,
  parseCommits,
  parseEdits,
  parseStatus,
  type UncommittedPath,
} from './edits.ts';
import { type ListedWorktree, parseWorktrees, type Skipped, type Worktree } from './party.ts';
import { withoutPrograms, withSettings } from './quiet.ts';
import { type Base, chooseBase, findCounterpart, parseRefs, type Ref, shortName } from './refs.ts';

/** Every branch, local and remote-tracking. */
export const readRefs = (git: Git): Ref[] =>
  parseRefs(
    git
      .read([
        'for-each-ref',
        '--format=%(refname)%00%(objectname)%00%(symref)',
        'refs/heads',
        'refs/remotes',
      ])
      .toString(),
  );

const readText = (path: string): string | undefined => {
  try {
    return readFileSync(encodePath(path), 'utf8').trim();
  } catch {
    // Not there: what it would tell of is not going on.
    return undefined;
  }
};

/** The git directory of a worktree; undefined where it cannot be had. */
const findGitDir = (path: string): string | undefined => {
  const place = join(path, '.git');
  const link = readText(place);
  if (link?.startsWith('gitdir: ')) return resolve(path, link.slice('gitdir: '.length));
  return findRealPath(place);
};

const isGone = (path: string): boolean => {
  try {
    return lstatSync(join(path, '.git'), { throwIfNoEntry: false }) === undefined;
  } catch {
    // It may be there, and is not ours to see.
    return false;
  }
};

const REBASES = ['rebase-merge', 'rebase-apply'];

/** The branch that is being rebased, and where it stood before. */
const readRebase = (
  gitDir: string,
): { branch: string | undefined; head: string | undefined } | undefined => {
  const found = REBASES.map((name) => join(gitDir, name))
    .map((place) => [readText(join(place, 'head-name')), readText(join(place, 'orig-head'))])
    .find(([name]) => name !== undefined);
  if (!found) return undefined;
  const [name = '', head] = found;
  return { branch: name.startsWith('refs/') ? shortName(name) : undefined, head };
};

const openWorktree = (listed: ListedWorktree): Worktree | undefined => {
  const gitDir = findGitDir(listed.path);
  if (gitDir === undefined) return undefined;
  const rebase = readRebase(gitDir);
  const mergeHeads = (readText(join(gitDir, 'MERGE_HEAD')) ?? '').split('\n').filter(Boolean);
  return {
    path: findRealPath(listed.path) ?? listed.path,
    gitDir,
    head: rebase?.head ?? listed.head,
    branch: rebase?.branch ?? listed.branch,
    isRebasing: rebase !== undefined,
    mergeHeads: rebase ? [] : mergeHeads,
  };
};

const listWorktrees = (git: Git): ListedWorktree[] => {
  const words = ['worktree', 'list', '--porcelain'];
  // `-z` came with git 2.36.
  const exact = git.run([...words, '-z']);
  return exact.code === 0
    ? parseWorktrees(exact.stdout.toString(), '\0')
    : parseWorktrees(git.read(words).toString(), '\n');
};

/**
 * All worktrees that are there, the main one first, and those that are only on git's list, or closed to us. In a
 * submodule git's list has the git directory for the main worktree, so its top is given.
 */
export const readWorktrees = (
  git: Git,
  mainTop: string | undefined,
): { worktrees: Worktree[]; skipped: Skipped[]; failed: Skipped[] } => {
  const worktrees: Worktree[] = [];
  const skipped: Skipped[] = [];
  const failed: Skipped[] = [];
  for (const [index, listed] of listWorktrees(git).entries()) {
    if (listed.isBare) continue;
    const path = index === 0 ? (mainTop ?? listed.path) : listed.path;
    const worktree = openWorktree({ ...listed, path });
    if (worktree) worktrees.push(worktree);
    else if (!isGone(path)) {
      failed.push({ name: path, reason: 'it cannot be read as a worktree' });
    } else {
      const how = listed.isLocked ? 'it is locked, and its directory' : 'its directory';
      skipped.push({ name: path, reason: `${how} is not there` });
    }
  }
  return { worktrees, skipped, failed };
};

/** The branch of the main worktree, or of a bare repository; undefined where it is on none. */
export const readMainBranch = (commonDir: string): string | undefined =>
  /^ref: refs\/heads\/(.+)$/.exec(readText(join(commonDir, 'HEAD')) ?? '')?.[1];

const readBase = (git: Git, ref: Ref, refs: readonly Ref[]): Base => {
  const local = findCounterpart(refs, ref);
  // What was merged here and is not pushed yet has landed too.
  const isAhead =
    local !== undefined && git.run(['merge-base', '--is-ancestor', ref.id, local.id]).code === 0;
  const chosen = isAhead ? local : ref;
  return { name: shortName(chosen.name), id: chosen.id };
};

/**
 * The commit that all work is for; undefined where there is no commit at all. Throws `Undecided`
 * (`base-unknown`) where nothing says which branch it is.
 */
export const findRadarBase = (
  git: Git,
  refs: readonly Ref[],
  hints: {
    typed: string | undefined;
    configured: string | undefined;
    mainBranch: string | undefined;
  },
): Base | undefined => {
  if (hints.typed !== undefined) return { name: hints.typed, id: resolveCommit(git, hints.typed) };
  const ref = chooseBase(refs, hints);
  if (ref) return readBase(git, ref, refs);
  if (refs.length === 0) return undefined;
  throw new Undecided(
    'base-unknown',
    'nothing says which branch all work is for: no guard.base, no default branch of a remote, no main',
    'leasehold radar --base BRANCH',
  );
};

/** What a worktree has that is not committed, and the keys of git's config there; or why nobody can tell. */
export type Uncommitted = { paths: UncommittedPath[]; keys: string[] } | { refused: string };

const STATUS = [
  'status',
  '--porcelain=v2',
  '-z',
  '--no-renames',
  '--untracked-files=all',
  // What is not committed inside of a submodule is that repository's own.
  '--ignore-submodules=dirty',
];

/**
 * What a worktree has that is not committed. No filter is run: its program may lie in the tree, and this is
 * somebody else's. The config is asked for again in each worktree, for each may have its own.
 */
export const readUncommitted = async (
  worktree: Worktree,
  env: NodeJS.ProcessEnv,
): Promise<Uncommitted> => {
  try {
    const keys = await readConfigKeys(createGit(worktree.path, env));
    const git = createGit(worktree.path, withSettings(env, withoutPrograms(keys)));
    return { keys, paths: parseStatus(await git.start(STATUS)) };
  } catch (error) {
    if (error instanceof Undecided) return { refused: error.message };
    throw error;
  }
};

/** The names of all that git's config says here. */
export const readConfigKeys = async (git: Git): Promise<string[]> =>
  (await git.start(['config', '--list', '--name-only', '-z'])).toString().split('\0');

/** When a file was last written, in milliseconds since 1970; undefined where it is not there. */
export const readModifiedAt = (directory: string, path: string): number | undefined => {
  try {
    return lstatSync(encodePath(join(directory, path))).mtimeMs;
  } catch {
    // Deleted, or gone since: nobody knows when.
    return undefined;
  }
};

/** Commits that `heads` have and the base has not, newest first, with what each changes against every parent. */
export const readCommits = (
  git: Git,
  heads: readonly string[],
  base: string,
): { commits: Commit[]; edits: Map<string, Edit[]> } => {
  const revisions = `${heads.join('\n')}\n^${base}\n`;
  const format = '--format=%H %ct <%ce> %P';
  const log = git.read(['log', '--stdin', '--no-show-signature', format], revisions);
  const commits = parseCommits(log.toString());
  if (commits.length === 0) return { commits, edits: new Map() };
  const words = ['diff-tree', '--stdin', '-r', '-c', '--root', ...RAW];
  const ids = commits.map(({ id }) => id).join('\n');
  return { commits, edits: parseEdits(git.read(words, `${ids}\n`)) };
};

const RAW = [
  '--raw',
  '-z',
  '--no-abbrev',
  '--no-renames',
  '--ignore-submodules=none',
  '--no-ext-diff',
];

/** What each tree changes of `from`, in the order of the trees. */
export const readTreeEdits = (git: Git, from: string, trees: readonly string[]): Edit[][] => {
  const pairs = [...new Set(trees)].map((tree) => `${from} ${tree}`);
  if (pairs.length === 0) return [];
  const found = parseEdits(
    git.read(['diff-tree', '--stdin', '-r', ...RAW], `${pairs.join('\n')}\n`),
  );
  return trees.map((tree) => found.get(`${from} ${tree}`) ?? []);
};

/** The tree of a commit. */
export const readTree = (git: Git, commit: string): string => {
  const tree = readLine(git, ['rev-parse', '--verify', '--quiet', `${commit}^{tree}`]);
  if (tree !== undefined) return tree;
  throw new Undecided('git-failed', `git cannot read the tree of ${commit}`, 'git fsck');
};

/** Of `places` (`<tree>:<directory>`), those that are not there. */
export const listAbsent = (git: Git, places: readonly string[]): Set<string> => {
  if (places.length === 0) return new Set();
  const lines = git
    .read(['cat-file', '--batch-check=%(objecttype)'], `${places.join('\n')}\n`)
    .toString()
    .split('\n');
  return new Set(places.filter((_, index) => lines[index]?.endsWith(' missing')));
};

/** Where git has its objects. */
export const findObjects = (git: Git): string =>
  git
    .read(['rev-parse', '--path-format=absolute', '--git-path', 'objects'])
    .toString()
    .replace(/\n$/, '');

/** True where the clone has only the last commits of its history. */
export const isShallow = (commonDir: string): boolean =>
  readText(join(commonDir, 'shallow')) !== undefined;
