import { basename, dirname, join, resolve } from 'node:path';
import { Undecided } from '../kit/errors.ts';
import { type Git, type Repository, readLine } from '../kit/git.ts';
import { loadBinding } from '../locks/index.ts';
import type { Context } from './command.ts';
import type { Workspace } from './workspace.ts';

/** A linked worktree, as git keeps it in `<common dir>/worktrees/<name>` (gitrepository-layout(5)). */
export type LinkedWorktree = { name: string; gitDir: string; top: string };

const MAX_LINE = 65_536;

const readText = ({ files }: Context, path: string): string | undefined => {
  const content = files.read(path, MAX_LINE);
  return content.kind === 'read' ? content.text.replace(/\r?\n$/, '') : undefined;
};

/** The linked worktrees of a repository, those too whose directory is gone. */
export const listLinkedWorktrees = (
  context: Context,
  { commonDir }: Repository,
): LinkedWorktree[] => {
  const directory = join(commonDir, 'worktrees');
  return context.files.list(directory).flatMap((name): LinkedWorktree[] => {
    const gitDir = join(directory, name);
    const link = readText(context, join(gitDir, 'gitdir'));
    return link === undefined ? [] : [{ name, gitDir, top: dirname(resolve(gitDir, link)) }];
  });
};

/** The git directories of all worktrees, the main one's first. */
export const listGitDirs = (context: Context, repository: Repository): string[] => [
  repository.commonDir,
  ...listLinkedWorktrees(context, repository).map(({ gitDir }) => gitDir),
];

/** Why `git worktree lock` keeps a worktree; undefined where it is not locked. */
export const readLockReason = (context: Context, { gitDir }: LinkedWorktree): string | undefined =>
  readText(context, join(gitDir, 'locked'));

/** The branch that is checked out in a worktree; undefined where none is. */
export const readBranch = (
  context: Context,
  { gitDir }: Pick<LinkedWorktree, 'gitDir'>,
): string | undefined =>
  /^ref: refs\/heads\/(.+)$/s.exec(readText(context, join(gitDir, 'HEAD')) ?? '')?.[1];

/** The holder that a worktree is dedicated to; undefined where that cannot be read, too. */
export const findBoundHolder = (context: Context, gitDir: string): string | undefined => {
  try {
    return loadBinding(context.files, gitDir)?.holder;
  } catch (error) {
    if (error instanceof Undecided) return undefined;
    throw error;
  }
};

const readShared = (git: Git, { commonDir }: Repository, type: string, key: string) =>
  readLine(git, [`--git-dir=${commonDir}`, 'config', `--type=${type}`, '--get', key]);

/** The main worktree's top; undefined where the repository is bare. */
export const findMainTop = ({ git, repository }: Workspace): string | undefined => {
  const { commonDir, gitDir, top } = repository;
  if (gitDir === commonDir && top !== '') return top;
  if (readShared(git, repository, 'bool', 'core.bare') === 'true') return undefined;
  // A submodule's git directory lies elsewhere, and says where its worktree is.
  const elsewhere = readShared(git, repository, 'path', 'core.worktree');
  if (elsewhere !== undefined) return resolve(commonDir, elsewhere);
  return basename(commonDir) === '.git' ? dirname(commonDir) : undefined;
};
