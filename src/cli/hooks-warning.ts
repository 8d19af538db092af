import { join } from 'node:path';
import type { Repository } from '../kit/git.ts';
import { CONFIG_FILE } from '../kit/paths.ts';
import { printable } from '../kit/quote.ts';
import { stateDirectory } from '../locks/index.ts';
import type { Context } from './command.ts';
import { findCaller } from './hook-callers.ts';
import { inspectHook } from './hook-files-store.ts';
import { isInCi } from './in-ci.ts';
import { HOOK_SCRIPT } from './places.ts';

/** The hook that is looked at for all of them: every commit passes it. */
const SAMPLE = 'pre-commit';

type Place = { context: Context; repository: Repository };

const isSetUp = ({ context, repository }: Place): boolean =>
  context.files.list(stateDirectory(repository.commonDir)).includes(HOOK_SCRIPT);

const isOurs = (directory: string, name: string): boolean => {
  const state = inspectHook(directory, name);
  return state.kind === 'ours' && state.isExecutable;
};

const isGuarded = (workspace: Place): boolean => {
  const { context, repository } = workspace;
  const { hooks } = repository;
  const isInPlace = isOurs(hooks, SAMPLE) || isOurs(hooks, `${SAMPLE}.legacy`);
  if (isInPlace && isSetUp(workspace)) return true;
  return findCaller(context.files, repository, hooks, SAMPLE) !== undefined;
};

/** Whether the repository, or this clone of it, has been set up to be guarded. */
const isMeantToBe = (workspace: Place): boolean =>
  isSetUp(workspace) || workspace.context.isFile(join(workspace.repository.top, CONFIG_FILE));

const warned = new WeakSet<Context>();

/**
 * Says, once a command, that nothing enforces locks in this worktree: whoever writes locks is told
 * wherever that is so, and whoever reads them where the repository is meant to be guarded and somebody may
 * commit. It looks at files alone, and starts no git.
 */
export const warnWithoutHooks = (workspace: Place, { writes }: { writes: boolean }): void => {
  const { context, repository } = workspace;
  if (repository.top === '' || warned.has(context)) return;
  if (!writes && (isInCi(context.env) || !isMeantToBe(workspace))) return;
  if (isGuarded(workspace)) return;
  warned.add(context);
  const place = repository.hooks === '' ? '' : ` in ${printable(repository.hooks)}`;
  context.tell(
    `${context.errorPalette.warn('warning:')} leasehold's hooks are not${place}, where git looks for them here, so nothing enforces locks; ${context.errorPalette.runnable('run: leasehold init')}`,
  );
};
