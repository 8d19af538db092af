import { createGit, type Git, type Repository } from '../kit/git.ts';
import type { Merge } from './merge.ts';
import { quietEnvironment } from './quiet.ts';
import { findObjects, readConfigKeys } from './scan.ts';
import { withScratch } from './scratch-store.ts';

/** Where two commits are merged: nothing of the repository is changed. */
type At = { env: NodeJS.ProcessEnv; repository: Repository };

/**
 * Merges two commits, and hands on what came of it with a git that has its tree for as long as `use` runs;
 * undefined where this git cannot tell (before 2.38).
 */
export const withMergeResult = async <T>(
  { env, repository }: At,
  pair: readonly [string, string],
  use: (merge: Merge | undefined, git: Git) => T,
): Promise<T> => {
  const quiet = quietEnvironment(env);
  const cwd = repository.top || repository.commonDir;
  const git = createGit(cwd, quiet);
  const at = { cwd, env: quiet, objects: findObjects(git), keys: await readConfigKeys(git) };
  return withScratch(at, (scratch) => use(scratch.merge([pair])?.[0], scratch.git));
};
