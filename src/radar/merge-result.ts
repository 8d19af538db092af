import { createGit, type Git, type Repository } from '../kit/git.ts';
import type { Merge } from './merge.ts';
import { quietEnvironment } from './quiet.ts';
import { findObjects, readConfigKeys } from './scan.ts';
import { type Scratch, withScratch } from './scratch-store.ts';

/** Where two commits are merged: nothing of the repository is changed. */
type At = { env: NodeJS.ProcessEnv; repository: Repository };

type Use<T> = (merge: Merge | undefined, git: Git) => T;

const openScratch = async <T>(
  { env, repository }: At,
  use: (scratch: Scratch) => T,
): Promise<T> => {
  const quiet = quietEnvironment(env);
  const cwd = repository.top || repository.commonDir;
  const git = createGit(cwd, quiet);
  const at = { cwd, env: quiet, objects: findObjects(git), keys: await readConfigKeys(git) };
  return withScratch(at, use);
};

/**
 * Merges two commits, and hands on what came of it with a git that has its tree for as long as `use` runs;
 * undefined where this git cannot tell (before 2.38).
 */
export const withMergeResult = <T>(
  at: At,
  pair: readonly [string, string],
  use: Use<T>,
): Promise<T> => openScratch(at, ({ merge, git }) => use(merge([pair])?.[0], git));

/** The same for one commit that is picked onto another, as a rebase does: what it has changed of its first parent. */
export const withPickResult = <T>(
  at: At,
  { onto, picked }: { onto: string; picked: string },
  use: Use<T>,
): Promise<T> =>
  openScratch(at, ({ writeCommits, merge, git }) => {
    const ids = git.run(['rev-parse', '--verify', '--quiet', `${picked}^1`]);
    const tree = git.run(['rev-parse', '--verify', '--quiet', `${onto}^{tree}`]);
    if (ids.code !== 0 || tree.code !== 0) return use(undefined, git);
    const parents = [ids.stdout.toString().trim()];
    // For git the two then part at what the picked commit was made on.
    const [place = onto] = writeCommits([{ tree: tree.stdout.toString().trim(), parents }]);
    return use(merge([[place, picked]])?.[0], git);
  });
