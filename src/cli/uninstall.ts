import { isAbsolute, join } from 'node:path';
import { REACH_FILE } from '../exports/index.ts';
import { Undecided } from '../kit/errors.ts';
import { CONFIG_FILE } from '../kit/paths.ts';
import { printable } from '../kit/quote.ts';
import { stateDirectory } from '../locks/index.ts';
import { JSON_VERSION } from '../report/index.ts';
import { removeInstallation } from './bundle-store.ts';
import { hasFlag, printJson, type Words } from './command.ts';
import { toRefusal } from './hook-files-store.ts';
import { HOOK_PLACES, readHookPlaces, removeMadePlaces } from './hook-places-store.ts';
import { listKept, listOwnHooks, type Uninstalled, uninstallHook } from './hook-store.ts';
import { ALL_HOOK_NAMES, findHooksPlace, type HooksPlace, isSharedPlace } from './hooks-place.ts';
import { COMMIT_FILES } from './message-store.ts';
import { HOOK_SCRIPT, ownHooksDirectory } from './places.ts';
import type { Workspace } from './workspace.ts';
import { dropAllOwnHooks } from './worktree-config.ts';
import { listGitDirs } from './worktree-list.ts';

const UNINSTALLED: Readonly<Record<Uninstalled['change'], string>> = {
  removed: 'taken out',
  restored: 'restored as it was',
  reduced: 'taken out; what had been added to it stays',
  'not-ours': 'left: it is not ours',
  missing: 'not there',
};

type Result = Uninstalled & { name: string; directory: string };

/** Hooks of all of a user's repositories guard the others too. */
const assertOwnToTake = (place: HooksPlace, words: Words): void => {
  const isTaken = isSharedPlace(place) && listOwnHooks(place.directory).length > 0;
  if (!isTaken || hasFlag(words, 'global-hooks')) return;
  throw new Undecided(
    'hooks-refused',
    `leasehold's hooks in ${printable(place.directory)} guard all your repositories that use it`,
    'leasehold init --uninstall --global-hooks',
  );
};

/** The tops of all worktrees, this one too. */
const listWorktrees = ({ git }: Workspace): string[] =>
  git
    .run(['worktree', 'list', '--porcelain'])
    .stdout.toString()
    .split('\n')
    .filter((line) => line.startsWith('worktree '))
    .map((line) => line.slice('worktree '.length));

/**
 * Wherever hooks of ours can be: where git looks now, in this worktree and by the same setting in the
 * others, in the git directory, and where `init` has put some before the setting was changed.
 */
const listPlaces = (workspace: Workspace, place: HooksPlace): string[] => {
  const { repository } = workspace;
  const relative = place.standsFor ?? (place.isRelative ? place.path : undefined);
  const places = [
    place.directory,
    join(repository.commonDir, 'hooks'),
    ...readHookPlaces(repository.commonDir),
    ...(relative === undefined || isAbsolute(relative)
      ? []
      : listWorktrees(workspace).map((top) => join(top, relative))),
  ];
  const own = ownHooksDirectory(repository.commonDir);
  return [...new Set(places)].filter((directory) => directory !== own && isAbsolute(directory));
};

const uninstallAt = (directory: string, isHere: boolean): Result[] => {
  const own = listOwnHooks(directory);
  const names = isHere ? [...new Set([...ALL_HOOK_NAMES, ...own])] : own;
  return names.map((name) => ({ name, directory, ...uninstallHook(directory, name) }));
};

const print = ({ context, clone }: Workspace, results: Result[], here: string): void => {
  for (const { name, directory, change, left, edited } of results) {
    const at = directory === here ? name : printable(join(directory, name));
    const kept = left === undefined ? '' : `; ${printable(left)} was there before`;
    const own = edited === undefined ? '' : `; as it had been edited: ${printable(edited)}`;
    context.print(`${at}: ${UNINSTALLED[change]}${kept}${own}`);
  }
  const told = results.flatMap(({ left, edited }) => [left, edited]);
  const places = new Set(results.map(({ directory }) => directory));
  for (const path of [...places].flatMap(listKept).filter((kept) => !told.includes(kept))) {
    context.print(`${printable(path)} stays: a hook that was there once, and does not run`);
  }
  context.print(
    `${CONFIG_FILE} and the locks in ${printable(clone.places.locks)} stay; remove them yourself if you want them gone.`,
  );
};

const takeOut = (workspace: Workspace, place: HooksPlace): Result[] => {
  try {
    const results = listPlaces(workspace, place).flatMap((directory) =>
      uninstallAt(directory, directory === place.directory),
    );
    removeMadePlaces(workspace.repository.commonDir);
    return results;
  } catch (error) {
    throw toRefusal(error);
  }
};

/** Takes out of this clone, in all its worktrees, what `init` put there, and puts back what was there before. */
export const uninstall = (workspace: Workspace, words: Words): number => {
  const { context, git, repository } = workspace;
  const place = findHooksPlace(git, repository);
  assertOwnToTake(place, words);
  const results = takeOut(workspace, place);
  dropAllOwnHooks(git, repository, context.files);
  for (const gitDir of listGitDirs(context, repository)) {
    removeInstallation([...COMMIT_FILES, REACH_FILE].map((name) => join(gitDir, name)));
  }
  const state = stateDirectory(repository.commonDir);
  const made = [HOOK_SCRIPT, HOOK_PLACES, 'bin', 'cache'].map((name) => join(state, name));
  removeInstallation([...made, ownHooksDirectory(repository.commonDir)]);
  if (hasFlag(words, 'json')) {
    const hooks = results.map(({ left, edited, ...result }) => ({
      ...result,
      left: left ?? null,
      edited: edited ?? null,
    }));
    printJson(context, { version: JSON_VERSION, hooks, directory: place.directory });
  } else print(workspace, results, place.directory);
  return 0;
};
