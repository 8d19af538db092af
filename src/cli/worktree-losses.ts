import { findBase, readConfiguredBase } from '../guard/index.ts';
import { Undecided } from '../kit/errors.ts';
import { createGitElsewhere, type Git, readLine } from '../kit/git.ts';
import { printable, quoteForeign, shellCommand } from '../kit/quote.ts';
import { withMergeResult } from '../radar/index.ts';
import { gateContext } from './gate-context.ts';
import type { Workspace } from './workspace.ts';
import { type LinkedWorktree, readLockReason } from './worktree-list.ts';
import { removeCommand } from './worktree-target.ts';

/** Where a worktree's HEAD stands, and how many of its commits no other branch, no tag and no remote has. */
export type Head = { commit: string; branch: string | undefined; unshared: number };

/** Why a worktree is not removed. */
export type Refusal = {
  reason: 'locked' | 'uncommitted' | 'unmerged';
  message: string;
  remedy: string;
};

/** git at the shared directory: for a worktree whose own directory may be gone, or about to go. */
export const openShared = ({ context, repository }: Workspace): Git =>
  createGitElsewhere(repository.commonDir, context.env);

const countUnshared = (git: Git, commit: string, branch: string | undefined): number => {
  const own = branch === undefined ? [] : [`--exclude=${branch}`];
  const words = ['rev-list', '--count', commit, '--not', ...own, '--branches', '--tags'];
  return Number(git.read([...words, '--remotes']).toString());
};

/** A worktree's HEAD, read without going there; undefined on a branch without a commit. */
export const readHead = (workspace: Workspace, { name }: LinkedWorktree): Head | undefined => {
  const git = openShared(workspace);
  const ref = `worktrees/${name}/HEAD`;
  const commit = readLine(git, ['rev-parse', '--verify', '--quiet', `${ref}^{commit}`]);
  if (commit === undefined) return undefined;
  const branch = readLine(git, ['symbolic-ref', '--quiet', ref])?.replace(/^refs\/heads\//, '');
  return { commit, branch, unshared: countUnshared(git, commit, branch) };
};

/** True where nothing but git's own file is there: gone, or never checked out. */
export const isBare = ({ context }: Workspace, { top }: LinkedWorktree): boolean =>
  context.files.list(top).every((name) => name === '.git');

/** Files that are in no commit; where nothing was checked out there are none, whatever the index lacks. */
const countUncommitted = (workspace: Workspace, tree: LinkedWorktree): number => {
  if (isBare(workspace, tree)) return 0;
  const place = [`--git-dir=${tree.gitDir}`, `--work-tree=${tree.top}`];
  const words = ['status', '--porcelain', '-z', '--no-renames', '--untracked-files=normal'];
  const git = createGitElsewhere(tree.top, workspace.context.env);
  const listed = git.read([...place, ...words, '--ignore-submodules=none']);
  return listed.toString().split('\0').filter(Boolean).length;
};

const countOf = (count: number, thing: string): string =>
  count === 1 ? `1 ${thing} is` : `${count} ${thing}s are`;

const explainLock = (path: string, reason: string): Refusal => ({
  reason: 'locked',
  message: `it is locked (git worktree lock${reason === '' ? '' : `, ${quoteForeign(reason)}`})`,
  remedy: `${shellCommand('git worktree unlock', [path])} && ${removeCommand(path)}`,
});

const explainUncommitted = (path: string, count: number): Refusal => ({
  reason: 'uncommitted',
  message: `${countOf(count, 'change')} in no commit`,
  remedy: `commit what is to stay; or throw it away: ${removeCommand(path, ' --force')}`,
});

const explainUnmerged = (path: string, { commit, branch, unshared }: Head): Refusal => {
  const reason = 'unmerged';
  if (branch === undefined) {
    const remedy = `git branch NAME ${commit.slice(0, 10)} && ${removeCommand(path)}`;
    return { reason, message: `${countOf(unshared, 'commit')} on no branch`, remedy };
  }
  return {
    reason,
    message: `${countOf(unshared, 'commit')} on branch ${printable(branch)} alone, neither merged nor pushed`,
    remedy: `merge or push it; or keep the branch and remove the worktree: ${removeCommand(path, ' --force')}`,
  };
};

/** What stands against removing a worktree: what would be lost. `git worktree remove` looks at less. */
export const findRefusal = (
  workspace: Workspace,
  tree: LinkedWorktree,
  head: Head | undefined,
  { isForced, isLanded }: { isForced: boolean; isLanded: boolean },
): Refusal | undefined => {
  const lock = readLockReason(workspace.context, tree);
  if (lock !== undefined) return explainLock(tree.top, lock);
  if (isForced) return undefined;
  const uncommitted = countUncommitted(workspace, tree);
  if (uncommitted > 0) return explainUncommitted(tree.top, uncommitted);
  return head && head.unshared > 0 && !isLanded ? explainUnmerged(tree.top, head) : undefined;
};

/** The commits that a branch of ours has to be in before it may go: the base branch's, and the main worktree's. */
const listBases = (workspace: Workspace): string[] => {
  const { git } = workspace;
  const main = readLine(git, ['rev-parse', '--verify', '--quiet', 'main-worktree/HEAD^{commit}']);
  try {
    const base = findBase(git, 'origin', readConfiguredBase(gateContext(workspace, undefined)));
    return [base, main].filter((commit) => commit !== undefined);
  } catch (error) {
    if (error instanceof Undecided) return main === undefined ? [] : [main];
    throw error;
  }
};

/** True where the base branch, or what the main worktree has checked out, has a commit. */
export const isMerged = (workspace: Workspace, commit: string): boolean =>
  listBases(workspace).some(
    (base) => workspace.git.run(['merge-base', '--is-ancestor', commit, base]).code === 0,
  );

/** Whether a commit has changed anything since it parted from a base: of what has not, nobody can say that it landed. */
const changesSince = ({ git }: Workspace, base: string, commit: string): boolean => {
  const parted = readLine(git, ['merge-base', base, commit]);
  return parted !== undefined && git.run(['diff-tree', '--quiet', parted, commit]).code === 1;
};

/** Whether merging a commit would change nothing of a base; false where git cannot tell. */
const addsNothing = ({ context, repository }: Workspace, base: string, commit: string) =>
  withMergeResult(
    { env: context.env, repository },
    [base, commit],
    (merge, git) =>
      merge?.kind === 'clean' &&
      merge.tree === readLine(git, ['rev-parse', '--verify', '--quiet', `${base}^{tree}`]),
  );

/**
 * True for a branch with commits of its own whose changes a base branch has by other commits: a host has
 * squashed or rebased it. The branch stays, so nothing is lost with its worktree.
 */
export const hasLanded = async (
  workspace: Workspace,
  { commit, branch, unshared }: Head,
): Promise<boolean> => {
  if (branch === undefined || unshared === 0) return false;
  for (const base of listBases(workspace)) {
    if (changesSince(workspace, base, commit) && (await addsNothing(workspace, base, commit))) {
      return true;
    }
  }
  return false;
};
