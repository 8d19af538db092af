import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findGitArguments } from '../kit/ancestry.ts';
import { Undecided } from '../kit/errors.ts';
import { type Git, type Repository, readHeadId, readLine } from '../kit/git.ts';
import { type AmendSign, detectAmend, findSubcommand } from './amend.ts';
import { type Change, changedFromEvery, parseIndexDiff } from './changes.ts';

/**
 * Names, modes and submodules as they are, whatever the user's configuration of diffs says: `-M` would
 * hide a rename's old name, `diff.relative` other directories, `ignore=all` a submodule's move.
 */
export const DIFF_FLAGS = [
  '--raw',
  '-z',
  '--no-renames',
  '--ignore-submodules=none',
  '--no-ext-diff',
];

/** Where a hook runs, and what git told it of the commit. */
export type HookSite = {
  parentPid: number;
  env: NodeJS.ProcessEnv;
  /** Set where git said that HEAD is replaced, in another way than by its arguments. */
  amends?: boolean;
  /** The heads that a merge in progress brings in, where git has not written them down yet. */
  mergeHeads?: readonly string[];
};

/** What is about to be committed. */
export type CommitScan = {
  /** The side that policy comes from; undefined at a first commit. */
  trusted: string | undefined;
  changes: Change[];
  /** Whether git would commit a part of it: not when it amends, nor in the middle of a merge. */
  canSplit: boolean;
  /** Whether it replaces HEAD. */
  amends: boolean;
  /** The commits that it is to follow. */
  parents: readonly string[];
  /** HEAD's own changes, where it cannot be told whether this commit replaces HEAD. */
  doubtful: Change[];
};

const emptyTree = (git: Git): string =>
  git.read(['hash-object', '-t', 'tree', '--stdin'], '').toString().trim();

/** What the index changes; what is only meant to be added (`git add -N`) is in no commit. */
export const diffIndex = (git: Git, tree: string): Change[] => {
  const flags = ['--cached', '--ita-invisible-in-index', ...DIFF_FLAGS];
  return parseIndexDiff(git.read(['diff-index', ...flags, tree, '--']));
};

/** What the index changes against every one of `parents`; against nothing where there are none. */
const diffIndexFromEvery = (git: Git, parents: readonly string[]): Change[] => {
  const trees = parents.length > 0 ? parents : [emptyTree(git)];
  return changedFromEvery(trees.map((tree) => diffIndex(git, tree)));
};

/** `isCut`: a shallow clone lacks its parents, so to git it adds every file that there is. */
type Head = { id: string; parents: string[]; authorDate: number; isCut: boolean };

const isShallowAt = ({ commonDir }: Repository, id: string): boolean => {
  const path = join(commonDir, 'shallow');
  return existsSync(path) && readFileSync(path, 'utf8').split('\n').includes(id);
};

const HEAD_FORMAT = ['log', '-1', '--no-show-signature', '--format=%H %at %P'];

/** HEAD's id, parents and author date, in one question where HEAD is a commit; undefined on an unborn branch. */
const readHead = (git: Git, repository: Repository): Head | undefined => {
  const line = readLine(git, [...HEAD_FORMAT, 'HEAD', '--']) ?? readHeadLine(git);
  if (line === undefined) return undefined;
  const [id = '', date, ...parents] = line.trim().split(' ');
  const isCut = parents.length === 0 && isShallowAt(repository, id);
  return { id, parents, authorDate: Number(date), isCut };
};

/** The same where git has not answered: on an unborn branch, or else it says what is wrong. */
const readHeadLine = (git: Git): string | undefined => {
  const id = readHeadId(git);
  return id === undefined ? undefined : git.read([...HEAD_FORMAT, id, '--']).toString();
};

const readMergeHeads = (repository: Repository): string[] => {
  const path = join(repository.gitDir, 'MERGE_HEAD');
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : [];
};

/** git makes no partial commit during a merge or a cherry-pick. */
const isInProgress = ({ gitDir }: Repository): boolean =>
  ['MERGE_HEAD', 'CHERRY_PICK_HEAD'].some((name) => existsSync(join(gitDir, name)));

const scanAmend = (git: Git, { id, parents, isCut }: Head): CommitScan => {
  if (isCut) {
    const what = `this clone is shallow: what came before ${id.slice(0, 10)}, which is amended, is not in it`;
    throw new Undecided('base-unknown', what, 'git fetch --deepen 1');
  }
  const changes = diffIndexFromEvery(git, parents);
  return { trusted: parents[0], changes, canSplit: false, amends: true, parents, doubtful: [] };
};

const scanHeadItself = (git: Git, head: Head): Change[] => {
  const [parent = emptyTree(git)] = head.parents;
  return parseIndexDiff(git.read(['diff-tree', '-r', ...DIFF_FLAGS, parent, 'HEAD']));
};

const scanNext = (
  git: Git,
  repository: Repository,
  head: Head,
  { sign, mergeHeads }: { sign: AmendSign; mergeHeads: readonly string[] },
): CommitScan => ({
  trusted: 'HEAD',
  changes: diffIndexFromEvery(git, ['HEAD', ...mergeHeads]),
  canSplit: sign === 'plain' && mergeHeads.length === 0 && !isInProgress(repository),
  amends: false,
  parents: [head.id, ...mergeHeads],
  doubtful: sign === 'doubt' && !head.isCut ? scanHeadItself(git, head) : [],
});

/**
 * What the commit in progress changes: against HEAD, against HEAD's parents when it amends, against
 * every parent when it finishes a merge, and against nothing when it is the first. `hook` is where the
 * hook runs; outside a hook nothing is in progress and nothing is amended.
 */
export const scanCommit = (
  git: Git,
  repository: Repository,
  hook: HookSite | undefined,
): CommitScan => {
  const head = readHead(git, repository);
  if (!head) {
    const changes = diffIndexFromEvery(git, []);
    const none = { parents: [], doubtful: [] };
    return { trusted: undefined, changes, canSplit: true, amends: false, ...none };
  }
  const sign = hook ? readSign(hook, head) : 'plain';
  if (sign === 'amend') return scanAmend(git, head);
  const written = readMergeHeads(repository);
  const mergeHeads = written.length > 0 ? written : (hook?.mergeHeads ?? []);
  return scanNext(git, repository, head, { sign, mergeHeads });
};

const readSign = ({ parentPid, env, amends }: HookSite, head: Head): AmendSign =>
  amends
    ? 'amend'
    : detectAmend({
        gitArguments: findGitArguments(parentPid),
        authorDate: env.GIT_AUTHOR_DATE,
        headAuthorDate: head.authorDate,
      });

/** Whether the git that started this hook fetches; false where it is out of sight. */
export const isFetching = (parentPid: number): boolean => {
  const words = findGitArguments(parentPid);
  return words?.[findSubcommand(words)] === 'fetch';
};

/** What one commit changes of another one; undefined where git does not know both. */
export const findDifference = (git: Git, from: string, to: string): Change[] | undefined => {
  const { code, stdout } = git.run(['diff-tree', '-r', ...DIFF_FLAGS, from, to, '--']);
  return code === 0 ? parseIndexDiff(stdout) : undefined;
};
