import { isAbsolute, join } from 'node:path';
import { Undecided } from '../kit/errors.ts';
import type { Files } from '../kit/files.ts';
import { type Git, type Repository, readLine } from '../kit/git.ts';
import { printable, shellQuote } from '../kit/quote.ts';

/** The hooks that `init` installs in every clone. */
export const HOOK_NAMES = [
  'pre-commit',
  'pre-merge-commit',
  'prepare-commit-msg',
  'commit-msg',
  'applypatch-msg',
  'pre-applypatch',
  'pre-push',
] as const;

/** What a clone's hooks are for: whether its policy is strict, and whether it is what others push to. */
export type HookNeeds = { strict: boolean; server: boolean };

/** The hooks that a clone needs. Nobody works in a repository that others push to: one gate judges what it takes. */
export const listHookNames = ({ strict, server }: HookNeeds): readonly string[] => {
  if (server) return ['pre-receive'];
  return strict ? [...HOOK_NAMES, 'reference-transaction'] : HOOK_NAMES;
};

/** Every hook that may be ours. */
export const ALL_HOOK_NAMES: readonly string[] = [
  ...HOOK_NAMES,
  'reference-transaction',
  'pre-receive',
];

/** Where git looks for this repository's hooks, and what says so. */
export type HooksPlace = {
  directory: string;
  /** `default` is the common dir; else where `core.hooksPath` is set. */
  scope: 'default' | 'local' | 'worktree' | 'command' | 'global' | 'system';
  /** Relative to each worktree's top: a linked worktree has it only where it is checked out. */
  isRelative: boolean;
};

/**
 * A relative hooks directory that a linked worktree lacks (husky's is ignored by git, so it is never
 * checked out): git passes over it in silence, and no hook runs there.
 */
const isLostHere = (place: HooksPlace, repository: Repository, files: Files): boolean =>
  place.isRelative &&
  repository.gitDir !== repository.commonDir &&
  files.list(place.directory).length === 0;

/**
 * What the shared config says of the main worktree alone would hold in all of them, once each has a config
 * of its own: a bare repository's worktrees would be bare, a submodule's all one. git-worktree(1) has it moved.
 */
const moveMainSettings = (git: Git, commonDir: string): void => {
  const shared = join(commonDir, 'config');
  for (const key of ['core.bare', 'core.worktree']) {
    const value = readLine(git, ['config', '--file', shared, '--get', key]);
    if (value === undefined || value === 'false') continue;
    git.read(['config', '--file', join(commonDir, 'config.worktree'), key, value]);
    git.read(['config', '--file', shared, '--unset', key]);
  }
};

/**
 * Gives this worktree alone the hooks of the common dir, and leaves the setting that all worktrees share
 * to whoever made it.
 */
const useCommonHooks = (git: Git, { commonDir }: Repository): HooksPlace => {
  const directory = join(commonDir, 'hooks');
  moveMainSettings(git, commonDir);
  git.read(['config', 'extensions.worktreeConfig', 'true']);
  git.read(['config', '--worktree', 'core.hooksPath', directory]);
  return { directory, scope: 'worktree', isRelative: false };
};

/** Finds the directory that git runs hooks from. */
export const findHooksPlace = (git: Git, repository: Repository): HooksPlace => {
  const result = git.run(['config', '--type=path', '--show-scope', '--get', 'core.hooksPath']);
  const [scope = '', path = ''] = result.stdout.toString().replace(/\n$/, '').split('\t');
  if (result.code !== 0 || path === '') {
    return { directory: join(repository.commonDir, 'hooks'), scope: 'default', isRelative: false };
  }
  const isRelative = !isAbsolute(path);
  const base = repository.top === '' ? repository.gitDir : repository.top;
  return {
    directory: isRelative ? join(base, path) : path,
    scope: scope as HooksPlace['scope'],
    isRelative,
  };
};

/** Hooks of all of a user's repositories are not one repository's to change, unless the user says so. */
export const assertOwnPlace = (
  place: HooksPlace,
  { commonDir }: Repository,
  isAllowed: boolean,
): void => {
  const isShared = place.scope === 'global' || place.scope === 'system';
  if (!isShared || isAllowed) return;
  throw new Undecided(
    'hooks-refused',
    `core.hooksPath is set for all your repositories (${place.scope}): ${printable(place.directory)}`,
    `git config --local core.hooksPath ${shellQuote(join(commonDir, 'hooks'))} && leasehold init`,
  );
};

/**
 * The place to install into: where git looks for hooks, or, where this worktree lacks that directory, a
 * place of its own. `lost` is the directory that is not there.
 */
export const settleHooksPlace = (
  git: Git,
  repository: Repository,
  files: Files,
): { place: HooksPlace; lost: string | undefined } => {
  const place = findHooksPlace(git, repository);
  if (!isLostHere(place, repository, files)) return { place, lost: undefined };
  return { place: useCommonHooks(git, repository), lost: place.directory };
};
