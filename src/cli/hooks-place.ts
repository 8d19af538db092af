import { isAbsolute, join, normalize } from 'node:path';
import { Undecided } from '../kit/errors.ts';
import type { Files } from '../kit/files.ts';
import type { Git, Repository } from '../kit/git.ts';
import { printable, shellQuote } from '../kit/quote.ts';
import { moveAwayCommand } from './hook-files-store.ts';
import { ownHooksDirectory } from './places.ts';
import { dropOwnHooks, useOwnHooks } from './worktree-config.ts';

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

type Scope = 'default' | 'local' | 'worktree' | 'command' | 'global' | 'system';

/** Where git looks for this repository's hooks, and what says so. */
export type HooksPlace = {
  directory: string;
  /** `default` is the common dir; else where `core.hooksPath` is set. */
  scope: Scope;
  /** Relative to each worktree's top: a linked worktree has it only where it is checked out. */
  isRelative: boolean;
  /** As the setting has it, `~` followed. */
  path: string;
  /** A place of ours, this worktree's own: what the shared setting says, which it lacked. */
  standsFor?: string;
};

type Setting = { scope: Scope; path: string };

/** Every `core.hooksPath` there is, the one that counts last. */
const listSettings = (git: Git): Setting[] => {
  const keys = ['config', '-z', '--type=path', '--show-scope', '--get-all', 'core.hooksPath'];
  const words = git.run(keys).stdout.toString().split('\0').slice(0, -1);
  return words.flatMap((path, index) =>
    index % 2 === 0 ? [] : [{ scope: words[index - 1] as Scope, path }],
  );
};

/** Finds the directory that git runs hooks from. */
export const findHooksPlace = (git: Git, repository: Repository): HooksPlace => {
  const settings = listSettings(git);
  const setting = settings.at(-1);
  if (!setting) {
    const path = join(repository.commonDir, 'hooks');
    return { directory: path, scope: 'default', isRelative: false, path };
  }
  const { scope, path } = setting;
  const shared = settings.findLast((other) => other.scope !== 'worktree')?.path;
  const isOwn = scope === 'worktree' && path === ownHooksDirectory(repository.commonDir);
  const isRelative = path !== '' && !isAbsolute(path);
  return {
    directory: isRelative ? join(repository.top || repository.gitDir, path) : path,
    scope,
    isRelative,
    path,
    ...(isOwn && shared !== undefined ? { standsFor: shared } : {}),
  };
};

const tellWayOut = ({ scope, directory }: HooksPlace, { commonDir }: Repository): string => {
  const usual = join(commonDir, 'hooks');
  // Whatever is set, this is where it would lead.
  if (directory === usual) return moveAwayCommand(usual);
  return scope === 'local' || scope === 'worktree'
    ? `git config --${scope} --unset-all core.hooksPath && leasehold init`
    : `git config --local core.hooksPath ${shellQuote(usual)} && leasehold init`;
};

/** A linked worktree's `.git` is a file: a setting that leads below it (`.git/hooks`) leads nowhere there. */
const isBelowGitFile = ({ isRelative, path }: HooksPlace, { gitDir, commonDir }: Repository) =>
  isRelative && gitDir !== commonDir && `${normalize(path)}/`.startsWith('.git/');

/** Why no hook can be run from this place at all (it is empty, or `/dev/null`), with the remedy. */
export const findDeadEnd = (
  place: HooksPlace,
  repository: Repository,
  isFile: (path: string) => boolean,
): Undecided | undefined => {
  const { directory, scope } = place;
  if (isBelowGitFile(place, repository)) return undefined;
  if (directory !== '' && directory !== '/dev/null' && !isFile(directory)) return undefined;
  const what = directory === '' ? 'empty' : `${printable(directory)}, which is no directory`;
  return new Undecided(
    'hooks-refused',
    `core.hooksPath (${scope}) is ${what}: git runs no hook here`,
    tellWayOut(place, repository),
  );
};

/** Set outside this repository, and read by others too. */
export const isSharedPlace = ({ scope, isRelative }: HooksPlace): boolean =>
  !isRelative && (scope === 'global' || scope === 'system' || scope === 'command');

/** Hooks of all of a user's repositories are not one repository's to change, unless the user says so. */
export const assertOwnPlace = (place: HooksPlace, isAllowed: boolean): void => {
  if (!isSharedPlace(place) || isAllowed) return;
  throw new Undecided(
    'hooks-refused',
    `core.hooksPath is set for all your repositories (${place.scope}): ${printable(place.directory)}; leasehold is silent in those that do not use it`,
    'leasehold init --global-hooks',
  );
};

/** A place of this worktree's own, in a repository that has been moved since. */
const isOwnElsewhere = ({ scope, directory }: HooksPlace): boolean =>
  scope === 'worktree' && directory.endsWith(ownHooksDirectory(''));

/** Whether this worktree lacks the directory that the setting leads to: git passes over it in silence. */
export const isAbsentHere = (place: HooksPlace, repository: Repository, files: Files): boolean =>
  isBelowGitFile(place, repository) ||
  ((place.isRelative || isOwnElsewhere(place)) && files.list(place.directory).length === 0);

/**
 * A relative hooks directory that a linked worktree lacks (husky's is ignored by git, so it is never
 * checked out).
 */
const isLostHere = (place: HooksPlace, repository: Repository, files: Files): boolean =>
  repository.gitDir !== repository.commonDir && isAbsentHere(place, repository, files);

/** The setting that this worktree's own place stands for is gone, or leads to one place for all worktrees. */
const isOutlived = (place: HooksPlace, { commonDir }: Repository): boolean =>
  place.scope === 'worktree' &&
  place.directory === ownHooksDirectory(commonDir) &&
  (place.standsFor === undefined || isAbsolute(place.standsFor));

/**
 * The place to install into: where git looks for hooks, or, where this worktree lacks that directory, a
 * place of its own, from which whatever comes to lie in that directory is run. The setting that all
 * worktrees share stays whose it is. `lost` is the directory that is not there.
 */
export const settleHooksPlace = (
  git: Git,
  repository: Repository,
  files: Files,
): { place: HooksPlace; lost: string | undefined } => {
  const first = findHooksPlace(git, repository);
  if (isOutlived(first, repository)) dropOwnHooks(git, repository, files, repository.gitDir);
  const place = isOutlived(first, repository) ? findHooksPlace(git, repository) : first;
  if (!isLostHere(place, repository, files)) return { place, lost: undefined };
  useOwnHooks(git, repository, files);
  return { place: findHooksPlace(git, repository), lost: place.directory };
};
