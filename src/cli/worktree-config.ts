import { join } from 'node:path';
import type { Files } from '../kit/files.ts';
import { type Git, type Repository, readLine } from '../kit/git.ts';
import { stateDirectory } from '../locks/index.ts';
import { ownHooksDirectory } from './places.ts';

const EXTENSION = 'extensions.worktreeConfig';

/** Made where it was us who let worktrees have settings of their own, so that we take it back. */
const MARKER = 'worktree-config';

const configOf = (gitDir: string): string => join(gitDir, 'config.worktree');

/**
 * What a config that all worktrees share may not say once each has its own: git would take every worktree
 * for a bare repository, or for the main one. git's own commands move it to the main worktree's config too.
 */
const moveKey = (git: Git, key: string, from: string, to: string): void => {
  const value = readLine(git, ['config', '--file', from, '--get', key]);
  if (value === undefined) return;
  git.read(['config', '--file', to, key, value]);
  git.read(['config', '--file', from, '--unset-all', key]);
};

const allowWorktreeConfig = (git: Git, { commonDir }: Repository, files: Files): void => {
  const shared = join(commonDir, 'config');
  const known = ['config', '--file', shared, '--type=bool', '--get', EXTENSION];
  if (readLine(git, known) === 'true') return;
  files.makeDirectory(stateDirectory(commonDir));
  files.create(join(stateDirectory(commonDir), MARKER), '');
  const isBare = readLine(git, ['config', '--file', shared, '--type=bool', '--get', 'core.bare']);
  if (isBare === 'true') moveKey(git, 'core.bare', shared, configOf(commonDir));
  moveKey(git, 'core.worktree', shared, configOf(commonDir));
  git.read(['config', '--file', shared, EXTENSION, 'true']);
};

/** Gives this worktree alone hooks of its own. */
export const useOwnHooks = (git: Git, repository: Repository, files: Files): void => {
  const { commonDir, gitDir } = repository;
  allowWorktreeConfig(git, repository, files);
  git.read(['config', '--file', configOf(gitDir), 'core.hooksPath', ownHooksDirectory(commonDir)]);
};

/** Takes the hooks of its own from the worktree with this git directory. */
export const dropOwnHooks = (
  git: Git,
  { commonDir }: Repository,
  files: Files,
  gitDir: string,
): void => {
  const config = configOf(gitDir);
  const path = readLine(git, ['config', '--file', config, '--get', 'core.hooksPath']);
  if (path !== ownHooksDirectory(commonDir)) return;
  git.read(['config', '--file', config, '--unset-all', 'core.hooksPath']);
  removeIfEmpty(git, config, files);
};

const removeIfEmpty = (git: Git, config: string, files: Files): void => {
  if (readLine(git, ['config', '--file', config, '--list']) === '') files.remove(config);
};

/** Takes back whatever worktrees were given, and the leave for it where it was us who gave it. */
export const dropAllOwnHooks = (git: Git, repository: Repository, files: Files): void => {
  const { commonDir } = repository;
  const linked = files
    .list(join(commonDir, 'worktrees'))
    .map((name) => join(commonDir, 'worktrees', name));
  for (const gitDir of linked) dropOwnHooks(git, repository, files, gitDir);
  if (!files.remove(join(stateDirectory(commonDir), MARKER))) return;
  const isUsed = linked.some((gitDir) => files.list(gitDir).includes('config.worktree'));
  if (isUsed) return;
  const [main, shared] = [configOf(commonDir), join(commonDir, 'config')];
  for (const key of ['core.bare', 'core.worktree']) moveKey(git, key, main, shared);
  if (files.list(commonDir).includes('config.worktree')) removeIfEmpty(git, main, files);
  if (files.list(commonDir).includes('config.worktree')) return;
  git.read(['config', '--file', shared, '--unset-all', EXTENSION]);
};
